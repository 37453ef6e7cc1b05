import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import type { CompiledPolicy } from '../../src/policy/compile.ts'
import { compilePolicy } from '../../src/policy/compile.ts'
import { hasSameTaps } from '../../src/policy/taps.ts'
import { LiveRun } from '../support/live-run.ts'
import { makeModel, type PolicySketch } from '../support/policy-models.ts'
import { RANDOM_POLICY, RANDOM_PORTS, randomTraffic } from '../support/random-traffic.ts'
import { Scene } from '../support/scene.ts'
import { BALANCED, sums } from '../support/shard-run.ts'

const C = '10.0.2.10:50000'
const S = '10.0.1.11:502'
const SSH = '10.0.1.11:22'
const HOUR = 3600

const ZONES = [
  { id: 'hmi', networks: ['10.0.2.0/24'] },
  { id: 'plc', networks: ['10.0.1.0/24'] },
]
const READS = { id: 'C-1', from: 'hmi', to: 'plc', channels: [{ id: 'reads', what: 'modbus' }] }
const LOOSE: PolicySketch = { zones: ZONES, conduits: [READS] }
const STRICT: PolicySketch = { zones: ZONES }

/** A policy with an id of its own. */
const named = (sketch: PolicySketch, policyId: string): CompiledPolicy =>
  compilePolicy({ ...makeModel(sketch), policyId })

