import { describe, expect, it } from 'vitest'
import { ethernet, PROTO, zeros } from '../../captures/support/frames.ts'
import type { FlowRecord } from '../../src/records.ts'
import { Scene } from '../support/scene.ts'
import { BALANCED, type RunOptions, runShard, sums } from '../support/shard-run.ts'

const C = '10.0.2.10:50000'
const S = '10.0.1.11:502'
const U = '10.0.1.11:161'

describe('idle timeout', () => {
  /** A frame of each kind at a time. */
  const KINDS: [string, number, (scene: Scene, at: number) => Scene][] = [
    ['tcp', 300, (scene, at) => scene.tcp(at, C, S, 'A', { data: 1 })],
    ['udp', 60, (scene, at) => scene.udp(at, C, U)],
    ['icmp', 60, (scene, at) => scene.icmp(at, '10.0.2.10', '10.0.1.11', 8)],
    ['icmp6', 60, (scene, at) => scene.icmp(at, 'fd00::1', 'fd00::2', 128)],
    ['other', 120, (scene, at) => scene.packet(at, '10.0.2.10', '10.0.1.11', PROTO.igmp, zeros(8))],
    [
      'no IP',
      120,
      (scene, at) => scene.frame(at, ethernet('02:00:00:00:00:01', '02:00:00:00:00:02', 0x8892, zeros(46))),
    ],
    ['unanswered attempt', 60, (scene, at) => scene.tcp(at, C, S, 'S', { seq: 1 })],
  ]

  it.each(KINDS)(
    '%s: %d seconds of silence between two frames are borne, one more is not',
    (_, limit, send) => {
      const endsAfter = (gap: number): FlowRecord[] => runShard(send(send(new Scene(), 0), gap).frames).finals
      expect(endsAfter(limit)).toHaveLength(1)
      expect(endsAfter(limit + 1)).toMatchObject([
        { end_reason: 'idle', start: '2026-11-04T10:00:00Z', end: '2026-11-04T10:00:00Z' },
        { end_reason: 'eof', orig_packets: 1 },
      ])
    },
  )

  it('is short for a connection that is over, whatever comes late', () => {
    const closed = (late: number): FlowRecord[] =>
      runShard(
        new Scene()
          .handshake(0, C, S)
          .tcp(1, S, C, 'R')
          .tcp(1 + late, C, S, 'A', { seq: 1001 }).frames,
      ).finals
    expect(closed(5)).toHaveLength(1)
    expect(closed(6).map(flow => flow.end_reason)).toEqual(['rst', 'eof'])
  })

  it('is that of an open connection as soon as somebody answers', () => {
    const scene = new Scene().handshake(0, C, S).tcp(200, S, C, 'PA', { seq: 5001, data: 3 })
    expect(runShard(scene.frames).finals).toHaveLength(1)
  })

  it('follows the options', () => {
    const limits = [10, 20, 30, 40, 50, 60]
    for (const [i, at] of [10, 20, 30, 30, 40, 40, 50].entries()) {
      const ends = (gap: number): number =>
        runShard(KINDS[i][2](KINDS[i][2](new Scene(), 0), gap).frames, { limits }).finals.length
      expect([ends(at), ends(at + 1)]).toEqual([1, 2])
    }
  })

  it('is noticed at the end of the run, too', () => {
    const scene = new Scene().udp(0, C, U).udp(500, '10.9.9.9:1000', U)
    expect(runShard(scene.frames).finals.map(flow => flow.end_reason)).toEqual(['idle', 'eof'])
  })

  it('does not let silent flows fill the table: the hand finds them as new ones come', () => {
    const scene = new Scene()
    for (let i = 0; i < 2000; i++) scene.udp(i, `10.1.${i >> 8}.${i & 255}:5000`, U)
    const run = runShard(scene.frames, { maxFlows: 2048 })
    expect(run.evicted).toBe(0)
    expect(run.finals).toHaveLength(2000)
    const ended = run.finals.slice(0, 1500)
    expect(ended.every(flow => flow.end_reason === 'idle')).toBe(true)
    expect(sums(run)).toEqual(BALANCED)
  })
})

describe('time that goes backwards', () => {
  it('ends nothing and moves no end', () => {
    const scene = new Scene().udp(1000, C, U).udp(0, U, C).udp(-5000, C, U)
    const run = runShard(scene.frames)
    expect(run.finals).toMatchObject([
      { start: '2026-11-04T10:16:40Z', end: '2026-11-04T10:16:40Z', orig_packets: 2, resp_packets: 1 },
    ])
    expect(run.dispatcher.counts()).toMatchObject({ lastSeconds: Date.parse('2026-11-04T10:16:40Z') / 1000 })
    expect(run.dispatcher.counts().firstSeconds).toBe(Date.parse('2026-11-04T10:16:40Z') / 1000 - 6000)
  })

  it('does not count as silence for others', () => {
    const scene = new Scene().udp(0, C, U).udp(-3600, '10.9.9.9:1', U).udp(30, C, U)
    expect(runShard(scene.frames).finals).toHaveLength(2)
  })
})

describe('active timeout', () => {
  const poll = (from: number, to: number, step: number): Scene => {
    const scene = new Scene()
    for (let at = from; at <= to; at += step) scene.udp(at, C, U, 10).udp(at + 0.1, U, C, 30)
    return scene
  }

  it('gives interim records with cumulative counters, the last one is final', () => {
    const run = runShard(poll(0, 100, 10).frames, { activeTimeout: 30 })
    expect(
      run.records.map(({ seq, final, end_reason: why, orig_packets: n }) => [seq, final, why, n]),
    ).toEqual([
      [0, false, 'active', 4],
      [1, false, 'active', 7],
      [2, false, 'active', 10],
      [3, true, 'eof', 11],
    ])
    for (const [i, record] of run.records.entries()) {
      expect(record.start).toBe(run.records[0].start)
      if (i > 0) expect(record.orig_payload_bytes).toBeGreaterThan(run.records[i - 1].orig_payload_bytes)
    }
    expect(sums(run)).toEqual(BALANCED)
  })

  it('is the same in one burst and in many, on the short way and on the general one', () => {
    const { frames } = poll(0, 300, 7)
    const { records } = runShard(frames, { activeTimeout: 60 })
    const others: RunOptions[] = [{ burst: 1 }, { burst: 33 }, { generalOnly: true }]
    for (const other of others)
      expect(runShard(frames, { activeTimeout: 60, ...other }).records).toEqual(records)
  })

  it('gives none for a flow that is silent: records come with frames', () => {
    const scene = new Scene().handshake(0, C, S).tcp(250, C, S, 'A', { seq: 1001 })
    expect(
      runShard(scene.frames, { activeTimeout: 30 }).records.map(({ seq, final }) => [seq, final]),
    ).toEqual([
      [0, false],
      [1, true],
    ])
  })

  it('starts anew for the next flow of the same ends', () => {
    const scene = poll(0, 50, 10)
    for (const frame of poll(500, 520, 10).frames) scene.frames.push(frame)
    expect(
      runShard(scene.frames, { activeTimeout: 45 }).records.map(({ seq, final }) => [seq, final]),
    ).toEqual([
      [0, false],
      [1, true],
      [0, true],
    ])
  })
})
