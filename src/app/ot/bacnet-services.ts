/**
 * Services and object types of BACnet: ANSI/ASHRAE 135-2020, clauses 13 to 17 (services), 20.2 (encoding), 21 (their numbers),
 * annex J (virtual link).
 */
import * as A from '../../net/actions.ts'

/** functions are numbered by what they belong to: confirmed services from 0 on, and ... */
export const UNCONFIRMED = 100
export const LINK = 200
export const NETWORK = 300

/** Where a service names its object. */
export const NOWHERE = 0
/** an object identifier is the first parameter: context tag 0, or an application tag */
export const FIRST = 1
/** the number of a process is before it: context tag 1 */
export const SECOND = 2
/** a process and a device are before it: context tag 2 */
export const THIRD = 3
/** lists: each object identifier and what is meant of it */
export const LIST = 4
/** an object, or only its type, in a pair of tags */
export const CREATED = 5
/** a process, its characteristics and the operation are before it: context tag 3 */
export const FOURTH = 6

type Service = readonly [name: string, actions: number, place: number]

const CONFIRMED_SERVICES: readonly Service[] = [
  ['acknowledge alarm', A.WRITE, SECOND],
  ['confirmed COV notification', A.REPORT, THIRD],
  ['confirmed event notification', A.REPORT, THIRD],
  ['get alarm summary', A.READ, NOWHERE],
  ['get enrollment summary', A.READ, NOWHERE],
  ['subscribe COV', A.REPORT, SECOND],
  ['atomic read file', A.FILE, FIRST],
  ['atomic write file', A.FILE, FIRST],
  ['add list element', A.CONFIGURE, FIRST],
  ['remove list element', A.CONFIGURE, FIRST],
  ['create object', A.CONFIGURE, CREATED],
  ['delete object', A.CONFIGURE, FIRST],
  ['read property', A.READ, FIRST],
  ['read property conditional', A.READ, NOWHERE],
  ['read property multiple', A.READ, LIST],
  ['write property', A.WRITE, FIRST],
  ['write property multiple', A.WRITE, LIST],
  ['device communication control', A.CONTROL, NOWHERE],
  ['confirmed private transfer', A.UNKNOWN, NOWHERE],
  ['confirmed text message', A.REPORT, NOWHERE],
  ['reinitialize device', A.CONTROL, NOWHERE],
  ['virtual terminal open', A.SESSION, NOWHERE],
  ['virtual terminal close', A.SESSION, NOWHERE],
  // what is typed at the terminal is not understood
  ['virtual terminal data', A.UNKNOWN, NOWHERE],
  ['authenticate', A.SESSION, NOWHERE],
  ['request key', A.SESSION, NOWHERE],
  ['read range', A.READ, FIRST],
  ['life safety operation', A.CONTROL, FOURTH],
  ['subscribe COV property', A.REPORT, SECOND],
  ['get event information', A.READ, NOWHERE],
  ['subscribe COV property multiple', A.REPORT, NOWHERE],
  ['confirmed COV notification multiple', A.REPORT, NOWHERE],
  ['confirmed audit notification', A.REPORT, NOWHERE],
  ['audit log query', A.READ, NOWHERE],
]

const UNCONFIRMED_SERVICES: readonly Service[] = [
  ['I-Am', A.DISCOVER, NOWHERE],
  ['I-Have', A.DISCOVER, NOWHERE],
  ['unconfirmed COV notification', A.REPORT, THIRD],
  ['unconfirmed event notification', A.REPORT, THIRD],
  ['unconfirmed private transfer', A.UNKNOWN, NOWHERE],
  ['unconfirmed text message', A.REPORT, NOWHERE],
  ['time synchronization', A.TIME, NOWHERE],
  ['Who-Has', A.DISCOVER, NOWHERE],
  ['Who-Is', A.DISCOVER, NOWHERE],
  ['UTC time synchronization', A.TIME, NOWHERE],
  ['write group', A.WRITE, NOWHERE],
  ['unconfirmed COV notification multiple', A.REPORT, NOWHERE],
  ['unconfirmed audit notification', A.REPORT, NOWHERE],
  ['Who-Am-I', A.DISCOVER, NOWHERE],
  // gives a device its number
  ['You-Are', A.CONFIGURE, NOWHERE],
]

