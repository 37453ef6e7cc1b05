import { describe, expect, it } from 'vitest'
import { pcworx } from '../../src/app/ot/pcworx.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const client = (text: string): Said => ({ from: 'client', bytes: hex(text) })
const ascii = (text: string, length: number) => Buffer.from(text.padEnd(length, '\0')).toString('hex')
const OPEN = `0101 001a 00000000 7880 0003 000c ${ascii('IBETH01N0_M', 12)}`
const OPENED = '8101 0014 00000000 00000000 00000000 00050000'
const ASK = '0106 000e 00020000 0000 0005 0400'
const INFORMATION = `8106 0050 ${'00'.repeat(26)} ${ascii('ILC 999 ETH', 36)} ${ascii('4.60', 14)}`

describe('what is PC Worx', () => {
  it.each([
    [OPEN, 'certain from client'],
    [OPENED, 'unsure from server'],
    [`${OPEN} 00`, 'not'],
    [`0201 001a ${OPEN.slice(10)}`, 'not'],
  ])('%s: %s', (bytes, what) => expect(probeText(pcworx, hex(bytes), { dstPort: 1962 })).toBe(what))

  it.each(LOOK_ALIKES)('not %s', (_, bytes) =>
    expect(probeText(pcworx, bytes, { dstPort: 1962 })).toBe('not'),
  )
})

describe('what PC Worx does', () => {
  it('opens, asks what a controller is, and does what nobody knows', () => {
    const unknown = '0144 000c 00020000 00000000'
    expect(readAll(pcworx, [client(OPEN), client(ASK), client(unknown)])).toEqual([
      { client: true },
      { act: ['session'], fn: 1 },
      { client: true },
      { act: ['discover'], fn: 6 },
      { client: true },
      { act: ['unknown'], fn: 0x44 },
    ])
  })

  it('says what it is', () => {
    expect(readAll(pcworx, [{ from: 'server', bytes: hex(INFORMATION) }])).toEqual([
      { client: false },
      { answer: 6 },
      { heard: 'vendor', text: 'Phoenix Contact' },
      { heard: 'product', text: 'ILC 999 ETH' },
      { heard: 'version', text: '4.60' },
    ])
  })

  it('has its length from four bytes', () => {
    expect(pcworx.length!(hex(OPEN), 0, 4)).toBe(26)
    expect(pcworx.length!(hex(OPEN), 0, 3)).toBe(0)
    expect(pcworx.length!(hex('4745 5420'), 0, 4)).toBe(-1)
  })
})
