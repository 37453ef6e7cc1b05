import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Asker, type Described } from '../../src/policy/ask.ts'
import { compilePolicy } from '../../src/policy/compile.ts'
import { type Explanation, explainAll } from '../../src/policy/explain.ts'
import { modelOf, TWO_ZONES } from '../support/policy-texts.ts'

const sample = readFileSync(new URL('sample.yaml', import.meta.url), 'utf8')
const lines = sample.split('\n')
const AT = Date.parse('2026-10-14T10:00:00Z') / 1000

function explain(described: Omit<Described, 'at'> & { at?: string }, text = sample): Explanation[] {
  const model = modelOf(text)
  const at = described.at === undefined ? AT : Date.parse(described.at) / 1000
  const asked = new Asker(model).questions({ ...described, at })
  if (!Array.isArray(asked)) throw new Error(asked.fault)
  return explainAll(compilePolicy(model), asked)
}

const fault = (described: Omit<Described, 'at'>) => {
  const asked = new Asker(modelOf(sample)).questions({ ...described, at: AT })
  return Array.isArray(asked) ? 'asked' : asked.fault
}

const HMI = '10.10.2.10'
const PLC = '10.10.1.11'

describe('an explanation', () => {
  it('cites the channel and the conduit, and where each end is, by the lines of the policy', () => {
    const [e, ...more] = explain({ from: HMI, to: PLC, service: 'modbus', action: 'read' })
    expect(more).toEqual([])
    expect(e).toMatchObject({
      asked: ['tcp/502'],
      verdict: 'sanctioned',
      why: 'channel "reads" of conduit "C-01" covers it',
      orig: { address: HMI, zone: 'supervision', asset: 'hmi-1', how: 'it is "hmi-1"' },
      resp: { address: PLC, zone: 'control', asset: 'plc-11' },
    })
    expect(e.decided.map(({ what }) => what)).toEqual(['channel "reads" of conduit "C-01"', 'conduit "C-01"'])
    expect(lines[e.decided[0].at.line - 1]).toContain('id: reads')
    expect(lines[e.decided[1].at.line - 1]).toContain('id: C-01')
    expect(lines[e.orig.at!.line - 1]).toContain('id: hmi-1')
  })

  it('names the nearest miss with all that failed, and what else was looked at', () => {
    const [e] = explain({
      from: HMI,
      to: PLC,
      service: 's7comm',
      action: 'program',
      at: '2026-10-17T13:00:00Z',
    })
    expect(e).toMatchObject({ verdict: 'unsanctioned', reason: 'schedule', decided: [] })
    expect(e.nearest).toEqual({
      citation: { what: 'channel "maintenance" of conduit "C-01"', at: e.nearest!.citation.at },
      failed: [
        {
          dimension: 'schedule',
          text: 'covers sat 06:00-14:00, and this is Sat 2026-10-17 15:00 Europe/Berlin',
        },
      ],
    })
    expect(lines[e.nearest!.citation.at.line - 1]).toContain('id: maintenance')
    expect(e.others.length).toBeGreaterThan(2)
    const told = e.others.map(({ citation }) => citation.what)
    expect(new Set(told).size).toBe(told.length)
    expect(told).not.toContain(e.nearest!.citation.what)
  })

  it('says when an exception covers, and when it does not any more', () => {
    const ask = (at: string) => explain({ from: '10.66.1.1', to: PLC, service: 's7comm', at })[0]
    expect(ask('2026-12-31T22:59:59Z')).toMatchObject({
      verdict: 'exception',
      why: 'exception "EX-2026-07" covers it until 2026-12-31',
    })
    expect(ask('2026-12-31T23:00:00Z').nearest!.failed[0]).toEqual({
      dimension: 'expired',
      text: 'expired 2026-12-31, and this is Fri 2027-01-01 00:00 Europe/Berlin',
    })
    expect(ask('2026-09-30T21:59:59Z').nearest!.failed[0].text).toMatch(/^starts 2026-10-01/)
  })

  it.each([
    [{ from: HMI, to: '10.10.2.99', service: 'ssh' }, 'intra-zone', 'both ends are in "supervision"'],
    [
      { from: HMI, to: '224.0.0.5', service: 'ospf' },
      'intra-zone',
      'traffic of this kind never leaves its link',
    ],
    [
      { from: HMI, to: '10.10.2.1', service: 'ssh' },
      'intra-zone',
      'the boundary offers or uses this service itself',
    ],
    [
      { from: HMI, to: '10.10.2.1', service: 'https' },
      'undetermined',
      'somebody behind the boundary is meant, and nothing says who',
    ],
    [{ from: HMI, to: 'fd00:9::1', service: 'ssh' }, 'unsanctioned', /IP versions/],
    [
      { from: 'fd00:2::7', to: 'fd00:9::1', service: 'ssh' },
      'unsanctioned',
      'between "supervision" and "internet": no conduit and no exception is declared',
    ],
    [{ from: HMI, to: '127.0.0.1', service: 'ssh' }, 'unzoned', '127.0.0.1 is in no zone'],
    [
      { from: '192.168.0.3', to: PLC, service: 'ssh' },
      'undetermined',
      'the VLAN, VNI or tap that would tell which zone is meant is not known',
    ],
    [
      { from: HMI, to: PLC, service: 'modbus' },
      'undetermined',
      'channel "reads" of conduit "C-01" covers some actions only, and no action is given',
    ],
  ] as const)('of %j: %s', (described, verdict, why) => {
    if (typeof why !== 'string') {
      expect(() => explain(described)).toThrow(why)
      return
    }
    const [e] = explain(described)
    expect([e.verdict, e.why]).toEqual([verdict, why])
  })

  it('tells how an end got its zone', () => {
    const how = (described: Omit<Described, 'at'>, side: 'orig' | 'resp' = 'orig') =>
      explain(described)[0][side]
    const to = { to: PLC, service: 'ssh' }
    expect(how({ from: '10.10.9.25', ...to }).how).toBe('in 10.10.9.20-10.10.9.40 of "supervision"')
    expect(how({ from: '192.168.0.3', ...to, vlan: 202 })).toMatchObject({ zone: 'skid-2' })
    expect(how({ from: '192.168.0.3', ...to })).toMatchObject({
      open: true,
      how: '"skid-1" and "skid-2" hold it in some places only',
    })
    expect(how({ from: '10.10.1.1', to: PLC, service: 'modbus', action: 'read' })).toMatchObject({
      zone: 'supervision',
      how: '"supervision" hides behind this address of "fw-1"',
    })
    expect(how({ from: HMI, to: '10.10.2.1', service: 'tcp/5020' }, 'resp')).toMatchObject({
      address: '10.10.2.1',
      zone: 'control',
      asset: 'plc-11',
      how: '10.10.2.1 stands for 10.10.1.11, it is "plc-11"',
    })
    const goose = { to: '01:0c:cd:01:00:04', service: 'goose', vlan: 120 }
    expect(how({ from: '00:80:f4:0a:0b:0c', ...goose }).how).toBe(
      'by its MAC, which 00:80:f4:0a:0b:0c of "supervision" holds',
    )
    expect(how({ from: '00:0e:8c:01:02:03', ...goose }).how).toBe('by its MAC 00:0e:8c:01:02:03 of "plc-11"')
    expect(how({ from: '00:00:00:00:00:09', ...goose }).how).toBe('by VLAN 120, which only that zone has')
    expect(how({ from: '00:00:00:00:00:09', ...goose }, 'resp').how).toBe(
      'a group, seen in VLAN 120 of that zone',
    )
    expect(how({ from: '00:00:00:00:00:09', ...goose, vlan: 900 }, 'resp').how).toBe(
      'a group, seen in VLAN 900, which no single zone has',
    )
  })

  it('puts the real end of an IPv6 translation in its place', () => {
    const text = `version: 1
zones:
  - {id: a, networks: ["fd00:a::/64"]}
  - {id: b, networks: ["fd00:b::/64"]}
assets:
  - {id: fw, role: boundary, addresses: ["fd00:a::1"], nat: [{outside: "fd00:a:0:0:ffff::/80", inside: "fd00:b::/80"}]}
conduits:
  - {id: C, from: a, to: b, channels: [{id: web, tcp: [443], resp: ["fd00:b::1:2:3"]}]}
`
    const ask = (to: string) => explain({ from: 'fd00:a::9', to, service: 'https' }, text)[0]
    expect(ask('fd00:a::fffe:1:2:3')).toMatchObject({
      verdict: 'intra-zone',
    })
    expect(ask('fd00:a:0:0:ffff:1:2:3')).toMatchObject({
      verdict: 'sanctioned',
      resp: { how: 'fd00:a::ffff:1:2:3 stands for fd00:b::1:2:3, in fd00:b::/64 of "b"' },
    })
  })

  it('asks for every port of a service, and tells equal answers once', () => {
    const text = `${TWO_ZONES}conduits:\n  - {id: C, from: hmi, to: plc, channels: [{udp: [53]}]}\n`
    const answers = explain({ from: '10.0.2.1', to: '10.0.1.1', service: 'dns' }, text)
    expect(answers.map(({ asked, verdict }) => [asked, verdict])).toEqual([
      [['tcp/53'], 'unsanctioned'],
      [['udp/53'], 'sanctioned'],
    ])
    const ranged = explain({ from: '10.0.2.1', to: '10.0.1.1', service: 'udp/50-60' }, text)
    expect(ranged.map(({ asked, verdict }) => [asked, verdict])).toEqual([
      [['udp/50', 'udp/54'], 'unsanctioned'],
      [['udp/53'], 'sanctioned'],
    ])
  })

  it('takes a named service as recognised, and a port as a port', () => {
    const text = `${TWO_ZONES}conduits:\n  - {id: C, from: hmi, to: plc, channels: [{service: s7comm}]}\n`
    const ask = (service: string) => explain({ from: '10.0.2.1', to: '10.0.1.1', service }, text)[0].verdict
    expect([ask('s7comm'), ask('mms'), ask('tcp/102')]).toEqual(['sanctioned', 'unsanctioned', 'sanctioned'])
  })

  it('takes the port of the originator where it is given', () => {
    const text = `${TWO_ZONES}conduits:\n  - {id: C, from: hmi, to: plc, channels: [{udp: [123], src_ports: [123]}]}\n`
    const ask = (srcPort?: number) =>
      explain({ from: '10.0.2.1', to: '10.0.1.1', service: 'ntp', srcPort }, text)[0]
    expect(ask(123).verdict).toBe('sanctioned')
    expect(ask().nearest!.failed).toEqual([{ dimension: 'service', text: 'covers udp/123 from port 123' }])
  })

  it('is refused where the description makes no sense', () => {
    expect(fault({ from: HMI, to: '00:0e:8c:01:02:03', service: 'ssh' })).toMatch(
      /two addresses or two MAC addresses/,
    )
    expect(fault({ from: 'hmi', to: PLC, service: 'ssh' })).toBe(
      '"hmi" is neither an address nor a MAC address',
    )
    expect(fault({ from: HMI, to: PLC, service: 'sssh' })).toBe('there is no service "sssh"')
    expect(fault({ from: HMI, to: PLC, service: 'goose' })).toBe('goose is not carried by IP')
    expect(fault({ from: HMI, to: PLC, service: 'tls' })).toBe('tls has no port of its own')
    expect(fault({ from: HMI, to: PLC, service: 'ip/6' })).toBe('"ip/6" leaves the port open')
    expect(fault({ from: 'fd00::1', to: 'fd00::2', service: 'icmp/timestamp' })).toBe(
      'icmp/timestamp does not exist in IPv6',
    )
    const macs = { from: '00:00:00:00:00:01', to: '00:00:00:00:00:02' }
    expect(fault({ ...macs, service: 'ssh' })).toMatch(/is carried by IP/)
    expect(fault({ ...macs, service: 'goose', mac: '00:00:00:00:00:09' })).toMatch(/cannot be both/)
    expect(fault({ from: HMI, to: PLC, service: 'ssh', mac: 'x' })).toBe('"x" is not a MAC address')
  })
})
