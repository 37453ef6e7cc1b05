import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import { type Payload, payloadsOf } from '../../bench/functions/payloads.ts'
import { CORPUS, hasCorpus, inventory } from '../../bench/support/corpus.ts'
import { Conversation } from '../../src/app/conversation.ts'
import { MOST_DEEDS } from '../../src/app/deeds.ts'
import { Carrier, CERTAIN, LIKENESS, type Protocol, TCP } from '../../src/app/protocol.ts'
import { Room } from '../../src/app/stream.ts'
import { PROTOCOLS } from '../../src/app/table.ts'
import { TROUBLE_NAMES } from '../../src/app/troubles.ts'
import { ToldNotes } from '../support/app-run.ts'

const MISSING = 'the corpus of real captures does not lie beside the repository'
const INDUSTRIAL =
  /\b(modbus|dnp3|enip|cip-io|bacnet|s7|iec104|opcua|mqtt|coap|hart-ip|omron-fins|c37\.118|goose|pnio|profinet|ads|knx)\b/
const COLLECTIONS = /^(icsnpp|iti-ics-security-tools|ipal-transcriber|malcolm-test-artifacts)\//
const MOST_CAPTURE_BYTES = 500_000
const PAYLOADS_READ = 300
const PAYLOADS_KEPT = 6
const CONVERSATIONS_KEPT = 2
const LONGEST_CONVERSATION = 40
const PAD = 64
const ROOM = 1 << 20

/** a few payloads of each capture, and a few whole conversations */
const payloads: Payload[] = []
const conversations: Payload[][] = []

beforeAll(async () => {
  if (!hasCorpus) return
  for (const { path, bytes, protocols } of inventory()) {
    if (bytes > MOST_CAPTURE_BYTES || !(COLLECTIONS.test(path) || INDUSTRIAL.test(protocols))) continue
    const found = await payloadsOf(CORPUS + path, PAYLOADS_READ)
    // spread over the capture: the first ones are all alike
    const step = Math.max(1, Math.floor(found.length / PAYLOADS_KEPT))
    payloads.push(...found.filter((_, i) => i % step === 0).slice(0, PAYLOADS_KEPT))
    const whole = [...Map.groupBy(found, ({ conversation }) => conversation).values()]
    whole.sort((a, b) => b.length - a.length)
    conversations.push(...whole.slice(0, CONVERSATIONS_KEPT).map(one => one.slice(0, LONGEST_CONVERSATION)))
  }
}, 60_000)

interface Damage {
  replaced: [at: number, value: number][]
  keep: number
  isDoubled: boolean
  cut: number
}

const damages: fc.Arbitrary<Damage> = fc.record({
  replaced: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 5 }),
  keep: fc.nat(),
  isDoubled: fc.boolean(),
  cut: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2000 })),
})

/** Bytes replaced, cut at the end, sent twice behind each other. */
function damaged(bytes: Uint8Array, { replaced, keep, isDoubled }: Damage): Uint8Array {
  const kept = bytes.slice(0, keep % 3 === 0 ? keep % (bytes.length + 1) : bytes.length)
  for (const [at, value] of replaced) if (kept.length > 0) kept[at % kept.length] = value
  return isDoubled ? Uint8Array.from([...kept, ...kept]) : kept
}

/** What a protocol makes of a payload that has `filler` around it. */
function saidOf(
  protocol: Protocol,
  payload: Payload,
  bytes: Uint8Array,
  cut: number,
  filler: number,
): unknown {
  const framed = new Uint8Array(bytes.length + 2 * PAD).fill(filler)
  framed.set(bytes, PAD)
  const end = PAD + bytes.length
  const notes = new ToldNotes(protocol)
  const { transport, ethertype, srcPort, dstPort } = payload
  Object.assign(notes.carrier, { transport, ethertype, srcPort, dstPort, length: bytes.length + cut })
  const probed = protocol.probe(framed, PAD, end, notes.carrier)
  expect(probed & LIKENESS).toBeLessThanOrEqual(CERTAIN)
  if (protocol.read === undefined) return probed
  if (transport !== TCP || protocol.length === undefined) {
    protocol.read(framed, PAD, end, bytes.length + cut, notes)
    return [probed, notes.told]
  }
  for (let at = PAD; at < end; ) {
    const length = protocol.length(framed, at, end)
    expect(Number.isInteger(length) && length >= -1).toBe(true)
    if (length <= 0) break
    protocol.read(framed, at, Math.min(end, at + length), length, notes)
    at += length
  }
  return [probed, notes.told]
}

