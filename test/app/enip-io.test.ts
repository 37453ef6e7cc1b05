import { describe, expect, it } from 'vitest'
import { ALIVE, enipIo, INPUTS, OUTPUTS } from '../../src/app/ot/enip-io.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'

const HEAD = '0200 0280 0800 01000100 05000000 b100'
const inputs = `${HEAD} 0600 0100 aabbccdd`
const outputs = `${HEAD} 0a00 0100 01000000 11223344`
const heartbeat = `${HEAD} 0200 0100`
const from = (who: 'client' | 'server', text: string): Said => ({ from: who, bytes: hex(text) })
const port = { srcPort: 2222, dstPort: 2222 }

describe('what is implicit EtherNet/IP', () => {
  it.each([
    [inputs, 'certain'],
    [heartbeat, 'certain'],
    [`${inputs}00`, 'not'],
    [inputs.replace('0280', '0380'), 'not'],
    ['00'.repeat(24), 'not'],
    ['001e1234010000010000000000000377777706676f6f676c65', 'not'],
  ])('%s: %s', (bytes, what) => {
    expect(probeText(enipIo, hex(bytes), port)).toBe(what)
  })
})

describe('what implicit EtherNet/IP does', () => {
  it('writes from the end that opened it, reports from the other', () => {
    expect(
      readAll(enipIo, [from('client', inputs), from('server', inputs), from('client', heartbeat)]),
    ).toEqual([
      { act: ['write'], fn: OUTPUTS },
      { act: ['report'], fn: INPUTS },
      { act: ['session'], fn: ALIVE },
    ])
  })

  it('knows outputs by their run/idle header, and by that the inputs', () => {
    expect(
      readAll(enipIo, [from('client', inputs), from('server', outputs), from('client', inputs)]),
    ).toEqual([
      { act: ['write'], fn: OUTPUTS },
      { act: ['write'], fn: OUTPUTS },
      { act: ['report'], fn: INPUTS },
    ])
  })

  it('knows that what goes to a group are inputs', () => {
    expect(readAll(enipIo, [from('client', inputs)], { isToGroup: true })).toEqual([
      { act: ['report'], fn: INPUTS },
    ])
  })

  it('is never harmless where it cannot be read', () => {
    const cut = hex(inputs)
    expect(readAll(enipIo, [{ from: 'client', bytes: cut.subarray(0, 10), length: cut.length }])).toEqual([
      { act: ['unknown'], fn: OUTPUTS },
      'short',
    ])
    expect(readAll(enipIo, [from('server', `${HEAD} ff00 0100`)])).toEqual([
      { act: ['unknown'], fn: INPUTS },
      'unfit',
    ])
  })
})
