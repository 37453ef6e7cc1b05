import { existsSync, readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkPolicy } from '../../src/policy/check.ts'
import { compilePolicy } from '../../src/policy/compile.ts'
import { runExpectations } from '../../src/policy/expect.ts'
import { issuesOf, modelOf, TWO_ZONES } from '../support/policy-texts.ts'

const sample = readFileSync(new URL('sample.yaml', import.meta.url), 'utf8')
const OCTOBER = Date.parse('2026-10-10T00:00:00Z') / 1000
const errors = (text: string) => issuesOf(text, 'error')

describe('a policy without mistakes', () => {
  it('is the sample, and its expectations hold', () => {
    const model = modelOf(sample)
    expect(model).toMatchObject({ site: 'Bottling hall 3', timezone: 'Europe/Berlin', transitVlans: [900] })
    expect(model.zones.map(({ id }) => id)).toEqual(
      'supervision control dmz vendor skid-1 skid-2 internet'.split(' '),
    )
    expect(model.zones[0].networks.map(({ text }) => text)).toHaveLength(4)
    expect(model.conduits[0].channels.map(({ id }) => id)).toEqual(
      'reads logix ping ptp maintenance'.split(' '),
    )
    expect(model.exceptions[0]).toMatchObject({ id: 'EX-2026-07', from: [3], to: [1], ticket: 'CHG-1042' })
    // 2026-10-01 00:00 and 2026-12-31 24:00 in Berlin, in summer and in winter
    expect(model.exceptions[0].starts).toBe(Date.parse('2026-09-30T22:00:00Z') / 1000)
    expect(model.exceptions[0].expires).toBe(Date.parse('2026-12-31T23:00:00Z') / 1000)
    expect(runExpectations(compilePolicy(model), OCTOBER)).toEqual({ total: 1, held: 1, issues: [] })
  })

  const folder = new URL('../../captures/', import.meta.url)
  const scenarios = readdirSync(folder).filter(name => existsSync(new URL(`${name}/site.yaml`, folder)))

  it.each(scenarios)('is that of the scenario %s', name => {
    const model = modelOf(readFileSync(new URL(`${name}/site.yaml`, folder), 'utf8'))
    expect(runExpectations(compilePolicy(model), OCTOBER).issues).toEqual([])
  })

  it('may be JSON, start with a byte order mark and have Windows line ends', () => {
    const zones = [{ id: 'a', networks: ['10.0.0.0/8'] }]
    const { policyId } = modelOf(JSON.stringify({ version: 1, zones }))
    const lines = ['# the same', 'zones:', '  - networks: ["10.0.0.0/8"]', '    id: a', 'version: 1', '']
    expect(modelOf(`\ufeff${lines.join('\r\n')}`).policyId).toBe(policyId)
    expect(modelOf(lines.join('\n').replace('id: a', 'id: b')).policyId).not.toBe(policyId)
    expect(policyId).toMatch(/^[0-9a-f]{12}$/)
  })
})

