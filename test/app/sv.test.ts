import { describe, expect, it } from 'vitest'
import { sv } from '../../src/app/ot/sv.ts'
import { ETHERNET } from '../../src/app/protocol.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const carrier = { transport: ETHERNET, ethertype: 0x88ba }
const unit =
  '30 23 80 04 4d553031 82 02 0010 83 04 00000001 85 01 02 87 10 00000001 00000000 00000002 00000000'.replaceAll(
    ' ',
    '',
  )
const samples = `4000 0034 0000 0000 60 2a 80 01 01 a2 25 ${unit}`

describe('what are Sampled Values', () => {
  it.each([
    [samples, 'certain'],
    [samples.replace('0034', '0134'), 'not'],
    [samples.replace('60 2a', '61 2a'), 'not'],
    [samples.replace('80 01 01', '81 01 01'), 'not'],
  ])('%s: %s', (bytes, what) => expect(probeText(sv, hex(bytes), carrier)).toBe(what))

  it.each(LOOK_ALIKES)('not %s', (_, other) => expect(probeText(sv, other, carrier)).toBe('not'))
})

describe('what Sampled Values tell', () => {
  const sent = (...frames: string[]): Said[] => frames.map(one => ({ from: 'client', bytes: hex(one) }))

  it('samples under an APPID, and once of which stream', () => {
    expect(readAll(sv, sent(samples, samples), carrier)).toEqual([
      { act: ['report'], fn: 1, area: 0, first: 0x4000, last: 0x4000 },
      { detail: 'stream', text: 'MU01' },
      { act: ['report'], fn: 1, area: 0, first: 0x4000, last: 0x4000 },
    ])
  })

  it('a simulator', () => {
    const told = readAll(sv, sent(samples.replace('0000 0000', '8000 0000')), carrier)
    expect(told[0]).toMatchObject({ fn: 2 })
  })

  it('what does not hold together is still a report', () => {
    expect(readAll(sv, sent('4000 0134 0000 0000 60 2a 80 01 01'), carrier)).toEqual([
      { act: ['report'], fn: 0 },
      'unfit',
    ])
    expect(readAll(sv, [{ from: 'client', bytes: hex('4000 0034'), length: 0x34 }], carrier)).toEqual([
      { act: ['report'], fn: 0 },
      'short',
    ])
  })
})
