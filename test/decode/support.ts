import { bytes, type Part } from '../../captures/support/bytes.ts'
import { Dissector } from '../../src/decode/dissect.ts'
import * as F from '../../src/decode/facts.ts'
import { makeCommonReader } from '../../src/dispatch/common-reader.ts'
import { Span } from '../../src/dispatch/span.ts'
import type { Wrappers } from '../../src/dispatch/wrappers.ts'
import type { Wrapping } from '../../src/dispatch/wrapping.ts'
import { formatAddress } from '../../src/net/address.ts'
import { Batch, LaneMemory } from '../../src/shared/batch.ts'
import { Burst } from '../../src/shared/burst.ts'
import * as L from '../../src/shared/lane.ts'

/** What the facts say about one frame, in words; positions count from the frame's first byte, -1 = not there. */
export interface Reading {
  class: 'decoded' | 'malformed' | 'truncated' | 'too-deep' | 'unsupported'
  /** `10.1.0.1:1025 > 10.2.0.2:502 6`, or `mac > mac 0x8892` without IP */
  flow: string
  l4At: number
  ipBytes: number
  frameBytes: number
  payloadAt: number
  payloadBytes: number
  payloadCaptured: number
  flags: string[]
  vlans: number[]
  /** TCP, where its header is there: flags, sequence, acknowledgement, window */
  tcp: number[]
  fragmentId: number
  quoteAt: number
  macs: string
  /** `vxlan 5 10.9.0.1 > 10.9.0.2` outermost first */
  layers: string[]
  /** per layer: frame bytes, IP bytes, carries Ethernet, fragmented, fragment id (where fragmented) */
  layerSums: number[][]
}

export interface Told {
  linkType?: number
  /** bytes present, all of them unless told */
  captured?: number
  /** bytes on the wire, as many as the frame has unless told */
  wire?: number
}

const CLASSES = ['decoded', 'malformed', 'truncated', 'too-deep', 'unsupported'] as const
const FLAGS = [
  [F.FLAG_CUT, 'cut'],
  [F.FLAG_FIRST_FRAGMENT, 'first-fragment'],
  [F.FLAG_LATER_FRAGMENT, 'later-fragment'],
  [F.FLAG_OFFLOAD, 'offload'],
  [F.FLAG_ICMP_ERROR, 'icmp-error'],
  [F.FLAG_LLC, 'llc'],
  [F.FLAG_OUTER_FRAGMENT, 'outer-fragment'],
] as const

const BEFORE = 37
const AFTER = 64
/** what lies around the frame; a dissector that looks there gives itself away */
const SURROUNDINGS: ((at: number, frame: Uint8Array) => number)[] = [
  () => 0x00,
  () => 0xff,
  (at, frame) => (frame.length === 0 ? 0x45 : frame[at % frame.length]),
  at => [0x45, 0x00, 0x08, 0x00, 0x60, 0x81, 0x00, 0x11][at % 8],
]

const dissector = new Dissector()
const memory = new LaneMemory(1, 1, 2)
const LANE = L.LANE_WORDS
/** the short way alone: a place is the tag, and no wrapper is known */
const reader = makeCommonReader({
  memory,
  wrapping: { taggedPlace: (tag: number) => tag, places: { unknown: -1 } } as unknown as Wrapping,
  wrappers: { match: () => -1 } as unknown as Wrappers,
  shardByPartition: new Int32Array(16),
  linkTypes: [1],
  since: 0,
  until: Number.MAX_SAFE_INTEGER,
  generalOnly: false,
  span: new Span(),
  general: () => {},
})
const batch = new Batch(memory)
const burst = new Burst(new Uint8Array(0), 2)

/**
 * Dissects a frame of which `captured` bytes are there. It is laid into four different surroundings, and where the
 * short way takes it, that is taken too; throws where any of the readings differs from the others.
 */
export function read(frame: Uint8Array, told: Told = {}): Reading {
  const { linkType = 1, captured = frame.length, wire = Math.max(frame.length, captured) } = told
  let first: Reading | undefined
  for (const filler of SURROUNDINGS) {
    const block = Uint8Array.from({ length: BEFORE + captured + AFTER }, (_, i) => filler(i, frame))
    block.set(frame.subarray(0, captured), BEFORE)
    const reading = readAt(dissector, block, BEFORE, captured, wire, linkType)
    first ??= reading
    const [a, b] = [JSON.stringify(first), JSON.stringify(reading)]
    if (a !== b) throw new Error(`surroundings change the facts:\n${a}\n${b}`)
    if (linkType !== 1) continue
    const fault = shortWayDiffers(dissector.facts, reading.class, block, BEFORE, captured, wire)
    if (fault !== undefined) throw new Error(`the short way tells otherwise: ${fault}`)
  }
  return first!
}

