import { describe, expect, it } from 'vitest'
import { ipmi } from '../../src/app/it/ipmi.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const client = (text: string): Said => ({ from: 'client', bytes: hex(text) })
const server = (text: string): Said => ({ from: 'server', bytes: hex(text) })

const hexByte = (n: number) => (n & 0xff).toString(16).padStart(2, '0')
/** A message without session: network function, command, data. */
function message(network: number, command: number, data = ''): string {
  const second = network << 2
  const bytes = `20 ${hexByte(second)} ${hexByte(-(0x20 + second))} 81 00 ${hexByte(command)} ${data} 00`
  return `0600ff07 00 00000000 00000000 ${hexByte(hex(bytes).length)} ${bytes}`
}
const PING = '0600ff06 000011be 80 00 00 00'
const PONG = '0600ff06 000011be 40 00 00 10 000011be 00000000 81 00 000000000000'

describe('what is IPMI', () => {
  it.each([
    [PING, 'certain from client'],
    [PONG, 'certain from server'],
    [message(6, 0x38), 'certain'],
    ['0600ff07 06 12 00000000 00000000 0400 00000000', 'certain'],
    ['06000086', 'unsure'],
    [PING.replace('11be', '11bf'), 'not'],
    [`${message(6, 0x38)} ${'00'.repeat(30)}`, 'not'],
    ['0600ff07 09 00000000 00000000 07 20188081 00 38 00 00', 'not'],
  ])('%s: %s', (bytes, what) => expect(probeText(ipmi, hex(bytes), { dstPort: 623 })).toBe(what))

  it.each(LOOK_ALIKES)('not %s', (_, bytes) => expect(probeText(ipmi, bytes, { dstPort: 623 })).toBe('not'))
})

describe('what IPMI does', () => {
  it.each([
    [message(6, 1), ['discover'], 0x601, 'get device id'],
    [message(0, 2, '01'), ['control'], 2, 'chassis control'],
    [message(6, 0x47, '02'), ['configure'], 0x647, 'set user password'],
    [message(8, 0x21), ['firmware'], 0x821, 'firmware command 33'],
    [message(0x2e, 5), ['unknown'], 0x2e05, undefined],
  ])('%s: %j', (bytes, act, fn, name) => {
    expect(readAll(ipmi, [client(bytes)])).toEqual([{ client: true }, { act, fn }])
    expect(ipmi.functionName!(fn)).toBe(name)
  })

  it('answers, and refuses', () => {
    expect(readAll(ipmi, [server(message(7, 1, '00')), server(message(1, 2, 'd4'))])).toEqual([
      { client: false },
      { answer: 0x601 },
      { client: false },
      { answer: 2, refused: true },
    ])
  })

  it('who is there, and power over ASF', () => {
    expect(readAll(ipmi, [client(PING), server(PONG), client('0600ff06 000011be 12 00 00 00')])).toEqual([
      { client: true },
      { act: ['discover'], fn: 0xff80 },
      { client: false },
      { answer: 0xff80 },
      { client: true },
      { act: ['control'], fn: 0xff12 },
    ])
  })

  it('encrypted, damaged, cut', () => {
    const sealed = `0600ff07 06 c0 01020304 00000001 1000 ${'5a'.repeat(16)}`
    expect(readAll(ipmi, [client(sealed)])).toEqual([{ act: ['unknown'], fn: 0xffff }, 'opaque'])
    const wrong = message(6, 1).replace(' 81 ', ' 82 ').replace('20 18', '20 1c')
    expect(readAll(ipmi, [client(wrong)])).toEqual([{ act: ['unknown'], fn: 0xffff }, 'unfit'])
    expect(readAll(ipmi, [{ ...client(message(6, 1).slice(0, 30)), length: 21 }])).toEqual(['short'])
    expect(readAll(ipmi, [client('4745 5420 2f')])).toEqual(['unfit'])
  })
})
