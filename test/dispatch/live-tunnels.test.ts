import { describe, expect, it } from 'vitest'
import {
  carried,
  carriedUdp,
  gre,
  PROTO,
  type Tag,
  udp,
  vxlan,
  zeros,
} from '../../captures/support/frames.ts'
import * as F from '../../src/decode/facts.ts'
import { compilePolicy } from '../../src/policy/compile.ts'
import { LiveRun } from '../support/live-run.ts'
import { makeModel, type PolicySketch } from '../support/policy-models.ts'
import { inFrame, macOf, Scene } from '../support/scene.ts'
import { BALANCED, type Seen, sums } from '../support/shard-run.ts'

const [A, B] = ['10.0.2.10', '10.0.1.11']
const [HOST, SENSOR] = ['10.99.0.1', '10.99.0.2']
const HOUR = 3600

const frame = (): Uint8Array => inFrame(A, B, PROTO.udp, udp({ src: A, dst: B }, 40000, 161, zeros(30)))
const outer = (src: string, dst: string, tags: Tag[] = []) => ({
  src,
  dst,
  srcMac: macOf(src),
  dstMac: macOf(dst),
  tags,
})
const inGre = (src = HOST, dst = SENSOR, vlan = 0): Uint8Array =>
  carried(outer(src, dst, vlan === 0 ? [] : [{ vlan }]), PROTO.gre, gre(0x0800, frame().subarray(14)), 1)
const inVxlan = (vni: number): Uint8Array =>
  carriedUdp(outer(HOST, SENSOR), 55555, 4789, vxlan(vni, frame()), 1)
const at = (seconds: number, bytes: Uint8Array): Seen[] => new Scene().frame(seconds, bytes).frames

const ZONES = [
  { id: 'left', networks: [`${HOST}/32`] },
  { id: 'right', networks: [`${SENSOR}/32`] },
  { id: 'hmi', networks: ['10.0.2.0/24'] },
  { id: 'plc', networks: ['10.0.1.0/24'] },
]
const LINK = {
  id: 'C-1',
  from: 'left',
  to: 'right',
  channels: [{ id: 'link', what: 'ip/47', initiator: 'either' as const }],
}
const OPEN: PolicySketch = { zones: ZONES, conduits: [LINK] }
const SHUT: PolicySketch = { zones: ZONES }

/** What is told of tunnels. */
const tunnels = (run: LiveRun) => run.told().filter(({ type }) => type === 'tunnel')

describe('news of tunnels', () => {
  it('tell each once, with what was counted until then; the last record goes on', () => {
    const run = new LiveRun().feed(at(0, inGre())).feed(at(0, inGre()))
    expect(tunnels(run.news())).toMatchObject([
      { tunnel: 'gre', seq: 0, final: false, end_reason: 'active', orig_packets: 2, verdict: 'unjudged' },
    ])
    run.feed(at(1, inGre())).feed(at(1, inVxlan(5)))
    expect(tunnels(run.news())).toMatchObject([{ tunnel: 'vxlan', seq: 0 }])
    expect(tunnels(run.news())).toEqual([])
    run.feed(at(2, inVxlan(6)))
    expect(tunnels(run.finish())).toMatchObject([
      { tunnel: 'gre', seq: 1, final: true, end_reason: 'shutdown', orig_packets: 3 },
      { context: { vni: 5 }, seq: 1, final: true },
      { context: { vni: 6 }, seq: 0, final: true },
    ])
    expect(sums({ records: run.records, frames: run.frameCounts() })).toEqual(BALANCED)
  })

  it('tell of one whose exception lapses, in that second, in use but without a frame', () => {
    const exception = {
      id: 'EX-1',
      from: 'left',
      to: 'right',
      what: 'ip/47',
      initiator: 'either' as const,
      expires: '2026-11-04T12:00:00Z',
    }
    const policy = { zones: ZONES, exceptions: [exception] }
    const run = new LiveRun({ policy }).feed(at(2 * HOUR - 20, inGre())).tick(2 * HOUR - 20)
    expect(tunnels(run.news())).toMatchObject([{ verdict: 'exception', exception: 'EX-1' }])
    expect(tunnels(run.tick(2 * HOUR - 1).news())).toEqual([])
    // another tunnel brings the second, this one is judged all the same
    run.feed(at(2 * HOUR, inVxlan(5)))
    expect(tunnels(run.tick(2 * HOUR).news())).toMatchObject([
      { tunnel: 'gre', seq: 1, verdict: 'unsanctioned', reason: 'expired', verdict_changes: 1 },
      { tunnel: 'vxlan', seq: 0 },
    ])
    expect(tunnels(run.tick(2 * HOUR + 1).news())).toEqual([])
    expect(run.finish().take().at(-2)).toMatchObject({ record: { seq: 2 }, formerExceptions: ['EX-1'] })
  })

  it('leave one alone that was not seen for long', () => {
    const exception = {
      id: 'EX-1',
      from: 'left',
      to: 'right',
      what: 'ip/47',
      initiator: 'either' as const,
      expires: '2026-11-04T12:00:00Z',
    }
    const run = new LiveRun({ policy: { zones: ZONES, exceptions: [exception] } }).feed(at(HOUR, inGre()))
    run.tick(HOUR).news().take()
    expect(tunnels(run.tick(2 * HOUR).news())).toEqual([])
    expect(tunnels(run.finish())).toMatchObject([{ verdict: 'exception', worst_verdict: 'exception' }])
  })
})

