import { describe, expect, it } from 'vitest'
import { ipsec } from '../../src/app/it/ipsec.ts'
import { openvpn } from '../../src/app/it/openvpn.ts'
import { wireguard } from '../../src/app/it/wireguard.ts'
import { TCP, UDP } from '../../src/app/protocol.ts'
import { hex, probeText } from '../support/app-run.ts'
import { counted, number } from '../support/app-text.ts'

const session = '5a6b7c8d9eaf0b1c'

describe('OpenVPN', () => {
  const first = `38 ${session} 00 00000000`
  const answer = `40 ${'1b'.repeat(8)} 01 00000000 ${session} 00000000`
  const signed = `38 ${session} ${'c4'.repeat(20)} 00000001 6561a2b3 00 00000000`

  it.each([
    ['a first packet', first, 'certain from client'],
    ['its answer', answer, 'certain from server'],
    ['signed', signed, 'certain from client'],
    ['encrypted', `38 ${session} 00000001 6561a2b3 ${'c4'.repeat(37)}`, 'certain from client'],
    ['encrypted at no time', `38 ${session} 00000001 0000a2b3 ${'c4'.repeat(37)}`, 'unsure from client'],
    ['data', `48 000001 ${'c4'.repeat(80)}`, 'unsure'],
    ['no session', `38 ${'00'.repeat(8)} 00 00000000`, 'not'],
    ['another key', first.replace('38', '39'), 'not'],
    ['a number that is not the first', `38 ${session} 00 00000005`, 'not'],
    ['text', Buffer.from('8 of them came').toString('hex'), 'not'],
  ])('%s', (_, bytes, what) => {
    expect(probeText(openvpn, hex(bytes))).toBe(what)
  })

  it('over TCP with its length', () => {
    expect(probeText(openvpn, hex(counted(first, 2)), { transport: TCP })).toBe('certain from client')
    expect(probeText(openvpn, hex(first), { transport: TCP })).toBe('not')
  })
})

describe('WireGuard', () => {
  const initiation = `01000000 ${'5a'.repeat(128)} ${'00'.repeat(16)}`

  it.each([
    ['an initiation', initiation, 'certain from client'],
    ['a response', `02000000 ${'5a'.repeat(72)} ${'00'.repeat(16)}`, 'certain from server'],
    ['with a cookie', `01000000 ${'5a'.repeat(144)}`, 'unsure from client'],
    ['a cookie', `03000000 ${'5a'.repeat(60)}`, 'unsure from server'],
    ['data', `04000000 5a5a5a5a 0700000000000000 ${'c4'.repeat(32)}`, 'unsure'],
    ['data that is not padded', `04000000 5a5a5a5a 0700000000000000 ${'c4'.repeat(33)}`, 'not'],
    ['zeroes behind the type', `01000000 ${'00'.repeat(144)}`, 'not'],
    ['another length', `${initiation}00`, 'not'],
    ['zeroes', '00'.repeat(148), 'not'],
  ])('%s', (_, bytes, what) => {
    expect(probeText(wireguard, hex(bytes))).toBe(what)
  })
})

describe('IPsec', () => {
  const ike = (spi: string, rest: string, more = 20): string =>
    `${session} ${spi} ${rest} 00000000 ${number(28 + more, 4)} ${'11'.repeat(more)}`
  const none = '00'.repeat(8)
  const natT = { transport: UDP, srcPort: 40000, dstPort: 4500 }

  it.each([
    ['IKEv2', ike(none, '21 20 22 08'), 'certain from client'],
    ['its answer', ike('1c'.repeat(8), '21 20 22 20'), 'certain from server'],
    ['ISAKMP', ike(none, '01 10 02 00'), 'certain from client'],
    ['ISAKMP, encrypted', ike('1c'.repeat(8), '08 10 05 01'), 'certain'],
    ['a version that is none', ike(none, '21 30 22 08'), 'not'],
    ['an exchange that is none', ike(none, '21 20 99 08'), 'not'],
    ['the first fragment', ike(none, '2e 20 23 08', 3000).slice(0, 3000), 'unsure from client'],
    ['more than its length', `${ike(none, '21 20 22 08')}00`, 'not'],
    ['zeroes', '00'.repeat(40), 'not'],
  ])('%s', (_, bytes, what) => {
    expect(probeText(ipsec, hex(bytes), { srcPort: 500, dstPort: 500 })).toBe(what)
  })

  it('behind a translating router', () => {
    expect(probeText(ipsec, hex(`00000000 ${ike(none, '21 20 22 08')}`), natT)).toBe('certain from client')
    expect(probeText(ipsec, hex(`c0ffee01 00000007 ${'9c'.repeat(64)}`), natT)).toBe('unsure')
    expect(probeText(ipsec, hex(`000000f0 00000007 ${'9c'.repeat(64)}`), natT)).toBe('not')
    expect(probeText(ipsec, hex('ff'), natT)).toBe('unsure')
    expect(probeText(ipsec, hex(`c0ffee01 00000007 ${'9c'.repeat(64)}`))).toBe('not')
  })
})
