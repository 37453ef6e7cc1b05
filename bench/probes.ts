/**
 * What it costs to ask every protocol about payloads that none of them knows: `node bench/probes.ts [--all] [--payloads N]`. For
 * TCP and UDP, and for random bytes and zeroes of several lengths: nanoseconds that one payload takes through the table, in turn
 * without and with everybody left out that does not begin with its first byte; then the protocols that take most of them, with
 * `--all` of the whole table. The ports are nobody's.
 */
import { parseArgs } from 'node:util'
import { Carrier, CERTAIN, LIKENESS, type Protocol, TCP, UDP } from '../src/app/protocol.ts'
import { protocolsOver } from '../src/app/recognise.ts'
import { PROTOCOLS } from '../src/app/table.ts'

const { values } = parseArgs({
  options: { all: { type: 'boolean', default: false }, payloads: { type: 'string', default: '4096' } },
})
const count = Number(values.payloads)
const LENGTHS = [6, 10, 40, 300]
const ROUNDS = 12
const MOST_SHOWN = 6
/** bytes of other frames lie around a payload */
const AROUND = 64

interface Payloads {
  what: string
  bytes: Uint8Array
  length: number
}

/** `count` payloads of a length behind each other; the same in every run. */
function payloadsOf(what: string, length: number): Payloads {
  const bytes = new Uint8Array(AROUND + count * length + AROUND)
  let state = 0x2545f491
  for (let i = 0; what === 'random' && i < bytes.length; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes[i] = state >>> 24
  }
  return { what, bytes, length }
}

const carrier = new Carrier()
carrier.srcPort = 40_000
carrier.dstPort = 40_001
/** everything that was answered */
let answered = 0

/** Asks all of these protocols about every payload, until one is certain. */
function askAll({ bytes, length }: Payloads, all: readonly Protocol[]): void {
  for (let i = 0, at = AROUND; i < count; i++, at += length)
    for (const protocol of all) {
      const said = protocol.probe(bytes, at, at + length, carrier)
      answered += said & LIKENESS
      if ((said & LIKENESS) === CERTAIN) break
    }
}

/** The same as the shard does it. A loop of its own: what one of them calls must not make the other one slower. */
function askByFirstByte({ bytes, length }: Payloads): void {
  for (let i = 0, at = AROUND; i < count; i++, at += length) {
    const asked = protocolsOver(carrier, bytes[at])
    for (let j = 0; j < asked.length; j++) {
      const said = asked[j].probe(bytes, at, at + length, carrier)
      answered += said & LIKENESS
      if ((said & LIKENESS) === CERTAIN) break
    }
  }
}

/** Asks one protocol about those payloads that it may begin with. */
function askOne({ bytes, length }: Payloads, protocol: Protocol): void {
  const { firstBytes } = protocol
  const isAsked = new Uint8Array(256).fill(values.all || firstBytes === undefined ? 1 : 0)
  if (firstBytes !== undefined) for (const byte of firstBytes) isAsked[byte] = 1
  for (let i = 0, at = AROUND; i < count; i++, at += length)
    if (isAsked[bytes[at]] === 1) answered += protocol.probe(bytes, at, at + length, carrier) & LIKENESS
}

/** Nanoseconds per payload in the quickest of several rounds of each. */
function measure(...asks: (() => void)[]): number[] {
  const best = asks.map(() => Number.POSITIVE_INFINITY)
  for (let round = 0; round < ROUNDS; round++)
    for (const [i, ask] of asks.entries()) {
      const started = process.hrtime.bigint()
      ask()
      best[i] = Math.min(best[i], Number(process.hrtime.bigint() - started) / count)
    }
  return best
}

const sets = ['random', 'zeroes'].flatMap(what => LENGTHS.map(length => payloadsOf(what, length)))
for (const [name, transport] of [
  ['TCP', TCP],
  ['UDP', UDP],
] as const) {
  carrier.transport = transport
  const over = PROTOCOLS.filter(({ transports }) => transports.includes(transport))
  // compiled with everything they will meet
  for (const set of sets) {
    carrier.length = set.length
    askAll(set, over)
    askByFirstByte(set)
  }
  const sums = [0, 0]
  for (const set of sets) {
    carrier.length = set.length
    const whole = measure(
      () => askAll(set, over),
      () => askByFirstByte(set),
    )
    for (const [i, nanos] of whole.entries()) sums[i] += nanos
    const shares = over
      .map(protocol => ({ id: protocol.id, nanos: measure(() => askOne(set, protocol))[0] }))
      .sort((a, b) => b.nanos - a.nanos)
      .slice(0, MOST_SHOWN)
    const [all, asked] = whole.map(nanos => nanos.toFixed(0).padStart(5))
    console.log(
      `${name}  ${set.what.padEnd(6)} ${String(set.length).padStart(4)} bytes ${all} ns, by first byte ${asked} ns`,
    )
    console.log(`     ${shares.map(({ id, nanos }) => `${id} ${nanos.toFixed(0)}`).join(', ')}`)
  }
  const [all, asked] = sums.map(sum => (sum / sets.length).toFixed(0))
  console.log(`${name}  mean of ${over.length} protocols ${all} ns, by first byte ${asked} ns\n`)
}
// what was counted is looked at, so that asking cannot be optimised away
if (answered < 0) process.exitCode = 1