describe('a reload', () => {
  it('to a stricter policy judges open flows at once, and says under which policy', () => {
    const run = new LiveRun({ policy: named(LOOSE, 'aaaaaaaaaaaa') }).feed(new Scene().handshake(0, C, S))
    expect(run.news().told()).toMatchObject([{ verdict: 'sanctioned', policy_id: 'aaaaaaaaaaaa' }])
    run.reload(named(STRICT, 'bbbbbbbbbbbb'))
    expect(run.news().take()).toMatchObject([
      {
        record: {
          seq: 1,
          verdict: 'unsanctioned',
          worst_verdict: 'unsanctioned',
          reason: 'no-conduit',
          verdict_changes: 1,
          policy_id: 'bbbbbbbbbbbb',
        },
        nearest: { failed: ['no-conduit'] },
      },
    ])
    expect(run.finish().told()).toMatchObject([{ seq: 2, verdict_changes: 1, policy_id: 'bbbbbbbbbbbb' }])
    expect(run.tallies().map(({ cases }) => cases.map(c => [c.worst, c.ended]))).toEqual([
      [['sanctioned', 0]],
      [['unsanctioned', 1]],
    ])
  })

  it('to a looser policy keeps the worst verdict, with what was nearest then in words', () => {
    const tight = { zones: ZONES, conduits: [{ ...READS, channels: [{ id: 'logs', what: 'tcp/514' }] }] }
    const run = new LiveRun({ policy: tight }).feed(new Scene().handshake(0, C, S))
    expect(run.news().told()).toMatchObject([{ verdict: 'unsanctioned', reason: 'service' }])
    run.reload(LOOSE).reload({ zones: ZONES, conduits: [{ ...READS, id: 'C-9' }] })
    expect(run.news().take()).toMatchObject([
      {
        record: {
          verdict: 'sanctioned',
          worst_verdict: 'unsanctioned',
          conduit: 'C-9',
          verdict_changes: 1,
        },
        nearest: { conduit: 'C-1', channel: 'logs', failed: ['service'] },
      },
    ])
    expect(run.news().told()).toEqual([])
    // a frame changes nothing of it
    run.feed(new Scene().tcp(1, C, S, 'A', { seq: 1001 }))
    expect(run.finish().told()).toMatchObject([{ verdict: 'sanctioned', worst_verdict: 'unsanctioned' }])
  })

  it('to one that judges as badly lets its own reason and near miss stand', () => {
    const tight = { zones: ZONES, conduits: [{ ...READS, channels: [{ id: 'logs', what: 'tcp/514' }] }] }
    const run = new LiveRun({ policy: tight }).feed(new Scene().handshake(0, C, S))
    expect(run.news().told()).toMatchObject([{ verdict: 'unsanctioned', reason: 'service' }])
    run.reload(STRICT)
    expect(run.finish().take()).toMatchObject([
      {
        record: { verdict: 'unsanctioned', worst_verdict: 'unsanctioned', reason: 'no-conduit' },
        nearest: { failed: ['no-conduit'] },
      },
    ])
  })

  it('keeps the security level of the responder under which the worst was judged, where the zone is still there', () => {
    const level = (sketch: PolicySketch, slT: number): CompiledPolicy => {
      const model = makeModel(sketch)
      for (const zone of model.zones) if (zone.id === 'plc') zone.slT = { level: slT }
      return compilePolicy(model)
    }
    const slOf = (after: PolicySketch): number => {
      const run = new LiveRun({ policy: level(STRICT, 3) }).feed(new Scene().handshake(0, C, S))
      return run.reload(level(after, 2)).finish().take()[0].respSlT
    }
    expect(slOf({ zones: [...ZONES].reverse(), conduits: [READS] })).toBe(2)
    const renamed = { zones: [ZONES[0], { ...ZONES[1], id: 'plant' }] }
    expect(slOf({ ...renamed, conduits: [{ ...READS, to: 'plant' }] })).toBe(0)
  })

  it('that renames zones shows their new names', () => {
    const run = new LiveRun({ policy: LOOSE }).feed(new Scene().handshake(0, C, S))
    const zones = [{ id: 'first' }, { ...ZONES[1], id: 'cell' }, { ...ZONES[0], id: 'ops' }]
    run.reload({ zones, conduits: [{ ...READS, from: 'ops', to: 'cell' }] })
    // the verdict is the one it was: no news
    expect(run.news().told()).toMatchObject([{ seq: 0, orig_zone: 'ops', resp_zone: 'cell' }])
    run.reload(LOOSE)
    expect(run.news().told()).toEqual([])
    const [final] = run.finish().told()
    expect(final).toMatchObject({ orig_zone: 'hmi', verdict: 'sanctioned', worst_verdict: 'sanctioned' })
    expect(final.verdict_changes).toBeUndefined()
  })

  it('leaves what is over as it was, in the name of the policy that judged it', () => {
    const run = new LiveRun({ policy: named(LOOSE, 'aaaaaaaaaaaa') })
    run.feed(new Scene().handshake(0, C, S).tcp(1, S, C, 'R').handshake(1, '10.0.2.9:9', S)).tick(2)
    run.news().told()
    run.reload(named(STRICT, 'bbbbbbbbbbbb'))
    expect(run.news().told()).toMatchObject([{ orig_addr: '10.0.2.9', verdict: 'unsanctioned' }])
    expect(run.tick(10).told()).toMatchObject([
      {
        end_reason: 'rst',
        verdict: 'sanctioned',
        worst_verdict: 'sanctioned',
        conduit: 'C-1',
        channel: 'reads',
        orig_zone: 'hmi',
        policy_id: 'aaaaaaaaaaaa',
      },
    ])
  })

  it('judges what is over by the new policy when it goes on all the same', () => {
    const run = new LiveRun({ policy: LOOSE }).feed(new Scene().handshake(0, C, S).tcp(1, S, C, 'R'))
    run.reload(STRICT).feed(new Scene().tcp(2, C, S, 'A', { seq: 1001 }))
    expect(run.news().told()).toMatchObject([{ verdict: 'unsanctioned', verdict_changes: 1 }])
  })

  it('does not lose an exception that covered a flow, nor call one used that still does', () => {
    const exception = { id: 'EX-1', from: 'hmi', to: 'plc', what: 'ssh' }
    const formerUnder = (next: PolicySketch): string[] | undefined => {
      const policy = { ...LOOSE, exceptions: [exception] }
      const run = new LiveRun({ policy }).feed(new Scene().handshake(0, C, SSH)).reload(next)
      return run.reload(next).finish().take()[0].formerExceptions
    }
    const ssh = { ...READS, channels: [{ id: 'remote', what: 'ssh' }] }
    expect(formerUnder({ zones: ZONES, conduits: [ssh] })).toEqual(['EX-1'])
    expect(
      formerUnder({ zones: ZONES, exceptions: [{ ...exception, id: 'EX-2' }, exception] }),
    ).toBeUndefined()
    expect(formerUnder({ zones: ZONES, exceptions: [{ ...exception, id: 'EX-2' }] })).toEqual(['EX-1'])
    expect(formerUnder(STRICT)).toEqual(['EX-1'])
  })

  it('with another expiry of an exception holds from that very second', () => {
    const until = (expires: string): PolicySketch => ({
      ...LOOSE,
      exceptions: [{ id: 'EX-1', from: 'hmi', to: 'plc', what: 'ssh', expires }],
    })
    const run = new LiveRun({ policy: until('2026-11-04T12:00:00Z') })
    run.feed(new Scene().handshake(2 * HOUR - 50, C, SSH)).tick(2 * HOUR - 50)
    run.reload(until('2026-11-04T12:00:10Z')).news().told()
    expect(
      run
        .tick(2 * HOUR)
        .news()
        .told(),
    ).toEqual([])
    expect(
      run
        .tick(2 * HOUR + 9)
        .news()
        .told(),
    ).toEqual([])
    expect(
      run
        .tick(2 * HOUR + 10)
        .news()
        .told(),
    ).toMatchObject([{ reason: 'expired' }])
    expect(run.reload(until('2026-11-05T12:00:00Z')).news().told()).toMatchObject([
      { verdict: 'exception', worst_verdict: 'unsanctioned', verdict_changes: 2 },
    ])
  })

  it('that declares the port of a conversation met in its middle tells who asked', () => {
    const scene = new Scene().tcp(0, '10.0.1.11:45000', '10.0.2.10:50000', 'PA', { data: 5 })
    const run = new LiveRun({ policy: LOOSE }).feed(scene)
    expect(run.news().told()).toMatchObject([{ orig_addr: '10.0.1.11', direction: 'first' }])
    const channels = [{ id: 'odd', what: 'tcp/45000' }]
    run.reload({ zones: ZONES, conduits: [{ ...READS, channels }] })
    expect(run.news().told()).toMatchObject([
      {
        orig_addr: '10.0.2.10',
        direction: 'port',
        flipped: true,
        verdict: 'sanctioned',
        inferred: true,
        channel: 'odd',
      },
    ])
  })
})

