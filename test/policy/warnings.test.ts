import { describe, expect, it } from 'vitest'
import { checkPolicy } from '../../src/policy/check.ts'
import { issuesOf, TWO_ZONES } from '../support/policy-texts.ts'

const AT = Date.parse('2026-10-10T00:00:00Z') / 1000

/** Warnings without their places. */
function warnings(text: string, at?: number): string[] {
  return issuesOf(text, 'warning', at).map(line => line.replace(/^\S+ /, ''))
}

const conduit = (rest: string) => `${TWO_ZONES}conduits:\n  - {id: C, ${rest}}\n`
const channel = (rest: string) => conduit(`from: hmi, to: plc, channels: [{id: x, ${rest}}]`)
const ssh = 'channels: [{id: x, service: ssh}]'

describe('warnings', () => {
  it('are none for a plain policy', () => {
    expect(issuesOf(channel('service: modbus'), 'warning')).toEqual([])
  })

  it('are told for conduits from and to any zone', () => {
    expect(warnings(conduit(`from: any, to: any, ${ssh}`))).toEqual([
      'conduit.any: the conduit "C" joins every zone with every other',
    ])
    expect(warnings(conduit(`from: hmi, to: any, ${ssh}`))).toEqual([
      'conduit.any: "to: any" of the conduit "C" also means zones that are added later',
    ])
  })

  const levels = (a: string, b: string) => `version: 1
zones:
  - {id: a, networks: [10.0.1.0/24], ${a}}
  - {id: b, networks: [10.0.2.0/24], ${b}}
conduits:
  - {id: C, from: a, to: b, ${ssh}}
`

  it.each([
    ['level: 4', 'level: 2', 'conduit.dmz'],
    ['level: 1', 'level: 5', 'conduit.dmz'],
    ['kind: external', 'level: 3', 'conduit.dmz'],
    ['level: 3', 'level: 1', 'conduit.levels'],
    ['level: 3.5', 'level: 2', 'conduit.levels'],
    ['level: 4', 'level: 3.5', undefined],
    ['level: 3', 'level: 2', undefined],
    ['kind: external', 'level: 3.5, kind: dmz', undefined],
    ['level: 5', 'name: no level', undefined],
  ])('tell of a conduit between %s and %s: %s', (a, b, code) => {
    expect(warnings(levels(a, b)).map(line => line.split(':')[0])).toEqual(code === undefined ? [] : [code])
  })

  it('name both levels that a conduit skips between', () => {
    expect(warnings(levels('level: 4', 'level: 1'))).toEqual([
      'conduit.dmz: the conduit "C" joins "a" (level 4) and "b" (level 1) past the DMZ',
    ])
  })

  it('are told where both ends may open, once for a pair', () => {
    const told = 'conduit.both-ways: "hmi" and "plc" may each open conversations to the other'
    expect(warnings(channel('service: ssh, initiator: either'))).toEqual([told])
    const two = `${channel('service: ssh')}  - {id: D, from: plc, to: hmi, channels: [{tcp: [80]}, {tcp: [81]}]}\n`
    expect(warnings(two)).toEqual([told])
    expect(warnings(two.replace('service: ssh', 'service: ssh, initiator: to'))).toEqual([])
  })

  it('are told where the less protected zone commands the more protected one', () => {
    const rising = (low: string, high: string, what: string) =>
      warnings(
        channel(what)
          .replace('id: hmi', `id: hmi, sl_t: ${low}`)
          .replace('id: plc', `id: plc, sl_t: ${high}`),
      )
    expect(rising('2', '3', 'service: modbus, actions: [read, write]')).toEqual([
      'channel.rising: channel "x" of "C" covers write from "hmi" (SL-T 2) into "plc" (SL-T 3)',
    ])
    expect(rising('1', '{iac: 1, uc: 1, si: 1, dc: 1, rdf: 4, tre: 1, ra: 1}', 'tcp: [502]')).toEqual([
      'channel.rising: channel "x" of "C" covers every action, write and program among them, from "hmi" (SL-T 1) into "plc" (SL-T 4)',
    ])
    expect(rising('2', '3', 'service: modbus, actions: [read]')).toEqual([])
    expect(rising('3', '3', 'service: modbus')).toEqual([])
    expect(rising('2', '3', 'service: ssh')).toEqual([])
    expect(rising('2', '3', 'service: modbus, initiator: to')).toEqual([])
  })

  it('are told of exceptions without ticket, without end, over, or near their end', () => {
    const exception = (rest: string, at?: number) =>
      warnings(`${TWO_ZONES}exceptions:\n  - {id: E, from: hmi, to: plc, service: ssh${rest}}\n`, at)
    expect(exception('')).toEqual([
      'exception.ticket: the exception "E" has no ticket',
      'exception.endless: the exception "E" never ends',
    ])
    const dated = (expires: string) => exception(`, ticket: T-1, expires: ${expires}`, AT)
    expect(dated('2026-12-31')).toEqual([])
    expect(dated('2026-11-08')).toEqual(['exception.ending: the exception "E" ends in 30 days (2026-11-08)'])
    expect(dated('2026-11-09')).toEqual([])
    expect(dated('"2026-10-10T18:00:00Z"')).toEqual([
      'exception.ending: the exception "E" ends within a day (2026-10-10T18:00:00Z)',
    ])
    expect(dated('2026-10-09')).toEqual(['exception.over: the exception "E" is over since 2026-10-09'])
    expect(exception(', ticket: T-1, expires: 2020-01-01')).toEqual([])
  })

  it('are told of channels that cover nothing more', () => {
    const two = (one: string, other: string) =>
      warnings(conduit(`from: hmi, to: plc, channels: [{id: x, ${one}}, {id: y, ${other}}]`))
    expect(two('tcp: [1-100]', 'tcp: [22]')).toEqual([
      'channel.covered: channel "y" of "C" covers nothing beyond channel "x" of "C"',
    ])
    expect(two('tcp: [22]', 'tcp: [22]')).toEqual([
      'channel.covered: channel "y" of "C" covers the same as channel "x" of "C"',
    ])
    expect(two('tcp: [1-300]', 'tcp: [22, 400]')).toEqual([])
    expect(two('service: modbus, actions: [read]', 'service: modbus')).toEqual([
      'channel.covered: channel "x" of "C" covers nothing beyond channel "y" of "C"',
    ])
    expect(two('tcp: [22], orig: [10.0.2.1]', 'tcp: [22], orig: [10.0.2.2]')).toEqual([])
    expect(two('tcp: [22]', 'tcp: [22], opaque: accept, actions: [read]')).toEqual([])
    const excepted = `${channel('tcp: [1-100]')}exceptions:\n  - {id: E, from: hmi, to: plc, tcp: [22], ticket: T, expires: 2026-12-31}\n`
    expect(warnings(excepted)).toEqual([
      'channel.covered: exception "E" covers nothing beyond channel "x" of "C"',
    ])
  })

  it('are told of names that nothing uses and zones that nothing names', () => {
    const text = `${channel('service: ssh')}groups: {g: [10.0.0.1]}
services:
  - {id: s, tcp: [1]}
`
    expect(warnings(text).toSorted()).toEqual([
      'group.unused: the group "g" is used nowhere',
      'service.unused: the service "s" is used nowhere',
    ])
    expect(warnings(text.replace('service: ssh', 'service: s, orig: [g]'))).toEqual([
      'channel.orig.zone: 10.0.0.1 in "orig" of channel "x" of "C" has no address of "hmi"',
    ])
    const zones = `${TWO_ZONES}  - {id: lone, networks: [10.0.3.0/24]}\n  - {id: net, kind: external, networks: [0.0.0.0/0]}\n  - {id: void}\n`
    const names = `${zones}conduits:\n  - {id: C, from: hmi, to: [plc, void], channels: [{service: ssh}]}\n`
    expect(warnings(names)).toEqual([
      'zone.unused: no conduit and no exception names the zone "lone"',
      'zone.empty: nothing is ever in the zone "void"',
    ])
  })

  it('are told of ends that never match', () => {
    const assets = 'assets:\n  - {id: p, zone: plc, addresses: [10.0.1.5]}\n  - {id: q, zone: plc}\n'
    expect(warnings(channel('service: ssh, orig: [p], resp: [10.0.2.0/25]') + assets)).toEqual([
      'channel.orig.zone: "p" in "orig" of channel "x" of "C" belongs to "plc", not to "hmi"',
      'channel.resp.zone: 10.0.2.0/25 in "resp" of channel "x" of "C" has no address of "plc"',
      'asset.unknown: nothing tells the asset "q" in traffic',
    ])
    expect(warnings(channel('service: ssh, initiator: to, orig: [p]') + assets)).toHaveLength(1)
    const fw = 'assets:\n  - {id: fw, role: boundary, addresses: [10.0.2.1, 10.9.9.9]}\n'
    expect(warnings(channel('service: ssh') + fw)).toEqual([
      'asset.boundary.unzoned: 10.9.9.9 of the boundary "fw" is in no zone',
    ])
  })

  it('are told of keys that mean nothing where they stand', () => {
    expect(warnings(channel('service: ssh, actions: [read]'))).toEqual([
      'channel.actions: channel "x" of "C" lists actions, and nothing is known of any there',
    ])
    expect(warnings(channel('udp: [5000], groups: [239.0.0.1], resp: [10.0.1.1]'))).toEqual([
      'channel.groups.resp: "resp" means nothing beside "groups" in channel "x" of "C"',
    ])
    expect(warnings(conduit(`from: [hmi, plc], to: plc, ${ssh}`))).toEqual([
      'conduit.inside: "from" and "to" of the conduit "C" both name "plc"',
    ])
    expect(
      warnings(conduit(`from: plc, to: plc, ${ssh}`)).filter(line => line.startsWith('conduit')),
    ).toEqual([])
  })

  it.each([
    ['modbus, units: [1], functions: [3], addresses: [40001]', undefined],
    ['modbus, units: [1], actions: [read]', undefined],
    ['s7comm, functions: [4], addresses: [10]', undefined],
    ['s7comm, units: [1]', 'units, and s7comm has none'],
    ['s7comm, units: [1], actions: [read]', 'units, and s7comm has none'],
    ['hart-ip, units: [1], addresses: [1-10]', 'addresses, and hart-ip has none'],
    ['mms, functions: [4], units: [1], addresses: [7]', 'units and addresses, and mms has none'],
    ['powerlink, functions: [3]', 'functions, and powerlink has none'],
    ['modbus-tls, functions: [3], units: [1]', 'functions and units, and modbus-tls has none'],
    ['ssh, addresses: [3]', 'addresses, and ssh has none'],
  ])('tell of numbers that a service does not have: %s', (what, told) => {
    expect(warnings(channel(`service: ${what}`))).toEqual(
      told === undefined ? [] : [`channel.numbers: channel "x" of "C" lists ${told}`],
    )
  })

  it('do not tell of them where actions mean nothing either, or a service may be any', () => {
    expect(warnings(channel('service: ssh, actions: [read], units: [1]'))).toEqual([
      'channel.actions: channel "x" of "C" lists actions, and nothing is known of any there',
    ])
    expect(warnings(channel('tcp: [102], units: [1]'))).toEqual([])
    const own = channel('service: mine, units: [1]')
    expect(warnings(`${own}services: [{id: mine, tcp: [4102]}]\n`)).toEqual([])
  })

  it('say what such numbers come to', () => {
    const hints = (what: string) =>
      checkPolicy(channel(`service: ${what}`), 'site.yaml')
        .issues.filter(({ code }) => code === 'channel.numbers')
        .map(({ hint }) => hint)
    expect(hints('s7comm, units: [1]')).toEqual(['nothing that it does is covered'])
    expect(hints('s7comm, units: [1], actions: [read]')[0]).toMatch(/^they narrow nothing/)
    expect(hints('ssh, functions: [1]')[0]).toMatch(/undetermined$/)
  })

  it('point at what they are about', () => {
    expect(issuesOf(conduit(`from: any, to: plc, ${ssh}`), 'warning')[0]).toMatch(/^6:13 conduit.any/)
    expect(issuesOf(channel('service: ssh, initiator: either'), 'warning')[0]).toMatch(
      /^6:49 conduit.both-ways/,
    )
  })
})
