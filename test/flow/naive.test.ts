import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Random } from '../../captures/support/frames.ts'
import { type NaiveFlow, naiveFlows, type Packet } from '../support/naive-flows.ts'
import { Scene } from '../support/scene.ts'
import { runShard } from '../support/shard-run.ts'

const LIMITS = { tcp: 30, udp: 20, icmp: 10, attempt: 8, closed: 3, active: 25 }
const SECONDS = [LIMITS.tcp, LIMITS.udp, LIMITS.icmp, 60, LIMITS.attempt, LIMITS.closed]

/** Few ends, many packets, and pauses of about the length of the limits. */
function packets(seed: number, count: number): Packet[] {
  const random = new Random(seed)
  const pick = <T>(list: readonly T[]): T => list[random.between(0, list.length - 1)]
  const list: Packet[] = []
  let at = 0
  for (let i = 0; i < count; i++) {
    at += pick([0, 0, 0, 1, 1, 2, 4, 9, 11, random.between(0, 40)])
    const proto = pick(['tcp', 'tcp', 'udp', 'icmp'] as const)
    const payload = proto === 'icmp' ? 36 : pick([0, 0, 1, 100])
    const header = proto === 'tcp' ? 40 : 28
    const size = proto === 'icmp' ? 20 + 4 + payload : header + payload
    const [src, dst] = pick([
      ['10.0.0.1', '10.0.0.2'],
      ['10.0.0.2', '10.0.0.1'],
      ['10.0.0.3', '10.0.0.1'],
      ['10.0.0.1', '10.0.0.3'],
    ])
    list.push({
      at,
      src,
      dst,
      proto,
      srcPort: proto === 'icmp' ? pick([0, 8]) : pick([502, 40000]),
      dstPort: proto === 'icmp' ? 0 : pick([502, 40000]),
      flags: pick(['S', 'S', 'SA', 'A', 'PA', 'PA', 'FA', 'R', 'RA']),
      seq: pick([10, 20, 30]),
      wire: Math.max(60, 14 + size),
      ipBytes: size,
      payload: proto === 'icmp' ? size - 28 : payload,
    })
  }
  return list
}

function framesOf(list: readonly Packet[]): Scene {
  const scene = new Scene()
  for (const { at, src, dst, proto, srcPort, dstPort, flags, seq, payload } of list) {
    if (proto === 'icmp') scene.icmp(at, src, dst, srcPort)
    else if (proto === 'udp') scene.udp(at, `${src}:${srcPort}`, `${dst}:${dstPort}`, payload)
    else scene.tcp(at, `${src}:${srcPort}`, `${dst}:${dstPort}`, flags, { seq, data: payload })
  }
  return scene
}

/** The table's flows in the terms of the naive ones. */
function tableFlows(list: readonly Packet[]): NaiveFlow[] {
  const start = Date.parse('2026-11-04T10:00:00Z')
  const run = runShard(framesOf(list).frames, { limits: SECONDS, activeTimeout: LIMITS.active })
  return run.finals.map(flow => {
    const icmp = flow.proto === 'icmp'
    const orig = `${flow.orig_addr}:${icmp ? flow.icmp_type : flow.orig_port}`
    const resp = `${flow.resp_addr}:${icmp ? 0 : flow.resp_port}`
    const inOrder = <T>(o: T, r: T): [T, T] => (orig <= resp ? [o, r] : [r, o])
    return {
      ends: inOrder(orig, resp),
      proto: flow.proto!,
      packets: inOrder(flow.orig_packets, flow.resp_packets),
      wire: inOrder(flow.orig_bytes, flow.resp_bytes),
      ipBytes: inOrder(flow.orig_ip_bytes, flow.resp_ip_bytes),
      payload: inOrder(flow.orig_payload_bytes, flow.resp_payload_bytes),
      start: (Date.parse(flow.start) - start) / 1000,
      end: (Date.parse(flow.end) - start) / 1000,
      records: flow.seq + 1,
    }
  })
}

const sorted = (flows: readonly NaiveFlow[]): string[] =>
  flows
    .map(({ ends, proto, packets: n, wire, ipBytes, payload, start, end, records }) =>
      JSON.stringify([proto, ends, start, end, records, n, wire, ipBytes, payload]),
    )
    .sort()

describe('the table against flows in a Map', () => {
  it('has the same flows with the same packets, bytes, times and number of records', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 400 }), (seed, count) => {
        const list = packets(seed, count)
        expect(sorted(tableFlows(list))).toEqual(sorted(naiveFlows(list, LIMITS)))
      }),
      { numRuns: 300, interruptAfterTimeLimit: 12_000 },
    )
  })
})
