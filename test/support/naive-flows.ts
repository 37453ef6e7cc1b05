/**
 * Flow accounting as one would write it on a first day: a Map with string keys, an object per flow. It knows nothing of
 * frames and rows, and exists to be held against the table.
 */

/** One packet as a person would note it down. Times in whole seconds. */
export interface Packet {
  at: number
  src: string
  dst: string
  srcPort: number
  dstPort: number
  /** ICMP: ports are type (8 asks, 0 answers) and 0 */
  proto: 'tcp' | 'udp' | 'icmp'
  /** TCP: letters out of SAFR */
  flags: string
  seq: number
  /** lengths of the frame, of the IP packet and of what it carries */
  wire: number
  ipBytes: number
  payload: number
}

export interface NaiveFlow {
  /** both ends, the smaller text first, and what they sent */
  ends: [string, string]
  proto: string
  packets: [number, number]
  wire: [number, number]
  ipBytes: [number, number]
  payload: [number, number]
  start: number
  end: number
  /** records written for it, the last one included */
  records: number
}

interface Open extends NaiveFlow {
  reportAt: number
  /** number of the latest SYN */
  syn: number | undefined
  synSides: Set<number>
  answered: boolean
  data: boolean
  fins: Set<number>
  reset: boolean
}

export interface NaiveLimits {
  tcp: number
  udp: number
  icmp: number
  attempt: number
  closed: number
  active: number
}

/** All flows of the packets, in no particular order. */
export function naiveFlows(packets: readonly Packet[], limits: NaiveLimits): NaiveFlow[] {
  const open = new Map<string, Open>()
  const done: NaiveFlow[] = []
  for (const packet of packets) {
    const { ends, side, key } = nameOf(packet)
    let flow = open.get(key)
    if (flow !== undefined && (packet.at - flow.end > limitOf(flow, limits) || reopens(flow, packet, side))) {
      done.push(flow)
      flow = undefined
    }
    if (flow === undefined) {
      flow = newFlow(ends, packet, limits)
      open.set(key, flow)
    }
    flow.packets[side]++
    flow.wire[side] += packet.wire
    flow.ipBytes[side] += packet.ipBytes
    flow.payload[side] += packet.payload
    flow.end = Math.max(flow.end, packet.at)
    if (packet.proto === 'tcp') follow(flow, packet, side)
    if (packet.at >= flow.reportAt) {
      flow.records++
      flow.reportAt = packet.at + limits.active
    }
  }
  return [...done, ...open.values()]
}

/** The two ends of a packet in a fixed order, and which of them sent it; an ICMP conversation is its asker's. */
function nameOf(packet: Packet): { ends: [string, string]; side: number; key: string } {
  const { src, dst, srcPort, dstPort, proto } = packet
  const from = `${src}:${srcPort}`
  const to = proto === 'icmp' ? `${dst}:${srcPort === 8 ? 0 : 8}` : `${dst}:${dstPort}`
  const side = from <= to ? 0 : 1
  const ends: [string, string] = side === 0 ? [from, to] : [to, from]
  return { ends, side, key: `${proto} ${ends.join(' ')}` }
}

function newFlow(ends: [string, string], packet: Packet, limits: NaiveLimits): Open {
  return {
    ends,
    proto: packet.proto,
    packets: [0, 0],
    wire: [0, 0],
    ipBytes: [0, 0],
    payload: [0, 0],
    start: packet.at,
    end: packet.at,
    records: 1,
    reportAt: packet.at + limits.active,
    syn: undefined,
    synSides: new Set(),
    answered: false,
    data: false,
    fins: new Set(),
    reset: false,
  }
}

const isClosed = (flow: Open): boolean => flow.reset || flow.fins.size === 2

function limitOf(flow: Open, limits: NaiveLimits): number {
  if (flow.proto !== 'tcp') return flow.proto === 'udp' ? limits.udp : limits.icmp
  if (isClosed(flow)) return limits.closed
  return flow.syn !== undefined && !flow.answered && !flow.data ? limits.attempt : limits.tcp
}

/** A SYN with another number, or any after both ends closed, is another connection. */
function reopens(flow: Open, packet: Packet, side: number): boolean {
  if (packet.proto !== 'tcp' || !packet.flags.includes('S') || packet.flags.includes('A')) return false
  const other = flow.syn !== packet.seq
  if (isClosed(flow)) return other || flow.fins.size === 2
  return flow.synSides.has(side) && flow.answered && other
}

function follow(flow: Open, packet: Packet, side: number): void {
  const { flags } = packet
  if (flags.includes('S')) {
    if (flags.includes('A')) flow.answered = true
    else {
      flow.syn = packet.seq
      flow.synSides.add(side)
    }
  }
  if (packet.payload > 0) flow.data = true
  if (flags.includes('F')) flow.fins.add(side)
  if (flags.includes('R')) flow.reset = true
}