describe('a policy that was replaced', () => {
  it('is not kept', async () => {
    setFlagsFromString('--expose-gc')
    const collect: () => void = runInNewContext('gc')
    const refs: WeakRef<CompiledPolicy>[] = []
    const made = (sketch: PolicySketch): CompiledPolicy => {
      const policy = named(sketch, `${refs.length}bbbbbbbbbbb`)
      refs.push(new WeakRef(policy))
      return policy
    }
    const begun = (): LiveRun => new LiveRun({ policy: made(LOOSE) })
    const run = begun().feed(new Scene().handshake(0, C, S).udp(0, C, '239.1.1.1:47808'))
    for (const sketch of [STRICT, LOOSE, STRICT]) run.reload(made(sketch)).tick(1).news().take()
    // an object that was looked at stays until the turn is over
    await new Promise(resolve => setImmediate(resolve))
    collect()
    expect(refs.map(ref => ref.deref() !== undefined)).toEqual([false, false, false, true])
    expect(run.finish().told()).toMatchObject([{ worst_verdict: 'unsanctioned' }, {}])
  })
})

describe('contexts that a reload changes', () => {
  const skids: PolicySketch = {
    zones: [
      { id: 'skid-1', networks: ['192.168.0.0/24'], context: { vlans: [201] } },
      { id: 'skid-2', networks: ['192.168.0.0/24'], context: { vlans: [202] } },
    ],
  }
  const one: PolicySketch = { zones: [{ id: 'skids', networks: ['192.168.0.0/24'] }] }
  const [A, B] = ['192.168.0.1:40000', '192.168.0.2:161']
  const both = (at: number): Scene =>
    new Scene().udp(at, A, B, 20, { vlans: [201] }).udp(at, A, B, 20, { vlans: [202] })
  const packets = (run: LiveRun): unknown[] =>
    run
      .finish()
      .told()
      .map(flow => [flow.context?.vlans, flow.seen_in?.[0].vlans, flow.orig_packets])

  it('do not cut flows in two: frames find the row they found before', () => {
    const again: PolicySketch = { zones: [{ id: 'other', networks: ['10.0.0.0/8'] }, ...skids.zones] }
    const run = new LiveRun({ policy: skids }).feed(both(0)).feed(both(1))
    run.reload(again).feed(both(2)).feed(both(3))
    expect(run.shard.size).toBe(2)
    expect(packets(run)).toEqual([
      [[201], undefined, 4],
      [[202], undefined, 4],
    ])
  })

  it('join what the new policy holds for one, and tell apart what comes later', () => {
    const joined = new LiveRun({ policy: skids }).feed(both(0)).reload(one).feed(both(1)).feed(both(2))
    const told = joined.finish().told()
    expect(told.map(flow => [flow.orig_zone, flow.verdict])).toEqual([
      ['skids', 'intra-zone'],
      ['skids', 'intra-zone'],
    ])
    expect(told.reduce((sum, flow) => sum + flow.orig_packets, 0)).toBe(6)
    // what was joined once stays joined
    const parted = new LiveRun({ policy: one }).feed(both(0)).reload(skids).feed(both(1))
    parted.feed(new Scene().udp(2, '192.168.0.9:1', B, 20, { vlans: [201] }))
    parted.feed(new Scene().udp(2, '192.168.0.9:1', B, 20, { vlans: [202] }))
    expect(packets(parted)).toEqual([
      [[201], [202], 4],
      [[201], undefined, 1],
      [[202], undefined, 1],
    ])
  })
})