/** Lets the short way read one frame, into the second lane. */
function readShort(view: DataView, offset: number, captured: number, wire: number): boolean {
  burst.offset[1] = offset
  burst.captured[1] = captured
  burst.wire[1] = wire
  return reader(batch, burst, view, 0, 2).common === 1
}

/** True where the short way takes this Ethernet frame; then its lane is filled. */
export function takesShortWay(block: Uint8Array, offset: number, captured: number, wire: number): boolean {
  return readShort(new DataView(block.buffer, block.byteOffset, block.length), offset, captured, wire)
}

/** Source and destination of the last frame the short way took; of IPv6 where it says they stand. */
function shortEnds(block: Uint8Array, offset: number, way: number, side: number): number[] {
  if (way === L.WAY_V4) return [memory.lanes[LANE | (L.K0 + side)], memory.lanes[LANE | (L.K1 - side)]]
  const view = new DataView(block.buffer, block.byteOffset, block.length)
  const at = offset + (way === L.WAY_V6 ? 22 : 26)
  return Array.from({ length: 8 }, (_, i) => view.getInt32(at + i * 4))
}

/** What the short way says of a frame otherwise than the facts do, both in words; undefined where it agrees or declines. */
export function shortWayDiffers(
  f: Int32Array,
  kind: Reading['class'],
  block: Uint8Array,
  offset: number,
  captured: number,
  wire: number,
): string | undefined {
  if (!takesShortWay(block, offset, captured, wire)) return undefined
  const lane = (word: number): number => memory.lanes[LANE | word]
  const where = lane(L.WHERE)
  const way = where >>> L.WAY_SHIFT
  const side = (where >>> L.SIDE_SHIFT) & 1
  const ports = lane(L.K2)
  const control = lane(L.TCP_CONTROL)
  const isTcp = (lane(L.K3) & 0xffff) === 6
  const short = {
    class: 'decoded',
    version: way === L.WAY_V4 ? 4 : 6,
    proto: lane(L.K3) & 0xffff,
    ends: shortEnds(block, offset, way, side),
    ports: side === 0 ? ports : (ports << 16) | (ports >>> 16),
    tag: where & L.PLACE_MASK,
    lengths: [lane(L.FRAME_BYTES), lane(L.IP_BYTES), lane(L.PAYLOAD_BYTES)],
    tcp: isTcp ? [(control >>> 16) & 0xff, lane(L.TCP_SEQ), control & 0xffff] : [control],
    flags: (where & L.CUT) !== 0 ? F.FLAG_CUT : 0,
    macs: [offset + 6, offset],
    layers: 0,
  }
  const general = {
    class: kind,
    version: f[F.VERSION],
    proto: f[F.PROTO],
    ends: way === L.WAY_V4 ? [f[F.SRC_V4], f[F.DST_V4]] : Array.from(f.subarray(F.SRC, F.SRC + 8)),
    ports: (f[F.SRC_PORT] << 16) | f[F.DST_PORT],
    tag: f[F.VLAN_COUNT] === 0 ? 0 : 0x10000 | (f[F.VLANS] >>> 16),
    lengths: [f[F.FRAME_BYTES], f[F.IP_BYTES], f[F.PAYLOAD_BYTES]],
    tcp: isTcp ? [f[F.TCP_FLAGS], f[F.TCP_SEQ], f[F.TCP_WINDOW]] : [0],
    flags: f[F.FLAGS],
    macs: [f[F.MAC_SRC_AT], f[F.MAC_DST_AT]],
    layers: f[F.LAYER_COUNT],
  }
  const [a, b] = [JSON.stringify(short), JSON.stringify(general)]
  return a === b ? undefined : `\n${a}\n${b}`
}

/** Dissects a frame where it lies. */
export function readAt(
  d: Dissector,
  block: Uint8Array,
  offset: number,
  captured: number,
  wire: number,
  linkType: number,
): Reading {
  return inWords(d.facts, d.dissect(block, offset, captured, wire, linkType), block, offset)
}

const mac = (block: Uint8Array, at: number): string =>
  at < 0 ? '-' : Array.from(block.subarray(at, at + 6), byte => byte.toString(16).padStart(2, '0')).join(':')

