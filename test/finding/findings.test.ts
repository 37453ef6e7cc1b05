import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { newEntry } from '../../src/finding/entry.ts'
import type { FlowFacts } from '../../src/finding/facts.ts'
import { Findings } from '../../src/finding/findings.ts'
import { Prober } from '../../src/finding/scan.ts'
import { sightingOf } from '../../src/finding/sighting.ts'
import type { FindingRecord } from '../../src/records.ts'
import { flow, plant, restartIds, T0 } from '../support/records.ts'

const judge = (flows: Iterable<FlowFacts>, site = 'Plant', most?: number): FindingRecord[] => {
  const findings = new Findings({ site, policyId: '0123456789ab', model: plant(), ...(most ? { most } : {}) })
  for (const f of flows) findings.observe(f)
  return findings.result()
}

beforeEach(restartIds)

describe('folding', () => {
  it('makes one finding of the repeats of one path, with sums and the first five as evidence', () => {
    const found = judge(Array.from({ length: 12 }, (_, i) => flow({ at: 100 * i, frame: 10 + i })))
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({
      count: 12,
      first: '2026-10-01T08:00:00Z',
      last: '2026-10-01T08:18:22Z',
      orig_zone: 'office',
      resp_zone: 'supervision',
    })
    expect(found[0].evidence.map(e => e.frame)).toEqual([10, 11, 12, 13, 14])
    expect(found[0].message).toContain(
      'in 12 conversations, all answered (1,008 packets, 134 kB, first at 2026-10-01 08:00:00 UTC)',
    )
  })

  it('keeps apart what differs in originator, responder, service, zone or reason', () => {
    const found = judge([
      flow({}),
      flow({ orig_addr: '10.20.0.16' }),
      flow({ resp_addr: '10.10.2.11', resp_asset: undefined }),
      flow({ service: 'https', resp_port: 443 }),
      flow({ orig_zone: 'vendor' }),
      flow({ reason: 'direction', nearest: { conduit: 'C-01', channel: 'reads', failed: ['direction'] } }),
    ])
    expect(found).toHaveLength(6)
    expect(new Set(found.map(f => f.finding_id)).size).toBe(6)
  })

  it('gives a finding the same id tomorrow, and another one at another site', () => {
    const [today] = judge([flow({})])
    const [tomorrow] = judge([
      flow({ at: 86_400, orig_port: 61_000, orig_packets: 1, policy_id: 'ffffffffffff' }),
    ])
    const [elsewhere] = judge([flow({})], 'Another plant')
    expect(today.finding_id).toMatch(/^[0-9a-f]{16}$/)
    expect(tomorrow.finding_id).toBe(today.finding_id)
    expect(elsewhere.finding_id).not.toBe(today.finding_id)
  })

  it('writes keys in the order of the contract', () => {
    const [finding] = judge([flow({})])
    expect(Object.keys(finding)).toEqual([
      'type',
      'finding_id',
      'kind',
      'severity',
      'first',
      'last',
      'count',
      'orig_zone',
      'resp_zone',
      'subject',
      'nearest',
      'message',
      'evidence',
      'policy_id',
    ])
    expect(Object.keys(finding.evidence[0])).toEqual(['capture', 'frame', 'flow_id'])
  })

  it('counts a flow with interim records once, by the worst it was', () => {
    const id = { flow_id: 'long', final: false } as const
    const bad = { verdict: 'unsanctioned', reason: 'no-conduit' } as const
    const found = judge([
      flow({ ...id, seq: 0, attempt: 'unanswered', resp_packets: 0, ...bad }),
      flow({ ...id, seq: 1, ...bad, lasts: 600, orig_packets: 900 }),
      flow({
        ...id,
        seq: 2,
        final: true,
        verdict: 'sanctioned',
        worst_verdict: 'unsanctioned',
        reason: undefined,
        lasts: 900,
        nearest: { failed: ['no-conduit'] },
      }),
    ])
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({ count: 1, severity: 'high', last: '2026-10-01T08:15:00Z' })
  })

  it('shows a flow that is still open, and does not count it again when it ends', () => {
    const findings = new Findings({ site: 'Plant', model: plant() })
    findings.observe(flow({ flow_id: 'open', final: false }))
    expect(findings.result()).toMatchObject([{ count: 1 }])
    findings.observe(flow({ flow_id: 'open', seq: 1, final: true, lasts: 50 }))
    expect(findings.result()).toMatchObject([{ count: 1, last: '2026-10-01T08:00:50Z' }])
  })

  it('keeps a flow that turned bad late', () => {
    const good = { verdict: 'sanctioned', reason: undefined, nearest: undefined } as const
    expect(
      judge([flow({ flow_id: 'x', final: false, ...good }), flow({ flow_id: 'x', seq: 1 })]),
    ).toMatchObject([{ count: 1 }])
    expect(
      judge([flow({ flow_id: 'x', final: false, ...good }), flow({ flow_id: 'x', seq: 1, ...good })]),
    ).toEqual([])
  })

  it('is no finding when sanctioned, by exception, inside a zone, undetermined or unjudged', () => {
    for (const verdict of ['sanctioned', 'exception', 'intra-zone', 'undetermined', 'unjudged'] as const) {
      expect(judge([flow({ verdict, nearest: undefined })])).toEqual([])
    }
  })

  it('sorts by severity, then time, then id', () => {
    const found = judge([
      flow({ at: 50, service: 'a' }),
      flow({ at: 10, service: 'b', attempt: 'unanswered', resp_packets: 0 }),
      flow({ at: 20, service: 'c' }),
      flow({ at: 30, service: 'd', respSlT: 3 }),
    ])
    expect(found.map(f => [f.severity, f.subject.service])).toEqual([
      ['critical', 'd'],
      ['high', 'c'],
      ['high', 'a'],
      ['medium', 'b'],
    ])
  })

  it('orders times of different precision by time, not by text', () => {
    const whole = flow({ service: 'whole' })
    const later = flow({ service: 'later' })
    later.record.start = '2026-10-01T08:00:00.000001Z'
    expect(judge([later, whole]).map(f => f.subject.service)).toEqual(['whole', 'later'])
  })

  it('folds what is beyond the cap by zone pair, counts everything, and says so', () => {
    const flows = Array.from({ length: 50 }, (_, i) => flow({ at: i, orig_addr: `10.20.0.${i}` }))
    const findings = new Findings({ site: 'Plant', model: plant(), most: 10 })
    for (const f of flows) findings.observe(f)
    const found = findings.result()
    expect(found).toHaveLength(11)
    expect(found.reduce((sum, f) => sum + f.count, 0)).toBe(50)
    expect(findings.crowded).toBe(40)
    const crowd = found.find(f => f.count === 40)!
    expect(crowd.message).toBe(
      '40 more conversations from zone office to zone supervision (3,360 packets, 448 kB, first at 2026-10-01 08:00:10 UTC) ' +
        'are reported together as unsanctioned-flow, because more than 10 distinct findings were met.',
    )
    // one that is known still folds into its own finding
    findings.observe(flow({ at: 90, orig_addr: '10.20.0.3' }))
    expect(findings.crowded).toBe(40)
  })
})

