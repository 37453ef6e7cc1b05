import { describe, expect, it } from 'vitest'
import { tristation } from '../../src/app/ot/tristation.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const client = (text: string): Said => ({ from: 'client', bytes: hex(text) })
const server = (text: string): Said => ({ from: 'server', bytes: hex(text) })
const hexByte = (n: number) => n.toString(16).padStart(2, '0')
/** A command of the station (direction 0) or an answer (1), in its envelope. */
function command(number: number, direction = 0, data = ''): string {
  const length = hexByte(10 + hex(data).length)
  return `05 00 ${length}00 ${hexByte(direction)} 00 ${hexByte(number)} 01 0000 5a5a ${length}00 ${data} c3c3`
}

describe('what is TriStation', () => {
  it.each([
    [command(19), 'certain from client'],
    [command(108, 1, '00000000'), 'certain from server'],
    ['01 00 0000 1234', 'unsure from client'],
    ['06 00 0000 1234', 'unsure'],
    // lengths that do not agree
    [command(19).replace('5a5a 0a00', '5a5a 0b00'), 'not'],
    ['05 00 0a00 02 00 13 01 0000 5a5a 0a00 c3c3', 'not'],
    ['0c 00 0000 1234', 'not'],
    ['01 00 0100 1234', 'not'],
  ])('%s: %s', (bytes, what) => expect(probeText(tristation, hex(bytes), { dstPort: 1502 })).toBe(what))

  it.each(LOOK_ALIKES)('not %s', (_, bytes) =>
    expect(probeText(tristation, bytes, { dstPort: 1502 })).toBe('not'),
  )
})

describe('what TriStation does', () => {
  it.each([
    [0, ['program'], 'start download all'],
    [1, ['program'], 'start download change'],
    [16, ['write'], 'set multiple point values'],
    [20, ['control'], 'run program'],
    [21, ['control'], 'halt program'],
    [55, ['program'], 'allocate program'],
    [65, ['upload'], 'upload program'],
    [19, ['diagnose'], 'get control program status'],
    [28, ['read'], 'get point values'],
    [31, ['time'], undefined],
    [77, ['unknown'], undefined],
    [255, ['unknown'], undefined],
  ])('command %i: %j', (number, act, name) => {
    expect(readAll(tristation, [client(command(number))])).toEqual([{ client: true }, { act, fn: number }])
    expect(tristation.functionName!(number)).toBe(name)
  })

  it('answers what was asked last, or what the answer is named for', () => {
    const told = readAll(tristation, [server(command(110, 1)), client(command(21)), server(command(212, 1))])
    expect(told).toEqual([
      { client: false },
      { answer: 21 },
      { client: true },
      { act: ['control'], fn: 21 },
      { client: false },
      { answer: 21, refused: true },
    ])
  })

  it('connects', () => {
    expect(
      readAll(tristation, [client('01 00 0000 1234'), server('02 00 0000 1234'), server('0a 00 0000 1234')]),
    ).toEqual([
      { client: true },
      { act: ['session'], fn: 257 },
      { client: false },
      { answer: 257 },
      { answer: 257, refused: true },
    ])
  })

  it('damaged, cut', () => {
    expect(readAll(tristation, [client('05 00 0b00 00 00 13')])).toEqual([
      { act: ['unknown'], fn: 261 },
      'unfit',
    ])
    const cut = { ...client(command(0).slice(0, 18)), length: 16 }
    expect(readAll(tristation, [cut])).toEqual([{ act: ['unknown'], fn: 255 }, 'short'])
  })
})