const LINK_FUNCTIONS: readonly Service[] = [
  ['result', A.SESSION, NOWHERE],
  ['write broadcast distribution table', A.CONFIGURE, NOWHERE],
  ['read broadcast distribution table', A.READ, NOWHERE],
  ['broadcast distribution table', A.READ, NOWHERE],
  ['forwarded NPDU', A.UNKNOWN, NOWHERE],
  ['register foreign device', A.CONFIGURE, NOWHERE],
  ['read foreign device table', A.READ, NOWHERE],
  ['foreign device table', A.READ, NOWHERE],
  ['delete foreign device table entry', A.CONFIGURE, NOWHERE],
  ['distribute broadcast to network', A.UNKNOWN, NOWHERE],
  ['original unicast NPDU', A.UNKNOWN, NOWHERE],
  ['original broadcast NPDU', A.UNKNOWN, NOWHERE],
  ['secure BVLL', A.UNKNOWN, NOWHERE],
]

const NETWORK_MESSAGES: Readonly<Record<number, Service>> = {
  0: ['who is router to network', A.DISCOVER, NOWHERE],
  1: ['I am router to network', A.DISCOVER, NOWHERE],
  2: ['I could be router to network', A.DISCOVER, NOWHERE],
  3: ['reject message to network', A.REPORT, NOWHERE],
  4: ['router busy', A.REPORT, NOWHERE],
  5: ['router available', A.REPORT, NOWHERE],
  6: ['initialize routing table', A.CONFIGURE, NOWHERE],
  7: ['initialize routing table, answer', A.CONFIGURE, NOWHERE],
  8: ['establish connection to network', A.SESSION, NOWHERE],
  9: ['disconnect connection to network', A.SESSION, NOWHERE],
  18: ['what is network number', A.DISCOVER, NOWHERE],
  19: ['network number is', A.DISCOVER, NOWHERE],
}

function serviceOf(fn: number): Service | undefined {
  if (fn >= NETWORK) return NETWORK_MESSAGES[fn - NETWORK]
  if (fn >= LINK) return LINK_FUNCTIONS[fn - LINK]
  return fn >= UNCONFIRMED ? UNCONFIRMED_SERVICES[fn - UNCONFIRMED] : CONFIRMED_SERVICES[fn]
}

export const serviceName = (fn: number): string | undefined => serviceOf(fn)?.[0]
export const serviceActions = (fn: number): number => serviceOf(fn)?.[1] ?? A.UNKNOWN
export const placeOf = (fn: number): number => serviceOf(fn)?.[2] ?? NOWHERE

/** Object types, in the order of their numbers (clause 21). */
const OBJECT_TYPES = (
  'analog input,analog output,analog value,binary input,binary output,binary value,calendar,command,device,' +
  'event enrollment,file,group,loop,multi-state input,multi-state output,notification class,program,schedule,' +
  'averaging,multi-state value,trend log,life safety point,life safety zone,accumulator,pulse converter,event log,' +
  'global group,trend log multiple,load control,structured view,access door,timer,access credential,access point,' +
  'access rights,access user,access zone,credential data input,network security,bit string value,' +
  'character string value,date pattern value,date value,date-time pattern value,date-time value,integer value,' +
  'large analog value,octet string value,positive integer value,time pattern value,time value,' +
  'notification forwarder,alert enrollment,channel,lighting output,binary lighting output,network port,' +
  'elevator group,escalator,lift,staging,audit log,audit reporter'
).split(',')

export const objectTypeName = (type: number): string => OBJECT_TYPES[type] ?? `object type ${type}`
