import { describe, expect, it } from 'vitest'
import { ptp } from '../../src/app/it/ptp.ts'
import { ETHERNET, UDP } from '../../src/app/protocol.ts'
import { hex, probeText, readAll } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const udp = { transport: UDP, srcPort: 319, dstPort: 319 }
const ethernet = { transport: ETHERNET, ethertype: 0x88f7 }
/** a message of version 2, as long as its type has it at least */
function message(type: string, length: number, domain = '00', action = '00'): string {
  const head = `${type} 02 ${length.toString(16).padStart(4, '0')} ${domain} 00 0000`.replace(/\s/g, '')
  const rest = '00'.repeat(length - head.length / 2).split('')
  if (length > 46) rest.splice(2 * (46 - head.length / 2), 2, ...action)
  return head + rest.join('')
}
const read = (...messages: string[]) =>
  readAll(
    ptp,
    messages.map(one => ({ from: 'client' as const, bytes: hex(one) })),
    udp,
  )
const OLD = `0001 0001 5f44464c54 ${'00'.repeat(11)} 01 ${'00'.repeat(11)} 00 ${'00'.repeat(20)}`

describe('what is PTP', () => {
  it.each([
    [message('00', 44), 'certain'],
    [message('1b', 64), 'certain'],
    [message('02', 44), 'not'],
    [message('04', 44), 'not'],
    [message('00', 44).replace('0002', '0003'), 'not'],
    [`${message('00', 44)}0000`, 'certain'],
    [`${message('00', 44)}000000`, 'unsure'],
    [OLD, 'certain'],
    [OLD.replace('5f', '41'), 'not'],
  ])('%s: %s', (bytes, what) => expect(probeText(ptp, hex(bytes), udp)).toBe(what))

  it('on Ethernet, where short frames are padded; on other ports less sure', () => {
    expect(probeText(ptp, hex(message('00', 44) + '00'.repeat(16)), ethernet)).toBe('certain')
    expect(probeText(ptp, hex(message('00', 44)), { ...udp, dstPort: 5000 })).toBe('unsure')
  })

  it.each(LOOK_ALIKES)('not %s', (_, other) => {
    expect(probeText(ptp, other, udp)).toBe('not')
    expect(probeText(ptp, other, ethernet)).toBe('not')
  })
})

describe('what PTP does', () => {
  it('gives out time, in domains', () => {
    expect(read(message('00', 44, '05'), message('08', 44, '05'), message('0b', 64))).toEqual([
      { act: ['time'], fn: 0, unit: 5 },
      { act: ['time'], fn: 8, unit: 5 },
      { act: ['time'], fn: 11, unit: 0 },
    ])
    expect(read(OLD)).toEqual([{ act: ['time'], fn: 0 }])
  })

  it('management: gets, sets, commands, answers', () => {
    const management = (action: string) => message('0d', 54, '00', action)
    expect(read(...['00', '01', '03', '02', '04', '07'].map(management))).toEqual([
      { act: ['read'], fn: 13, unit: 0 },
      { act: ['configure'], fn: 13, unit: 0 },
      { act: ['control'], fn: 13, unit: 0 },
      { answer: 13, unit: 0 },
      { answer: 13, unit: 0 },
      { act: ['unknown'], fn: 13, unit: 0 },
    ])
    expect(read(OLD.replace(`${'00'.repeat(11)} 00`, `${'00'.repeat(11)} 04`))).toEqual([
      { act: ['unknown'], fn: 13 },
    ])
  })

  it('what is cut or does not hold together', () => {
    const whole = hex(message('0d', 54, '00', '01'))
    expect(readAll(ptp, [{ from: 'client', bytes: whole.subarray(0, 40), length: 54 }], udp)).toEqual([
      { act: ['unknown'], fn: 13, unit: 0 },
      'short',
    ])
    expect(read(message('04', 44))).toEqual([{ act: ['unknown'], fn: 4 }, 'unfit'])
  })
})