describe('scans', () => {
  const probe = (i: number, at: number, says: object = {}) =>
    flow({
      at,
      resp_port: 1000 + i,
      service: undefined,
      attempt: 'unanswered',
      resp_packets: 0,
      resp_bytes: 0,
      orig_packets: 1,
      ...says,
    })

  it('is one finding for 17 services within ten minutes, and 16 findings for 16', () => {
    expect(judge(Array.from({ length: 16 }, (_, i) => probe(i, i)))).toHaveLength(16)
    const found = judge(Array.from({ length: 17 }, (_, i) => probe(i, i)))
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({
      kind: 'scan',
      severity: 'medium',
      count: 17,
      orig_zone: 'office',
      resp_zone: 'supervision',
      subject: { orig_addr: '10.20.0.15', service_count: 17, host_count: 1, hosts: ['hmi-1'] },
    })
    expect(found[0].message).toBe(
      '10.20.0.15 (zone office) tried 17 services on the host hmi-1 of zone supervision over 18 s ' +
        '(17 conversations, 17 packets, first at 2026-10-01 08:00:00 UTC); none was answered.',
    )
  })

  it('is one finding for 17 hosts, and names who answered', () => {
    const found = judge(
      Array.from({ length: 17 }, (_, i) =>
        probe(22, i, {
          resp_addr: `10.10.2.${i}`,
          resp_asset: undefined,
          service: 'ssh',
          resp_port: 22,
          ...(i === 5 ? { attempt: 'established' } : {}),
        }),
      ),
    )
    expect(found).toMatchObject([
      {
        kind: 'scan',
        severity: 'high',
        subject: {
          host_count: 17,
          service_count: 1,
          services: ['tcp/22'],
          answered: ['ssh (tcp/22) on 10.10.2.5'],
        },
      },
    ])
    expect(found[0].message).toContain('; 1 was answered, by ssh (tcp/22) on 10.10.2.5.')
  })

  it('is seen while the conversations are open, and is the same when they have ended', () => {
    const findings = new Findings({ site: 'Plant', model: plant() })
    const told = () => findings.result().map(f => [f.finding_id, f.kind, f.count])
    const tries = Array.from({ length: 20 }, (_, i) => probe(i, i, { flow_id: `try ${i}` }))
    const say = (part: readonly FlowFacts[], seq: number, final: boolean): void => {
      for (const f of part) findings.observe({ ...f, record: { ...f.record, seq, final } })
    }
    say(tries.slice(0, 16), 0, false)
    expect(told().map(([, kind]) => kind)).toEqual(Array(16).fill('unsanctioned-flow'))
    say(tries.slice(16), 0, false)
    const scan = told()
    expect(scan).toEqual([[expect.any(String), 'scan', 20]])
    // to ask changes nothing
    expect(told()).toEqual(scan)
    say(tries.slice(0, 12), 1, true)
    expect(told()).toEqual(scan)
    say(tries.slice(12), 1, true)
    expect(told()).toEqual(scan)
    expect(judge(tries).map(f => [f.finding_id, f.kind, f.count])).toEqual(scan)
  })

  it('takes ten minutes by the clock of the frames', () => {
    const spread = (seconds: number) =>
      judge(Array.from({ length: 17 }, (_, i) => probe(i, (i * seconds) / 16)))
    expect(spread(600)).toHaveLength(1)
    expect(spread(608)).toHaveLength(17)
  })

  it('tells spells of activity apart: what happened hours before stays a finding of its own', () => {
    const found = judge([flow({ at: -7200, frame: 1 }), ...Array.from({ length: 20 }, (_, i) => probe(i, i))])
    expect(found.map(f => [f.kind, f.count])).toEqual([
      ['unsanctioned-flow', 1],
      ['scan', 20],
    ])
  })

  it('joins spells of activity when something in between is told late', () => {
    const scan = (at: number) => Array.from({ length: 20 }, (_, i) => probe(i, at + i))
    const between = probe(90, 600)
    const before = judge([probe(91, 0), ...scan(1200), between])
    const after = judge([...scan(-19), probe(91, 1200), between])
    const scans = judge([...scan(-19), ...scan(1200), between])
    expect([before, after, scans].map(found => found.map(f => [f.kind, f.count]))).toEqual([
      [['scan', 22]],
      [['scan', 22]],
      [['scan', 41]],
    ])
  })

  it('keeps long-past spells when there are very many of them', () => {
    const polls = Array.from({ length: 200 }, (_, i) => flow({ at: i * 3600 }))
    const scan = Array.from({ length: 20 }, (_, i) => probe(i, i))
    expect(judge([...scan, ...polls]).map(f => [f.kind, f.count])).toEqual([
      ['scan', 21],
      ['unsanctioned-flow', 199],
    ])
  })

  it('sees the burst in a path that is used again and again', () => {
    const slow = Array.from({ length: 17 }, (_, i) => probe(i, i * 100))
    expect(judge(slow)).toHaveLength(17)
    const again = Array.from({ length: 17 }, (_, i) => probe(i, 5000 + i))
    expect(
      judge([...slow, ...again])
        .map(f => f.kind)
        .filter(k => k === 'scan'),
    ).toEqual(['scan'])
  })

  it('does not swallow writes, other originators, other zones, groups or connections met in the middle', () => {
    const scan = Array.from({ length: 20 }, (_, i) => probe(i, i))
    const found = judge([
      ...scan,
      flow({ at: 3, service: 'modbus', resp_port: 502, actions: { 'modbus:write': 1 } }),
      flow({ at: 4, orig_addr: '10.20.0.77' }),
      flow({ at: 5, resp_zone: 'control', resp_addr: '10.10.1.1', resp_asset: undefined }),
      flow({ at: 6, service: 'ptp', proto: 'udp', resp_port: 319, respIsGroup: true, attempt: 'none' }),
      flow({ at: 7, service: 'smb', resp_port: 445, direction: 'port' }),
    ])
    expect(found.map(f => f.kind).sort()).toEqual(['scan', ...Array<string>(5).fill('unsanctioned-flow')])
  })

  it('does not take a server, met in the middle and mistaken for the originator, for a scanner', () => {
    const answers = Array.from({ length: 30 }, (_, i) =>
      flow({ at: i, orig_port: 102, resp_port: 50_000 + i, service: undefined, direction: 'first' }),
    )
    expect(judge(answers).map(f => f.kind)).not.toContain('scan')
  })

  it('folds a scan of 60,000 ports without keeping them', () => {
    const found = judge(Array.from({ length: 60_000 }, (_, i) => probe(i, i / 100)))
    expect(found).toHaveLength(1)
    expect(found[0].count).toBe(60_000)
    expect(found[0].message).toContain('tried at least 4,096 services on the host hmi-1')
    expect(found[0].subject.services).toEqual([])
  })

  it('looks at few times of earlier flows for each new one, however many there were', () => {
    const looks = (n: number): number => {
      restartIds()
      const prober = new Prober()
      let reads = 0
      for (let i = 0; i < n; i++) {
        const entry = newEntry(sightingOf(probe(i, i * 70))!)
        const times = entry.times
        const get = () => {
          reads++
          return times
        }
        Object.defineProperty(entry, 'times', { get })
        prober.add(String(i), entry, () => {})
      }
      expect([prober.size, prober.scan()]).toEqual([n, undefined])
      return reads
    }
    expect(looks(2000)).toBeLessThan(3 * looks(1000))
  })

  it('finds the scan at the early end of a long time of activity, told last', () => {
    const slow = Array.from({ length: 300 }, (_, i) => probe(100 + i, i * 70))
    const burst = Array.from({ length: 17 }, (_, i) => probe(i, 7000 + i))
    expect(judge(slow).map(f => f.kind)).not.toContain('scan')
    for (const flows of [
      [...slow, ...burst],
      [...burst, ...slow],
      [...slow.slice(150), ...burst, ...slow.slice(0, 150)],
      [...slow, ...burst].reverse(),
    ]) {
      expect(judge(flows).map(f => [f.kind, f.count])).toEqual([['scan', 317]])
    }
  })

  it('gives the same findings in whatever order the records arrive', () => {
    const times = fc.array(
      fc.record({
        at: fc.integer({ min: 0, max: 2400 }),
        port: fc.integer({ min: 1, max: 60 }),
        host: fc.integer({ min: 1, max: 20 }),
        orig: fc.constantFrom(1, 1, 1, 2),
        answered: fc.constantFrom(false, false, false, true),
      }),
      { minLength: 40, maxLength: 120, size: 'max' },
    )
    let mixed = 0
    fc.assert(
      fc.property(times, fc.infiniteStream(fc.nat()), (list, random) => {
        restartIds()
        const flows = list.map(({ at, port, host, orig, answered }) =>
          flow({
            at,
            resp_port: port,
            service: undefined,
            resp_addr: `10.10.2.${host}`,
            resp_asset: undefined,
            orig_addr: `10.20.0.${orig}`,
            attempt: answered ? 'established' : 'unanswered',
            resp_packets: answered ? 1 : 0,
          }),
        )
        const expected = judge(flows)
        const shuffled = flows
          .map(f => ({ f, key: random.next().value }))
          .sort((a, b) => a.key - b.key)
          .map(x => x.f)
        expect(judge(shuffled)).toEqual(expected)
        expect(expected.reduce((sum, f) => sum + f.count, 0)).toBe(flows.length)
        if (new Set(expected.map(f => f.kind)).size === 2) mixed++
      }),
      { numRuns: 150 },
    )
    // the property is worth something only where some become a scan and others do not
    expect(mixed).toBeGreaterThan(20)
  })

  it('agrees with the plain definition: some ten minutes with more than 16 services or hosts', () => {
    const times = fc.array(
      fc.record({ at: fc.integer({ min: 0, max: 1500 }), port: fc.integer({ min: 1, max: 40 }) }),
      { minLength: 20, maxLength: 60, size: 'max' },
    )
    const seen = { scan: 0, none: 0 }
    fc.assert(
      fc.property(times, list => {
        const naive = list.some(
          ({ at }) => new Set(list.filter(x => x.at >= at && x.at <= at + 600).map(x => x.port)).size > 16,
        )
        const kinds = judge(list.map(({ at, port }) => probe(port, at))).map(f => f.kind)
        expect(kinds.includes('scan')).toBe(naive)
        seen[naive ? 'scan' : 'none']++
      }),
      { numRuns: 200 },
    )
    expect(Math.min(seen.scan, seen.none)).toBeGreaterThan(20)
  })
})

