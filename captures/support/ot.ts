import { bytes, f32, hex, l16, l24, l32, l64, lf32, type Part, u16, u32, zeros } from './bytes.ts'
import { ber } from './link.ts'

/** PDUs of the protocols between controllers and what supervises them, as in the standards named. */

/** Modbus application data unit over TCP: transaction, unit, function and data (MODBUS Messaging on TCP/IP, section 3.1.3). */
export function modbus(transaction: number, unit: number, fn: number, ...data: Part[]): Uint8Array {
  const pdu = bytes(fn, ...data)
  return bytes(u16(transaction), u16(0), u16(pdu.length + 1), unit, pdu)
}

/** Request and answer of Modbus function 3: `values` are the registers read. */
export const modbusRead = (
  transaction: number,
  unit: number,
  first: number,
  values: number[],
): [Uint8Array, Uint8Array] => [
  modbus(transaction, unit, 3, u16(first), u16(values.length)),
  modbus(transaction, unit, 3, values.length * 2, values.flatMap(u16)),
]

/** Request and answer of function 6, one register. */
export const modbusWrite = (
  transaction: number,
  unit: number,
  register: number,
  value: number,
): [Uint8Array, Uint8Array] => [
  modbus(transaction, unit, 6, u16(register), u16(value)),
  modbus(transaction, unit, 6, u16(register), u16(value)),
]

/** Request and answer of function 16, several registers. */
export const modbusWriteMany = (
  transaction: number,
  unit: number,
  first: number,
  values: number[],
): [Uint8Array, Uint8Array] => [
  modbus(transaction, unit, 16, u16(first), u16(values.length), values.length * 2, values.flatMap(u16)),
  modbus(transaction, unit, 16, u16(first), u16(values.length)),
]

/** Request and answer of function 4, input registers. */
export const modbusReadInputs = (
  transaction: number,
  unit: number,
  first: number,
  values: number[],
): [Uint8Array, Uint8Array] => [
  modbus(transaction, unit, 4, u16(first), u16(values.length)),
  modbus(transaction, unit, 4, values.length * 2, values.flatMap(u16)),
]

/** Request and answer of function 23: `count` registers are read from `from` on after `values` are written from `to` on. */
export const modbusReadWrite = (
  transaction: number,
  unit: number,
  from: number,
  count: number,
  to: number,
  values: number[],
): [Uint8Array, Uint8Array] => [
  modbus(
    transaction,
    unit,
    23,
    [...u16(from), ...u16(count), ...u16(to), ...u16(values.length)],
    values.length * 2,
    values.flatMap(u16),
  ),
  modbus(transaction, unit, 23, count * 2, zeros(count * 2)),
]

/** Answer that refuses function `fn`: 1 = not known, 2 = no such address (MODBUS Application Protocol V1.1b3, section 7). */
export const modbusRefusal = (transaction: number, unit: number, fn: number, code: 1 | 2): Uint8Array =>
  modbus(transaction, unit, 0x80 | fn, code)

/** TPKT (RFC 1006) around an ISO 8073 data unit. */
export const tpkt = (cotp: Uint8Array): Uint8Array => bytes(3, 0, u16(4 + cotp.length), cotp)

/** COTP connection request and confirm to rack 0, slot `slot`. */
export function s7connect(slot: number): [Uint8Array, Uint8Array] {
  const parameters = bytes([0xc0, 1, 10], [0xc1, 2, 1, 0], [0xc2, 2, 3, slot])
  return [
    tpkt(bytes(6 + parameters.length, 0xe0, u16(0), u16(1), 0, parameters)),
    tpkt(bytes(6 + parameters.length, 0xd0, u16(1), u16(0x2e), 0, parameters)),
  ]
}

function s7(kind: 1 | 3, reference: number, parameter: Uint8Array, data: Uint8Array): Uint8Array {
  const error = kind === 3 ? [0, 0] : []
  const header = bytes(0x32, kind, u16(0), u16(reference), u16(parameter.length), u16(data.length), error)
  return tpkt(bytes([2, 0xf0, 0x80], header, parameter, data))
}

