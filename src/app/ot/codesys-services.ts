/**
 * Services of CODESYS version 3 runtimes, by the component that offers them, as they were found out: Kaspersky ICS CERT,
 * "Security research: CODESYS Runtime" (2019), and later dissectors.
 */
import * as A from '../../net/actions.ts'

/** functions that are no service of a component */
export const CHANNEL = 0x8000
export const DATAGRAM = 0x8100
export const VERSION_2 = 0xa000

type Service = readonly [name: string, actions: number]
type Services = Readonly<Record<number, Service>>

const DEVICE: Services = {
  1: ['get target identity', A.DISCOVER],
  2: ['login', A.SESSION],
  3: ['logout', A.SESSION],
  4: ['reset to origin', A.CONTROL | A.PROGRAM],
  5: ['echo', A.SESSION],
  6: ['set operating mode', A.CONTROL],
  7: ['get operating mode', A.DIAGNOSE],
  8: ['interactive login', A.SESSION],
  9: ['rename node', A.CONFIGURE],
  10: ['create session', A.SESSION],
  11: ['get configuration of the reset to origin', A.READ],
}

const APPLICATION: Services = {
  1: ['login to application', A.SESSION],
  2: ['logout from application', A.SESSION],
  3: ['create application', A.PROGRAM],
  4: ['delete application', A.PROGRAM],
  5: ['download', A.PROGRAM],
  6: ['online change', A.PROGRAM],
  7: ['device download', A.PROGRAM],
  8: ['create device application', A.PROGRAM],
  16: ['start', A.CONTROL],
  17: ['stop', A.CONTROL],
  18: ['reset', A.CONTROL],
  19: ['set breakpoint', A.PROGRAM],
  20: ['read status', A.DIAGNOSE],
  21: ['delete breakpoint', A.PROGRAM],
  22: ['read call stack', A.DIAGNOSE],
  23: ['get area offset', A.READ],
  24: ['read list of applications', A.READ],
  25: ['set next statement', A.CONTROL],
  32: ['release forced values', A.WRITE],
  33: ['upload forced values', A.READ],
  34: ['single cycle', A.CONTROL],
  35: ['create boot project', A.PROGRAM],
  36: ['initialize application again', A.CONTROL],
  37: ['read states of applications', A.DIAGNOSE],
  38: ['load boot application', A.PROGRAM],
  39: ['register boot application', A.PROGRAM],
  40: ['check consistency of files', A.DIAGNOSE],
  41: ['read information of application', A.READ],
  48: ['compact download', A.PROGRAM],
  49: ['read information of project', A.READ],
  50: ['define flow', A.DIAGNOSE],
  51: ['read flow values', A.READ],
  52: ['encrypted download', A.PROGRAM],
  53: ['read content of application', A.UPLOAD],
  54: ['save retained values', A.FILE],
  55: ['restore retained values', A.WRITE],
  56: ['get area address', A.READ],
}

const LOG: Services = {
  1: ['get log entries', A.DIAGNOSE],
  2: ['get names of components', A.DIAGNOSE],
  3: ['get list of loggers', A.DIAGNOSE],
}

const FILES: Services = {
  1: ['get information of file', A.FILE],
  2: ['start download of file', A.FILE],
  3: ['restart download of file', A.FILE],
  4: ['download file', A.FILE],
  5: ['start upload of file', A.FILE],
  6: ['restart upload of file', A.FILE],
  7: ['upload file', A.FILE],
  8: ['end of transfer', A.FILE],
  9: ['cancel transfer', A.FILE],
  12: ['get directory', A.FILE],
  13: ['cancel directory', A.FILE],
  14: ['delete file', A.FILE],
  15: ['rename file', A.FILE],
  16: ['create directory', A.FILE],
  17: ['delete directory', A.FILE],
  18: ['rename directory', A.FILE],
}

const VARIABLES: Services = {
  1: ['register list of variables', A.READ],
  2: ['remove list of variables', A.READ],
  3: ['read list of variables', A.READ],
  4: ['write list of variables', A.WRITE],
  5: ['read variables', A.READ],
  6: ['write variables', A.WRITE],
  7: ['get root nodes', A.DISCOVER],
  8: ['get nodes below', A.DISCOVER],
  9: ['get types', A.DISCOVER],
  10: ['get information of address', A.DISCOVER],
  11: ['remove variables from list', A.READ],
}

const MONITOR: Services = { 1: ['monitor read', A.READ], 2: ['monitor write', A.WRITE] }

const CHANNELS: Services = {
  1: ['block of a message', A.UNKNOWN],
  3: ['keep alive', A.SESSION],
  194: ['get information of channels', A.DISCOVER],
  195: ['open channel', A.SESSION],
  196: ['close channel', A.SESSION],
}

const DATAGRAMS: Services = {
  1: ['address request', A.DISCOVER],
  2: ['address answer', A.DISCOVER],
  3: ['name request', A.DISCOVER],
  4: ['name answer', A.DISCOVER],
}

/** components by their group, where their services are known */
const GROUPS: Readonly<Record<number, Services>> = {
  1: DEVICE,
  2: APPLICATION,
  5: LOG,
  8: FILES,
  9: VARIABLES,
  27: MONITOR,
  128: CHANNELS,
  129: DATAGRAMS,
  160: { 1: ['identity (version 2)', A.DISCOVER] },
}

/** other components, all of whose services do the same; the rest is not known */
const OF_GROUP: Services = {
  // traces
  15: ['trace', A.DIAGNOSE],
  // accounts and rights
  12: ['user management', A.CONFIGURE],
  6: ['settings', A.CONFIGURE],
  // a command line in the device
  17: ['command shell', A.CONTROL | A.UNKNOWN],
  19: ['forced values', A.WRITE],
}

const serviceOf = (fn: number): Service | undefined => GROUPS[fn >> 8]?.[fn & 0xff] ?? OF_GROUP[fn >> 8]

export const serviceActions = (fn: number): number => serviceOf(fn)?.[1] ?? A.UNKNOWN
export const serviceName = (fn: number): string | undefined => serviceOf(fn)?.[0]
