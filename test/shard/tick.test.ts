import { describe, expect, it } from 'vitest'
import { LiveRun } from '../support/live-run.ts'
import type { PolicySketch } from '../support/policy-models.ts'
import { RANDOM_PORTS, randomTraffic } from '../support/random-traffic.ts'
import { Scene } from '../support/scene.ts'
import { BALANCED, runShard, sums } from '../support/shard-run.ts'

const C = '10.0.2.10:50000'
const S = '10.0.1.11:502'
const SSH = '10.0.1.11:22'
const HOUR = 3600

const PLANT: PolicySketch = {
  zones: [
    { id: 'hmi', networks: ['10.0.2.0/24'] },
    { id: 'plc', networks: ['10.0.1.0/24'] },
  ],
  conduits: [{ id: 'C-1', from: 'hmi', to: 'plc', channels: [{ id: 'reads', what: 'modbus' }] }],
  exceptions: [{ id: 'EX-1', from: 'hmi', to: 'plc', what: 'ssh', expires: '2026-11-04T12:00:00Z' }],
}

describe('time that goes by without frames', () => {
  it('ends a silent flow in the second in which a frame would end it', () => {
    const run = new LiveRun().feed(new Scene().udp(0, C, '10.0.1.11:161'))
    expect(run.tick(60).told()).toEqual([])
    expect(run.shard.size).toBe(1)
    expect(run.tick(61).told()).toMatchObject([
      { end_reason: 'idle', final: true, seq: 0, end: '2026-11-04T10:00:00Z' },
    ])
    expect(run.shard.size).toBe(0)
    expect(run.tick(1000).finish().told()).toEqual([])
  })

  it('ends a closed connection soon, and says how it was closed', () => {
    const run = new LiveRun().feed(new Scene().handshake(0, C, S).tcp(1, S, C, 'R'))
    expect(run.tick(6).told()).toEqual([])
    expect(run.tick(7).told()).toMatchObject([{ end_reason: 'rst', conn_state: 'RSTR' }])
  })

  it('makes the records that frames would, whatever the traffic', () => {
    for (let seed = 0; seed < 40; seed++) {
      const frames = randomTraffic(seed, 200).sort((a, b) => a.at - b.at)
      const limits = [20, 10, 5, 5, 3, 1]
      const options = { ports: RANDOM_PORTS, limits }
      const run = new LiveRun(options)
      let second = 0
      for (const frame of frames) {
        for (; second * 1e9 < frame.at - 1e9; second++) run.tick(second)
        run.feed([frame])
      }
      run.finish(false)
      const { records } = runShard(frames, options)
      const byId = (a: { flow_id: string }, b: { flow_id: string }) => (a.flow_id < b.flow_id ? -1 : 1)
      expect(run.records.sort(byId)).toEqual(records.sort(byId))
      expect(sums({ records: run.records, frames: run.frameCounts() })).toEqual(BALANCED)
    }
  })

  it('makes the interim records that are due', () => {
    const run = new LiveRun({ activeTimeout: 30 }).feed(new Scene().handshake(0, C, S))
    expect(run.tick(29).told()).toEqual([])
    expect(run.tick(30).told()).toMatchObject([{ seq: 0, final: false, end_reason: 'active' }])
    expect(run.tick(59).told()).toEqual([])
    expect(run.tick(60).told()).toMatchObject([{ seq: 1, final: false }])
    expect(run.tick(301).told()).toMatchObject([{ seq: 2, final: true, end_reason: 'idle', orig_packets: 2 }])
  })

  it('reaches every row of a table larger than what is looked at in one tick', () => {
    const run = new LiveRun({ maxFlows: 1 << 18, limits: [1, 1, 1, 1, 1, 1] })
    for (let part = 0; part < 40; part++) {
      const scene = new Scene()
      for (let i = 0; i < 4000; i++) scene.udp(0, `10.${part}.${i >> 8}.${i & 255}:5000`, S, 1)
      run.feed(scene)
    }
    expect(run.shard.size).toBe(160_000)
    // the first tick looks at all, and nothing is over yet
    run.tick(1)
    const sizes: number[] = []
    for (let at = 2; run.shard.size > 0 && at < 20; at++) sizes.push(run.tick(at).shard.size)
    expect(sizes.at(-1)).toBe(0)
    expect(sizes.length).toBeGreaterThan(4)
    expect(sizes.length).toBeLessThan(9)
    expect(run.take()).toHaveLength(160_000)
  })
})

