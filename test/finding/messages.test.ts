import { describe, expect, it } from 'vitest'
import { Findings } from '../../src/finding/findings.ts'
import type { Model } from '../../src/policy/model.ts'
import { flow, plant, T0 } from '../support/records.ts'

type Says = Parameters<typeof flow>[0]

const sentence = (says: Says, model: Model | undefined = plant(), times = 1): string => {
  const findings = new Findings({ site: 'Plant', model })
  for (let i = 0; i < times; i++) findings.observe(flow(says))
  return findings.result()[0].message
}

const answered = '(84 packets, 11 kB, first at 2026-10-01 08:00:00 UTC)'
const ssh = `10.20.0.15 (zone office) opened ssh (tcp/22) to hmi-1 10.10.2.10 (zone supervision) and was answered ${answered}`
const near = (failed: readonly string[], channel = 'reads') =>
  ({ nearest: { conduit: 'C-01', channel, failed } }) as unknown as Says

describe('what happened', () => {
  it.each<[string, Says, string]>([
    ['answered', {}, `${ssh}; no conduit joins office and supervision.`],
    [
      'unanswered',
      { attempt: 'unanswered', resp_packets: 0, resp_bytes: 0, orig_packets: 1, orig_bytes: 74 },
      '10.20.0.15 (zone office) tried to open ssh (tcp/22) to hmi-1 10.10.2.10 (zone supervision), no answer was seen ' +
        '(1 packet, 74 bytes, first at 2026-10-01 08:00:00 UTC); no conduit joins office and supervision.',
    ],
    [
      'refused',
      { attempt: 'refused' },
      '10.20.0.15 (zone office) tried to open ssh (tcp/22) to hmi-1 10.10.2.10 (zone supervision), which refused it ' +
        `${answered}; no conduit joins office and supervision.`,
    ],
    [
      'met in the middle',
      { direction: 'port' },
      '10.20.0.15 (zone office) and hmi-1 10.10.2.10 (zone supervision) exchanged ssh (tcp/22), which was already open ' +
        `when first seen ${answered}; no conduit joins office and supervision.`,
    ],
    [
      'who opened it unknown',
      { direction: 'first' },
      '10.20.0.15 (zone office) and hmi-1 10.10.2.10 (zone supervision) exchanged ssh (tcp/22), which was already open ' +
        `when first seen (which of them opened it was not seen) ${answered}; no conduit joins office and supervision.`,
    ],
    [
      'datagrams',
      { proto: 'udp', service: 'snmp', resp_port: 161 },
      `10.20.0.15 (zone office) sent snmp (udp/161) to hmi-1 10.10.2.10 (zone supervision) and was answered ${answered}; ` +
        'no conduit joins office and supervision.',
    ],
    [
      'a group',
      {
        ip_version: undefined,
        proto: undefined,
        orig_addr: undefined,
        resp_addr: undefined,
        resp_asset: undefined,
        orig_port: undefined,
        resp_port: undefined,
        ethertype: 0x88b8,
        service: 'goose',
        resp_mac: '01:0c:cd:01:00:01',
        respIsGroup: true,
        attempt: 'none',
      },
      '02:00:00:00:00:0f (zone office) sent goose (ethertype/0x88b8) to the group 01:0c:cd:01:00:01 (seen in zone supervision) ' +
        `${answered}; no conduit joins office and supervision.`,
    ],
    [
      'behind address translation',
      { nat: { outside: '10.10.2.1:5020', inside: '10.10.1.11:502' } },
      '10.20.0.15 (zone office) opened ssh (tcp/22) to hmi-1 10.10.2.10 (zone supervision) (10.10.2.1:5020 stands for ' +
        `10.10.1.11:502) and was answered ${answered}; no conduit joins office and supervision.`,
    ],
    [
      'a tunnel',
      {
        type: 'tunnel',
        tunnel: '6in4',
        proto: '41',
        service: undefined,
        orig_port: undefined,
        resp_port: undefined,
      },
      `A 6in4 tunnel joins 10.20.0.15 (zone office) and hmi-1 10.10.2.10 (zone supervision) ${answered}: what it carries ` +
        'crosses the zone border whatever the conduits say; no conduit joins office and supervision.',
    ],
    [
      'an originator in no zone',
      { verdict: 'unzoned', orig_zone: undefined },
      '10.20.0.15 (no zone) opened ssh (tcp/22) to hmi-1 10.10.2.10 (zone supervision) and was answered ' +
        `${answered}; 10.20.0.15 is in no declared zone, so no conduit can cover it.`,
    ],
    [
      'nobody in a zone',
      { verdict: 'unzoned', orig_zone: undefined, resp_zone: undefined, resp_asset: undefined },
      `10.20.0.15 (no zone) opened ssh (tcp/22) to 10.10.2.10 (no zone) and was answered ${answered}; neither end is in a declared zone.`,
    ],
  ])('%s', (_name, says, text) => {
    expect(sentence(says)).toBe(text)
  })

  it('counts conversations and how they went', () => {
    expect(sentence({}, plant(), 3)).toContain(' in 3 conversations, all answered (')
    expect(sentence({ attempt: 'refused' }, plant(), 3)).toContain(
      ' tried to open ssh (tcp/22) to hmi-1 10.10.2.10 (zone supervision) in 3 conversations, all refused (',
    )
    const findings = new Findings({ site: 'Plant', model: plant() })
    findings.observe(flow({}))
    findings.observe(flow({ at: 1, attempt: 'unanswered', resp_packets: 0 }))
    findings.observe(flow({ at: 2, attempt: 'refused' }))
    expect(findings.result()[0].message).toContain(' in 3 conversations, 1 of them answered, 1 refused (')
  })
})

