import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FlowRecord } from '../../src/records.ts'
import { hex } from '../support/app-run.ts'
import { LiveRun } from '../support/live-run.ts'
import type { PolicySketch } from '../support/policy-models.ts'
import { Scene } from '../support/scene.ts'
import { runShard, type Seen } from '../support/shard-run.ts'
import { answer, HMI, ISN, joined, PLC, plant, read, refused, Talk, write, written } from '../support/talk.ts'

const READS = plant('modbus')

const one = (frames: Seen[], policy?: PolicySketch, more: object = {}): FlowRecord => {
  const { finals } = runShard(frames, { ...(policy === undefined ? {} : { policy }), ...more })
  expect(finals).toHaveLength(1)
  return finals[0]
}

describe('what a conversation does', () => {
  it('stands in its record', () => {
    const talk = new Talk()
      .says('client', read)
      .says('server', answer)
      .says('client', write)
      .says('server', refused)
    expect(one(talk.frames)).toMatchObject({
      service: 'modbus',
      service_how: 'parsed',
      actions: { 'modbus:read': 1, 'modbus:write': 1 },
      actions_refused: { 'modbus:write': 1 },
      functions: [
        {
          function: 3,
          name: 'read holding registers',
          actions: ['read'],
          unit: 1,
          on: 'holding registers 40010-40019',
          count: 1,
          answered: 1,
          frame: 4,
        },
        { function: 16, on: 'holding registers 40010-40011', count: 1, refused: 1, frame: 6 },
      ],
    })
  })

  it('is judged with the first PDU that does it, and the finding names that', () => {
    const talk = new Talk().says('client', read).says('server', answer)
    expect(one(talk.frames, READS)).toMatchObject({ verdict: 'sanctioned', channel: 'reads' })
    talk.says('client', write).says('server', written).says('client', read).says('server', answer)
    const run = runShard(talk.frames, { policy: READS })
    expect(run.finals).toMatchObject([{ verdict: 'unsanctioned', reason: 'action', verdict_changes: 1 }])
    expect(run.facts.at(-1)).toMatchObject({
      nearest: { conduit: 'C-1', channel: 'reads', failed: ['action'] },
      offences: [
        {
          actions: ['write'],
          text: 'wrote holding registers 40010-40011 of unit 1 with function 16 (write multiple registers)',
          count: 1,
          frame: 6,
        },
      ],
    })
  })

  it('is news at once in a live run', () => {
    const talk = new Talk().says('client', read).says('server', answer)
    const run = new LiveRun({ policy: READS }).feed(talk.scene).news()
    expect(run.told()).toMatchObject([{ verdict: 'sanctioned' }])
    const more = new Scene().tcp(3, HMI, PLC, 'PA', { seq: ISN + 1 + read.length, ack: 5012, bytes: write })
    expect(run.feed(more).news().told()).toMatchObject([
      { verdict: 'unsanctioned', actions: { 'modbus:read': 1, 'modbus:write': 1 } },
    ])
  })

  it('shows by answers alone, where a mirror sees only one direction', () => {
    const talk = new Talk(PLC, false).says('server', answer).says('server', written)
    expect(one(talk.frames, READS)).toMatchObject({
      verdict: 'unsanctioned',
      reason: 'action',
      direction: 'request',
    })
  })

  it('tells who opened it, whatever the ports say', () => {
    const talk = new Talk('10.0.1.11:5020', false).says('server', answer).says('client', read)
    expect(one(talk.frames, READS)).toMatchObject({
      orig_addr: '10.0.2.10',
      direction: 'request',
      service: 'modbus',
      verdict: 'sanctioned',
    })
  })
})