describe('address conflicts', () => {
  const conflict = (says: object = {}) => ({
    address: '10.10.1.11',
    macs: ['02:00:00:00:00:01', '02:00:00:00:00:02'],
    zone: 'control',
    asset: 'plc-11',
    at: '2026-10-01T08:00:00Z',
    atSeconds: T0,
    evidence: { capture: 'plant.pcap', frame: 7 },
    ...says,
  })

  it('folds by address and names every MAC', () => {
    const findings = new Findings({ site: 'Plant', policyId: '0123456789ab' })
    findings.conflict(conflict())
    findings.conflict(
      conflict({ macs: ['02:00:00:00:00:03'], at: '2026-10-01T08:05:00Z', atSeconds: T0 + 300 }),
    )
    const found = findings.result()
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({
      kind: 'address-conflict',
      severity: 'medium',
      count: 2,
      last: '2026-10-01T08:05:00Z',
      evidence: [{ capture: 'plant.pcap', frame: 7 }],
    })
    expect(found[0].message).toBe(
      'plc-11 10.10.1.11 (zone control) was claimed by 3 MAC addresses, 02:00:00:00:00:01, 02:00:00:00:00:02 and ' +
        '02:00:00:00:00:03, which took turns, first at 2026-10-01 08:00:00 UTC; two machines use one address, or one poses as ' +
        'the other.',
    )
  })

  it('says where the policy puts the MAC', () => {
    const findings = new Findings({ site: 'Plant' })
    findings.conflict(conflict({ macs: ['00:0e:8c:01:02:03'], macZone: 'supervision' }))
    expect(findings.result()[0].message).toBe(
      'plc-11 10.10.1.11 (zone control) was bound to MAC 00:0e:8c:01:02:03, which the policy declares for zone supervision, ' +
        'first at 2026-10-01 08:00:00 UTC; address and MAC cannot both be right.',
    )
  })
})