/** The cells that are valid for this class of frame, in words. */
export function inWords(f: Int32Array, result: number, block: Uint8Array, offset: number): Reading {
  const reading: Reading = {
    class: CLASSES[result],
    flow: '',
    l4At: -1,
    ipBytes: 0,
    frameBytes: 0,
    payloadAt: 0,
    payloadBytes: 0,
    payloadCaptured: 0,
    flags: [],
    vlans: [],
    tcp: [],
    fragmentId: 0,
    quoteAt: -1,
    macs: '',
    layers: [],
    layerSums: [],
  }
  if (reading.class !== 'decoded') return reading
  const place = (cell: number): number => (f[cell] < 0 ? -1 : f[cell] - offset)
  const address = (version: number, at: number): string =>
    version === 4
      ? formatAddress(4, 0, 0, 0, f[at + 3] >>> 0)
      : formatAddress(6, f[at] >>> 0, f[at + 1] >>> 0, f[at + 2] >>> 0, f[at + 3] >>> 0)
  const version = f[F.VERSION]
  reading.macs = `${mac(block, f[F.MAC_SRC_AT])} > ${mac(block, f[F.MAC_DST_AT])}`
  if (version === 0) reading.flow = `${reading.macs} 0x${f[F.PROTO].toString(16).padStart(4, '0')}`
  else {
    const end = (at: number, port: number): string =>
      `${version === 6 ? `[${address(6, at)}]` : address(4, at)}:${port}`
    reading.flow = `${end(F.SRC, f[F.SRC_PORT])} > ${end(F.DST, f[F.DST_PORT])} ${f[F.PROTO]}`
  }
  reading.l4At = place(F.L4_AT)
  reading.ipBytes = f[F.IP_BYTES]
  reading.frameBytes = f[F.FRAME_BYTES]
  reading.payloadAt = place(F.PAYLOAD_AT)
  reading.payloadBytes = f[F.PAYLOAD_BYTES]
  reading.payloadCaptured = f[F.PAYLOAD_CAPTURED]
  const flags = f[F.FLAGS]
  reading.flags = FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name)
  for (let i = 0; i < f[F.VLAN_COUNT]; i++)
    reading.vlans.push((f[F.VLANS + (i >> 1)] >>> (i & 1 ? 0 : 16)) & 0xffff)
  if (version !== 0 && f[F.PROTO] === 6) {
    reading.tcp = [f[F.TCP_FLAGS]]
    if (f[F.L4_AT] >= 0) reading.tcp.push(f[F.TCP_SEQ] >>> 0, f[F.TCP_ACK] >>> 0, f[F.TCP_WINDOW])
  }
  if ((flags & (F.FLAG_FIRST_FRAGMENT | F.FLAG_LATER_FRAGMENT)) !== 0)
    reading.fragmentId = f[F.FRAGMENT_ID] >>> 0
  if ((flags & F.FLAG_ICMP_ERROR) !== 0) reading.quoteAt = place(F.QUOTE_AT)
  for (let i = 0; i < f[F.LAYER_COUNT]; i++) {
    const at = F.LAYERS + i * F.LAYER_CELLS
    const outer = f[at + F.LAYER_VERSION]
    const ends = `${address(outer, at + F.LAYER_SRC)} > ${address(outer, at + F.LAYER_DST)}`
    reading.layers.push(`${F.TUNNEL_NAMES[f[at + F.LAYER_KIND]]} ${f[at + F.LAYER_ID]} ${ends}`)
    const fragmented = f[at + F.LAYER_FRAGMENTED]
    reading.layerSums.push([
      f[at + F.LAYER_FRAME_BYTES],
      f[at + F.LAYER_IP_BYTES],
      f[at + F.LAYER_ETHERNET],
      fragmented,
      fragmented === 1 ? f[at + F.LAYER_FRAGMENT_ID] : 0,
    ])
  }
  return reading
}

/** Replaces bytes at a position, as a fault on the way would. */
export function patch(frame: Uint8Array, at: number, ...parts: Part[]): Uint8Array {
  const out = frame.slice()
  out.set(bytes(...parts), at)
  return out
}

/** Positions the short way reads outside the captured bytes, counted from the frame's first. */
export function shortWayOutside(block: Uint8Array, offset: number, captured: number, wire: number): number[] {
  const outside: number[] = []
  const view = new DataView(block.buffer, block.byteOffset, block.length)
  const plain = new DataView(block.buffer, block.byteOffset, block.length)
  const note = (at: number, size: number): void => {
    if (at < offset || at + size > offset + captured) outside.push(at - offset)
  }
  view.getUint8 = at => {
    note(at, 1)
    return plain.getUint8(at)
  }
  view.getUint16 = at => {
    note(at, 2)
    return plain.getUint16(at)
  }
  view.getInt32 = at => {
    note(at, 4)
    return plain.getInt32(at)
  }
  readShort(view, offset, captured, wire)
  return outside
}

/**
 * A view that notes every position read outside [from, to). Slow: for tests that must see the read itself, where its
 * result changes nothing.
 */
export function guarded(
  block: Uint8Array,
  from: number,
  to: number,
): { bytes: Uint8Array; outside: number[] } {
  const outside: number[] = []
  const view = new Proxy(block, {
    get(target, key) {
      if (typeof key === 'string' && /^-?\d+$/.test(key)) {
        const at = Number(key)
        if (at < from || at >= to) outside.push(at - from)
        return target[at]
      }
      return Reflect.get(target, key)
    },
  })
  return { bytes: view, outside }
}
