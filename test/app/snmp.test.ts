import { describe, expect, it } from 'vitest'
import { snmp } from '../../src/app/it/snmp.ts'
import { hex, probeText, readAll } from '../support/app-run.ts'
import { client, counted, digits, server } from '../support/app-text.ts'

const ber = (tag: string, content: string): string => tag + counted(content, 1)
const pdu = (tag: string, error = '00'): string =>
  ber(tag, `${ber('02', '1a2b3c4d')} ${ber('02', error)} ${ber('02', '00')} ${ber('30', '')}`)
const message = (version: string, kind: string, community = 'public'): string =>
  ber('30', `${ber('02', version)} ${ber('04', digits(community))} ${kind}`)
const v3 = (flags: string, data: string): string =>
  ber(
    '30',
    `${ber('02', '03')} ${ber('30', `${ber('02', '11')} ${ber('02', '00ffe3')} ${ber('04', flags)} ${ber('02', '03')}`)} ${ber('04', ber('30', '0400'))} ${data}`,
  )
const scoped = (kind: string): string => ber('30', `${ber('04', '80001f88')} ${ber('04', '')} ${kind}`)

describe('what is SNMP', () => {
  it.each([
    ['get', message('00', pdu('a0')), 'certain from client'],
    ['set', message('01', pdu('a3')), 'certain from client'],
    ['response', message('01', pdu('a2')), 'certain from server'],
    ['trap', message('01', pdu('a7')), 'certain'],
    ['version 3', v3('03', ber('04', 'ab'.repeat(20))), 'certain'],
    ['LDAP', ber('30', `${ber('02', '01')} ${ber('60', `${ber('02', '03')} 0400 8000`)}`), 'not'],
    ['a version that is none', message('07', pdu('a0')), 'not'],
    ['another PDU', message('01', ber('60', '020101')), 'not'],
    ['more than the message', `${message('01', pdu('a0'))}00`, 'not'],
    ['zeroes', '00'.repeat(30), 'not'],
  ])('%s', (_, bytes, what) => {
    expect(probeText(snmp, hex(bytes))).toBe(what)
  })

  it('what the capture cut', () => {
    const bytes = hex(message('01', pdu('a0')))
    expect(probeText(snmp, bytes.subarray(0, 20), { length: bytes.length })).toBe('certain from client')
    expect(probeText(snmp, bytes.subarray(0, 12), { length: bytes.length })).toBe('unsure')
  })
})

describe('what SNMP does', () => {
  const told = [
    { detail: 'version', text: '2c' },
    { detail: 'community', text: 'in clear' },
  ]

  it('reads, writes and reports; never tells the community', () => {
    const all = readAll(snmp, [
      client(message('01', pdu('a0'))),
      client(message('01', pdu('a1'))),
      client(message('01', pdu('a5'))),
      client(message('01', pdu('a3'))),
      client(message('01', pdu('a7'))),
    ])
    expect(all).toEqual([
      ...told,
      { act: ['read'], fn: 0 },
      { act: ['read'], fn: 1 },
      { act: ['read'], fn: 5 },
      { act: ['write', 'configure'], fn: 3 },
      { act: ['report'], fn: 7 },
    ])
    expect(JSON.stringify(all)).not.toContain('public')
  })

  it('answers and refusals are those of what was asked', () => {
    expect(
      readAll(snmp, [
        client(message('01', pdu('a3'))),
        server(message('01', pdu('a2', '11'))),
        client(message('01', pdu('a1'))),
        server(message('01', pdu('a2'))),
      ]),
    ).toEqual([
      ...told,
      { act: ['write', 'configure'], fn: 3 },
      { answer: 3, refused: true },
      { act: ['read'], fn: 1 },
      { answer: 1 },
    ])
  })

  it('version 3 in clear and encrypted', () => {
    expect(readAll(snmp, [client(v3('00', scoped(pdu('a3'))))])).toEqual([
      { detail: 'version', text: '3' },
      { act: ['write', 'configure'], fn: 3 },
    ])
    expect(readAll(snmp, [client(v3('03', ber('04', 'ab'.repeat(20))))])).toEqual([
      { detail: 'version', text: '3' },
      'opaque',
    ])
  })

  it('what is cut, damaged or not known', () => {
    const bytes = hex(message('01', pdu('a3')))
    expect(readAll(snmp, [{ from: 'client', bytes: bytes.subarray(0, 13), length: bytes.length }])).toEqual([
      ...told,
      'short',
    ])
    expect(readAll(snmp, [client('3006 040101 040100')])).toEqual(['unfit'])
    expect(readAll(snmp, [client(message('01', pdu('ab')))])).toEqual([...told, { act: ['unknown'], fn: 11 }])
    expect(snmp.functionName!(3)).toBe('set')
  })
})