describe('why', () => {
  const but = (rest: string) => `; the nearest declared channel is reads of conduit C-01, but it ${rest}.`
  it.each<[string, Says, string]>([
    ['service', near(['service']), but('covers modbus only, and this is ssh (tcp/22)')],
    ['direction', near(['direction']), but('covers only what supervision opens')],
    [
      'action',
      { ...near(['action', 'direction']), actions: { 'modbus:read': 1, 'modbus:write': 1 } },
      but('covers read only and covers only what supervision opens'),
    ],
    [
      'several',
      near(['direction', 'service', 'schedule']),
      but(
        'covers only what supervision opens, covers modbus instead of ssh (tcp/22) and is declared for other times',
      ),
    ],
    [
      'endpoint',
      near(['endpoint'], 'logix'),
      '; the nearest declared channel is logix of conduit C-01, but it is declared from hmi-1 to 10.10.1.32/28 only.',
    ],
    [
      'schedule',
      near(['schedule'], 'maintenance'),
      '; the nearest declared channel is maintenance of conduit C-01, but it is declared for sat 06:00-14:00 only.',
    ],
    [
      'transport',
      near(['service'], 'logix'),
      '; the nearest declared channel is logix of conduit C-01, but it covers tcp/44818 only, and this is ssh (tcp/22).',
    ],
    [
      'exception',
      { nearest: { exception: 'EX-2026-07', failed: ['service'] } },
      '; the nearest declared is exception EX-2026-07, but it covers s7comm only, and this is ssh (tcp/22).',
    ],
    [
      'expired and more',
      { nearest: { exception: 'EX-2025-02', failed: ['service', 'expired'] } },
      '; the nearest declared is exception EX-2025-02, but it covers s7comm instead of ssh (tcp/22) and expired (2026-09-29).',
    ],
  ])('%s', (_name, says, text) => {
    expect(sentence(says)).toBe(ssh + text)
  })

  it('tells an exception that has ended from one that has not begun', () => {
    const expired = { nearest: { exception: 'EX-2025-02', failed: ['expired'] } } as unknown as Says
    expect(sentence(expired)).toBe(
      `${ssh}; exception EX-2025-02 (ticket CHG-0817) covered this until 2026-09-29 and has expired.`,
    )
    const model = plant()
    Object.assign(model.exceptions[1], {
      starts: T0 + 86_400,
      startsText: '2026-10-02',
      expires: T0 + 9e6,
      expiresText: '2026-12-31',
    })
    expect(sentence(expired, model)).toBe(
      `${ssh}; exception EX-2025-02 (ticket CHG-0817) covers this only from 2026-10-02 on.`,
    )
  })

  it('names the action that is not declared', () => {
    const says = { ...near(['action']), actions: { 'modbus:read': 4, 'modbus:write': 2 } } as Says
    expect(sentence(says)).toBe(
      `10.20.0.15 (zone office) sent write to hmi-1 10.10.2.10 (zone supervision) over ssh (tcp/22) ${answered}; ` +
        'channel reads of conduit C-01 covers read only.',
    )
  })

  it.each(['direction', 'service', 'endpoint', 'schedule'])('does without the policy: %s', failed => {
    const text = sentence(near([failed]), undefined)
    expect(text).toMatch(/; the nearest declared channel is reads of conduit C-01, but it .{10,}\.$/)
    expect(text).not.toMatch(/undefined|\?/)
  })

  it('uses passive words and one sentence whatever failed', () => {
    const all = ['direction', 'service', 'endpoint', 'action', 'schedule', 'expired']
    for (const one of all) {
      for (const two of all) {
        const text = sentence(near(one === two ? [one] : [one, two]))
        expect(text).toMatch(/^[^\n]+\.$/)
        expect(text).not.toMatch(/allow|block|den(y|ied)|drop|attack|undefined|\bnull\b/i)
      }
    }
  })

  it('lets no control character of a name through', () => {
    const model = plant()
    expect(sentence({ orig_zone: 'off\u001b[31mice\n' }, model)).not.toMatch(/\p{Cc}/u)
  })
})