describe('mistakes', () => {
  it('are all told at once, each where it stands', () => {
    const text = `version: 1
timezone: Mars/Base
zones:
  - {id: "a b", networks: [10.0.0.1/24, 10.1, 010.0.0.1, foo], level: 9}
  - {id: c, vlan: [3], networks: ["fd00::/129", 10.0.9.9-10.0.9.1]}
  - {id: c}
assets:
  - {id: x, zone: d, addresses: [10.0.0.1], own: [ssh]}
  - {id: y, role: boundary, zone: c}
conduits:
  - {id: k, from: c, to: nowhere, channels: [{service: modbos}, {tcp: [1], udp: [2]}, {tcp: [70000]}]}
exceptions:
  - {id: e, from: c, to: c, service: ssh, starts: 2026-02-30, expires: 2026-01-01}
expect:
  - {from: x, to: 10.0.0.2, verdict: allowed}
`
    expect(errors(text)).toEqual([
      '2:11 timezone.unknown: there is no time zone "Mars/Base"',
      '4:10 value.id: the name "a b" may hold only letters, digits, "-" and "_"',
      '4:28 zone.networks.value: 10.0.0.1/24 is not a network: bits are set behind the first 24',
      '4:41 value.type: "networks" has to be an address, a prefix or a range of addresses, and is "10.1"',
      '4:47 zone.networks.value: "010.0.0.1" is not an address: a number with a leading zero is octal to some programs and decimal to others',
      '4:58 zone.networks.value: "foo" is not an address',
      '4:71 value.range: "level" is a number 0 to 5 in steps of 0.5, not 9',
      '5:13 key.unknown: unknown key "vlan" in a zone',
      '5:35 zone.networks.value: fd00::/129 is not a network: an IPv6 prefix has at most 128 bits',
      '5:49 zone.networks.value: "10.0.9.9-10.0.9.1" ends before it starts',
      '6:10 id.duplicate: the name "c" is given to two zones',
      '8:19 name.unknown: there is no zone "d"',
      '8:45 asset.boundary: "own" is for boundaries only',
      '9:10 asset.boundary: the boundary "y" has no addresses, so nothing can be known of it',
      '9:29 asset.zone: "y" is a boundary, which belongs to the zone of each of its addresses',
      '11:26 name.unknown: there is no zone or group "nowhere"',
      '11:56 name.unknown: there is no service "modbos"',
      '11:76 key.choice: a channel has both "tcp" and "udp", and needs exactly one of service, tcp, udp, sctp, icmp, ip_proto, ethertype',
      '11:94 value.range: "70000" is not a port (0 to 65535, or a range like "a-b") or any',
      '13:51 time.value: 2026-02-30 is not a day of the calendar',
      '15:12 expect.from: "x" is a name, and an address fits here',
      '15:38 value.word: "verdict" cannot be "allowed"',
    ])
  })

  it('come with a hint and with the other end', () => {
    const { issues } = checkPolicy(
      `version: 1\nversion: 1\nzones:\n  - {id: a, networks: [10.0.0.5/24]}\n  - {id: b, networks: [10.0.0.0/24], kind: dzm}\n`,
      'site.yaml',
    )
    expect(issues.map(({ hint }) => hint)).toEqual([
      undefined,
      'the network is 10.0.0.0/24; the single address is 10.0.0.5',
      'did you mean "dmz"?',
    ])
    expect(issues[0].also).toEqual({ at: { line: 1, column: 1 }, message: 'the first one stands here' })
  })

  it('are 200 in a policy with 200', () => {
    const zones = Array.from({ length: 200 }, (_, i) => `  - {id: z${i}, networks: [bad${i}]}`)
    expect(errors(`version: 1\nzones:\n${zones.join('\n')}\n`)).toHaveLength(200)
  })

  it('are addresses that two zones claim in one place, and not in places that contexts keep apart', () => {
    const zones = (one: string, two: string) =>
      `version: 1\nzones:\n  - {id: a, networks: [10.0.0.0/24]${one}}\n  - {id: b, networks: [10.0.0.0/24]${two}}\n`
    const rival =
      '4:24 zone.networks.overlap: 10.0.0.0/24 is also in zone "a", and both may be meant in one place'
    expect(errors(zones('', ''))).toEqual([rival])
    expect(errors(zones(', context: {vlans: [1]}', ''))).toEqual([rival])
    expect(errors(zones(', context: {vlans: [1, 2]}', ', context: {vlans: [2]}'))).toEqual([rival])
    expect(errors(zones(', context: {vlans: [1]}', ', context: {vlans: [2]}'))).toEqual([])
    expect(errors(zones(', context: {vlans: [1]}', ', context: {vnis: [1]}'))).toEqual([rival])
  })

  it('are translations and groups that do not fit', () => {
    const nat = (entry: string) =>
      errors(`${TWO_ZONES}assets:\n  - {id: fw, role: boundary, addresses: [10.0.2.1], nat: [${entry}]}\n`)
    expect(nat('{outside: "10.0.2.1:80", inside: 10.0.1.1}')).toEqual([
      '6:92 asset.nat.port: 10.0.2.1:80 and 10.0.1.1: give both a port, or neither',
    ])
    expect(nat('{outside: 10.0.2.0/24, inside: 10.0.1.0/25}')).toHaveLength(1)
    expect(nat('{outside: 10.0.2.1}')).toHaveLength(1)
    expect(nat('{masquerade: 10.0.2.1, hides: [nobody]}')).toHaveLength(1)
    expect(nat('{outside: "[fd00::1]:80", inside: "[fd00::2]:8080"}')).toEqual([])
    const group = (members: string) => errors(`${TWO_ZONES}groups: {g: [${members}]}\n`)
    expect(group('hmi, 10.0.0.1')).toEqual(['5:10 group.mixed: the group "g" mixes zones and addresses'])
    expect(group('g')).toHaveLength(1)
    expect(group('hmi, plc')).toEqual([])
  })
})