/** S7 set up communication, job and its acknowledgement. */
export const s7setup = (reference: number): [Uint8Array, Uint8Array] => [
  s7(1, reference, bytes(0xf0, 0, u16(1), u16(1), u16(480)), zeros(0)),
  s7(3, reference, bytes(0xf0, 0, u16(1), u16(1), u16(240)), zeros(0)),
]

const s7item = (db: number, byte: number, count: number): Uint8Array =>
  bytes([0x12, 0x0a, 0x10, 0x02], u16(count), u16(db), 0x84, [0, ...u16(byte * 8)])

/** S7 read of a data block. */
export function s7read(
  reference: number,
  db: number,
  byte: number,
  values: Uint8Array,
): [Uint8Array, Uint8Array] {
  const data = bytes(0xff, 0x04, u16(values.length * 8), values)
  return [
    s7(1, reference, bytes(4, 1, s7item(db, byte, values.length)), zeros(0)),
    s7(3, reference, bytes(4, 1), data),
  ]
}

/** S7 write into a data block. */
export function s7write(
  reference: number,
  db: number,
  byte: number,
  values: Uint8Array,
): [Uint8Array, Uint8Array] {
  const data = bytes(0, 0x04, u16(values.length * 8), values)
  return [
    s7(1, reference, bytes(5, 1, s7item(db, byte, values.length)), data),
    s7(3, reference, bytes(5, 1), bytes(0xff)),
  ]
}

/** S7 request download of a block: the start of loading logic into the controller. */
export const s7download = (reference: number, block: number): [Uint8Array, Uint8Array] => {
  const name = `_0A${String(block).padStart(5, '0')}P`
  const lengths = '1000216000136'
  const parameter = bytes([0x1a, 0, 1, 0], u32(0), name.length, name, lengths.length, lengths)
  return [s7(1, reference, parameter, zeros(0)), s7(3, reference, bytes(0x1a), zeros(0))]
}

/** EtherNet/IP encapsulation, CIP volume 2 section 2-3. */
export const enip = (command: number, session: number, data: Uint8Array): Uint8Array =>
  bytes(l16(command), l16(data.length), l32(session), l32(0), 'cwatch\0\0', l32(0), data)

/** RegisterSession and its answer. */
export const enipRegister = (session: number): [Uint8Array, Uint8Array] => [
  enip(0x65, 0, bytes(l16(1), l16(0))),
  enip(0x65, session, bytes(l16(1), l16(0))),
]

/** SendRRData around a CIP message. */
const unconnected = (session: number, cip: Uint8Array): Uint8Array =>
  enip(0x6f, session, bytes(l32(0), l16(10), l16(2), l16(0), l16(0), l16(0xb2), l16(cip.length), cip))

/** CIP Get Attribute Single: product name of the identity object. */
export const cipIdentity = (session: number, name: string): [Uint8Array, Uint8Array] => [
  unconnected(session, bytes(0x0e, 3, [0x20, 1, 0x24, 1, 0x30, 7])),
  unconnected(session, bytes(0x8e, 0, 0, 0, name.length, name)),
]

/** CIP Read Tag of a controller tag (one DINT). */
export function cipReadTag(session: number, tag: string, value: number): [Uint8Array, Uint8Array] {
  const path = bytes(0x91, tag.length, tag, tag.length % 2 ? 0 : [])
  return [
    unconnected(session, bytes(0x4c, path.length / 2, path, l16(1))),
    unconnected(session, bytes(0xcc, 0, 0, 0, l16(0xc4), l32(value))),
  ]
}

/** Forward Open (CIP volume 1, section 3-5.5.2) of a class 1 connection to an assembly, and its answer. */
export function cipForwardOpen(session: number, serial: number): [Uint8Array, Uint8Array] {
  const manager = [2, 0x20, 6, 0x24, 1]
  const ids = bytes(l16(serial), l16(0x1337), l32(0x00c0ffee))
  const rate = bytes(l32(100_000), l16(0x4802))
  const path = [0x20, 4, 0x24, 0x66, 0x2c, 0x64, 0x2c, 0x65]
  return [
    unconnected(
      session,
      bytes(
        0x54,
        manager,
        [6, 28],
        l32(0),
        l32(0x00110002),
        ids,
        [1, 0, 0, 0],
        rate,
        rate,
        1,
        path.length / 2,
        path,
      ),
    ),
    unconnected(
      session,
      bytes([0xd4, 0, 0, 0], l32(0x00110001), l32(0x00110002), ids, l32(100_000), l32(100_000), [0, 0]),
    ),
  ]
}