describe('tunnels and another policy', () => {
  it('are judged again at once; the worst stays, with what was nearest in words', () => {
    const run = new LiveRun({ policy: OPEN }).feed(at(0, inGre()))
    expect(tunnels(run.news())).toMatchObject([{ verdict: 'sanctioned', conduit: 'C-1' }])
    const other = { zones: ZONES, conduits: [{ ...LINK, channels: [{ id: 'web', what: 'tcp/80' }] }] }
    expect(tunnels(run.reload(other).news())).toMatchObject([
      { seq: 1, verdict: 'unsanctioned', reason: 'service', verdict_changes: 1 },
    ])
    run.reload({ ...OPEN, zones: [{ id: 'new', networks: ['10.7.0.0/16'] }, ...ZONES] }).news()
    expect(run.take().filter(({ record }) => record.type === 'tunnel')).toMatchObject([
      {
        record: {
          seq: 2,
          verdict: 'sanctioned',
          worst_verdict: 'unsanctioned',
          orig_zone: 'left',
          verdict_changes: 2,
        },
        nearest: { conduit: 'C-1', channel: 'web', failed: ['service'] },
      },
    ])
    expect(tunnels(run.finish())).toMatchObject([{ seq: 3, worst_verdict: 'unsanctioned' }])
  })

  it('are judged at the second an exception of the new policy lapses, whatever the old one counted', () => {
    const until = (...expires: string[]): PolicySketch => ({
      zones: ZONES,
      exceptions: expires.map((at, i) => ({
        id: `EX-${i}`,
        from: 'left',
        to: 'right',
        what: 'ip/47',
        initiator: 'either' as const,
        expires: at,
      })),
    })
    const run = new LiveRun({ policy: until('2026-11-04T10:00:05Z', '2026-11-04T12:00:00Z') })
    // the old policy is in its second set of exceptions, as the new one will be when its own lapses
    run.feed(at(0, inGre())).tick(0).tick(6).news().take()
    run.reload(until('2026-11-04T10:00:20Z')).tick(7)
    expect(tunnels(run.news())).toEqual([])
    expect(tunnels(run.tick(20).news())).toMatchObject([{ verdict: 'unsanctioned', reason: 'expired' }])
    // and where the first tick after the reload is the one in question
    const late = new LiveRun({ policy: until('2026-11-04T10:00:05Z', '2026-11-04T12:00:00Z') })
    late.feed(at(0, inGre())).tick(0).tick(6).reload(until('2026-11-04T10:00:20Z')).news().take()
    expect(tunnels(late.tick(20).news())).toMatchObject([{ verdict: 'unsanctioned', reason: 'expired' }])
  })

  it('keep an exception that covered them in mind', () => {
    const exception = { id: 'EX-1', from: 'left', to: 'right', what: 'ip/47', initiator: 'either' as const }
    const run = new LiveRun({ policy: { zones: ZONES, exceptions: [exception] } }).feed(at(0, inGre()))
    expect(run.reload(OPEN).finish().take().at(-1)).toMatchObject({
      record: { verdict: 'sanctioned', worst_verdict: 'exception' },
      formerExceptions: ['EX-1'],
    })
  })

  it('that were not seen for long keep what they were judged, in the name of the policy that did', () => {
    const named = (sketch: PolicySketch, policyId: string) =>
      compilePolicy({ ...makeModel(sketch), policyId })
    const run = new LiveRun({ policy: named(OPEN, 'aaaaaaaaaaaa') }).feed(at(0, inGre())).tick(HOUR)
    run.news().take()
    expect(tunnels(run.reload(named(SHUT, 'bbbbbbbbbbbb')).news())).toEqual([])
    const seen = new LiveRun({ policy: named(OPEN, 'aaaaaaaaaaaa') }).feed(at(0, inGre())).tick(HOUR)
    seen.news().take()
    seen.reload(named(SHUT, 'bbbbbbbbbbbb')).feed(at(HOUR + 1, inGre()))
    expect(tunnels(seen.news())).toMatchObject([
      { verdict: 'unsanctioned', policy_id: 'bbbbbbbbbbbb', orig_packets: 2 },
    ])
    expect(tunnels(run.finish())).toMatchObject([
      { verdict: 'sanctioned', conduit: 'C-1', channel: 'link', policy_id: 'aaaaaaaaaaaa' },
    ])
  })

  it('stay the tunnels they are where the numbers of zones change, on the short way, too', () => {
    const contexts = (first: string): PolicySketch => ({
      zones: [
        { id: first, networks: ['10.99.0.0/24'], context: { vlans: [first === 'one' ? 7 : 8] } },
        {
          id: first === 'one' ? 'two' : 'one',
          networks: ['10.99.0.0/24'],
          context: { vlans: [first === 'one' ? 8 : 7] },
        },
        { id: 'rest', networks: ['10.0.0.0/16'] },
      ],
    })
    const bridged = (vlan: number): Uint8Array =>
      carried(outer(HOST, SENSOR, [{ vlan }]), PROTO.gre, gre(0x6558, frame()), 1)
    const feed = (run: LiveRun, from: number): LiveRun => {
      for (let i = 0; i < 3; i++) run.feed(at(from + i, bridged(7))).feed(at(from + i, bridged(8)))
      return run
    }
    const run = feed(new LiveRun({ policy: contexts('one') }), 0)
    const before = tunnels(run.news())
    expect(before.map(t => [t.orig_zone, t.orig_packets])).toEqual([
      ['one', 3],
      ['two', 3],
    ])
    feed(run.reload(contexts('two')), 5)
    const after = tunnels(run.finish())
    expect(after.map(t => [t.flow_id, t.orig_zone, t.orig_packets])).toEqual(
      before.map(t => [t.flow_id, t.orig_zone, 6]),
    )
    // what is one now is counted with the first
    const joined = feed(new LiveRun({ policy: contexts('one') }), 0)
    feed(joined.reload({ zones: [{ id: 'all', networks: ['10.0.0.0/8'] }] }), 5)
    expect(tunnels(joined.finish()).map(t => t.orig_packets)).toEqual([9, 3])
  })

  it('may come from no policy, and lose it', () => {
    const run = new LiveRun().feed(at(0, inGre()))
    expect(tunnels(run.news())).toMatchObject([{ verdict: 'unjudged' }])
    run.reload(SHUT)
    expect(tunnels(run.feed(at(1, inGre())).reload(undefined).feed(at(2, inGre())).finish())).toMatchObject([
      { verdict: 'unjudged', orig_packets: 3 },
    ])
  })
})

describe('a mirror session', () => {
  const address = Uint32Array.of(0, 0, 0, (10 << 24) | (99 << 16) | 2)
  const mirror = { kind: F.TUNNEL_GRE, version: 4, address }
  const plain = new Scene().udp(0, '10.0.2.9:1', '10.0.1.9:161').udp(0, '10.0.2.9:2', '10.0.1.9:161').frames

  it('that is certain is none of the tunnels, however few frames it carries', () => {
    const run = new LiveRun({ mirrors: [{ ...mirror, certain: true }] }).feed(plain).feed(at(0, inGre()))
    expect(tunnels(run.news())).toEqual([])
    expect(tunnels(run.finish())).toEqual([])
    expect(run.dispatcher.wrapping.mirrorSessions()).toEqual([`gre ${HOST} -> ${SENSOR}`])
  })

  it('of a vote that the run contradicts is told at the end', () => {
    const run = new LiveRun({ mirrors: [mirror] }).feed(plain).feed(at(0, inGre()))
    expect(tunnels(run.news())).toEqual([])
    expect(tunnels(run.finish())).toMatchObject([{ tunnel: 'gre', seq: 0, final: true, orig_packets: 1 }])
  })
})
