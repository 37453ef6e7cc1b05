import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../../src/policy/compile.ts'
import { runExpectations } from '../../src/policy/expect.ts'
import { modelOf, TWO_ZONES } from '../support/policy-texts.ts'

const POLICY = `${TWO_ZONES}conduits:
  - id: C
    from: hmi
    to: plc
    channels:
      - {id: reads, service: modbus, actions: [read]}
      - {id: shell, service: ssh, orig: [10.0.2.10]}
exceptions:
  - {id: E, from: hmi, to: plc, service: opcua, starts: 2026-10-01, expires: 2026-10-31, ticket: T}
`
const AT = Date.parse('2026-10-10T00:00:00Z') / 1000

function run(...rows: string[]) {
  const text =
    rows.length === 0
      ? POLICY
      : `${POLICY}expect:\n${rows.map(row => `  - {from: 10.0.2.10, to: 10.0.1.1, ${row}}\n`).join('')}`
  return runExpectations(compilePolicy(modelOf(text)), AT)
}

const told = (...rows: string[]) => run(...rows).issues.map(({ message }) => message)

describe('expectations', () => {
  it('hold, each counted', () => {
    const rows = [
      'service: modbus, action: read, verdict: sanctioned',
      'service: modbus, action: write, verdict: unsanctioned',
      'service: modbus, verdict: undetermined',
      'service: ssh, verdict: sanctioned',
      'service: tcp/80, verdict: unsanctioned',
      'service: opcua, verdict: exception',
      'service: opcua, at: 2026-11-01, verdict: unsanctioned',
    ]
    expect(run(...rows)).toEqual({ total: 7, held: 7, issues: [] })
    expect(run()).toEqual({ total: 0, held: 0, issues: [] })
  })

  it('that fail say what the verdict was, why, and which line decided', () => {
    const { issues, held } = run(
      'service: ssh, verdict: unsanctioned',
      'service: modbus, action: write, verdict: sanctioned',
    )
    expect(held).toBe(0)
    expect(issues[0]).toEqual({
      severity: 'error',
      code: 'expect.failed',
      message:
        'unsanctioned was expected, and ssh (tcp/22) from 10.0.2.10 to 10.0.1.1 is sanctioned: channel "shell" of conduit "C" covers it',
      at: { line: 15, column: 60 },
      length: 'unsanctioned'.length,
      also: { at: { line: 11, column: 9 }, message: 'channel "shell" of conduit "C" stands here' },
    })
    expect(issues[1].message).toBe(
      'sanctioned was expected, and modbus (tcp/502) from 10.0.2.10 to 10.0.1.1 is unsanctioned (action): ' +
        'nothing declared covers it; the nearest is channel "reads" of conduit "C", but it covers read only',
    )
    expect(issues[1].also!.at.line).toBe(10)
  })

  it('have to hold on every port of a service', () => {
    expect(told('service: dns, verdict: sanctioned')[0]).toContain('dns (tcp/53 and udp/53)')
    expect(told('service: tcp/1-65535, verdict: unsanctioned')).toHaveLength(1)
    expect(told('service: tcp/23-501, verdict: unsanctioned')).toEqual([])
  })

  it('without a service have to hold whatever the service', () => {
    expect(told('verdict: unsanctioned')[0]).toMatch(/^unsanctioned was expected, and tcp\/22 from/)
    const back = `${POLICY}expect:\n  - {from: 10.0.1.1, to: 10.0.2.10, verdict: unsanctioned}\n`
    expect(runExpectations(compilePolicy(modelOf(back)), AT).issues).toEqual([])
    expect(told('action: write, verdict: unsanctioned')[0]).toMatch(
      /^unsanctioned was expected, and tcp\/4840 from .* is exception/,
    )
    const closed = `${TWO_ZONES}expect:\n  - {from: 10.0.2.10, to: 10.0.2.11, verdict: intra-zone}\n  - {from: "00:00:00:00:00:01", to: "00:00:00:00:00:02", vlan: 120, verdict: intra-zone}\n`
    expect(runExpectations(compilePolicy(modelOf(closed)), AT)).toMatchObject({ held: 2, issues: [] })
  })

  it('that cannot be asked are mistakes', () => {
    expect(told('service: goose, verdict: sanctioned')).toEqual([
      'this cannot be asked: goose is not carried by IP',
    ])
  })
})
