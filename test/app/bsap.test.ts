import { describe, expect, it } from 'vitest'
import { bsap } from '../../src/app/ot/bsap.ts'
import { UDP } from '../../src/app/protocol.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const carrier = { transport: UDP, srcPort: 1235, dstPort: 1235 }
const frame = (body: string) => `1002 ${body} 1003 a94d`
const BY_NAME = frame('01 eb a0 e308 03 00 04 01 40 0f 01 40 5441 00')
const ANSWER = frame('00 eb 03 e308 a0 00 00 01 82 df82be')
const asks = (...frames: string[]): Said[] => frames.map(one => ({ from: 'client', bytes: hex(one) }))
const read = (...said: Said[]) => readAll(bsap, said, carrier)

describe('what is BSAP', () => {
  it.each([
    [BY_NAME, 'certain'],
    [ANSWER, 'certain'],
    [BY_NAME.replace('1003', '1004'), 'not'],
    [BY_NAME.replace('1002', '1005'), 'not'],
  ])('%s: %s', (bytes, what) => expect(probeText(bsap, hex(bytes), carrier)).toBe(what))

  it.each(LOOK_ALIKES)('not %s', (_, other) => expect(probeText(bsap, other, carrier)).toBe('not'))
})

describe('what BSAP does', () => {
  it('reads and writes signals of stations', () => {
    expect(
      read(
        ...asks(BY_NAME),
        { from: 'server', bytes: hex(ANSWER) },
        ...asks(BY_NAME.replace('00 04', '00 84')),
      ),
    ).toEqual([
      { client: true },
      { act: ['read'], fn: 4, unit: 1 },
      { client: false },
      { answer: 4, unit: 1 },
      { client: true },
      { act: ['write'], fn: 132, unit: 1 },
    ])
  })

  it('doubled DLEs are one byte', () => {
    expect(read(...asks(frame('01 1010 a0 e308 03 00 84 01 40 0f 01 40')))).toContainEqual({
      act: ['write'],
      fn: 132,
      unit: 1,
    })
  })

  it('through the network', () => {
    expect(read(...asks(frame('85 01 0001 0002 00 a0 e308 03 00 0c 01')))).toContainEqual({
      act: ['read'],
      fn: 12,
      unit: 5,
    })
  })

  it('what is not known, cut or too short', () => {
    expect(read(...asks(frame('01 eb 70 e308 03 00 04 01')))).toContainEqual({
      act: ['unknown'],
      fn: 368,
      unit: 1,
    })
    expect(read(...asks(BY_NAME.replace('00 04', '00 55')))).toContainEqual({
      act: ['unknown'],
      fn: 85,
      unit: 1,
    })
    expect(read(...asks(frame('01 eb')))).toEqual([{ act: ['unknown'], fn: 256 }, 'unfit'])
    expect(read({ from: 'client', bytes: hex(BY_NAME).subarray(0, 6), length: 30 })).toEqual([
      { act: ['unknown'], fn: 256 },
      'short',
    ])
  })
})
