import { describe, expect, it } from 'vitest'
import { dhcp } from '../../src/app/it/dhcp.ts'
import { dhcpv6 } from '../../src/app/it/dhcpv6.ts'
import { hex, probeText, readAll } from '../support/app-run.ts'
import { client, counted, digits, server } from '../support/app-text.ts'

const message = (operation: string, options: string, relay = '00000000', cookie = '63825363'): string =>
  `${operation} 01 06 00 3903f326 0000 0000 ${'00'.repeat(12)} ${relay} 080006aabbcc ${'00'.repeat(202)} ${cookie} ${options} ff`
const option = (code: string, content: string): string => code + counted(content, 1)
const named = `${option('35', '03')} 00 ${option('0c', digits('drive-4'))} ${option('3c', digits('SINAMICS'))}`

describe('DHCP', () => {
  it('is known by its cookie', () => {
    expect(probeText(dhcp, hex(message('01', named)))).toBe('certain from client')
    expect(probeText(dhcp, hex(message('02', named)))).toBe('certain from server')
    expect(probeText(dhcp, hex(message('01', named, '00000000', '00000000')))).toBe('not')
    expect(probeText(dhcp, hex(message('03', named)))).toBe('not')
    expect(probeText(dhcp, hex(message('01', named)).subarray(0, 100), { length: 300 })).toBe(
      'unsure from client',
    )
    expect(probeText(dhcp, new Uint8Array(300))).toBe('not')
  })

  it('hears what a client says of itself', () => {
    expect(readAll(dhcp, [client(message('01', named)), client(message('01', named))])).toEqual([
      { heard: 'name', text: 'drive-4' },
      { heard: 'product', text: 'SINAMICS' },
    ])
    const full = option('51', `00 00 00 ${digits('hmi.plant.example')}`)
    expect(readAll(dhcp, [client(message('01', full))])).toEqual([
      { heard: 'name', text: 'hmi.plant.example' },
    ])
  })

  it('not what a server or a relay says of it, nor what is cut', () => {
    expect(readAll(dhcp, [server(message('02', named))])).toEqual([])
    expect(readAll(dhcp, [client(message('01', named, '0a000001'))])).toEqual([])
    const bytes = hex(message('01', named))
    expect(readAll(dhcp, [{ from: 'client', bytes: bytes.subarray(0, 250), length: bytes.length }])).toEqual(
      [],
    )
  })
})

describe('DHCPv6', () => {
  const six = (code: string, content: string): string => code + counted(content, 2)
  const id = six('0001', '0001 0001 1c39cf88 080027fe8f95')
  const solicit = `01 100874 ${id} ${six('0027', `00 ${counted(digits('hmi'), 1)}`)} ${six('0010', `00000137 ${counted(digits('MSFT 5.0'), 2)}`)}`

  it.each([
    ['a client', solicit, 'certain from client'],
    ['a server', `02 100874 ${id} ${six('0002', '0003 0001 080027d410bb')}`, 'certain from server'],
    ['a relay', `0c 00 ${'20'.repeat(32)} ${six('0009', solicit)}`, 'certain from client'],
    ['a question without identity', `0b 100874 ${six('0006', '0017')}`, 'unsure from client'],
    ['a query for leases', `0e 112233 ${id}`, 'certain from client'],
    ['a type that is none', `40 112233 ${id}`, 'not'],
    ['options that do not come out even', `${solicit}00`, 'not'],
    ['an option longer than the message', solicit.replace('0001000e', '000100ee'), 'not'],
    ['an identity that is none', solicit.replace('000e0001', '000e0009'), 'not'],
    ['zeroes', '00'.repeat(60), 'not'],
  ])('%s', (_, bytes, what) => {
    expect(probeText(dhcpv6, hex(bytes))).toBe(what)
  })

  it('hears what a client says of itself', () => {
    expect(readAll(dhcpv6, [client(solicit)])).toEqual([
      { heard: 'name', text: 'hmi' },
      { heard: 'product', text: 'MSFT 5.0' },
    ])
    expect(readAll(dhcpv6, [client(`0c 00 ${'20'.repeat(32)} ${six('0009', solicit)}`)])).toEqual([])
  })
})
