/**
 * MMS services: ISO 9506-2, the choices of ConfirmedServiceRequest, AdditionalService apart. A confirmed service's function is
 * its tag there (4 read, 5 write ..., 72 fileOpen), an unconfirmed one's 256 + tag (256 informationReport), that of another PDU
 * 512 + tag of the MMSpdu (517 cancel, 520 initiate, 523 conclude), and of the layers below 768 + session PDU (777 finish, 781
 * connect, 793 abort).
 */
import * as A from '../../net/actions.ts'
import { isTransport, transportName } from './tpkt.ts'

export const READ = 4
export const WRITE = 5
export const IDENTIFY = 2
export const UNCONFIRMED = 256
export const OTHER = 512
export const CANCEL = 517
export const INITIATE = 520
export const CONCLUDE = 523
export const SESSION = 768
export const SESSION_CONNECT = 781
export const SESSION_FINISH = 777

const DISCOVERS: readonly [number, string][] = [
  [1, 'getNameList'],
  [IDENTIFY, 'identify'],
  [6, 'getVariableAccessAttributes'],
  [9, 'getScatteredAccessAttributes'],
  [12, 'getNamedVariableListAttributes'],
  [15, 'getNamedTypeAttributes'],
  [37, 'getDomainAttributes'],
  [45, 'getProgramInvocationAttributes'],
  [49, 'getEventConditionAttributes'],
  [55, 'getEventActionAttributes'],
  [61, 'getEventEnrollmentAttributes'],
  [71, 'getCapabilityList'],
  [80, 'getDataExchangeAttributes'],
  [83, 'getAccessControlListAttributes'],
  [84, 'reportAccessControlledObjects'],
]
const CONFIGURES: readonly [number, string][] = [
  [3, 'rename'],
  [7, 'defineNamedVariable'],
  [8, 'defineScatteredAccess'],
  [10, 'deleteVariableAccess'],
  [11, 'defineNamedVariableList'],
  [13, 'deleteNamedVariableList'],
  [14, 'defineNamedType'],
  [16, 'deleteNamedType'],
  [21, 'defineSemaphore'],
  [22, 'deleteSemaphore'],
  [47, 'defineEventCondition'],
  [48, 'deleteEventCondition'],
  [51, 'alterEventConditionMonitoring'],
  [53, 'defineEventAction'],
  [54, 'deleteEventAction'],
  [57, 'defineEventEnrollment'],
  [58, 'deleteEventEnrollment'],
  [59, 'alterEventEnrollment'],
  [69, 'createJournal'],
  [70, 'deleteJournal'],
  [82, 'defineAccessControlList'],
  [85, 'deleteAccessControlList'],
  [86, 'changeAccessControl'],
]
const COMMANDS: readonly [number, string][] = [
  [19, 'takeControl'],
  [20, 'relinquishControl'],
  [40, 'start'],
  [41, 'stop'],
  [42, 'resume'],
  [43, 'reset'],
  [44, 'kill'],
  [52, 'triggerEvent'],
  [62, 'acknowledgeEventNotification'],
]
const PROGRAMS: readonly [number, string][] = [
  [26, 'initiateDownloadSequence'],
  [27, 'downloadSegment'],
  [28, 'terminateDownloadSequence'],
  [32, 'requestDomainDownload'],
  [34, 'loadDomainContent'],
  [36, 'deleteDomain'],
  [38, 'createProgramInvocation'],
  [39, 'deleteProgramInvocation'],
]
const UPLOADS: readonly [number, string][] = [
  [29, 'initiateUploadSequence'],
  [30, 'uploadSegment'],
  [31, 'terminateUploadSequence'],
  [33, 'requestDomainUpload'],
  [35, 'storeDomainContent'],
]
const DIAGNOSES: readonly [number, string][] = [
  [0, 'status'],
  [23, 'reportSemaphoreStatus'],
  [24, 'reportPoolSemaphoreStatus'],
  [25, 'reportSemaphoreEntryStatus'],
  [50, 'reportEventConditionStatus'],
  [56, 'reportEventActionStatus'],
  [60, 'reportEventEnrollmentStatus'],
  [68, 'reportJournalStatus'],
]
const READS: readonly [number, string][] = [
  [READ, 'read'],
  [17, 'input'],
  [63, 'getAlarmSummary'],
  [64, 'getAlarmEnrollmentSummary'],
  [65, 'readJournal'],
]
const WRITES: readonly [number, string][] = [
  [WRITE, 'write'],
  [18, 'output'],
  [66, 'writeJournal'],
  [67, 'initializeJournal'],
]
const REPORTS: readonly [number, string][] = [
  [UNCONFIRMED, 'informationReport'],
  [UNCONFIRMED + 1, 'unsolicitedStatus'],
  [UNCONFIRMED + 2, 'eventNotification'],
]
const SESSIONS: readonly [number, string][] = [
  [CANCEL, 'cancel'],
  [INITIATE, 'initiate'],
  [CONCLUDE, 'conclude'],
  [SESSION_CONNECT, 'connect session'],
  [SESSION_FINISH, 'finish session'],
  [SESSION + 25, 'abort session'],
]
const OTHERS: readonly [number, string, number][] = [
  [46, 'obtainFile', A.FILE | A.WRITE],
  [72, 'fileOpen', A.FILE],
  [73, 'fileRead', A.FILE | A.READ],
  [74, 'fileClose', A.FILE],
  [75, 'fileRename', A.FILE | A.WRITE],
  [76, 'fileDelete', A.FILE | A.WRITE],
  [77, 'fileDirectory', A.FILE | A.DISCOVER],
  [81, 'exchangeData', A.READ | A.WRITE],
]

