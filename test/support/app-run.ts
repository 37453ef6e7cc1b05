import { Carrier, type Heard, LIKENESS, NOT, type Notes, type Protocol, TCP } from '../../src/app/protocol.ts'
import { actionsOf } from '../../src/net/actions.ts'

/** One thing that a protocol told of a PDU, as a value to compare. */
export type Told =
  | { act: string[]; fn: number; unit?: number; area?: number; first?: number; last?: number }
  | { answer: number; unit?: number; refused?: true }
  | { client: boolean }
  | { heard: Heard; text: string }
  | { detail: string; text: string }
  | { announce: number; port: number; atSender: boolean; v4?: number }
  | 'opaque'
  | 'short'
  | 'unfit'
  | 'done'

/** Collects what a protocol tells. */
export class ToldNotes implements Notes {
  fromOrig = true
  readonly memory: Int32Array
  readonly carrier = new Carrier()
  told: Told[] = []

  constructor(protocol: Protocol) {
    this.memory = new Int32Array(protocol.memory ?? 0)
    this.carrier.transport = protocol.transports[0]
  }

  act(actions: number, fn: number, unit: number, area: number, first: number, last: number): void {
    this.told.push({
      act: actionsOf(actions),
      fn,
      ...(unit < 0 ? {} : { unit }),
      ...(area < 0 ? {} : { area, first: first >>> 0, last: last >>> 0 }),
    })
  }

  answer(fn: number, unit: number, isRefused: boolean): void {
    this.told.push({ answer: fn, ...(unit < 0 ? {} : { unit }), ...(isRefused ? { refused: true } : {}) })
  }

  client(isSender: boolean): void {
    this.told.push({ client: isSender })
  }

  opaque(): void {
    this.told.push('opaque')
  }

  short(): void {
    this.told.push('short')
  }

  unfit(): void {
    this.told.push('unfit')
  }

  done(): void {
    this.told.push('done')
  }

  announce(proto: number, port: number, atSender: boolean, v4: number): void {
    this.told.push({ announce: proto, port, atSender, ...(v4 === 0 ? {} : { v4 }) })
  }

  heard(what: Heard, text: string): void {
    this.told.push({ heard: what, text })
  }

  detail(key: string, text: string): void {
    this.told.push({ detail: key, text })
  }
}

/** Bytes of a text of hex digits; blanks and line breaks mean nothing. */
export const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replace(/\s+/g, ''), 'hex'))

export interface Said {
  from: 'client' | 'server'
  bytes: Uint8Array
  /** length on the wire, where the capture cut it */
  length?: number
}

/**
 * Reads PDUs, each whole in one payload, as one conversation; over TCP a payload may hold several. Answers what was told, and
 * fails where a length is wrong: PDUs must come out even.
 */
export function readAll(protocol: Protocol, said: readonly Said[], carrier: Partial<Carrier> = {}): Told[] {
  const notes = new ToldNotes(protocol)
  Object.assign(notes.carrier, carrier)
  const { srcPort, dstPort } = notes.carrier
  for (const { from, bytes, length = bytes.length } of said) {
    notes.fromOrig = from === 'client'
    Object.assign(
      notes.carrier,
      from === 'client' ? { srcPort, dstPort } : { srcPort: dstPort, dstPort: srcPort },
    )
    notes.carrier.length = length
    const framed = padded(bytes)
    if (notes.carrier.transport !== TCP || protocol.length === undefined) {
      protocol.read?.(framed, PAD, PAD + bytes.length, length, notes)
      continue
    }
    let at = PAD
    const end = PAD + bytes.length
    while (at < end) {
      const pdu = protocol.length(framed, at, end)
      if (pdu <= 0) throw new Error(`length ${pdu} at ${at - PAD} of ${bytes.length}`)
      protocol.read?.(framed, at, Math.min(end, at + pdu), pdu, notes)
      at += pdu
    }
  }
  return notes.told
}

/** What a protocol makes of the first bytes of a payload, as text: "certain from client". */
export function probeText(protocol: Protocol, bytes: Uint8Array, carrier: Partial<Carrier> = {}): string {
  const about = Object.assign(
    new Carrier(),
    { transport: protocol.transports[0], length: bytes.length },
    carrier,
  )
  const said = protocol.probe(padded(bytes), PAD, PAD + bytes.length, about)
  // what is not listed would not be asked about
  if ((said & LIKENESS) !== NOT && protocol.firstBytes?.includes(bytes[0]) === false)
    throw new Error(`${protocol.id} has no first byte ${bytes[0]}`)
  const likeness = ['not', 'unsure', 'certain'][said & LIKENESS]
  return `${likeness}${said & 4 ? ' from client' : ''}${said & 8 ? ' from server' : ''}`
}

/** bytes of other frames lie around a payload: what reads them is found out */
const PAD = 16
function padded(bytes: Uint8Array): Uint8Array {
  const framed = new Uint8Array(bytes.length + 2 * PAD).fill(0xa5)
  framed.set(bytes, PAD)
  return framed
}