/** Class 1 cyclic I/O datagram of EtherNet/IP: sequenced address item and connected data. */
export const enipCyclic = (connection: number, sequence: number, data: Uint8Array): Uint8Array =>
  bytes(
    l16(2),
    l16(0x8002),
    l16(8),
    l32(connection),
    l32(sequence),
    l16(0xb1),
    l16(2 + data.length),
    l16(sequence & 0xffff),
    data,
  )

/** CRC of DNP3, IEEE 1815 section 9.2.4.3. */
function crcDnp(data: Uint8Array): number[] {
  let crc = 0
  for (const byte of data) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa6bc : crc >>> 1
  }
  return l16(~crc & 0xffff)
}

/** DNP3 link frame with transport header and one application fragment. */
function dnp3(
  fromMaster: boolean,
  to: number,
  from: number,
  application: Uint8Array,
  sequence: number,
): Uint8Array {
  const user = bytes(0xc0 | (sequence & 0x3f), application)
  const header = bytes(0x05, 0x64, 5 + user.length, fromMaster ? 0xc4 : 0x44, l16(to), l16(from))
  const blocks = []
  for (let at = 0; at < user.length; at += 16)
    blocks.push(user.subarray(at, at + 16), Uint8Array.from(crcDnp(user.subarray(at, at + 16))))
  return bytes(header, crcDnp(header), ...blocks)
}

/** DNP3 class 0 read and its answer: analogue inputs (group 30 variation 2). */
export function dnp3Read(
  master: number,
  outstation: number,
  sequence: number,
  values: number[],
): [Uint8Array, Uint8Array] {
  const points = values.flatMap(value => [1, ...l16(value)])
  return [
    dnp3(true, outstation, master, bytes(0xc0 | (sequence & 15), 1, [60, 1, 6]), sequence),
    dnp3(
      false,
      master,
      outstation,
      bytes(0xc0 | (sequence & 15), 129, 0, 0, [30, 2, 0, 0, values.length - 1], points),
      sequence,
    ),
  ]
}

/** DNP3 direct operate of a control relay (group 12 variation 1), and the echo that confirms it. */
export function dnp3Operate(
  master: number,
  outstation: number,
  sequence: number,
  point: number,
): [Uint8Array, Uint8Array] {
  const object = bytes([12, 1, 0x28], l16(1), l16(point), [0x41, 1], l32(100), l32(0), 0)
  return [
    dnp3(true, outstation, master, bytes(0xc0 | (sequence & 15), 5, object), sequence),
    dnp3(false, master, outstation, bytes(0xc0 | (sequence & 15), 129, 0, 0, object), sequence),
  ]
}

/** IEC 60870-5-104: unnumbered control frames. */
export const iec104Start: [Uint8Array, Uint8Array] = [hex('68 04 07 00 00 00'), hex('68 04 0b 00 00 00')]
export const iec104Test: [Uint8Array, Uint8Array] = [hex('68 04 43 00 00 00'), hex('68 04 83 00 00 00')]
/** Supervisory frame: received up to. */
export const iec104Received = (received: number): Uint8Array => bytes(0x68, 4, 1, 0, l16(received << 1))

function iec104(
  sent: number,
  received: number,
  type: number,
  cause: number,
  objects: Uint8Array,
  count = 1,
): Uint8Array {
  const asdu = bytes(type, count, cause, 0, l16(1), objects)
  return bytes(0x68, 4 + asdu.length, l16(sent << 1), l16(received << 1), asdu)
}
/** Spontaneous measured value, short floating point (M_ME_NC_1). */
export const iec104Measured = (sent: number, received: number, address: number, value: number): Uint8Array =>
  iec104(sent, received, 13, 3, bytes(l24(address), lf32(value), 0))
