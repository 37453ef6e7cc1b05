import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../../src/policy/compile.ts'
import type { Judgement } from '../../src/policy/question.ts'
import { type FlowSketch, makeModel, makeQuestion, type PolicySketch } from '../support/policy-models.ts'

const PLANT: PolicySketch = {
  zones: [
    { id: 'hmi', networks: ['10.0.2.0/24', 'fd00:2::/64'], vlans: [120] },
    { id: 'plc', networks: ['10.0.1.0/24', 'fd00:1::/64'], vlans: [110] },
    { id: 'dmz', networks: ['10.0.35.0/24'], vlans: [35] },
  ],
  assets: [{ id: 'hmi-1', zone: 'hmi', addresses: ['10.0.2.10'] }],
}

/** The judgement with names for what it cites, shortened to what a test compares. */
function ask(sketch: PolicySketch, flow: FlowSketch) {
  const model = makeModel(sketch)
  const policy = compilePolicy(model)
  return name(policy.judgement(policy.judge(makeQuestion(flow))), model)
}

function name(j: Judgement, model: ReturnType<typeof makeModel>) {
  const channel = (conduit: number, index: number) =>
    conduit < 0 ? undefined : `${model.conduits[conduit].id}/${model.conduits[conduit].channels[index].id}`
  const all = {
    verdict: j.verdict,
    reason: j.reason,
    zones: `${model.zones[j.origZone]?.id ?? '-'} ${model.zones[j.respZone]?.id ?? '-'}`,
    inferred: j.inferred || undefined,
    by: channel(j.conduit, j.channel),
    exception: model.exceptions[j.exception]?.id,
    nearest: channel(j.nearestConduit, j.nearestChannel) ?? model.exceptions[j.nearestException]?.id,
    failed: j.failed.length > 0 ? j.failed : undefined,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

function withConduits(...channels: NonNullable<PolicySketch['conduits']>[number]['channels']): PolicySketch {
  return { ...PLANT, conduits: [{ id: 'C-1', from: 'hmi', to: 'plc', channels }] }
}

const HMI = '10.0.2.10:50000'
const PLC = '10.0.1.11:502'

describe('what covers a flow', () => {
  const modbus = withConduits({ what: 'modbus' })

  it('is sanctioned by the channel from zone to zone with its port', () => {
    expect(ask(modbus, { from: HMI, to: PLC })).toEqual({
      verdict: 'sanctioned',
      zones: 'hmi plc',
      by: 'C-1/modbus',
    })
  })

  it('is not covered at another port: service failed', () => {
    expect(ask(modbus, { from: HMI, to: '10.0.1.11:22' })).toEqual({
      verdict: 'unsanctioned',
      reason: 'service',
      zones: 'hmi plc',
      nearest: 'C-1/modbus',
      failed: ['service'],
    })
  })

  it('has no conduit where none joins the zones', () => {
    expect(ask(modbus, { from: '10.0.35.5:50000', to: PLC })).toEqual({
      verdict: 'unsanctioned',
      reason: 'no-conduit',
      zones: 'dmz plc',
      failed: ['no-conduit'],
    })
  })

  it('is intra-zone within a zone, and unzoned when an end is in none', () => {
    expect(ask(modbus, { from: HMI, to: '10.0.2.11:22' })).toEqual({
      verdict: 'intra-zone',
      zones: 'hmi hmi',
    })
    expect(ask(modbus, { from: HMI, to: '8.8.8.8:53' })).toEqual({ verdict: 'unzoned', zones: 'hmi -' })
  })

  it('works for IPv6 as for IPv4', () => {
    expect(ask(modbus, { from: '[fd00:2::5]:40000', to: '[fd00:1::5]:502' })).toMatchObject({
      by: 'C-1/modbus',
    })
    expect(ask(modbus, { from: '[fd00:2::5]:40000', to: '[fd00:1::5]:503' })).toMatchObject({
      failed: ['service'],
    })
  })

  it('lets a recognised application decide over the port of a service, not over a port written as such', () => {
    expect(ask(modbus, { from: HMI, to: PLC, application: 'ssh' })).toMatchObject({ failed: ['service'] })
    expect(ask(modbus, { from: HMI, to: '10.0.1.11:5020', application: 'modbus' })).toMatchObject({
      by: 'C-1/modbus',
    })
    const port = withConduits({ what: 'tcp/502' })
    expect(ask(port, { from: HMI, to: PLC, application: 'ssh' })).toMatchObject({ verdict: 'sanctioned' })
    const own = withConduits({ what: 'historian' })
    expect(ask(own, { from: HMI, to: '10.0.1.11:5450', application: 'ssh' })).toMatchObject({
      verdict: 'sanctioned',
    })
  })

  it('holds source ports, ends and VLANs against the channel', () => {
    const narrow = withConduits({
      what: 'tcp/502',
      src: '1024-2000',
      orig: ['hmi-1'],
      resp: ['10.0.1.8/29'],
      vlans: [110],
    })
    const flow = { from: '10.0.2.10:1500', to: PLC, vlans: [110] }
    expect(ask(narrow, flow)).toMatchObject({ verdict: 'sanctioned' })
    expect(ask(narrow, { ...flow, from: HMI })).toMatchObject({ failed: ['service'] })
    expect(ask(narrow, { ...flow, from: '10.0.2.11:1500' })).toMatchObject({ failed: ['endpoint'] })
    expect(ask(narrow, { ...flow, to: '10.0.1.20:502' })).toMatchObject({ failed: ['endpoint'] })
    expect(ask(narrow, { ...flow, vlans: [120] })).toMatchObject({ failed: ['endpoint'] })
    expect(ask(narrow, { ...flow, vlans: [] })).toMatchObject({ failed: ['endpoint'] })
  })

  it('matches IP protocols, ethertypes and ICMP', () => {
    expect(
      ask(withConduits({ what: 'ip/47' }), {
        from: '10.0.2.1',
        to: '10.0.1.1',
        proto: 47,
        direction: 'first',
      }),
    ).toMatchObject({
      verdict: 'undetermined',
      reason: 'direction',
    })
    expect(
      ask(withConduits({ what: 'ip/47', initiator: 'either' }), {
        from: '10.0.2.1',
        to: '10.0.1.1',
        proto: 47,
        direction: 'first',
      }),
    ).toMatchObject({ verdict: 'sanctioned' })
    expect(ask(withConduits({ what: '0x0800' }), { from: HMI, to: PLC })).toMatchObject({
      verdict: 'sanctioned',
    })
    const ping = withConduits({ what: 'icmp/echo' })
    const echo: FlowSketch = { from: '10.0.2.1', to: '10.0.1.1', proto: 'icmp', type: 8, direction: 'first' }
    expect(ask(ping, echo)).toMatchObject({ verdict: 'sanctioned' })
    expect(ask(ping, { ...echo, type: 3 })).toMatchObject({ failed: ['service'] })
    expect(ask(withConduits({ what: 'icmp' }), { ...echo, type: 3 })).toMatchObject({ verdict: 'sanctioned' })
    expect(ask(ping, { from: 'fd00:2::1', to: 'fd00:1::1', proto: 'icmp6', type: 128 })).toMatchObject({
      verdict: 'sanctioned',
    })
  })

  it('takes an echo reply as the answer to a request of the other end', () => {
    const ping = withConduits({ what: 'icmp/echo' })
    const reply: FlowSketch = { from: '10.0.1.1', to: '10.0.2.1', proto: 'icmp', type: 0, direction: 'first' }
    expect(ask(ping, reply)).toMatchObject({ verdict: 'sanctioned', zones: 'plc hmi' })
    expect(ask(ping, { ...reply, from: '10.0.2.1', to: '10.0.1.1' })).toMatchObject({ failed: ['direction'] })
  })

  it('cites the most specific channel, whatever the order', () => {
    const channels = [
      { id: 'wide', what: 'tcp/1-65535' },
      { id: 'port', what: 'tcp/502' },
      { id: 'host', what: 'tcp/1-65535', orig: ['hmi-1'] },
      { id: 'net', what: 'tcp/502', orig: ['10.0.2.0/24'] },
    ]
    const cited = (list: typeof channels, from: string) => ask(withConduits(...list), { from, to: PLC }).by
    for (const list of [channels, channels.toReversed()]) {
      expect(cited(list, HMI)).toBe('C-1/host')
      expect(cited(list, '10.0.2.77:5000')).toBe('C-1/net')
      expect(
        cited(
          list.filter(({ id }) => id !== 'net'),
          '10.0.2.77:5000',
        ),
      ).toBe('C-1/port')
    }
    const twice: PolicySketch = {
      ...PLANT,
      conduits: [
        {
          id: 'C-2',
          from: 'hmi',
          to: 'plc',
          channels: [
            { id: 'b', what: 'tcp/502' },
            { id: 'a', what: 'tcp/502' },
          ],
        },
        { id: 'C-3', from: 'any', to: 'plc', channels: [{ id: 'z', what: 'tcp/502', orig: ['hmi-1'] }] },
      ],
    }
    expect(ask(twice, { from: HMI, to: PLC }).by).toBe('C-2/a')
  })

  it('lets conduits join lists of zones and any', () => {
    const lists: PolicySketch = {
      ...PLANT,
      conduits: [
        { id: 'L', from: ['hmi', 'dmz'], to: ['plc'], channels: [{ what: 'tcp/502' }] },
        { id: 'A', from: 'any', to: 'any', channels: [{ what: 'udp/123' }] },
      ],
    }
    expect(ask(lists, { from: '10.0.35.1:5000', to: PLC })).toMatchObject({ by: 'L/tcp/502' })
    expect(ask(lists, { from: '10.0.1.1:123', to: '10.0.35.1:123', proto: 'udp' })).toMatchObject({
      by: 'A/udp/123',
    })
    expect(ask(lists, { from: HMI, to: '10.0.2.11:22' })).toEqual({ verdict: 'intra-zone', zones: 'hmi hmi' })
  })

  it('makes a zone default-deny inside by a conduit from it to itself', () => {
    const inside: PolicySketch = {
      ...PLANT,
      conduits: [{ id: 'I', from: 'plc', to: 'plc', channels: [{ what: 'tcp/102' }] }],
    }
    expect(ask(inside, { from: '10.0.1.5:5000', to: '10.0.1.6:102' })).toMatchObject({
      verdict: 'sanctioned',
    })
    expect(ask(inside, { from: '10.0.1.5:5000', to: PLC })).toMatchObject({ failed: ['service'] })
    expect(ask(inside, { from: HMI, to: '10.0.2.11:22' })).toMatchObject({ verdict: 'intra-zone' })
  })

  it('does not cover a zone nested in the prefix of another', () => {
    const nested = withConduits({ what: 'modbus' })
    nested.zones = [...nested.zones, { id: 'cell', networks: ['10.0.1.64/26'] }]
    expect(ask(nested, { from: HMI, to: '10.0.1.70:502' })).toMatchObject({
      reason: 'no-conduit',
      zones: 'hmi cell',
    })
  })
})

describe('direction', () => {
  const one = withConduits({ what: 'tcp/502' })
  const both = withConduits({ what: 'tcp/502' }, { what: 'tcp/50000', initiator: 'to' })

  it('is firm when the opening or a request was seen', () => {
    for (const direction of ['handshake', 'request'] as const) {
      expect(ask(one, { from: HMI, to: PLC, direction })).toEqual({
        verdict: 'sanctioned',
        zones: 'hmi plc',
        by: 'C-1/tcp/502',
      })
      expect(ask(one, { from: PLC, to: HMI, direction })).toMatchObject({
        verdict: 'unsanctioned',
        reason: 'direction',
        nearest: 'C-1/tcp/502',
        failed: ['direction'],
      })
    }
  })

  it('fails direction alone when the wrong end opens the declared service', () => {
    expect(ask(one, { from: '10.0.1.11:50000', to: '10.0.2.10:502' })).toMatchObject({
      failed: ['direction'],
    })
  })

  it('is inferred from ports, either way', () => {
    expect(ask(one, { from: HMI, to: PLC, direction: 'port' })).toMatchObject({
      verdict: 'sanctioned',
      inferred: true,
    })
    expect(ask(one, { from: PLC, to: HMI, direction: 'port' })).toMatchObject({
      verdict: 'unsanctioned',
      inferred: true,
      failed: ['direction'],
    })
  })

  it('is undetermined when only one way is covered and nothing tells who opened', () => {
    const expected = { verdict: 'undetermined', reason: 'direction', by: 'C-1/tcp/502' }
    expect(ask(one, { from: HMI, to: PLC, direction: 'first' })).toMatchObject(expected)
    expect(ask(one, { from: PLC, to: HMI, direction: 'first' })).toMatchObject(expected)
  })

  it('does not matter when covered whichever end opened, nor when covered neither way', () => {
    for (const direction of ['port', 'first'] as const) {
      const covered = ask(both, { from: HMI, to: PLC, direction })
      expect(covered).toEqual({ verdict: 'sanctioned', zones: 'hmi plc', by: 'C-1/tcp/502' })
      expect(ask(one, { from: HMI, to: '10.0.1.11:22', direction })).toEqual({
        verdict: 'unsanctioned',
        reason: 'service',
        zones: 'hmi plc',
        nearest: 'C-1/tcp/502',
        failed: ['service'],
      })
    }
  })

  it('is read from the initiator of the channel', () => {
    const to = withConduits({ what: 'tcp/502', initiator: 'to' })
    expect(ask(to, { from: '10.0.1.11:50000', to: '10.0.2.10:502' })).toMatchObject({ verdict: 'sanctioned' })
    expect(ask(to, { from: HMI, to: PLC })).toMatchObject({ failed: ['direction'] })
  })

  it('turns the ends of a channel round when its other side opens it', () => {
    const either = withConduits({
      what: 'tcp/502',
      initiator: 'either',
      orig: ['hmi-1'],
      resp: ['10.0.1.11'],
    })
    expect(ask(either, { from: HMI, to: PLC })).toMatchObject({ verdict: 'sanctioned' })
    expect(ask(either, { from: '10.0.1.11:5000', to: '10.0.2.10:502' })).toMatchObject({
      verdict: 'sanctioned',
    })
    expect(ask(either, { from: '10.0.1.12:5000', to: '10.0.2.10:502' })).toMatchObject({
      failed: ['endpoint'],
    })
  })
})

describe('actions', () => {
  const reads = withConduits({ id: 'reads', what: 'modbus', actions: ['read'] })

  it('are each to be covered', () => {
    expect(ask(reads, { from: HMI, to: PLC, actions: ['read'] })).toMatchObject({ verdict: 'sanctioned' })
    expect(ask(reads, { from: HMI, to: PLC, actions: ['read', 'write'] })).toMatchObject({
      verdict: 'unsanctioned',
      reason: 'action',
      nearest: 'C-1/reads',
      failed: ['action'],
    })
    const two = withConduits(
      { id: 'reads', what: 'modbus', actions: ['read'] },
      { id: 'writes', what: 'modbus', actions: ['write'] },
    )
    expect(ask(two, { from: HMI, to: PLC, actions: ['read', 'write'] })).toMatchObject({ by: 'C-1/writes' })
    expect(ask(withConduits({ what: 'modbus' }), { from: HMI, to: PLC, actions: ['unknown'] })).toMatchObject(
      {
        verdict: 'sanctioned',
      },
    )
    expect(ask(reads, { from: HMI, to: PLC, actions: ['unknown'] })).toMatchObject({ failed: ['action'] })
  })

  it('may be covered in part by an exception', () => {
    const part = {
      ...reads,
      exceptions: [{ id: 'EX', from: 'hmi', to: 'plc', what: 'modbus', actions: ['write' as const] }],
    }
    expect(ask(part, { from: HMI, to: PLC, actions: ['read', 'write'] })).toMatchObject({
      verdict: 'exception',
      exception: 'EX',
      by: 'C-1/reads',
    })
    expect(ask(part, { from: HMI, to: PLC, actions: ['write'] })).toEqual({
      verdict: 'exception',
      zones: 'hmi plc',
      exception: 'EX',
    })
  })

  it('leave it undetermined where nothing reads the payload, and sanctioned until one is seen where something does', () => {
    expect(ask(reads, { from: HMI, to: PLC })).toMatchObject({
      verdict: 'undetermined',
      reason: 'action-not-parsed',
      by: 'C-1/reads',
    })
    for (const payload of ['none-yet', 'parsed'] as const)
      expect(ask(reads, { from: HMI, to: PLC, payload })).toMatchObject({
        verdict: 'sanctioned',
        reason: 'no-action-seen',
      })
  })

  it('do not matter where some channel covers every action', () => {
    const all = withConduits(
      { id: 'reads', what: 'modbus', actions: ['read'] },
      { id: 'all', what: 'tcp/502' },
    )
    expect(ask(all, { from: HMI, to: PLC })).toMatchObject({ verdict: 'sanctioned', by: 'C-1/all' })
    expect(ask(all, { from: HMI, to: PLC, opaque: true })).toMatchObject({
      verdict: 'sanctioned',
      by: 'C-1/all',
    })
  })

  it('are for the channel to accept or not in a payload that cannot be read', () => {
    expect(ask(reads, { from: HMI, to: PLC, opaque: true })).toMatchObject({
      verdict: 'undetermined',
      reason: 'opaque',
    })
    const accept = withConduits({ id: 'reads', what: 'modbus', actions: ['read'], opaque: 'accept' })
    expect(ask(accept, { from: HMI, to: PLC, payload: 'opaque' })).toMatchObject({
      verdict: 'sanctioned',
      reason: 'opaque',
    })
    expect(ask(reads, { from: HMI, to: PLC, opaque: true, actions: ['write'] })).toMatchObject({
      failed: ['action'],
    })
    expect(ask(reads, { from: HMI, to: PLC, opaque: true, actions: ['read'] })).toMatchObject({
      reason: 'opaque',
    })
  })

  it('stay open where units narrow them', () => {
    const unit = withConduits({ id: 'unit', what: 'modbus', units: [1] })
    expect(ask(unit, { from: HMI, to: PLC, actions: ['read'] })).toMatchObject({
      reason: 'action-not-parsed',
    })
    expect(ask(unit, { from: HMI, to: PLC, payload: 'none-yet' })).toMatchObject({ reason: 'no-action-seen' })
  })
})

describe('schedules and exceptions', () => {
  it('count by the clock of the site, across midnight and the change of clocks', () => {
    const night = withConduits({ what: 'tcp/502', days: [6], hours: [22 * 60, 6 * 60] })
    night.timezone = 'Europe/Berlin'
    const at = (time: string) => ask(night, { from: HMI, to: PLC, at: time })
    // 2026-10-24 is a Saturday; the clocks go back on Sunday at 03:00 local time (01:00 UTC)
    expect(at('2026-10-24T19:59:59Z')).toMatchObject({ reason: 'schedule', failed: ['schedule'] })
    expect(at('2026-10-24T20:00:00Z')).toMatchObject({ verdict: 'sanctioned' })
    expect(at('2026-10-25T04:59:59Z')).toMatchObject({ verdict: 'sanctioned' })
    expect(at('2026-10-25T05:00:00Z')).toMatchObject({ failed: ['schedule'] })
    expect(at('2026-10-25T21:00:00Z')).toMatchObject({ failed: ['schedule'] })
  })

  const dated: PolicySketch = {
    ...PLANT,
    exceptions: [
      {
        id: 'EX',
        from: 'hmi',
        to: 'plc',
        what: 'tcp/502',
        starts: '2026-10-01T00:00:00Z',
        expires: '2026-11-01T00:00:00Z',
      },
    ],
  }

  it('cover within their dates', () => {
    const at = (time: string) => ask(dated, { from: HMI, to: PLC, at: time })
    expect(at('2026-10-01T00:00:00Z')).toEqual({ verdict: 'exception', zones: 'hmi plc', exception: 'EX' })
    expect(at('2026-10-31T23:59:59Z')).toMatchObject({ verdict: 'exception' })
    for (const time of ['2026-09-30T23:59:59Z', '2026-11-01T00:00:00Z'])
      expect(at(time)).toMatchObject({
        verdict: 'unsanctioned',
        reason: 'expired',
        nearest: 'EX',
        failed: ['expired'],
      })
  })

  it('leave it to a conduit where one covers', () => {
    const both = { ...dated, conduits: withConduits({ what: 'tcp/1-65535' }).conduits! }
    expect(ask(both, { from: HMI, to: PLC, at: '2026-10-10T00:00:00Z' })).toMatchObject({
      verdict: 'sanctioned',
    })
  })

  it('number the set in force, and tell how long it holds', () => {
    const policy = compilePolicy(
      makeModel({
        ...dated,
        ...withConduits({ what: 'tcp/502', hours: [360, 840] }),
        timezone: 'Europe/Berlin',
      }),
    )
    const at = (time: string) => Date.parse(time) / 1000
    const before = policy.epochOf(at('2026-10-31T23:30:00Z'))
    expect([policy.epochFrom, policy.epochUntil]).toEqual([
      at('2026-10-31T23:00:00Z'),
      at('2026-11-01T00:00:00Z'),
    ])
    const after = policy.epochOf(at('2026-11-01T00:00:00Z'))
    expect(after).not.toBe(before)
    expect(policy.epochUntil).toBe(at('2026-11-01T05:00:00Z'))
    expect(policy.epochOf(at('2026-11-01T05:00:00Z'))).not.toBe(after)
    expect(policy.epochOf(at('2026-11-01T13:00:00Z'))).toBe(after)
    const idle = compilePolicy(makeModel(PLANT))
    expect(idle.epochOf(5)).toBe(0)
    expect([idle.epochFrom, idle.epochUntil]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])
  })

  it('keep the epoch true to the set at every minute of the days the clocks change', () => {
    const model = makeModel({
      ...withConduits({ what: 'tcp/502', hours: [90, 200] }, { what: 'tcp/503', days: [0] }),
      timezone: 'Europe/Berlin',
    })
    const policy = compilePolicy(model)
    const fresh = compilePolicy(model)
    for (const day of ['2026-03-29T00:00:00Z', '2026-10-25T00:00:00Z'])
      for (let minute = -120; minute < 30 * 60; minute += 5) {
        const at = Date.parse(day) / 1000 + minute * 60
        const epoch = policy.epochOf(at)
        const asked = (port: number) => {
          const q = makeQuestion({ from: HMI, to: `10.0.1.11:${port}` })
          q.seconds = at
          return fresh.judgement(fresh.judge(q)).verdict
        }
        const local = new Intl.DateTimeFormat('en-GB', {
          timeZone: 'Europe/Berlin',
          hour: '2-digit',
          minute: '2-digit',
          weekday: 'short',
        })
        const parts = Object.fromEntries(
          local.formatToParts(at * 1000).map(({ type, value }) => [type, value]),
        )
        const minutes = Number(parts.hour) * 60 + Number(parts.minute)
        expect(asked(502)).toBe(minutes >= 90 && minutes < 200 ? 'sanctioned' : 'unsanctioned')
        expect(asked(503)).toBe(parts.weekday === 'Sun' ? 'sanctioned' : 'unsanctioned')
        expect(at >= policy.epochFrom && at < policy.epochUntil).toBe(true)
        expect(policy.epochOf(policy.epochFrom)).toBe(epoch)
        policy.epochOf(at)
        expect(policy.epochOf(policy.epochUntil - 1)).toBe(epoch)
      }
  })
})

describe('nearest miss', () => {
  it('is the rule with the fewest failed dimensions, and names all that failed', () => {
    const sketch: PolicySketch = {
      ...withConduits(
        { id: 'far', what: 'tcp/44818', orig: ['10.0.2.99'] },
        { id: 'near', what: 'tcp/502', orig: ['10.0.2.99'], hours: [0, 60] },
        { id: 'next', what: 'tcp/502', actions: ['read'] },
      ),
      exceptions: [{ id: 'EX', from: 'plc', to: 'hmi', what: 'tcp/9', expires: '2020-01-01T00:00:00Z' }],
    }
    expect(ask(sketch, { from: HMI, to: PLC, actions: ['write'] })).toMatchObject({
      nearest: 'C-1/next',
      failed: ['action'],
    })
    expect(ask(sketch, { from: HMI, to: '10.0.1.11:9' })).toMatchObject({
      nearest: 'C-1/next',
      failed: ['service'],
    })
    const some = withConduits(
      { id: 'far', what: 'tcp/44818', orig: ['10.0.2.99'] },
      { id: 'near', what: 'tcp/502', orig: ['10.0.2.99'], hours: [0, 60] },
    )
    expect(ask(some, { from: HMI, to: PLC })).toMatchObject({
      nearest: 'C-1/near',
      reason: 'endpoint',
      failed: ['endpoint', 'schedule'],
    })
    expect(ask(some, { from: HMI, to: '10.0.1.11:9' })).toMatchObject({
      nearest: 'C-1/far',
      failed: ['service', 'endpoint'],
    })
    expect(ask(some, { from: PLC, to: HMI })).toMatchObject({
      nearest: 'C-1/near',
      failed: ['direction', 'endpoint', 'schedule'],
    })
  })
})

describe('related conversations', () => {
  const ftp = withConduits({ what: 'ftp' })
  const data: FlowSketch = { from: HMI, to: '10.0.1.11:60000' }

  function inherit(sketch: PolicySketch, child: FlowSketch, parent: FlowSketch) {
    const model = makeModel(sketch)
    const policy = compilePolicy(model)
    return name(
      policy.judgement(policy.judge(makeQuestion({ ...child, parent: policy.judge(makeQuestion(parent)) }))),
      model,
    )
  }
  const control: FlowSketch = { from: HMI, to: '10.0.1.11:21' }

  it('inherit what the conversation that announced them was judged, opened by either end', () => {
    const expected = { verdict: 'sanctioned', reason: 'related', by: 'C-1/ftp' }
    expect(inherit(ftp, data, control)).toMatchObject(expected)
    expect(inherit(ftp, { from: '10.0.1.11:20', to: '10.0.2.10:61000' }, control)).toMatchObject(expected)
    const excepted = { ...PLANT, exceptions: [{ id: 'EX', from: 'hmi', to: 'plc', what: 'ftp' }] }
    expect(inherit(excepted, data, control)).toMatchObject({
      verdict: 'exception',
      reason: 'related',
      exception: 'EX',
    })
  })

  it('do not where the channel says so, where the zones differ, or where they are covered themselves', () => {
    const off = withConduits({ what: 'ftp', related: false })
    expect(inherit(off, data, control)).toMatchObject({ verdict: 'unsanctioned' })
    expect(inherit(ftp, { from: HMI, to: '10.0.35.1:60000' }, control)).toMatchObject({
      reason: 'no-conduit',
    })
    expect(inherit(ftp, control, control)).toEqual({ verdict: 'sanctioned', zones: 'hmi plc', by: 'C-1/ftp' })
    expect(inherit(ftp, data, { from: HMI, to: '10.0.1.11:9' })).toMatchObject({ verdict: 'unsanctioned' })
  })

  it('are undetermined when the parent was not seen and the port is one of the announced ones', () => {
    expect(ask(ftp, data)).toMatchObject({
      verdict: 'undetermined',
      reason: 'parent-not-seen',
      by: 'C-1/ftp',
    })
    expect(ask(ftp, { from: HMI, to: '10.0.1.11:80' })).toMatchObject({ verdict: 'unsanctioned' })
    expect(ask(withConduits({ what: 'opc' }), { from: HMI, to: '10.0.1.11:40000' })).toMatchObject({
      verdict: 'unsanctioned',
    })
    expect(ask(withConduits({ what: 'ftp', related: false }), data)).toMatchObject({
      verdict: 'unsanctioned',
    })
    expect(ask(ftp, { ...data, proto: 'udp' })).toMatchObject({ verdict: 'unsanctioned' })
    expect(ask(ftp, { ...data, application: 'ssh' })).toMatchObject({ verdict: 'unsanctioned' })
  })
})

describe('tunnels', () => {
  it('are judged by their outer addresses and transport like anything else', () => {
    const vxlan = withConduits({ what: 'udp/4789' })
    const flow: FlowSketch = { from: '10.0.2.1:49152', to: '10.0.1.1:4789', proto: 'udp' }
    const model = makeModel(vxlan)
    const policy = compilePolicy(model)
    const q = makeQuestion(flow)
    q.tunnel = true
    expect(policy.judgement(policy.judge(q))).toMatchObject({ verdict: 'sanctioned' })
    expect(ask(vxlan, { from: '10.0.2.1', to: '10.0.1.1', proto: 41 })).toMatchObject({ failed: ['service'] })
  })
})

describe('judgements', () => {
  it('are interned: equal answers have one index and are one object', () => {
    const policy = compilePolicy(makeModel(withConduits({ what: 'tcp/502' })))
    const a = policy.judge(makeQuestion({ from: HMI, to: PLC }))
    const b = policy.judge(makeQuestion({ from: '10.0.2.99:1', to: '10.0.1.99:502' }))
    const c = policy.judge(makeQuestion({ from: HMI, to: '10.0.1.11:503' }))
    expect(b).toBe(a)
    expect(c).not.toBe(a)
    expect(policy.judgement(a)).toBe(policy.judgement(b))
  })

  it('stay apart and true when there are many', () => {
    const zones = Array.from({ length: 40 }, (_, i) => ({ id: `z${i}`, networks: [`10.${i}.0.0/16`] }))
    const policy = compilePolicy(makeModel({ zones }))
    const seen = new Set<number>()
    for (let round = 0; round < 2; round++)
      for (let a = 0; a < 40; a++)
        for (let b = 0; b < 40; b++) {
          const index = policy.judge(makeQuestion({ from: `10.${a}.0.1:1`, to: `10.${b}.0.1:2` }))
          seen.add(index)
          expect(policy.judgement(index)).toMatchObject({
            origZone: a,
            respZone: b,
            verdict: a === b ? 'intra-zone' : 'unsanctioned',
          })
        }
    expect(seen.size).toBe(1600)
  })
})
