import { describe, expect, it } from 'vitest'
import { nbdgm } from '../../src/app/it/nbdgm.ts'
import { nbns } from '../../src/app/it/nbns.ts'
import { nbss } from '../../src/app/it/nbss.ts'
import { hex, probeText, readAll } from '../support/app-run.ts'
import { client, counted, digits, netbios, number, server } from '../support/app-text.ts'

const head = (flags: string, asked: number, answers: number, more: number): string =>
  `1a2b ${flags} ${number(asked, 2)} ${number(answers, 2)} 0000 ${number(more, 2)}`
const query = `${head('0110', 1, 0, 0)} ${netbios('HISTORIAN', 0)} 0020 0001`
const registration = (suffix: number, flags = '0000'): string =>
  `${head('2910', 1, 0, 1)} ${netbios('HMI-3', suffix)} 0020 0001 c00c 0020 0001 00000000 0006 ${flags} 0a000005`
const answer = (flags: string): string =>
  `${head(flags, 0, 1, 0)} ${netbios('HISTORIAN', 0)} 0020 0001 00000000 0006 0000 0a000006`
const statusOf = (name: string, suffix: string, flags: string): string =>
  `${digits(name.padEnd(15))} ${suffix} ${flags}`

describe('NetBIOS name service', () => {
  it.each([
    ['a query', query, 'certain from client'],
    ['a registration', registration(0), 'certain'],
    ['an answer', answer('8500'), 'certain from server'],
    ['letters that no name has', query.replace(netbios('HISTORIAN', 0), `20${'7a'.repeat(32)}00`), 'not'],
    ['DNS', '1a2b 0100 0001 0000 0000 0000 03777777 076578616d706c65 00 0001 0001', 'not'],
  ])('%s', (_, bytes, what) => {
    expect(probeText(nbns, hex(bytes))).toBe(what)
  })

  it('hears names that machines register', () => {
    expect(readAll(nbns, [client(registration(0)), client(registration(0))])).toEqual([
      { heard: 'name', text: 'HMI-3' },
    ])
    // another service of the same machine, and a group
    expect(readAll(nbns, [client(registration(0x20)), client(registration(0, '8000'))])).toEqual([])
  })

  it('hears who answers for its own name, not a server that answers for others', () => {
    expect(readAll(nbns, [client(query), server(answer('8500'))])).toEqual([
      { heard: 'name', text: 'HISTORIAN' },
    ])
    expect(readAll(nbns, [client(query), server(answer('8580'))])).toEqual([])
  })

  it('hears the table of names of a node', () => {
    const names = `${statusOf('PLANT', '00', '8400')} ${statusOf('OPC-1', '20', '0400')} ${statusOf('OPC-1', '00', '0400')}`
    const table = `${head('8400', 0, 1, 0)} ${netbios('*', 0)} 0021 0001 00000000 ${counted(`03 ${names}`, 2)}`
    expect(readAll(nbns, [server(table)])).toEqual([{ heard: 'name', text: 'OPC-1' }])
    expect(readAll(nbns, [{ from: 'server', bytes: hex(table).subarray(0, 70), length: 120 }])).toEqual([])
  })
})

describe('NetBIOS datagrams', () => {
  const datagram = `11 0a 1234 0a000005 008a 00bb 0000 ${netbios('HMI-3', 0x20)} ${netbios('PLANT', 0x1d)}`

  it('are known by their names', () => {
    expect(probeText(nbdgm, hex(datagram))).toBe('certain')
    expect(probeText(nbdgm, hex(datagram.replace(/^11/, '17')))).toBe('not')
    expect(probeText(nbdgm, hex(`11 ${'00'.repeat(80)}`))).toBe('not')
  })

  it('say who sends them, unless they are forwarded', () => {
    expect(readAll(nbdgm, [client(datagram)], { srcPort: 138, dstPort: 138 })).toEqual([
      { heard: 'name', text: 'HMI-3' },
    ])
    expect(readAll(nbdgm, [client(datagram)], { srcPort: 1138, dstPort: 138 })).toEqual([])
  })
})

describe('NetBIOS sessions', () => {
  it.each([
    ['a request', `81 00 0044 ${netbios('FILES', 0x20)} ${netbios('HMI-3', 0)}`, 'certain from client'],
    ['accepted', '82000000', 'unsure from server'],
    ['refused', '83000001 82', 'certain from server'],
    ['refused for no reason', '83000001 02', 'not'],
    ['SMB', '00000040 ff534d42 72 00', 'not'],
  ])('%s', (_, bytes, what) => {
    expect(probeText(nbss, hex(bytes))).toBe(what)
  })
})
