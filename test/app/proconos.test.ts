import { describe, expect, it } from 'vitest'
import { proconos } from '../../src/app/ot/proconos.ts'
import * as A from '../../src/net/actions.ts'
import { hex, probeText, readAll } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const ASK = 'cc01 000b 4002 0000 47ee'
const ascii = (text: string, length: number) => Buffer.from(text.padEnd(length, '\0')).toString('hex')
const ANSWER = `cc01 008a ${'00'.repeat(8)} ${ascii('ProConOS V4.1.0230', 32)} ${ascii('TEST 100', 33)} ${ascii('hall3', 20)}`

describe('what is ProConOS', () => {
  it.each([
    [ASK, 'certain from client'],
    [ANSWER, 'unsure from server'],
    ['cc01 0010 4103 0000 1122', 'unsure'],
    [`${ASK} 00`, 'not'],
    ['cc02 000b 4002 0000 47ee', 'not'],
  ])('%s: %s', (bytes, what) => expect(probeText(proconos, hex(bytes), { dstPort: 20547 })).toBe(what))

  it.each(LOOK_ALIKES)('not %s', (_, bytes) =>
    expect(probeText(proconos, bytes, { dstPort: 20547 })).toBe('not'),
  )

  it('asks what it is; everything else is unknown', () => {
    const told = readAll(proconos, [
      { from: 'client', bytes: hex(ASK) },
      { from: 'server', bytes: hex(ANSWER) },
      { from: 'client', bytes: hex('cc01 0010 4103 0000 1122') },
    ])
    expect(told).toEqual([
      { client: true },
      { act: ['discover'], fn: 1 },
      { client: false },
      { answer: 1 },
      { heard: 'product', text: 'TEST 100' },
      { heard: 'version', text: 'ProConOS V4.1.0230' },
      { act: ['unknown'], fn: 0 },
    ])
  })

  it('a question in several segments is one, and so is its answer', () => {
    const ask = hex(ASK)
    expect([1, 7, 9].map(end => proconos.length!(ask, 0, end))).toEqual([0, 0, 0])
    expect(proconos.length!(ask, 0, 10)).toBe(10)
    expect(proconos.length!(hex('cc01 0010'), 0, 4)).toBe(4)
    const answer = hex(ANSWER)
    const server = (bytes: Uint8Array) => ({ from: 'server', bytes }) as const
    const told = readAll(proconos, [
      { from: 'client', bytes: ask },
      server(answer.subarray(0, 16)),
      server(answer.subarray(16)),
    ])
    expect(told.slice(2)).toEqual([{ answer: 1 }])
  })

  it('an answer to what nobody knows is unknown', () => {
    const answer = { from: 'server', bytes: hex('cc01 0010 4103 0000 1122') } as const
    expect(readAll(proconos, [answer])).toEqual([{ answer: 0 }])
    expect(proconos.functionActions!(0)).toBe(A.UNKNOWN)
  })
})
