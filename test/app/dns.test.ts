import { describe, expect, it } from 'vitest'
import { dns } from '../../src/app/it/dns.ts'
import { llmnr } from '../../src/app/it/llmnr.ts'
import { mdns } from '../../src/app/it/mdns.ts'
import { TCP } from '../../src/app/protocol.ts'
import { hex, probeText, readAll } from '../support/app-run.ts'
import { client, counted, dnsName, number, server } from '../support/app-text.ts'

const head = (flags: string, ...counts: number[]): string =>
  `9f6c ${flags} ${counts.map(count => number(count, 2)).join(' ')}`
const question = (name: string, type = '0001', kind = '0001'): string => `${dnsName(name)} ${type} ${kind}`
const record = (name: string, type: string, kind: string, data: string): string =>
  `${name} ${type} ${kind} 00000078 ${counted(data, 2)}`
const opt = '00 0029 1000 00000000 0000'
const query = `${head('0100', 1, 0, 0, 0)} ${question('www.plant.example')}`
const answer = `${head('8180', 1, 1, 0, 0)} ${question('plant.example')} ${record('c00c', '0001', '0001', 'c0000201')}`

describe('what is DNS', () => {
  it.each([
    ['a query', query, 'certain from client'],
    ['with options', `${head('0120', 1, 0, 0, 1)} ${question('a.example')} ${opt}`, 'certain from client'],
    ['of the root', `${head('0000', 1, 0, 0, 0)} ${question('', '0002')}`, 'certain from client'],
    ['an answer', answer, 'certain from server'],
    ['no such name', `${head('8183', 1, 0, 0, 0)} ${question('a.example')}`, 'certain from server'],
    ['an update', `${head('2800', 1, 0, 0, 0)} ${question('plant.example', '0006')}`, 'certain from client'],
    ['bytes that names have not', `${head('0100', 1, 0, 0, 0)} 03171701 00 0001 0001`, 'unsure from client'],
    ['more than the question', `${query} 00`, 'not'],
    ['an answer in a query', `${head('0100', 1, 1, 0, 0)} ${question('a.example')} ${opt}`, 'not'],
    ['two questions', `${head('0100', 2, 0, 0, 0)} ${question('a')} ${question('b')}`, 'not'],
    ['a class that is none', `${head('0100', 1, 0, 0, 0)} ${question('a.example', '0001', '0007')}`, 'not'],
    ['a type that is none', `${head('0100', 1, 0, 0, 0)} ${question('a.example', '4001')}`, 'not'],
    ['the bit that stays zero', `${head('0140', 1, 0, 0, 0)} ${question('a.example')}`, 'not'],
    ['a pointer to itself', `${head('0100', 1, 0, 0, 0)} c00c 0001 0001`, 'not'],
    ['more records than fit', answer.replace('0001 0001 0000 0000', '0001 4001 0000 0000'), 'not'],
    ['a record longer than the message', answer.replace(/0004c0000201$/, '0104c0000201'), 'not'],
    ['an operation that is none', `${head('7800', 1, 0, 0, 0)} ${question('a.example')}`, 'not'],
    ['zeroes', '00'.repeat(40), 'not'],
    ['ENIP: list identity', `6300 0000 0000 0000 ${'00'.repeat(16)}`, 'not'],
    ['BACnet: who is', '810b 000c 0120 ffff 00ff 1008', 'not'],
  ])('%s', (_, bytes, what) => {
    expect(probeText(dns, hex(bytes), { dstPort: 53 })).toBe(what)
  })

  it('over TCP with its length', () => {
    const whole = hex(counted(query, 2))
    expect(probeText(dns, whole, { transport: TCP })).toBe('certain from client')
    expect(probeText(dns, hex(query), { transport: TCP })).toBe('not')
    expect(probeText(dns, hex(counted(query, 2) + counted(query, 2)), { transport: TCP })).toBe(
      'unsure from client',
    )
    expect(probeText(dns, hex(counted(answer, 2)).subarray(0, 35), { transport: TCP })).toBe(
      'certain from server',
    )
  })

  it('as far as the capture has it', () => {
    const bytes = hex(answer)
    expect(probeText(dns, bytes.subarray(0, 40), { length: bytes.length })).toBe('certain from server')
    expect(probeText(dns, bytes.subarray(0, 20), { length: bytes.length })).toBe('unsure from server')
    expect(probeText(dns, bytes.subarray(0, 12), { length: bytes.length })).toBe('not')
  })

  it('not at the ports of those that took its format', () => {
    expect(probeText(dns, hex(query), { srcPort: 5353, dstPort: 5353 })).toBe('not')
    expect(probeText(dns, hex(query), { srcPort: 5353, dstPort: 53 })).toBe('certain from client')
    expect(probeText(mdns, hex(query), { srcPort: 40000, dstPort: 53 })).toBe('not')
    expect(probeText(llmnr, hex(query), { srcPort: 40000, dstPort: 53 })).toBe('not')
  })
})

describe('multicast DNS', () => {
  const ports = { srcPort: 5353, dstPort: 5353 }
  const host = dnsName('pump-2.local')
  const announced = `0000 8400 0000 0002 0000 0000 ${record(dnsName('_http._tcp.local'), '000c', '0001', 'c00c')} ${record(host, '0001', '8001', '0a000005')}`

  it('is known at its port', () => {
    expect(probeText(mdns, hex(announced), ports)).toBe('certain from server')
    const asked = `0000 0000 0002 0000 0000 0000 ${question('_http._tcp.local', '000c', '8001')} ${question('a b.local', '00ff')}`
    expect(probeText(mdns, hex(asked), ports)).toBe('certain from client')
    expect(probeText(mdns, hex('0000 0000 0000 0000 0000 0000 00'), ports)).toBe('not')
    expect(probeText(mdns, hex(query.replace('0100', '0103')), ports)).toBe('not')
  })

  it('hears whose addresses are announced, once', () => {
    expect(readAll(mdns, [server(announced), server(announced)], ports)).toEqual([
      { heard: 'name', text: 'pump-2' },
    ])
    expect(readAll(mdns, [server(announced.replace('8001', '0001'))], ports)).toEqual([])
    const bytes = hex(announced)
    expect(readAll(mdns, [{ from: 'server', bytes: bytes.subarray(0, 60), length: bytes.length }])).toEqual(
      [],
    )
  })
})

describe('LLMNR', () => {
  const ports = { srcPort: 50000, dstPort: 5355 }
  const asked = `${head('0000', 1, 0, 0, 0)} ${question('hmi-3')}`
  const answered = `${head('8000', 1, 1, 0, 0)} ${question('hmi-3')} ${record(dnsName('hmi-3'), '0001', '0001', '0a000005')}`

  it('is known at its port', () => {
    expect(probeText(llmnr, hex(asked), ports)).toBe('certain from client')
    expect(probeText(llmnr, hex(answered), { srcPort: 5355, dstPort: 50000 })).toBe('certain from server')
    expect(probeText(llmnr, hex(asked.replace('0001 0000', '0002 0000')), ports)).toBe('not')
  })

  it('hears who answers for its own name', () => {
    expect(readAll(llmnr, [client(asked), server(answered)], ports)).toEqual([
      { heard: 'name', text: 'hmi-3' },
    ])
    expect(readAll(llmnr, [server(answered.replace('8000', '8400'))], ports)).toEqual([])
  })
})
