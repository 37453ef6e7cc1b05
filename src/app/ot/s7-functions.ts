/**
 * S7comm functions, what they are called and what they do: codes as Wireshark lists them (s7comm.param.func,
 * s7comm.param.userdata.*, s7comm.param.pistart.servicename). A job's function is its code (4 read, 5 write ..., below 256); one
 * of userdata is group * 256 + subfunction (0x0401 = 1025: read SZL), with
 * 16 for the group 0.
 */
import * as A from '../../net/actions.ts'
import { isTransport, transportName } from './tpkt.ts'

export const READ = 0x04
export const WRITE = 0x05
export const REQUEST_DOWNLOAD = 0x1a
export const DOWNLOAD_BLOCK = 0x1b
export const DOWNLOAD_ENDED = 0x1c
export const START_UPLOAD = 0x1d
export const UPLOAD = 0x1e
export const END_UPLOAD = 0x1f
export const PI_SERVICE = 0x28
export const STOP = 0x29
export const SETUP = 0xf0

/** groups of userdata */
export const MODE_TRANSITION = 0
/** which stands as this in functions: they would be those of jobs */
export const MODES = 16
export const PROGRAMMING = 1
export const CYCLIC = 2
export const CPU = 4
export const BSEND = 6

export const READ_SZL = 0x0401
export const MODIFY_VARIABLE = 0x0108
export const VARIABLE_STATUS = 0x0102
export const DISABLE_JOB = 0x010d
export const ENABLE_JOB = 0x010e
export const DELETE_JOB = 0x010f
export const REPLACE_JOB = 0x0112
export const CYCLIC_TRANSFER = 0x0201
export const CHANGE_DRIVEN = 0x0205

type Function = readonly [name: string, actions: number]

const FUNCTIONS: ReadonlyMap<number, Function> = new Map<number, Function>([
  [0x00, ['CPU services', A.UNKNOWN]],
  [READ, ['read variables', A.READ]],
  [WRITE, ['write variables', A.WRITE]],
  [REQUEST_DOWNLOAD, ['request download', A.PROGRAM]],
  [DOWNLOAD_BLOCK, ['download block', A.PROGRAM]],
  [DOWNLOAD_ENDED, ['download ended', A.PROGRAM]],
  [START_UPLOAD, ['start upload', A.UPLOAD]],
  [UPLOAD, ['upload', A.UPLOAD]],
  [END_UPLOAD, ['end upload', A.UPLOAD]],
  [PI_SERVICE, ['PI service', A.UNKNOWN]],
  [STOP, ['PLC stop', A.CONTROL]],
  [SETUP, ['set up communication', A.SESSION]],
  [0x0101, ['block status', A.DIAGNOSE]],
  [VARIABLE_STATUS, ['variable status', A.READ]],
  [0x0103, ['output interrupt stack', A.DIAGNOSE]],
  [0x0104, ['output block stack', A.DIAGNOSE]],
  [0x0105, ['output local stack', A.DIAGNOSE]],
  [0x0106, ['measure time', A.DIAGNOSE]],
  [0x0107, ['force selection', A.DIAGNOSE]],
  [MODIFY_VARIABLE, ['modify variables', A.WRITE]],
  [0x0109, ['force variables', A.WRITE | A.CONTROL]],
  [0x010a, ['set breakpoint', A.CONTROL]],
  [0x010b, ['exit hold', A.CONTROL]],
  [0x010c, ['reset memory', A.PROGRAM | A.CONTROL]],
  [DISABLE_JOB, ['disable job', A.DIAGNOSE]],
  [ENABLE_JOB, ['enable job', A.DIAGNOSE]],
  [DELETE_JOB, ['delete job', A.DIAGNOSE]],
  [0x0110, ['read job list', A.DIAGNOSE]],
  [0x0111, ['read job', A.DIAGNOSE]],
  [REPLACE_JOB, ['replace job', A.DIAGNOSE]],
  [0x0113, ['block status', A.DIAGNOSE]],
  [0x0116, ['flash LED', A.DIAGNOSE]],
  [CYCLIC_TRANSFER, ['cyclic transfer', A.REPORT]],
  [0x0204, ['unsubscribe', A.REPORT]],
  [CHANGE_DRIVEN, ['change driven transfer', A.REPORT]],
  [0x0207, ['modify change driven transfer', A.REPORT]],
  [0x0208, ['read record', A.READ]],
  [0x0301, ['list blocks', A.DISCOVER]],
  [0x0302, ['list blocks of a type', A.DISCOVER]],
  [0x0303, ['get block info', A.DISCOVER]],
  [READ_SZL, ['read system status list', A.DISCOVER]],
  [0x0402, ['message service', A.REPORT]],
  [0x0403, ['diagnostic message', A.REPORT]],
  [0x0405, ['ALARM_8 indication', A.REPORT]],
  [0x0406, ['NOTIFY indication', A.REPORT]],
  [0x0407, ['lock alarms', A.CONFIGURE]],
  [0x0408, ['unlock alarms', A.CONFIGURE]],
  [0x0409, ['SCAN indication', A.REPORT]],
  [0x040b, ['acknowledge alarms', A.CONTROL]],
  [0x040c, ['alarm acknowledged', A.REPORT]],
  [0x040d, ['alarms locked', A.REPORT]],
  [0x040e, ['alarms unlocked', A.REPORT]],
  [0x0411, ['ALARM_SQ indication', A.REPORT]],
  [0x0412, ['ALARM_S indication', A.REPORT]],
  [0x0413, ['query alarms', A.READ]],
  [0x0416, ['NOTIFY_8 indication', A.REPORT]],
  [0x0501, ['PLC password', A.SESSION]],
  [0x0701, ['read clock', A.READ]],
  [0x0702, ['set clock', A.TIME]],
  [0x0703, ['read clock', A.READ]],
  [0x0704, ['set clock', A.TIME]],
  [0x0f01, ['request NC download', A.PROGRAM]],
  [0x0f02, ['download NC block', A.PROGRAM]],
  [0x0f03, ['continue NC download', A.PROGRAM]],
  [0x0f04, ['NC download ended', A.PROGRAM]],
  [0x0f06, ['start NC upload', A.UPLOAD]],
  [0x0f07, ['NC upload', A.UPLOAD]],
  [0x0f08, ['continue NC upload', A.UPLOAD]],
])