it('every protocol takes damaged payloads of real captures, and reads nothing outside of them', {
  timeout: 120_000,
}, context => {
  if (!hasCorpus) context.skip(MISSING)
  expect(payloads.length).toBeGreaterThan(500)
  fc.assert(
    fc.property(fc.constantFrom(...payloads), damages, (payload, damage) => {
      const bytes = damaged(payload.bytes, damage)
      for (const protocol of PROTOCOLS) {
        if (!protocol.transports.includes(payload.transport)) continue
        const said = saidOf(protocol, payload, bytes, damage.cut, 0)
        expect(saidOf(protocol, payload, bytes, damage.cut, 0xff)).toEqual(said)
      }
    }),
    { numRuns: 2500 },
  )
})

/** How the bytes of a conversation arrive: pieces of payloads, some again, out of order, overlapping, with other bytes. */
interface Arrival {
  which: number
  from: number
  length: number
  /** bytes before the piece that are sent again with it */
  back: number
  /** replaces one byte, -1 = none */
  value: number
  /** on the wire, and not in the capture */
  cut: number
  seconds: number
}

const arrivals: fc.Arbitrary<Arrival[]> = fc.array(
  fc.record({
    which: fc.integer({ min: -3, max: 3 }),
    from: fc.nat({ max: 1500 }),
    length: fc.integer({ min: 1, max: 3000 }),
    back: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat({ max: 40 })),
    value: fc.oneof({ weight: 6, arbitrary: fc.constant(-1) }, fc.integer({ min: 0, max: 255 })),
    cut: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.nat({ max: 3000 })),
    seconds: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.nat({ max: 4 })),
  }),
  { maxLength: 80 },
)

/** The protocol that is certain of a payload of the conversation, or any of its transport. */
function protocolOf(said: readonly Payload[], any: number): Protocol {
  const { transport } = said[0]
  const possible = PROTOCOLS.filter(
    ({ transports, read }) => read !== undefined && transports.includes(transport),
  )
  const carrier = new Carrier()
  const known = possible.find(protocol =>
    said.some(({ bytes, length, ethertype, srcPort, dstPort }) => {
      Object.assign(carrier, { transport, ethertype, srcPort, dstPort, length })
      return (protocol.probe(bytes, 0, bytes.length, carrier) & LIKENESS) === CERTAIN
    }),
  )
  return any % 4 === 0 || known === undefined ? possible[any % possible.length] : known
}

it('whole conversations, however they arrive: no throw, bounded, and what was kept is given back', {
  timeout: 120_000,
}, context => {
  if (!hasCorpus) context.skip(MISSING)
  expect(conversations.length).toBeGreaterThan(200)
  const troubles = (1 << TROUBLE_NAMES.length) - 1
  fc.assert(
    fc.property(fc.constantFrom(...conversations), fc.nat(), arrivals, (said, any, arriving) => {
      const room = new Room(ROOM)
      const carrier = new Carrier()
      const whence = { frame: 0, port: 0, seconds: 0, nanos: 0 }
      const conversation = new Conversation(protocolOf(said, any), {
        carrier,
        whence,
        listener: { heard: () => {}, announced: () => {} },
        room,
      })
      const acknowledged = [0, 0]
      let next = 0
      const take = (payload: Payload, bytes: Uint8Array, seq: number, cut: number): void => {
        const { transport, ethertype, srcPort, dstPort, side } = payload
        Object.assign(carrier, { transport, ethertype, srcPort, dstPort, length: bytes.length + cut })
        whence.frame++
        conversation.side = side
        conversation.fromOrig = side === 0
        conversation.take(bytes, 0, bytes.length, bytes.length + cut, seq, acknowledged[1 - side])
        acknowledged[side] = (seq + bytes.length + cut) | 0
        expect(conversation.deeds.size).toBeLessThanOrEqual(MOST_DEEDS)
      }
      for (const { which, from, length, back, value, cut, seconds } of arriving) {
        // mostly in order, some before their turn, some again
        const payload = said[Math.abs(next + which) % said.length]
        next++
        whence.seconds += seconds
        const start = Math.max(0, (from % (payload.bytes.length + 1)) - back)
        const piece = payload.bytes.slice(which === 0 ? 0 : start, start + length)
        if (piece.length === 0) continue
        if (value >= 0) piece[from % piece.length] = value
        take(payload, piece, (payload.seq + (which === 0 ? 0 : start)) | 0, cut)
      }
      // and once as it was
      for (const payload of said)
        take(payload, payload.bytes, payload.seq, payload.length - payload.bytes.length)
      expect(conversation.troubles & ~troubles).toBe(0)
      conversation.close()
      expect(room.take(ROOM)).toBe(true)
    }),
    { numRuns: 5000 },
  )
})
