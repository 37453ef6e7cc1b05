import { describe, expect, it } from 'vitest'
import { tftp } from '../../src/app/it/tftp.ts'
import { hex, probeText, readAll } from '../support/app-run.ts'
import { client, digits, server } from '../support/app-text.ts'

const request = (code: string, name: string, mode: string): string =>
  `00${code} ${digits(name)} 00 ${digits(mode)} 00`

describe('what is TFTP', () => {
  it.each([
    ['a read', request('01', 'boot.bin', 'octet'), 'certain from client'],
    ['a write', request('02', 'cfg/sw1.txt', 'NETASCII'), 'certain from client'],
    [
      'with options',
      `${request('01', 'f', 'octet')} ${digits('blksize')} 00 ${digits('1428')} 00`,
      'certain from client',
    ],
    ['another mode', request('01', 'boot.bin', 'binary'), 'not'],
    ['no name', request('01', '', 'octet'), 'not'],
    ['data', `0003 0001 ${'5a'.repeat(512)}`, 'unsure'],
    ['an acknowledgement', '0004 0001', 'unsure'],
    ['a longer one', '0004 0001 00', 'not'],
    ['an error', `0005 0001 ${digits('no such file')} 00`, 'unsure'],
    ['options agreed on', `0006 ${digits('tsize')} 00 ${digits('0')} 00`, 'unsure'],
    ['Modbus/TCP', '0001 0000 0006 01 03 0000 000a', 'not'],
    ['zeroes', '00'.repeat(20), 'not'],
  ])('%s', (_, bytes, what) => {
    expect(probeText(tftp, hex(bytes), { dstPort: 69 })).toBe(what)
  })
})

it('announces that the answer comes to the port that asked', () => {
  const said = [client(request('02', 'fw.bin', 'octet')), server('0005 0002 00')]
  expect(readAll(tftp, said, { srcPort: 49200, dstPort: 69 })).toEqual([
    { client: true },
    { announce: 17, port: 49200, atSender: true },
  ])
})

it('announces nothing by requests of who was asked, nor by anything else', () => {
  const asked = server(request('01', 'fw.bin', 'octet'))
  expect(readAll(tftp, [asked], { srcPort: 49200, dstPort: 69 })).toEqual([{ client: true }])
  const others = ['0003 0001 5a5a', '0004 0001', '0005 0001 00', `0006 ${digits('tsize')} 00 30 00`]
  expect(readAll(tftp, others.map(client), { srcPort: 49200, dstPort: 69 })).toEqual([])
})