/** What a function does, so far as its code tells. */
export function s7Actions(fn: number): number {
  const group = fn >> 8
  // their subfunctions are modes, and identifiers of the blocks that send
  if (group === BSEND) return A.WRITE
  if (group === MODES) return A.REPORT
  return isTransport(fn) ? A.SESSION : (FUNCTIONS.get(fn)?.[1] ?? A.UNKNOWN)
}

/** What a function is called. */
export const s7Name = (fn: number): string | undefined =>
  fn >> 8 === BSEND
    ? 'send block data'
    : fn >> 8 === MODES
      ? 'mode transition'
      : (FUNCTIONS.get(fn)?.[0] ?? transportName(fn))

/** Whether jobs have such a function. */
export const isJob = (fn: number): boolean => fn < 256 && fn !== 0 && FUNCTIONS.has(fn)

/**
 * Program invocations by name, without the leading underscore of those of the PLC. NC services not listed (tools, cutting edges,
 * frames, overstore) are commands to the machine.
 */
const INVOCATIONS: ReadonlyMap<string, number> = new Map([
  ['INSE', A.PROGRAM],
  ['INS2', A.PROGRAM],
  ['DELE', A.PROGRAM],
  ['MODU', A.PROGRAM],
  ['GARB', A.CONTROL],
  ['P_PROGRAM', A.CONTROL],
  ['N_LOGIN_', A.SESSION],
  ['N_LOGOUT', A.SESSION],
  ['N_NEWPWD', A.CONFIGURE],
  ['N_CONFIG', A.CONFIGURE],
  ['N_SCALE_', A.CONFIGURE],
  ['N_DASAVE', A.CONFIGURE],
  ['N_F_DELE', A.FILE | A.WRITE],
  ['N_F_DELR', A.FILE | A.WRITE],
  ['N_F_COPY', A.FILE | A.WRITE],
  ['N_F_RENA', A.FILE | A.WRITE],
  ['N_F_PROT', A.FILE | A.CONFIGURE],
  ['N_F_DMDA', A.FILE],
  ['N_F_OPER', A.FILE],
  ['N_F_OPEN', A.FILE],
  ['N_F_CLOS', A.FILE],
  ['N_F_SEEK', A.FILE],
  ['N_F_XFER', A.UPLOAD],
  ['N_LOCKE_', A.FILE],
  ['N_FINDBL', A.CONTROL],
  ['N_TSEARC', A.READ],
  ['N_TMGETT', A.READ],
  ['N_CHEKDM', A.DIAGNOSE],
  ['N_CHKDNO', A.DIAGNOSE],
])
const NC_SERVICES = new Set(
  (
    'CANCEL DIGIOF DIGION DZERO_ ENDEXT OST_OF OST_ON SETUFR STRTLK STRTUL TMRASS EXTERN EXTMOD SELECT SRTEXT ASUP__ ' +
    'CRCEDN DELECE CREACE CREATO DELETO CRTOCE DELVAR IBN_SS MMCSEM NCKMOD SEL_BL SETTST TMAWCO TMCRTC TMCRTO TMFDPL ' +
    'TMFPBP TMMVTL TMPCIT TMPOSM TRESMO'
  ).split(' '),
)

/** What a program invocation does, by its name. */
export function invocationActions(name: string): number {
  const known = INVOCATIONS.get(name.startsWith('_') ? name.slice(1) : name)
  if (known !== undefined) return known
  return name.startsWith('_N_') && NC_SERVICES.has(name.slice(3)) ? A.CONTROL : A.UNKNOWN
}