const SERVICES = new Map<number, readonly [string, number]>()
for (const [list, actions] of [
  [DISCOVERS, A.DISCOVER],
  [CONFIGURES, A.CONFIGURE],
  [COMMANDS, A.CONTROL],
  [PROGRAMS, A.PROGRAM],
  [UPLOADS, A.UPLOAD],
  [DIAGNOSES, A.DIAGNOSE],
  [READS, A.READ],
  [WRITES, A.WRITE],
  [REPORTS, A.REPORT],
  [SESSIONS, A.SESSION],
] as const)
  for (const [fn, name] of list) SERVICES.set(fn, [name, actions])
for (const [fn, name, actions] of OTHERS) SERVICES.set(fn, [name, actions])

/** What a service does, whatever it is done to. */
export const mmsActions = (fn: number): number =>
  SERVICES.get(fn)?.[1] ?? (isTransport(fn) ? A.SESSION : A.UNKNOWN)
export const mmsName = (fn: number): string | undefined => SERVICES.get(fn)?.[0] ?? transportName(fn)

/** In a download the server asks for the segments. */
export const isAskedByServer = (fn: number): boolean => fn === 27 || fn === 28

const CO = 0x434f
const SETTINGS = new Set([
  0x5350, // SP set point
  0x5347, // SG setting group
  0x5345, // SE setting group editable
  0x4346, // CF configuration
  0x4443, // DC description
  0x474f, // GO GOOSE control
  0x4753, // GS GSSE control
  0x4d53, // MS multicast sampled values
  0x5553, // US unicast sampled values
])
const SUBSCRIPTIONS = new Set([
  0x5250, // RP unbuffered report control
  0x4252, // BR buffered report control
  0x4c47, // LG log control
])

/**
 * What writing or reading a variable does by its name: IEC 61850-8-1 puts the functional constraint behind the first $, as in
 * XCBR1$CO$Pos$Oper. Controls (CO) are operated by writing, and selected by reading an SBO. Setting points, groups, configuration
 * and the control blocks of GOOSE and sampled values is configuring as well. Report and log control blocks are what a client
 * writes to subscribe: reporting alone.
 */
export function variableActions(b: Uint8Array, from: number, to: number, fn: number): number {
  const actions = mmsActions(fn)
  let at = from
  while (at < to && b[at] !== 0x24) at++
  if (at + 3 > to || (at + 3 < to && b[at + 3] !== 0x24)) return actions
  const constraint = (b[at + 1] << 8) | b[at + 2]
  if (fn === READ) return constraint === CO && isSelect(b, from, to) ? actions | A.CONTROL : actions
  if (constraint === CO) return actions | A.CONTROL
  if (SUBSCRIPTIONS.has(constraint)) return A.REPORT
  return SETTINGS.has(constraint) ? actions | A.CONFIGURE : actions
}

const isSelect = (b: Uint8Array, from: number, to: number): boolean =>
  to - from > 4 && b[to - 4] === 0x24 && b[to - 3] === 0x53 && b[to - 2] === 0x42 && b[to - 1] === 0x4f