describe('what is not what its port stands for', () => {
  it.each([
    ['SSH', 'SSH-2.0-OpenSSH_9.6\r\n', 'ssh'],
    ['text', 'whoami; uname -a\n', undefined],
    ['a request over HTTP', 'GET / HTTP/1.1\r\nHost: plc\r\n\r\n', 'http'],
  ])('%s', (_, text, service) => {
    const talk = new Talk().says('client', Uint8Array.from(Buffer.from(text)))
    const record = one(talk.frames, READS)
    expect([record.verdict, record.reason, record.service]).toEqual(['unsanctioned', 'service', service])
    expect(runShard(talk.frames, { policy: READS }).facts.at(-1)).toMatchObject({
      mismatch: { declared: 'modbus', found: service ?? '' },
    })
  })

  it('is nothing of the kind when the capture has cut it', () => {
    const talk = new Talk().says('client', read, { kept: 0 }).says('server', answer, { kept: 0 })
    expect(one(talk.frames, READS)).toMatchObject({
      verdict: 'undetermined',
      reason: 'truncated',
      service: 'modbus',
    })
  })

  it('is not claimed of half a PDU, nor of nothing', () => {
    // it may have done something all the same, and the rest was not seen
    expect(one(new Talk().says('client', read.subarray(0, 3)).frames, READS)).toMatchObject({
      verdict: 'undetermined',
      reason: 'gap',
      service: 'modbus',
    })
    expect(one(new Talk().frames, READS)).toMatchObject({ verdict: 'sanctioned', reason: 'no-action-seen' })
  })
})

describe('a write', () => {
  const cutAt = (bytes: Uint8Array, places: readonly number[]): Uint8Array[] => {
    const sorted = [...new Set([0, ...places, bytes.length])].sort((a, b) => a - b)
    return sorted.slice(0, -1).map((from, i) => bytes.subarray(from, sorted[i + 1]))
  }

  it('is found however it is cut, first or later, on any port of its channel', () => {
    const places = fc.array(fc.integer({ min: 1, max: write.length - 1 }), { maxLength: 5 })
    fc.assert(
      fc.property(places, fc.boolean(), (cuts, isFirst) => {
        const talk = new Talk()
        if (!isFirst) talk.says('client', read).says('server', answer)
        for (const piece of cutAt(write, cuts)) talk.says('client', piece)
        expect(one(talk.frames, READS)).toMatchObject({ verdict: 'unsanctioned', reason: 'action' })
      }),
      { numRuns: 60 },
    )
  })

  it('cut on a port nobody knows is not taken for a read', () => {
    const fifty = plant('tcp/5020')
    const talk = new Talk('10.0.1.11:5020')
    for (const piece of cutAt(write, [3, 7])) talk.says('client', piece)
    talk.says('client', read)
    expect(one(talk.frames, fifty).verdict).not.toBe('sanctioned')
  })
})

describe('both ways', () => {
  it('say the same of payloads, in any number of shards', () => {
    const pieces = [
      read,
      write,
      answer,
      written,
      refused,
      read.subarray(0, 5),
      hex('dead beef'),
      joined(read, write),
    ]
    const step = fc.record({
      client: fc.integer({ min: 0, max: 5 }),
      from: fc.constantFrom('client', 'server'),
      piece: fc.nat({ max: pieces.length - 1 }),
      jump: fc.constantFrom(0, 0, 0, 0, 12, -12, 40),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), steps => {
        const scene = new Scene()
        const next = new Map<string, number>()
        for (const [i, { client, from, piece, jump }] of steps.entries()) {
          const ends = [
            `10.0.2.${10 + client}:50000`,
            `10.0.1.${11 + (client % 3)}:${client % 2 === 0 ? 502 : 5020}`,
          ]
          const [a, b] = from === 'client' ? ends : ends.toReversed()
          const seq = (next.get(a + b) ?? 1000) + jump
          const bytes = pieces[piece]
          scene.tcp(i / 10, a, b, 'PA', { seq, ack: next.get(b + a) ?? 1000, bytes })
          next.set(a + b, Math.max(next.get(a + b) ?? 1000, seq + bytes.length))
        }
        const wanted = runShard(scene.frames, { policy: READS }).records
        expect(runShard(scene.frames, { policy: READS, generalOnly: true }).records).toEqual(wanted)
        expect(runShard(scene.frames, { policy: READS, shards: 3 }).records).toEqual(wanted)
      }),
      { numRuns: 80 },
    )
  })
})
