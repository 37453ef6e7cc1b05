import { describe, expect, it } from 'vitest'
import { kindOf, portLabel, serviceText } from '../../src/finding/kinds.ts'
import { severityOf, wasAnswered, worse } from '../../src/finding/severity.ts'
import { flow } from '../support/records.ts'

const unanswered = { attempt: 'unanswered', resp_packets: 0 } as const

describe('severity', () => {
  it.each([
    ['answered', {}, 'high'],
    ['unanswered', unanswered, 'medium'],
    ['refused', { attempt: 'refused' }, 'medium'],
    ['answered, into SL-T 2', { respSlT: 2 }, 'high'],
    ['answered, into SL-T 3', { respSlT: 3 }, 'critical'],
    ['unanswered, into SL-T 4', { ...unanswered, respSlT: 4 }, 'high'],
    ['a read', { actions: { 'modbus:read': 9 } }, 'high'],
    ['a write', { actions: { 'modbus:read': 9, 'modbus:write': 1 } }, 'critical'],
    ['an unanswered write', { ...unanswered, actions: { 'dnp3:control': 1 } }, 'high'],
    [
      'firmware and SL-T 3 is one step, not two',
      { ...unanswered, respSlT: 3, actions: { 'x:firmware': 1 } },
      'high',
    ],
    ['a group nobody answers for', { respIsGroup: true, attempt: 'none', resp_packets: 0 }, 'medium'],
    ['frames without IP both ways', { attempt: 'none' }, 'high'],
  ] as const)('unsanctioned flow, %s', (_name, says, severity) => {
    expect(severityOf('unsanctioned-flow', flow(says))).toBe(severity)
  })

  it('is fixed for forbidden actions and expired exceptions', () => {
    expect(severityOf('forbidden-action', flow({ respSlT: 4 }))).toBe('high')
    expect(severityOf('expired-exception', flow({ respSlT: 4 }))).toBe('medium')
  })

  it('is medium for somebody unknown who talks to a zone, else info', () => {
    expect(severityOf('unzoned-asset', flow({ orig_zone: undefined }))).toBe('medium')
    expect(severityOf('unzoned-asset', flow({ resp_zone: undefined }))).toBe('medium')
    expect(severityOf('unzoned-asset', flow({ orig_zone: undefined, resp_zone: undefined }))).toBe('info')
  })

  it('is high for a tunnel, seen from one side or both', () => {
    const tunnel = {
      type: 'tunnel',
      tunnel: '6in4',
      proto: '41',
      orig_port: undefined,
      resp_port: undefined,
    } as const
    expect(severityOf('undeclared-tunnel', flow({ ...tunnel, ...unanswered }))).toBe('high')
    expect(severityOf('undeclared-tunnel', flow({ ...tunnel, respSlT: 3 }))).toBe('critical')
  })

  it('knows the graver of two', () => {
    expect(worse('medium', 'high')).toBe('high')
    expect(worse('critical', 'info')).toBe('critical')
  })

  it('takes a segment seen in the middle of a connection for an answer', () => {
    expect(wasAnswered(flow({ attempt: 'established', resp_packets: 0 }))).toBe(true)
    expect(wasAnswered(flow({ attempt: 'none', resp_packets: 0 }))).toBe(false)
  })
})

describe('kinds', () => {
  it.each([
    [{}, 'unsanctioned-flow'],
    [{ type: 'tunnel' }, 'undeclared-tunnel'],
    [{ nearest: { conduit: 'C', channel: 'c', failed: ['action'] } }, 'forbidden-action'],
    [{ nearest: { exception: 'E', failed: ['expired'] } }, 'expired-exception'],
    [{ nearest: { exception: 'E', failed: ['service', 'expired'] } }, 'unsanctioned-flow'],
    [{ nearest: { conduit: 'C', channel: 'c', failed: ['direction', 'action'] } }, 'unsanctioned-flow'],
    [{ verdict: 'unzoned' }, 'unzoned-asset'],
    [{ verdict: 'sanctioned', worst_verdict: 'unsanctioned' }, 'unsanctioned-flow'],
    [{ verdict: 'undetermined' }, undefined],
  ] as const)('%j is %s', (says, kind) => {
    expect(kindOf(flow(says as Parameters<typeof flow>[0]))).toBe(kind)
  })
})

describe('service names', () => {
  const none = { service: undefined, orig_port: undefined, resp_port: undefined } as const
  it.each([
    [{}, 'ssh (tcp/22)'],
    [{ service: undefined }, 'tcp/22'],
    [{ service: undefined, direction: 'first', orig_port: 102, resp_port: 49_800 }, 'tcp/102'],
    [{ ...none, proto: 'icmp', icmp_type: 8 }, 'ICMP echo'],
    [{ ...none, proto: 'icmp', icmp_type: 99 }, 'icmp/99'],
    [{ ...none, proto: 'icmp6', icmp_type: 128 }, 'ICMPv6 echo'],
    [{ ...none, proto: '47' }, 'ip/47'],
    [{ ...none, proto: undefined, ethertype: 0x88b8, service: 'goose' }, 'goose (ethertype/0x88b8)'],
  ] as const)('%j reads %s', (says, text) => {
    expect(serviceText(flow(says as Parameters<typeof flow>[0]).record)).toBe(text)
  })

  it('names a tunnel by its kind', () => {
    expect(portLabel(flow({ type: 'tunnel', tunnel: 'gre' }).record)).toBe('gre')
  })
})
