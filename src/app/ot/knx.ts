/**
 * KNXnet/IP over UDP and TCP: ISO 22510 (EN 13321-2; services and headers), EN 50090-4-1 (cEMI, application layer).
 *
 * Functions of `act` are what a telegram does on the bus, 0..15: the upper four bits of its application code (0 = group value
 * read, 2 = group value write, 10 = memory write, 14 = restart, 15 = properties, keys and the like); 16 = reset and 17 = read
 * or write of a property of the interface itself. From 513 on the service types, 0x0201 = search request and so on. There is no
 * unit. Area 0 holds group addresses, the 16 bits of the telegram as a number, area 1 individual ones, 65536 + those bits.
 */
import * as A from '../../net/actions.ts'
import { u16 } from '../../wire/bytes.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Notes, type Protocol, TCP, UDP } from '../protocol.ts'
import { readEach } from './datagram.ts'
import { GROUPS, readTelegram, telegramActions, telegramName } from './knx-telegram.ts'

/** length of the header, version, service, total length */
const HEADER = 6
const VERSION = 0x10
const LARGEST = 0x2000

const SEARCH_RESPONSE = 0x0202
const TUNNELLING = 0x0420
const CONFIGURATION = 0x0310
const ROUTING = 0x0530
const WRAPPER = 0x0950

type Service = readonly [name: string, actions: number]
/** requests and what is told unasked; the answers are in ANSWERS */
const SERVICES: Readonly<Record<number, Service>> = {
  513: ['search', A.DISCOVER],
  515: ['describe', A.DISCOVER],
  517: ['connect', A.SESSION],
  519: ['connection state', A.SESSION],
  521: ['disconnect', A.SESSION],
  523: ['extended search', A.DISCOVER],
  [CONFIGURATION]: ['configuration of the interface', A.UNKNOWN],
  [TUNNELLING]: ['tunnelling', A.UNKNOWN],
  1058: ['read tunnelling feature', A.READ],
  1060: ['set tunnelling feature', A.CONFIGURE],
  1061: ['tunnelling feature told', A.REPORT],
  [ROUTING]: ['routing', A.UNKNOWN],
  1329: ['routing lost messages', A.REPORT],
  1330: ['routing busy', A.REPORT],
  1331: ['routing to the system broadcast', A.UNKNOWN],
  1856: ['remote diagnosis', A.DIAGNOSE],
  1858: ['remote basic configuration', A.CONFIGURE],
  1859: ['remote reset', A.CONTROL],
  [WRAPPER]: ['secure wrapper', A.UNKNOWN],
  2385: ['secure session', A.SESSION],
  2387: ['secure session authentication', A.SESSION],
  2388: ['secure session status', A.SESSION],
  2389: ['secure timer', A.SESSION],
}
/** answers, with what they answer */
const ANSWERS: Readonly<Record<number, number>> = {
  [SEARCH_RESPONSE]: 0x0201,
  516: 0x0203,
  518: 0x0205,
  520: 0x0207,
  522: 0x0209,
  524: 0x020b,
  785: CONFIGURATION,
  1057: TUNNELLING,
  1059: 0x0422,
  1857: 0x0740,
  2386: 0x0951,
}

/** Whether an answer says no: its status stands where its service has it. */
function isRefused(b: Uint8Array, at: number, end: number, service: number): boolean {
  // a connect response has channel and status, acknowledgements a header of four bytes that ends with it
  const status = service === 0x0311 || service === 0x0421 || service === 0x0423 ? 9 : 7
  const has = service === 0x0206 || service === 0x0208 || service === 0x020a || status === 9
  return has && at + status < end && b[at + status] !== 0
}

/** A name of 30 bytes ends what a device says of itself (description of the hardware, type 1). */
function hearDevice(b: Uint8Array, at: number, end: number, to: Notes): void {
  // behind the header: where it can be reached (search), then the description
  const block = at + HEADER + (u16(b, at + 2) === 0x0204 ? 0 : 8)
  if (block + 54 > end || b[block] !== 54 || b[block + 1] !== 1) return
  let name = ''
  for (let i = block + 24; i < block + 54 && b[i] !== 0; i++)
    if (b[i] >= 0x20 && b[i] < 0x7f) name += String.fromCharCode(b[i])
  if (name.trim() !== '') to.heard('name', name.trim())
  const serial = Buffer.from(b.subarray(block + 8, block + 14)).toString('hex')
  if (serial !== '000000000000') to.heard('serial', serial)
}

