import { describe, expect, it } from 'vitest'
import { crimson } from '../../src/app/ot/crimson.ts'
import { hex, probeText, readAll } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const ASK = '0004 012b 1b00'
const MAKER = `000e 012b 0300 ${Buffer.from('Red Lion\0\0').toString('hex')}`

describe('what is Crimson', () => {
  it.each([
    [ASK, 'certain from client'],
    ['0004 012a 1a00', 'certain from client'],
    [MAKER, 'unsure from server'],
    [`${MAKER} 00`, 'not'],
    ['0004 012b 1c00 00', 'not'],
  ])('%s: %s', (bytes, what) => expect(probeText(crimson, hex(bytes), { dstPort: 789 })).toBe(what))

  it.each(LOOK_ALIKES)('not %s', (_, bytes) =>
    expect(probeText(crimson, bytes, { dstPort: 789 })).toBe('not'),
  )
})

describe('what Crimson does', () => {
  it('asks who made it; everything else is unknown', () => {
    const told = readAll(crimson, [
      { from: 'client', bytes: hex(`${ASK} 0006 0500 00010002`) },
      { from: 'server', bytes: hex(MAKER) },
    ])
    expect(told).toEqual([
      { client: true },
      { act: ['discover'], fn: 0x12b },
      { act: ['unknown'], fn: 0x500 },
      { client: false },
      { answer: 0x12b },
      { heard: 'vendor', text: 'Red Lion' },
    ])
  })

  it('has its length from two bytes', () => {
    expect(crimson.length!(hex(ASK), 0, 2)).toBe(6)
    expect(crimson.length!(hex('4745'), 0, 2)).toBe(-1)
  })
})