describe('groups and what answers them', () => {
  const who = { what: 'udp/47808', groups: ['239.1.1.1'] }
  const zones = [
    { id: 'hmi', networks: ['10.0.2.0/24'], vlans: [202] },
    { id: 'plc', networks: ['10.0.1.0/24'], vlans: [201] },
  ]
  const conduit = { id: 'C-1', from: 'hmi', to: 'plc' }
  const asks: PolicySketch = { zones, conduits: [{ ...conduit, channels: [{ id: 'who', ...who }] }] }
  const ask = (at: number): Scene =>
    new Scene().udp(at, '10.0.2.10:47808', '239.1.1.1:47808', 9, { vlans: [201] })
  const answer = (at: number, from = '10.0.1.11'): Scene =>
    new Scene().udp(at, `${from}:47808`, '10.0.2.10:47808', 9, { vlans: [201] })

  it('are judged again, the answers as the requests are', () => {
    const run = new LiveRun({ policy: asks }).feed(ask(0)).feed(answer(1))
    expect(
      run
        .news()
        .told()
        .map(flow => [flow.verdict, flow.reason]),
    ).toEqual([
      ['sanctioned', undefined],
      ['sanctioned', 'related'],
    ])
    run.reload({ zones }).news()
    expect(run.told().map(flow => [flow.verdict, flow.reason])).toEqual([
      ['unsanctioned', 'no-conduit'],
      ['unsanctioned', 'no-conduit'],
    ])
    run.reload(asks).news()
    expect(run.told().map(flow => [flow.verdict, flow.worst_verdict])).toEqual([
      ['sanctioned', 'unsanctioned'],
      ['sanctioned', 'unsanctioned'],
    ])
  })

  it('find their request after a reload, too, by whatever context it has now', () => {
    const contexts = zones.map(zone => ({ ...zone, context: { vlans: [201, 202] } }))
    const moved: PolicySketch = { ...asks, zones: [{ id: 'new', networks: ['10.7.0.0/16'] }, ...contexts] }
    const run = new LiveRun({ policy: asks }).feed(ask(0)).reload(moved).feed(answer(2)).feed(ask(3))
    const told = run.news().told()
    expect(told).toMatchObject([
      { orig_packets: 2, verdict: 'sanctioned' },
      { orig_addr: '10.0.2.10', parent: told[0].flow_id, verdict: 'sanctioned', reason: 'related' },
    ])
  })

  it('whose request has ended inherit only what the new policy still declares', () => {
    const verdictAfter = (next: PolicySketch): (string | undefined)[] => {
      const run = new LiveRun({ policy: asks, limits: [300, 60, 60, 120, 60, 5] }).feed(ask(0))
      for (let at = 5; at <= 75; at += 5) run.feed(answer(at)).tick(at)
      run.reload(next).news()
      return run
        .told()
        .filter(({ final }) => !final)
        .map(flow => flow.verdict)
    }
    expect(verdictAfter(asks)).toEqual(['sanctioned'])
    expect(verdictAfter({ zones })).toEqual(['unsanctioned'])
  })
})

describe('a reload of an equal policy', () => {
  it('changes no record but for interim ones, whatever the traffic', () => {
    // what ARP told since a flow was judged, and what began or lapsed since its last frame, is another matter
    const policy: PolicySketch = {
      ...RANDOM_POLICY,
      assets: [],
      conduits: [
        { id: 'C-1', from: 'hmi', to: 'plc', channels: [{ what: 'modbus' }, { what: 'udp/161' }] },
        { id: 'C-2', from: 'hmi', to: 'any', channels: [{ what: 'udp/47808', groups: ['255.255.255.255'] }] },
      ],
      exceptions: [{ id: 'EX-1', from: 'plc', to: 'hmi', what: 'tcp/502' }],
    }
    let ended = 0
    for (let seed = 0; seed < 60; seed++) {
      const frames = randomTraffic(seed, 300)
      const options = { ports: RANDOM_PORTS, limits: [20, 10, 5, 5, 3, 1], policy }
      const plain = new LiveRun(options).feed(frames).finish(false)
      const run = new LiveRun(options)
      for (let at = 0; at < frames.length; at += 30) run.feed(frames.slice(at, at + 30)).reload(policy)
      run.finish(false)
      const bare = (records: readonly object[]) => records.map(record => JSON.stringify(record)).sort()
      expect(bare(run.records)).toEqual(bare(plain.records))
      expect(sums({ records: run.records, frames: run.frameCounts() })).toEqual(BALANCED)
      ended += run.records.length
    }
    expect(ended).toBeGreaterThan(2000)
  })
})

