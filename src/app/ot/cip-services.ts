/**
 * What CIP services do to the object they are for. Common services and public classes: CIP Networks Library Volume 1,
 * appendix A and chapter 5; Volume 2 (Ethernet), 5 (Safety) and 8 (Security). Tags of Logix controllers: Logix 5000 Controllers
 * Data Access, publication 1756-PM020. Classes of Logix controllers besides (programs, routines, tasks ...) are not published:
 * what is known of them is what programming software was seen to do.
 */
import * as A from '../../net/actions.ts'
import { MAYBE } from '../protocol.ts'

export const IDENTITY = 0x01
export const MESSAGE_ROUTER = 0x02
export const CONNECTION_MANAGER = 0x06
export const FILE = 0x37
const SAFETY_SUPERVISOR = 0x39
const SAFETY_VALIDATOR = 0x3a
const TIME_SYNC = 0x43
const MODBUS = 0x44
const DLR = 0x47
export const PCCC = 0x67
export const SYMBOL = 0x6b
const TEMPLATE = 0x6c
const TAG_MEMORY = 0x72
const LOCK = 0x74
const WALL_CLOCK = 0x8b
const FLASH = 0xa1
const ETHERNET_LINK = 0xf6

export const GET_ALL = 0x01
export const MULTIPLE = 0x0a
export const EXECUTE_PCCC = 0x4b
export const FORWARD_CLOSE = 0x4e
export const UNCONNECTED_SEND = 0x52
export const FORWARD_OPEN = 0x54
export const LARGE_FORWARD_OPEN = 0x5b

/** programs, routines, tasks and what they are made of, in Logix controllers */
const isLogic = (classId: number): boolean =>
  (classId >= 0x68 && classId <= 0x71 && classId !== SYMBOL && classId !== TEMPLATE) ||
  classId === 0x7e ||
  classId === 0x7f

const isSecurity = (classId: number): boolean => classId >= 0x5d && classId <= 0x62
/** ControlNet to CompoNet, ports, TCP/IP, Ethernet, and what bridges and rings are made of */
const isNetwork = (classId: number): boolean =>
  (classId >= 0xf0 && classId <= 0xf8) ||
  classId === 0x03 ||
  (classId >= 0x45 && classId <= 0x48) ||
  classId === 0x4d ||
  (classId >= 0x52 && classId <= 0x57)

function getActions(classId: number): number {
  switch (classId) {
    case IDENTITY:
    case MESSAGE_ROUTER:
    case SYMBOL:
    case TEMPLATE:
    case 0xac:
    case 0xf4:
    case 0xf5:
      return A.DISCOVER
    // connections, event log, ring, counters of the link
    case 0x05:
    case CONNECTION_MANAGER:
    case 0x41:
    case DLR:
    case ETHERNET_LINK:
      return A.DIAGNOSE
    default:
      return A.READ
  }
}

function setActions(classId: number): number {
  if (classId === WALL_CLOCK || classId === TIME_SYNC) return A.TIME
  if (classId === FLASH) return A.FIRMWARE
  if (classId === FILE) return A.FILE
  if (isLogic(classId) || classId === TEMPLATE) return A.PROGRAM
  switch (classId) {
    case IDENTITY:
    case MESSAGE_ROUTER:
    case 0x05:
    case CONNECTION_MANAGER:
    case SAFETY_SUPERVISOR:
    case SAFETY_VALIDATOR:
    case LOCK:
    case 0x8e:
    case 0xac:
      return A.CONFIGURE
    default:
      return isNetwork(classId) || isSecurity(classId) ? A.CONFIGURE : A.WRITE
  }
}

/** Something is made or unmade. */
function makeActions(classId: number): number {
  if (isLogic(classId) || classId === SYMBOL || classId === TEMPLATE) return A.PROGRAM
  if (classId === FILE) return A.FILE
  if (classId === FLASH) return A.FIRMWARE
  // connections, and lists of tags that are read again and again
  return classId === 0x05 || classId === TAG_MEMORY ? A.SESSION : A.CONFIGURE
}

/** What a service does: `classId` of the object it is for, SYMBOL where a tag is named, -1 where that is not known. */
export function serviceActions(service: number, classId: number): number {
  switch (service) {
    case GET_ALL:
    case 0x03:
    case 0x0e:
    case 0x18:
      return getActions(classId)
    case 0x11:
      return A.DISCOVER
    case 0x02:
    case 0x04:
    case 0x10:
    case 0x19:
    case 0x1a:
    case 0x1b:
      return setActions(classId)
    case 0x05:
    case 0x06:
    case 0x07:
      return A.CONTROL
    case 0x08:
    case 0x09:
      return makeActions(classId)
    case 0x0d:
    case 0x15:
    case 0x16:
      return A.CONFIGURE
    case 0x17:
    case 0x1c:
      return A.SESSION
    default:
      return service >= 0x32 ? ofClass(service, classId) : A.UNKNOWN
  }
}