/** General interrogation, and its confirmation. */
export const iec104Interrogation = (sent: number, received: number): [Uint8Array, Uint8Array] => [
  iec104(sent, received, 100, 6, bytes(l24(0), 20)),
  iec104(received, sent + 1, 100, 7, bytes(l24(0), 20)),
]
/** Single command (C_SC_NA_1), and its confirmation. */
export const iec104Command = (sent: number, received: number, address: number): [Uint8Array, Uint8Array] => [
  iec104(sent, received, 45, 6, bytes(l24(address), 1)),
  iec104(received, sent + 1, 45, 7, bytes(l24(address), 1)),
]

const uaText = (text: string | null): Uint8Array =>
  text === null ? bytes(l32(0xffffffff)) : bytes(l32(text.length), text)
const uaMessage = (kind: string, ...body: Part[]): Uint8Array => {
  const content = bytes(...body)
  return bytes(kind, l32(8 + content.length), content)
}
/** 100 ns steps since 1601 for 2026-10-06, which is near enough for every scenario. */
const UA_TIME = 134042688000000000n
const uaRequest = (handle: number): Uint8Array =>
  bytes([0, 0], l64(UA_TIME), l32(handle), l32(0), uaText(null), l32(10000), [0, 0, 0])
const uaResponse = (handle: number): Uint8Array =>
  bytes(l64(UA_TIME), l32(handle), l32(0), 0, l32(0), [0, 0, 0])
const uaId = (id: number): number[] => [1, 0, ...l16(id)]
const UA_NONE = 'http://opcfoundation.org/UA/SecurityPolicy#None'

/** OPC UA Hello and Acknowledge, OPC 10000-6 section 7.1. */
export const uaHello = (url: string): [Uint8Array, Uint8Array] => [
  uaMessage('HELF', l32(0), l32(65536), l32(65536), l32(0), l32(0), uaText(url)),
  uaMessage('ACKF', l32(0), l32(65536), l32(65536), l32(0), l32(0)),
]
/** Open secure channel without security. */
export function uaOpen(channel: number): [Uint8Array, Uint8Array] {
  const security = bytes(uaText(UA_NONE), l32(0xffffffff), l32(0xffffffff))
  return [
    uaMessage(
      'OPNF',
      l32(0),
      security,
      l32(1),
      l32(1),
      uaId(446),
      uaRequest(1),
      l32(0),
      l32(0),
      l32(1),
      l32(0xffffffff),
      l32(3600000),
    ),
    uaMessage(
      'OPNF',
      l32(channel),
      security,
      l32(1),
      l32(1),
      uaId(449),
      uaResponse(1),
      l32(0),
      l32(channel),
      l32(1),
      l64(UA_TIME),
      l32(3600000),
      l32(0xffffffff),
    ),
  ]
}
/** Read of one node's value, a Double. */
export function uaRead(
  channel: number,
  sequence: number,
  node: number,
  value: number,
): [Uint8Array, Uint8Array] {
  const double = new DataView(new ArrayBuffer(8))
  double.setFloat64(0, value, true)
  const wanted = bytes(uaId(node), l32(13), uaText(null), l16(0), uaText(null))
  const head = (response: boolean): Uint8Array =>
    bytes(l32(channel), l32(1), l32(sequence), l32(sequence), uaId(response ? 634 : 631))
  return [
    uaMessage('MSGF', head(false), uaRequest(sequence), l64(0n), l32(2), l32(1), wanted),
    uaMessage(
      'MSGF',
      head(true),
      uaResponse(sequence),
      l32(1),
      1,
      11,
      new Uint8Array(double.buffer),
      l32(0xffffffff),
    ),
  ]
}

