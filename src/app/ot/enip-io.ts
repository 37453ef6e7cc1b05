/**
 * EtherNet/IP, implicit messages: class 0 and 1 connections over UDP, in the common packet format of CIP Networks Library
 * Volume 2, sections 2-6 and 3-3: a sequenced address item (connection, sequence number) and a connected data item.
 *
 * Functions of `act`: 0x2000 = data from the originator of the connection to its target (outputs: write), 0x2001 = data from
 * target to originator (inputs: report), 0x2002 = no data, which keeps a connection alive. No units, no areas.
 *
 * The frames do not say which end made the connection: who opened the conversation stands for it, as its announcement by a
 * Forward Open tells. Data that begin with a run/idle header in state run are outputs, whoever sends them; what comes the other
 * way without one are inputs then.
 */
import * as A from '../../net/actions.ts'
import { u16le, u32le } from '../little.ts'
import { CERTAIN, NOT, type Protocol, UDP } from '../protocol.ts'

export const OUTPUTS = 0x2000
export const INPUTS = 0x2001
export const ALIVE = 0x2002

const NAMES: Readonly<Record<number, string>> = {
  [OUTPUTS]: 'I/O data to the target',
  [INPUTS]: 'I/O data from the target',
  [ALIVE]: 'I/O heartbeat',
}

const SEQUENCED_ADDRESS = 0x8002
const CONNECTED_DATA = 0x00b1
/** items (2), address item (4 + 8), header of the data item (4) */
const ADDRESS_AT = 2
const DATA_ITEM_AT = 14
const DATA_AT = 18
/** sequence count of class 1 */
const COUNT = 2
const RUN = 1
/** memory: ends that sent a run/idle header in state run, a bit each */
const RUNNING = 0
const ORIGINATOR = 1
const RESPONDER = 2

const hasShape = (b: Uint8Array, at: number): boolean =>
  b[at] === 2 &&
  b[at + 1] === 0 &&
  u16le(b, at + ADDRESS_AT) === SEQUENCED_ADDRESS &&
  u16le(b, at + ADDRESS_AT + 2) === 8 &&
  u16le(b, at + DATA_ITEM_AT) === CONNECTED_DATA

export const enipIo: Protocol = {
  id: 'enip-io',
  service: 'enip',
  transports: [UDP],
  firstBytes: [2],
  memory: 1,

  probe(b, at, end, carrier) {
    if (end - at < DATA_AT || !hasShape(b, at)) return NOT
    return DATA_AT + u16le(b, at + DATA_ITEM_AT + 2) === carrier.length ? CERTAIN : NOT
  },

  read(b, at, end, length, to) {
    const fn = to.fromOrig ? OUTPUTS : INPUTS
    if (end - at < DATA_AT) {
      to.act(A.UNKNOWN, fn, -1, -1, 0, 0)
      return to.short()
    }
    const bytes = u16le(b, at + DATA_ITEM_AT + 2)
    // a packet holds one address and one piece of data, and nothing else
    if (!hasShape(b, at) || DATA_AT + bytes !== length) {
      to.act(A.UNKNOWN, fn, -1, -1, 0, 0)
      return to.unfit()
    }
    if (bytes <= COUNT) return to.act(A.SESSION, ALIVE, -1, -1, 0, 0)
    const dataAt = at + DATA_AT + COUNT
    const runs = bytes >= COUNT + 4 && end >= dataAt + 4 && u32le(b, dataAt) === RUN
    if (runs) to.memory[RUNNING] |= to.fromOrig ? ORIGINATOR : RESPONDER
    const otherRuns = (to.memory[RUNNING] & (to.fromOrig ? RESPONDER : ORIGINATOR)) !== 0
    // only targets send to groups
    const isOutput = runs || (to.fromOrig && !otherRuns && !to.carrier.isToGroup)
    to.act(isOutput ? A.WRITE : A.REPORT, isOutput ? OUTPUTS : INPUTS, -1, -1, 0, 0)
  },

  functionName: fn => NAMES[fn],
}