describe('an exception that lapses', () => {
  it('is noticed in a flow that is silent, in that very second, and told', () => {
    const run = new LiveRun({ policy: PLANT })
    run.feed(new Scene().handshake(2 * HOUR - 100, C, SSH)).tick(2 * HOUR - 100)
    expect(run.news().told()).toMatchObject([{ seq: 0, verdict: 'exception', exception: 'EX-1' }])
    expect(
      run
        .tick(2 * HOUR - 1)
        .news()
        .told(),
    ).toEqual([])
    expect(
      run
        .tick(2 * HOUR)
        .news()
        .take(),
    ).toMatchObject([
      {
        record: {
          seq: 1,
          final: false,
          verdict: 'unsanctioned',
          worst_verdict: 'unsanctioned',
          reason: 'expired',
          verdict_changes: 1,
        },
        nearest: { exception: 'EX-1', failed: ['expired'] },
      },
    ])
    expect(
      run
        .tick(2 * HOUR + 1)
        .news()
        .told(),
    ).toEqual([])
    expect(run.finish().take()).toMatchObject([
      { record: { seq: 2, end_reason: 'shutdown' }, formerExceptions: ['EX-1'] },
    ])
  })

  it('is noticed all the same where another flow has brought that second', () => {
    const run = new LiveRun({ policy: PLANT })
    run
      .feed(new Scene().handshake(2 * HOUR - 10, C, SSH))
      .tick(2 * HOUR - 10)
      .news()
      .told()
    run.feed(new Scene().tcp(2 * HOUR, '10.0.2.11:4000', S, 'S'))
    expect(
      run
        .tick(2 * HOUR)
        .news()
        .told(),
    ).toMatchObject([
      { orig_addr: '10.0.2.11', verdict: 'sanctioned' },
      { orig_addr: '10.0.2.10', verdict: 'unsanctioned' },
    ])
  })

  it('is nothing to a connection that is over', () => {
    const run = new LiveRun({ policy: PLANT })
    run.feed(new Scene().handshake(2 * HOUR - 3, C, SSH).tcp(2 * HOUR - 2, SSH, C, 'R')).tick(2 * HOUR)
    expect(run.tick(2 * HOUR + 10).told()).toMatchObject([
      { verdict: 'exception', worst_verdict: 'exception' },
    ])
  })

  it('is noticed in requests to a group, and in what answers them', () => {
    const policy: PolicySketch = {
      zones: [
        { id: 'hmi', networks: ['10.0.2.0/24'], vlans: [202] },
        { id: 'plc', networks: ['10.0.1.0/24'], vlans: [201] },
      ],
      exceptions: [
        {
          id: 'EX-1',
          from: 'hmi',
          to: 'plc',
          what: 'udp/47808',
          groups: ['239.1.1.1'],
          related: true,
          expires: '2026-11-04T12:00:00Z',
        },
      ],
    }
    const at = 2 * HOUR - 5
    const scene = new Scene()
      .udp(at, '10.0.2.10:47808', '239.1.1.1:47808', 9, { vlans: [201] })
      .udp(at + 1, '10.0.1.11:47808', '10.0.2.10:47808', 9, { vlans: [201] })
    const run = new LiveRun({ policy }).feed(scene).tick(at + 1)
    expect(
      run
        .news()
        .told()
        .map(({ verdict, reason }) => [verdict, reason]),
    ).toEqual([
      ['exception', undefined],
      ['exception', 'related'],
    ])
    const after = run
      .tick(2 * HOUR)
      .news()
      .told()
    expect(after.map(({ verdict }) => verdict)).toEqual(['unsanctioned', 'unsanctioned'])
  })
})

describe('the end of a live run', () => {
  it('is no end of input', () => {
    const scene = new Scene().udp(0, C, '10.0.1.11:161').handshake(100, C, S)
    const run = new LiveRun().feed(scene).finish()
    expect(run.told().map(flow => flow.end_reason)).toEqual(['idle', 'shutdown'])
  })
})
