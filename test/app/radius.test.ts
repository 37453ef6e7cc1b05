import { describe, expect, it } from 'vitest'
import { radius } from '../../src/app/it/radius.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const client = (text: string): Said => ({ from: 'client', bytes: hex(text) })
const server = (text: string): Said => ({ from: 'server', bytes: hex(text) })
const packet = (code: string) =>
  `${code} 2a 001f 00112233445566778899aabbccddeeff 01 05 6f7073 04 06 0a010203`

describe('what is RADIUS', () => {
  it.each([
    [packet('01'), 'certain from client'],
    [packet('05'), 'certain from server'],
    [packet('28'), 'certain from client'],
    // no attributes: too little
    ['02 2a 0014 00112233445566778899aabbccddeeff', 'unsure from server'],
    [packet('63'), 'not'],
    [packet('01').replace('01 05 6f7073', '01 01 6f7073'), 'not'],
    [packet('01').replace('001f', '002f'), 'not'],
  ])('%s: %s', (bytes, what) => expect(probeText(radius, hex(bytes), { dstPort: 1812 })).toBe(what))

  it('also where the capture cut it', () => {
    expect(probeText(radius, hex(packet('01')).subarray(0, 25), { length: 31 })).toBe('unsure from client')
  })

  it.each(LOOK_ALIKES)('not %s', (_, bytes) =>
    expect(probeText(radius, bytes, { dstPort: 1812 })).toBe('not'),
  )
})

describe('what RADIUS does', () => {
  it('asks for access, and is rejected', () => {
    expect(readAll(radius, [client(packet('01')), server(packet('03'))])).toEqual([
      { client: true },
      { act: ['session'], fn: 1 },
      { client: false },
      { answer: 1, refused: true },
    ])
  })

  it('something else, something cut, something that says too much', () => {
    expect(readAll(radius, [client(packet('63'))])).toEqual([{ act: ['unknown'], fn: 99 }, 'unfit'])
    expect(readAll(radius, [{ ...client(packet('01').slice(0, 20)), length: 31 }])).toEqual(['short'])
    expect(readAll(radius, [client(packet('01').replace('001f', '002f'))])).toEqual(['unfit'])
  })
})
