import { describe, expect, it } from 'vitest'
import { LiveRun } from '../support/live-run.ts'
import type { PolicySketch } from '../support/policy-models.ts'
import { RANDOM_POLICY, RANDOM_PORTS, randomTraffic } from '../support/random-traffic.ts'
import { Scene } from '../support/scene.ts'
import { BALANCED, runShard, sums } from '../support/shard-run.ts'

const C = '10.0.2.10:50000'
const S = '10.0.1.11:502'
const SSH = '10.0.1.11:22'

const PLANT: PolicySketch = {
  zones: [
    { id: 'hmi', networks: ['10.0.2.0/24'] },
    { id: 'plc', networks: ['10.0.1.0/24'] },
  ],
  conduits: [{ id: 'C-1', from: 'hmi', to: 'plc', channels: [{ id: 'reads', what: 'modbus' }] }],
}

describe('news', () => {
  it('tell each flow once, with or without a policy', () => {
    for (const policy of [undefined, PLANT]) {
      const run = new LiveRun(policy === undefined ? {} : { policy }).tick(0)
      run.feed(new Scene().handshake(0, C, S))
      expect(run.told()).toEqual([])
      expect(run.news().told()).toMatchObject([
        { seq: 0, final: false, end_reason: 'active', orig_packets: 2 },
      ])
      expect(
        run
          .feed(new Scene().tcp(1, C, S, 'PA', { data: 9 }))
          .news()
          .told(),
      ).toEqual([])
      expect(run.finish().told()).toMatchObject([{ seq: 1, final: true, orig_packets: 3 }])
    }
  })

  it('come again after the active timeout, not before', () => {
    const run = new LiveRun({ activeTimeout: 30 })
      .feed(new Scene().handshake(5, C, S))
      .tick(5)
      .news()
    expect(run.told()).toHaveLength(1)
    expect(run.tick(34).news().told()).toEqual([])
    expect(run.tick(35).news().told()).toMatchObject([{ seq: 1 }])
  })

  it('tell of a row that is another flow by now once, and of one that ended not at all', () => {
    const run = new LiveRun({ maxFlows: 16, limits: [1, 1, 1, 1, 1, 1] })
    run.feed(new Scene().udp(0, C, S)).tick(5)
    expect(run.told()).toMatchObject([{ final: true, seq: 0 }])
    expect(run.news().told()).toEqual([])
    // the same ends, so the same row: opened, over, and opened again before anybody asks
    run.feed(new Scene().udp(10, C, S).udp(20, C, S).udp(30, C, S))
    expect(run.told()).toMatchObject([{ final: true }, { final: true }])
    expect(run.news().told()).toMatchObject([{ final: false, seq: 0, start: '2026-11-04T10:00:30Z' }])
    expect(run.news().told()).toEqual([])
  })

  it('tell of a verdict that a frame has changed', () => {
    const policy = { ...PLANT, exceptions: [] }
    const run = new LiveRun({ policy })
    // the ports say that 502 asks nobody: the PLC's end is taken for the server until the SYN tells
    run.feed(new Scene().tcp(0, '10.0.1.11:502', '10.0.2.10:102', 'A')).news()
    expect(run.told()).toMatchObject([{ verdict: 'undetermined', seq: 0 }])
    run.feed(new Scene().tcp(1, '10.0.1.11:502', '10.0.2.10:102', 'S')).news()
    expect(run.told()).toMatchObject([{ verdict: 'unsanctioned', reason: 'direction', seq: 1 }])
  })

  it('tell of an attempt that is answered later, where a finding rests on it', () => {
    const run = new LiveRun({ policy: PLANT })
    run.feed(new Scene().tcp(0, C, SSH, 'S', { seq: 1 }).tcp(0, '10.0.2.9:9', S, 'S', { seq: 1 })).tick(0)
    expect(
      run
        .news()
        .told()
        .map(flow => [flow.verdict, flow.attempt]),
    ).toEqual([
      ['unsanctioned', 'unanswered'],
      ['sanctioned', 'unanswered'],
    ])
    expect(run.tick(1).news().told()).toEqual([])
    run.feed(
      new Scene().tcp(2, SSH, C, 'SA', { seq: 9, ack: 2 }).tcp(2, S, '10.0.2.9:9', 'SA', { seq: 9, ack: 2 }),
    )
    expect(run.tick(2).news().told()).toMatchObject([
      { seq: 1, verdict: 'unsanctioned', attempt: 'established' },
    ])
    expect(run.tick(3).news().told()).toEqual([])
  })

  it('tell of those that are open where very many came and went unasked', () => {
    const run = new LiveRun({ maxFlows: 16, limits: [1, 1, 1, 1, 1, 1] })
    const scene = new Scene()
    for (let i = 0; i < 5000; i++) scene.udp(i * 2, `10.0.2.${i & 7}:${i}`, S)
    run.feed(scene)
    const ended = run.told()
    expect(ended.every(({ final }) => final)).toBe(true)
    expect(run.shard.size).toBe(5000 - ended.length)
    const told = run.news().told()
    expect(new Set(told.map(flow => flow.flow_id)).size).toBe(run.shard.size)
    expect(told.every(({ seq, final }) => seq === 0 && !final)).toBe(true)
    expect(run.news().told()).toEqual([])
  })

  it('may be told in parts, what waits longest first', () => {
    const run = new LiveRun({ policy: PLANT })
    const opened = (first: number): Scene => {
      const scene = new Scene()
      for (let port = first; port < first + 10; port++) scene.tcp(0, `10.0.2.10:${port}`, S, 'S')
      return scene
    }
    const ports = (): (number | undefined)[] => run.told().map(flow => flow.orig_port)
    run.feed(opened(1000))
    expect(run.shard.news(4)).toBe(true)
    expect(ports()).toEqual([1000, 1001, 1002, 1003])
    run.feed(opened(1010))
    expect(run.shard.news(10)).toBe(true)
    expect(ports()).toEqual([1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013])
    expect(run.shard.news(10)).toBe(false)
    expect(ports()).toHaveLength(6)
    expect(run.shard.news(10)).toBe(false)
  })

  it('wait a minute for an answer', () => {
    const answered = (at: number): number => {
      const run = new LiveRun({ policy: PLANT, limits: [300, 300, 60, 60, 300, 5] })
      run
        .feed(new Scene().udp(0, C, '10.0.1.11:161'))
        .tick(0)
        .news()
        .told()
      for (let second = 1; second < at; second++) run.tick(second).news()
      return run
        .feed(new Scene().udp(at, '10.0.1.11:161', C))
        .tick(at)
        .news()
        .told().length
    }
    expect([answered(60), answered(70)]).toEqual([1, 0])
  })

  it('do not wait for what a group answers, nor for the next flow of the same row', () => {
    const run = new LiveRun({ policy: PLANT, maxFlows: 16, limits: [1, 1, 1, 1, 1, 1] })
    run.feed(new Scene().udp(0, C, '239.1.1.1:47808').udp(0, C, '10.0.1.11:161')).tick(0)
    expect(run.news().told()).toHaveLength(2)
    run.feed(new Scene().udp(10, C, '10.0.1.11:161')).tick(10)
    expect(run.news().told()).toMatchObject([
      { final: true, seq: 1 },
      { final: true, seq: 1 },
      { final: false, seq: 0 },
    ])
    expect(
      run
        .feed(new Scene().udp(10.5, '10.0.1.11:161', C))
        .news()
        .told(),
    ).toMatchObject([{ seq: 1 }])
  })

  it('are bounded in what they wait for: the latest attempts are', () => {
    const scan = new Scene()
    for (let port = 1; port <= 9000; port++) scan.tcp(0, C, `10.0.1.11:${port}`, 'S', { seq: 1 })
    const run = new LiveRun({ policy: PLANT, maxFlows: 1 << 18 }).feed(scan).tick(0)
    expect(run.news().told()).toHaveLength(9000)
    const answers = new Scene()
    for (let port = 1; port <= 9000; port++) answers.tcp(1, `10.0.1.11:${port}`, C, 'SA', { seq: 9, ack: 2 })
    const told = run.feed(answers).tick(1).news().told()
    expect(told).toHaveLength(4096)
    expect(told.every(flow => flow.attempt === 'established')).toBe(true)
    expect(told.some(flow => flow.resp_port === 9000)).toBe(true)
    expect(told.some(flow => flow.resp_port === 1)).toBe(false)
  })

  it('change nothing but interim records, whatever the traffic', () => {
    for (let seed = 0; seed < 40; seed++) {
      const frames = randomTraffic(seed, 300)
      const options = { ports: RANDOM_PORTS, limits: [20, 10, 5, 5, 3, 1], policy: RANDOM_POLICY }
      const run = new LiveRun(options)
      for (let at = 0; at < frames.length; at += 20) run.feed(frames.slice(at, at + 20)).news()
      run.finish(false)
      const finals = run.records.filter(({ final }) => final)
      const bare = (records: readonly object[]) =>
        records.map(record => JSON.stringify({ ...record, seq: 0 })).sort()
      expect(bare(finals)).toEqual(bare(runShard(frames, options).records))
      for (const { flow_id, seq } of finals)
        expect(run.records.filter(record => record.flow_id === flow_id && !record.final)).toHaveLength(seq)
      expect(sums({ records: finals, frames: run.frameCounts() })).toEqual(BALANCED)
    }
  })
})