/** BACnet/IP: BVLC and NPDU around an APDU, ASHRAE 135 annex J. */
const bacnet = (fn: number, npdu: number[], ...apdu: Part[]): Uint8Array => {
  const rest = bytes(npdu, ...apdu)
  return bytes(0x81, fn, u16(4 + rest.length), rest)
}
/** Who-Is to everyone, original broadcast. */
export const whoIs = (): Uint8Array => bacnet(0x0b, [1, 0x20, 0xff, 0xff, 0, 0xff], [0x10, 0x08])
/** I-Am of a device, original unicast. */
export const iAm = (device: number, vendor: number): Uint8Array =>
  bacnet(
    0x0a,
    [1, 0],
    [0x10, 0x00, 0xc4],
    u32(0x02000000 | device),
    [0x22, 0x05, 0xc4],
    [0x91, 0],
    [0x22],
    u16(vendor),
  )
/** ReadProperty of the present value of an analogue input. */
export const bacnetRead = (invoke: number, instance: number, value: number): [Uint8Array, Uint8Array] => [
  bacnet(0x0a, [1, 4], [0, 5, invoke, 0x0c, 0x0c], u32(instance), [0x19, 85]),
  bacnet(0x0a, [1, 0], [0x30, invoke, 0x0c, 0x0c], u32(instance), [0x19, 85, 0x3e, 0x44], f32(value), [0x3f]),
]
/** WriteProperty of an analogue value, priority 8. */
export const bacnetWrite = (invoke: number, instance: number, value: number): [Uint8Array, Uint8Array] => [
  bacnet(
    0x0a,
    [1, 4],
    [0, 5, invoke, 0x0f, 0x0c],
    u32(0x00800000 | instance),
    [0x19, 85, 0x3e, 0x44],
    f32(value),
    [0x3f, 0x49, 8],
  ),
  bacnet(0x0a, [1, 0], [0x20, invoke, 0x0f]),
]

/** PTP version 2 messages, IEEE 1588-2008 clause 13: sync 0, delay request 1, follow-up 8, delay response 9, announce 11. */
export function ptp(
  type: 0 | 1 | 8 | 9 | 11,
  clock: Uint8Array,
  sequence: number,
  seconds: number,
  nanos: number,
): Uint8Array {
  const stamp = bytes(u16(0), u32(seconds), u32(nanos))
  const bodies = {
    0: stamp,
    1: stamp,
    8: stamp,
    9: bytes(stamp, clock, u16(1)),
    11: bytes(stamp, u16(37), 0, 128, [6, 0x21], u16(0x4e5d), 128, clock, u16(0), 0x20),
  }
  const control = { 0: 0, 1: 1, 8: 2, 9: 3, 11: 5 }[type]
  const body = bodies[type]
  const flags = type === 0 ? 0x0200 : 0
  const header = bytes(
    type,
    2,
    u16(34 + body.length),
    0,
    0,
    u16(flags),
    zeros(8),
    u32(0),
    clock,
    u16(1),
    u16(sequence),
    control,
    0,
  )
  return bytes(header, body)
}

/** SNMP version 2c get of one object and its answer (RFC 3416); `oid` without the leading 1.3. */
export function snmpGet(request: number, oid: number[], value: string): [Uint8Array, Uint8Array] {
  const name = ber(
    0x06,
    0x2b,
    oid.flatMap(arc => (arc < 128 ? [arc] : [0x80 | (arc >>> 7), arc & 0x7f])),
  )
  const message = (kind: number, content: Uint8Array): Uint8Array => {
    const bindings = ber(0x30, ber(0x30, name, content))
    return ber(
      0x30,
      ber(2, 1),
      ber(4, 'plant-ro'),
      ber(kind, ber(2, u32(request)), ber(2, 0), ber(2, 0), bindings),
    )
  }
  return [message(0xa0, ber(5)), message(0xa2, ber(4, value))]
}

/** FINS memory area read (command 0101) of words in the DM area, and its answer: OMRON W227 sections 5-3-2. */
export const finsRead = (service: number, first: number, values: number[]): [Uint8Array, Uint8Array] => [
  bytes([0x80, 0, 2, 0, 12, 0, 0, 10, 0, service], [1, 1, 0x82], u16(first), 0, u16(values.length)),
  bytes([0xc0, 0, 2, 0, 10, 0, 0, 12, 0, service], [1, 1, 0, 0], values.flatMap(u16)),
]