function lengthAt(b: Uint8Array, at: number, end: number): number {
  if (end > at && b[at] !== HEADER) return -1
  if (end > at + 1 && b[at + 1] !== VERSION) return -1
  if (end - at < HEADER) return 0
  const stated = u16(b, at + 4)
  return stated < HEADER || stated > LARGEST ? -1 : stated
}

function readService(b: Uint8Array, at: number, end: number, length: number, to: Notes): void {
  const stated = end - at < HEADER ? 0 : u16(b, at + 4)
  if (stated < HEADER || stated > length || b[at] !== HEADER) {
    to.act(A.UNKNOWN, 0x0200, -1, -1, 0, 0)
    return end - at < Math.min(HEADER, length) ? to.short() : to.unfit()
  }
  const service = u16(b, at + 2)
  const stop = Math.min(end, at + stated)
  const isCut = end < at + stated
  const asked = ANSWERS[service]
  if (asked !== undefined) {
    const refused = isRefused(b, at, stop, service)
    // that a telegram arrived is not what it did: another telegram confirms that
    const isReceipt = asked === TUNNELLING || asked === CONFIGURATION
    if (refused || !isReceipt) to.answer(asked, -1, refused)
    if (service === SEARCH_RESPONSE || service === 0x0204) hearDevice(b, at, stop, to)
    return
  }
  switch (service) {
    case TUNNELLING:
    case CONFIGURATION: {
      // a header of four bytes: its length, channel, sequence
      const telegram = at + HEADER + 4
      if (telegram > stop || !readTelegram(b, telegram, stop, isCut, false, to))
        to.act(A.UNKNOWN, service, -1, -1, 0, 0)
      return
    }
    case ROUTING:
      if (!readTelegram(b, at + HEADER, stop, isCut, true, to)) to.act(A.UNKNOWN, service, -1, -1, 0, 0)
      return
    case WRAPPER:
      to.act(A.UNKNOWN, service, -1, -1, 0, 0)
      return to.opaque()
    default:
      if (service < CONFIGURATION && service !== 0x0209) to.client(true)
      to.act(SERVICES[service]?.[1] ?? A.UNKNOWN, service, -1, -1, 0, 0)
  }
}

export const knx: Protocol = {
  id: 'knx',
  service: 'knx',
  transports: [UDP, TCP],
  firstBytes: [HEADER],
  isStrict: true,

  probe(b, at, end, carrier) {
    if (end - at < HEADER || b[at] !== HEADER || b[at + 1] !== VERSION) return NOT
    const service = u16(b, at + 2)
    const stated = u16(b, at + 4)
    if (SERVICES[service] === undefined && ANSWERS[service] === undefined) return NOT
    if (stated < HEADER || stated > LARGEST || stated > carrier.length) return NOT
    if (carrier.transport === UDP && stated !== carrier.length) return NOT
    if (ANSWERS[service] !== undefined && service !== 0x0311 && service !== 0x0421)
      return CERTAIN | FROM_SERVER
    return CERTAIN | (service < CONFIGURATION && ANSWERS[service] === undefined ? FROM_CLIENT : 0)
  },

  length: lengthAt,
  read: (b, at, end, length, to) => readEach(b, at, end, length, to, lengthAt, readService),

  functionActions: fn => (fn < 0x200 ? telegramActions(fn, 0) : (SERVICES[fn]?.[1] ?? A.UNKNOWN)),
  functionName: fn => (fn < 0x200 ? telegramName(fn) : SERVICES[fn]?.[0]),

  areaText(area, first, last) {
    const text = (n: number): string =>
      area === GROUPS
        ? `${n >> 11}/${(n >> 8) & 7}/${n & 0xff}`
        : `${(n >> 12) & 15}.${(n >> 8) & 15}.${n & 0xff}`
    const numbers = first === last ? text(first) : `${text(first)}-${text(last)}`
    return `${area === GROUPS ? 'group' : 'device'} ${numbers}`
  },
}