describe('a reload of any policy', () => {
  it('loses and doubles nothing, whatever the traffic, and never makes the worst verdict better', () => {
    const ranks = [
      'unjudged',
      'intra-zone',
      'sanctioned',
      'exception',
      'undetermined',
      'unzoned',
      'unsanctioned',
    ]
    const policies: (PolicySketch | undefined)[] = [
      RANDOM_POLICY,
      { ...RANDOM_POLICY, conduits: [], exceptions: [] },
      { zones: [{ id: 'all', networks: ['0.0.0.0/0', '::/0'] }] },
      { ...RANDOM_POLICY, zones: [...RANDOM_POLICY.zones].reverse() },
    ]
    for (let seed = 0; seed < 60; seed++) {
      const frames = randomTraffic(seed, 300)
      const options = { ports: RANDOM_PORTS, limits: [20, 10, 5, 5, 3, 1], policy: RANDOM_POLICY }
      const run = new LiveRun({ ...options, maxFlows: seed % 2 === 0 ? 64 : 4096 })
      for (let at = 0; at < frames.length; at += 25) {
        run.feed(frames.slice(at, at + 25)).news()
        run.reload(policies[(seed + at / 25) % policies.length]).news()
      }
      run.finish(false)
      expect(sums({ records: run.records, frames: run.frameCounts() })).toEqual(BALANCED)
      const worst = new Map<string, { rank: number; seq: number }>()
      for (const { flow_id, seq, type, direction, worst_verdict } of run.records) {
        const before = worst.get(flow_id)
        const rank = ranks.indexOf(worst_verdict)
        if (type === 'flow') expect(seq).toBe(before === undefined ? 0 : before.seq + 1)
        // a handshake may tell that another end had asked, which voids what was held against the wrong one
        if (direction !== 'handshake') expect(rank).toBeGreaterThanOrEqual(before?.rank ?? 0)
        worst.set(flow_id, { rank, seq })
      }
    }
  })

  it('may be from none and to none', () => {
    const run = new LiveRun().feed(new Scene().handshake(0, C, S))
    expect(run.news().told()).toMatchObject([{ verdict: 'unjudged' }])
    expect(run.reload(undefined).news().told()).toEqual([])
    expect(run.reload(LOOSE).news().told()).toMatchObject([{ verdict: 'sanctioned', seq: 1 }])
    run.feed(new Scene().tcp(1, C, S, 'A', { seq: 1001 })).reload(undefined)
    run.feed(new Scene().tcp(2, C, S, 'A', { seq: 1001 }))
    expect(run.finish().told()).toMatchObject([{ verdict: 'unjudged', orig_packets: 4 }])
  })
})

describe('taps of two policies', () => {
  const range = (text: string) => {
    const last = Number(text.split('.').at(-1))
    const words: [number, number, number, number] = [0, 0, 0, last]
    return { version: 4 as const, first: words, last: words, text, prefix: 32 }
  }
  const tap = { id: 'spine', type: 'erspan' as const, source: range('10.0.0.1'), session: 7 }
  const model = (taps: PolicySketch['taps'], zones = ZONES) => makeModel({ zones, taps: taps! })
  const base = model([tap, { id: 'leaf' }])

  it('are the same wherever they stand in the text and whatever else differs', () => {
    const moved = model([tap, { id: 'leaf' }], [{ id: 'new', networks: [] }, ...ZONES])
    moved.taps[0].at = { line: 99, column: 3 }
    moved.taps[0].source = { ...range('10.0.0.1'), text: '10.0.0.1/32' }
    expect(hasSameTaps(base, moved)).toBe(true)
    expect(hasSameTaps(undefined, model([]))).toBe(true)
    base.taps[1].portGroups.set('cell', 1)
    moved.taps[1].portGroups.set('cell', 2)
    expect(hasSameTaps(base, moved)).toBe(true)
    moved.taps[1].portGroups.set('cell', 1)
    expect(hasSameTaps(base, moved)).toBe(false)
    base.taps[1].portGroups.clear()
  })

  it.each([
    ['another order', [{ id: 'leaf' }, tap]],
    ['one less', [tap]],
    ['another session', [{ ...tap, session: 8 }, { id: 'leaf' }]],
    ['another source', [{ ...tap, source: range('10.0.0.2') }, { id: 'leaf' }]],
    ['another native VLAN', [tap, { id: 'leaf', nativeVlan: 5 }]],
  ])('are others with %s', (_, taps) => {
    expect(hasSameTaps(base, model(taps))).toBe(false)
  })
})