/**
 * What a service does of which only the reply was seen: that does not tell the class, so it is what the service does to most of
 * them, and among services of classes what those of tags and connections do. MAYBE where to other classes it does something else.
 */
export function unseenActions(service: number): number {
  if (service < 0x32) {
    const actions = serviceActions(service, -1)
    // a class that is read, set and made unlike most
    return actions === serviceActions(service, TEMPLATE) ? actions : actions | MAYBE
  }
  // lists instances, or is a PCCC command; closes a connection, or writes bits of a tag
  if (service === EXECUTE_PCCC || service === FORWARD_CLOSE) return A.UNKNOWN
  const ofTags = tagActions(service)
  return MAYBE | (ofTags === A.UNKNOWN ? connectionActions(service) : ofTags)
}

/** Services that a class has for itself, or a vendor. */
function ofClass(service: number, classId: number): number {
  switch (classId) {
    case SYMBOL:
      return tagActions(service)
    case TAG_MEMORY:
      return service === 0x4b ? A.READ : tagActions(service)
    case CONNECTION_MANAGER:
      return connectionActions(service)
    case TEMPLATE:
      return service === 0x4b || service === 0x4c ? A.DISCOVER : service === 0x4d ? A.PROGRAM : A.UNKNOWN
    case FILE:
      return service >= 0x4b && service <= 0x51 ? A.FILE : A.UNKNOWN
    case FLASH:
      return A.FIRMWARE
    case SAFETY_SUPERVISOR:
      return safetyActions(service)
    case SAFETY_VALIDATOR:
      return service === 0x4b ? A.DIAGNOSE : A.UNKNOWN
    case MODBUS:
      if (service >= 0x4b && service <= 0x4e) return A.READ
      return service === 0x4f || service === 0x50 ? A.WRITE : A.UNKNOWN
    case DLR:
      return service >= 0x4b && service <= 0x4e ? A.DIAGNOSE : A.UNKNOWN
    case ETHERNET_LINK:
      return service === 0x4c ? A.DIAGNOSE : A.UNKNOWN
    case LOCK:
      // the controller is locked for, or freed from, one programming station
      return service === 0x4b || service === 0x4c ? A.SESSION : A.UNKNOWN
    case 0x0f:
      return service === 0x4b ? A.DISCOVER : A.UNKNOWN
    default:
      if (isLogic(classId)) return logicActions(service)
      return isSecurity(classId) ? A.CONFIGURE : A.UNKNOWN
  }
}

function tagActions(service: number): number {
  switch (service) {
    case 0x4c:
    case 0x52:
      return A.READ
    case 0x4d:
    case 0x4e:
    case 0x53:
      return A.WRITE
    case 0x4b:
    case 0x55:
      return A.DISCOVER
    default:
      return A.UNKNOWN
  }
}

function connectionActions(service: number): number {
  switch (service) {
    case FORWARD_CLOSE:
    case UNCONNECTED_SEND:
    case FORWARD_OPEN:
    case LARGE_FORWARD_OPEN:
      return A.SESSION
    // connection data, their search, owners
    case 0x56:
    case 0x57:
    case 0x59:
    case 0x5a:
      return A.DIAGNOSE
    default:
      return A.UNKNOWN
  }
}

/** Instances are listed; code (0x4c, 0x4d), and comments and settings (0x4f, 0x50) are read or written. */
function logicActions(service: number): number {
  if (service === 0x4b) return A.DISCOVER
  if (service === 0x4c || service === 0x4f) return A.UPLOAD
  return service === 0x4d || service === 0x50 ? A.PROGRAM : A.UNKNOWN
}

function safetyActions(service: number): number {
  switch (service) {
    // recover, mode change, reset
    case 0x4c:
    case 0x53:
    case 0x54:
      return A.CONTROL
    case 0x4e:
      return A.DIAGNOSE
    // configuration, its validation and lock, passwords, the network number
    case 0x4f:
    case 0x50:
    case 0x51:
    case 0x52:
    case 0x55:
    case 0x56:
    case 0x57:
      return A.CONFIGURE
    default:
      return A.UNKNOWN
  }
}
