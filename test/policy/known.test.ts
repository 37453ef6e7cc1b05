import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../../src/policy/compile.ts'
import type { FlowSketch, PolicySketch } from '../support/policy-models.ts'
import { makeModel, makeQuestion } from '../support/policy-models.ts'
import { Dice, randomFlow, randomPolicy } from '../support/random-policies.ts'

/** A policy in which zones and ports decide, but for a channel now and then. */
function plainer(sketch: PolicySketch, dice: Dice): PolicySketch {
  const plain = <T extends { orig?: string[]; resp?: string[]; vlans?: number[] }>(channel: T): T => {
    if (dice.once(12)) return channel
    const { orig, resp, vlans, ...rest } = channel
    return rest as T
  }
  return {
    ...sketch,
    conduits: (sketch.conduits ?? []).map(conduit => ({ ...conduit, channels: conduit.channels.map(plain) })),
    exceptions: (sketch.exceptions ?? []).map(plain),
  }
}

/** What the shard asks, mostly: nothing of the payload is known. */
function asked(flow: FlowSketch, dice: Dice): FlowSketch {
  const { actions, application, payload, opaque, ...rest } = flow
  return dice.once(20) ? flow : rest
}

/** Counts questions that neither the place of their ends nor a look at the rules has answered. */
function watched(policy: ReturnType<typeof compilePolicy>): () => number {
  const { judging } = policy
  const place = judging.place.bind(judging)
  const decide = judging.decidePlaced.bind(judging)
  let known = 0
  judging.place = (q, d) => {
    const isSettled = place(q, d)
    if (!isSettled) known++
    return isSettled
  }
  judging.decidePlaced = (q, d) => {
    known--
    decide(q, d)
  }
  return () => known
}

describe('answers that are known', () => {
  it('are those that the rules give, also once other schedules and exceptions are in force', () => {
    const dice = new Dice(4711)
    const verdicts = new Map<string, number>()
    let known = 0
    for (let p = 0; p < 60; p++) {
      const model = makeModel(plainer(randomPolicy(dice), dice))
      const policy = compilePolicy(model)
      const count = watched(policy)
      // few conversations, again and again, from one port and another
      const flows = Array.from({ length: 12 }, () => asked(randomFlow(dice), dice))
      let { at } = flows[0]
      for (let f = 0; f < 150; f++) {
        if (dice.once(15)) at = dice.pick(flows).at
        const q = makeQuestion({ ...dice.pick(flows), ...(at === undefined ? {} : { at }) })
        if (q.origPort !== 0) q.origPort = (q.origPort + dice.roll(3)) & 0xffff
        if (dice.once(4)) q.respPort = (q.respPort + 1) & 0xffff
        const before = count()
        const judgement = policy.judgement(policy.judge(q))
        const fresh = compilePolicy(model)
        expect(judgement).toEqual(fresh.judgement(fresh.judge(q)))
        if (count() > before) verdicts.set(judgement.verdict, (verdicts.get(judgement.verdict) ?? 0) + 1)
      }
      known += count()
    }
    expect(known).toBeGreaterThan(300)
    for (const verdict of ['exception', 'intra-zone', 'sanctioned', 'undetermined', 'unsanctioned'])
      expect(verdicts.get(verdict), verdict).toBeGreaterThan(0)
  })

  it('are not taken where a rule names ends or VLANs, or for what is no plain conversation', () => {
    const model = makeModel({
      zones: [
        { id: 'a', networks: ['10.0.1.0/24'] },
        { id: 'b', networks: ['10.0.2.0/24'] },
        { id: 'c', networks: ['10.0.3.0/24'] },
      ],
      conduits: [
        { id: 'C-1', from: 'a', to: 'b', channels: [{ what: 'modbus' }] },
        { id: 'C-2', from: 'a', to: 'c', channels: [{ what: 'modbus', resp: ['10.0.3.7'] }] },
        { id: 'C-3', from: 'b', to: 'c', channels: [{ what: 'modbus', vlans: [7] }] },
      ],
    })
    const policy = compilePolicy(model)
    const count = watched(policy)
    const twice = (flow: FlowSketch): number => {
      const before = count()
      for (let i = 0; i < 2; i++) policy.judge(makeQuestion(flow))
      return count() - before
    }
    expect(twice({ from: '10.0.1.1:40000', to: '10.0.2.1:502' })).toBe(1)
    // no rule tells these ports apart, nor those addresses
    expect(twice({ from: '10.0.1.9:40001', to: '10.0.2.2:502' })).toBe(2)
    expect(twice({ from: '10.0.1.9:40001', to: '10.0.2.2:503' })).toBe(1)
    expect(twice({ from: '10.0.1.9:40001', to: '10.0.2.2:502', direction: 'port' })).toBe(1)
    expect(twice({ from: '10.0.1.9:40001', to: '10.0.2.2:502', actions: ['read'] })).toBe(0)
    expect(twice({ from: '10.0.1.9', to: '10.0.2.2', proto: 'icmp', type: 8 })).toBe(0)
    expect(twice({ from: '10.0.1.9:40001', to: '10.0.3.7:502' })).toBe(0)
    expect(twice({ from: '10.0.2.9:40001', to: '10.0.3.7:502' })).toBe(0)
  })

  it('are apart where only source ports or announced ports tell ports apart', () => {
    const model = makeModel({
      zones: [
        { id: 'a', networks: ['10.0.1.0/24'] },
        { id: 'b', networks: ['10.0.2.0/24'] },
      ],
      conduits: [
        {
          id: 'C-1',
          from: 'a',
          to: 'b',
          channels: [{ id: 'bound', what: 'tcp/502', src: '3000-3010' }, { what: 'opc' }],
        },
      ],
    })
    const policy = compilePolicy(model)
    const verdict = (from: number, to: number): string => {
      const q = makeQuestion({ from: `10.0.1.1:${from}`, to: `10.0.2.1:${to}` })
      const { verdict, reason } = policy.judgement(policy.judge(q))
      return reason === undefined ? verdict : `${verdict}: ${reason}`
    }
    const ports = [2999, 3000, 3010, 3011]
    for (let i = 0; i < 2; i++) {
      expect(ports.map(port => verdict(port, 502))).toEqual([
        'unsanctioned: service',
        'sanctioned',
        'sanctioned',
        'unsanctioned: service',
      ])
      expect([49_151, 49_152].map(port => verdict(2000, port))).toEqual([
        'unsanctioned: service',
        'undetermined: parent-not-seen',
      ])
    }
  })

  it('make room where there are too many of them', () => {
    const zones = Array.from({ length: 256 }, (_, i) => ({ id: `z${i}`, networks: [`10.0.${i}.0/24`] }))
    const policy = compilePolicy(makeModel({ zones }))
    const count = watched(policy)
    const ask = (pairs: number, proto: 'tcp' | 'udp' = 'tcp'): number => {
      const before = count()
      for (let i = 0; i < pairs; i++)
        policy.judge(makeQuestion({ from: `10.0.${i >> 8}.1:1`, to: `10.0.${i & 255}.1:1`, proto }))
      return count() - before
    }
    expect(ask(65_536)).toBe(0)
    expect(ask(500)).toBe(500)
    expect(ask(1, 'udp')).toBe(0)
    expect(ask(500)).toBe(0)
    expect(ask(500)).toBe(500)
  })
})