describe('a text that is no policy', () => {
  const told = (text: string) => errors(text).map(line => line.replace(/^\S+ \S+ /, ''))

  it('is told to be empty, or not YAML, or binary, or something else', () => {
    for (const text of ['', ' \n\n', '# nothing\n', 'null'])
      expect(told(text)).toEqual(['site.yaml is empty'])
    expect(told('version: 1\0')).toEqual(['site.yaml holds binary data, not text'])
    expect(told('hello')).toEqual(['"site.yaml" has to be a policy, and is "hello"'])
    expect(told('- a')).toEqual(['"site.yaml" has to be a policy, and is a list'])
    expect(told('version: 1\n\tzones: []')).toEqual(['a tab is used for indentation'])
    expect(told('zones: [')[0]).toBe('a "[" or "{" before this is not closed')
    expect(told('zones: {')).toHaveLength(1)
    expect(told('version: 1\n---\nversion: 1')).toEqual(['a second YAML document starts here'])
    expect(told(`x: ${'y'.repeat(11 * 1024 * 1024)}`)).toEqual([
      'site.yaml is larger than 10 MB, which is no site policy',
    ])
  })

  it('may be nested as deep as it likes', () => {
    for (const text of ['['.repeat(50_000), '{a: '.repeat(20_000), `${'- '.repeat(20_000)}a`]) {
      expect(told(text).some(line => line === 'nested too deeply to be read')).toBe(true)
    }
    expect(told(`zones: ${'['.repeat(100)}${']'.repeat(100)}`)).toEqual(['nested more than 32 levels deep'])
  })

  it('may have anchors that explode, or that hold themselves', () => {
    const rows = Array.from({ length: 30 }, (_, i) => {
      const items = Array(10).fill(i === 0 ? 'x' : `*a${i - 1}`)
      return `a${i}: &a${i} [${items.join(', ')}]`
    })
    expect(told(rows.join('\n'))).toEqual(['aliases make this policy more than a million values large'])
    expect(told('a: &a [*a]')).toEqual(['the alias "*a" stands inside its own anchor'])
    expect(told('a: *b')).toContain('no anchor "&b" stands before this alias')
  })

  it('may blow itself up by groups, lists of zones and the same network again and again', () => {
    const many = (count: number, text: (i: number) => string) =>
      Array.from({ length: count }, (_, i) => text(i))
    const networks = many(2000, i => `10.${i >> 8}.${i & 255}.0/24`).join(', ')
    const zones = many(600, i => `  - {id: z${i}, networks: [n], context: {vlans: [${i + 1}]}}`).join('\n')
    expect(told(`version: 1\ngroups: {n: [${networks}]}\nzones:\n${zones}\n`)).toContain(
      'groups make this policy more than a million addresses large',
    )
    const places = many(400, i => `  - {id: z${i}, networks: [10.${i >> 8}.${i & 255}.0/24]}`).join('\n')
    const all = many(400, i => `z${i}`).join(', ')
    const conduits = many(10, i => `  - {id: c${i}, from: g, to: g, channels: [{tcp: [${i}]}]}`).join('\n')
    expect(told(`version: 1\ngroups: {g: [${all}]}\nzones:\n${places}\nconduits:\n${conduits}\n`)).toEqual([
      'the conduits join more than a million pairs of zones',
    ])
    const same = Array(20_000).fill('10.0.0.0/24').join(', ')
    const { issues } = checkPolicy(`version: 1\nzones:\n  - {id: a, networks: [${same}]}\n`, 'site.yaml')
    expect(issues).toHaveLength(10_001)
    expect(issues.at(-1)!.message).toBe('10000 more mistakes and warnings are not listed')
  })

  it('never makes the check throw, whatever is cut out of or put into a good one', () => {
    const pieces = [
      '',
      '{',
      '}',
      '[',
      ']',
      ':',
      '- ',
      '\n',
      '&a',
      ' *a',
      '"',
      "'",
      '|',
      '>',
      '%',
      '@',
      '\t',
      'null',
      '1e999',
      '__proto__: 1\n',
      '? ',
      '!!set',
      '~',
    ]
    fc.assert(
      fc.property(fc.nat(sample.length), fc.nat(40), fc.constantFrom(...pieces), (at, length, piece) => {
        const { issues, model } = checkPolicy(
          sample.slice(0, at) + piece + sample.slice(at + length),
          'site.yaml',
        )
        const mistakes = issues.filter(({ severity }) => severity === 'error')
        expect(model === undefined).toBe(mistakes.length > 0)
        if (model !== undefined) compilePolicy(model)
        for (const issue of issues) {
          expect(issue.at.line).toBeGreaterThan(0)
          expect(issue.length).toBeGreaterThan(0)
          expect(issue.message).not.toMatch(/undefined|NaN|\[object/)
        }
      }),
      { numRuns: 500, seed: 62443 },
    )
  })
})
