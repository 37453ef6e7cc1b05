import { describe, expect, it } from 'vitest'
import { bgp } from '../../src/app/it/bgp.ts'
import { hex, probeText, readAll } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const MARKER = 'ff'.repeat(16)

describe('what is BGP', () => {
  it.each([
    [`${MARKER} 0013 04`, 'certain'],
    [`${MARKER} 001d 01 04 fde8 00b4 0a010203 00`, 'certain'],
    [`${MARKER} 0012 04`, 'not'],
    [`${MARKER} 0013 07`, 'not'],
    [`fe${MARKER.slice(2)} 0013 04`, 'not'],
  ])('%s: %s', (bytes, what) => expect(probeText(bgp, hex(bytes), { dstPort: 179 })).toBe(what))

  it.each(LOOK_ALIKES)('not %s', (_, bytes) => expect(probeText(bgp, bytes, { dstPort: 179 })).toBe('not'))
})

describe('what BGP does', () => {
  it('several in one segment', () => {
    const bytes = hex(`${MARKER} 0013 04 ${MARKER} 0017 02 0000 0000 ${MARKER} 0017 05 0001 0001`)
    expect(readAll(bgp, [{ from: 'client', bytes }])).toEqual([
      { act: ['session'], fn: 4 },
      { act: ['report'], fn: 2 },
      { act: ['read'], fn: 5 },
    ])
  })

  it('has its length from the header, and finds no message in others', () => {
    expect(bgp.length!(hex(`${MARKER} 0013 04`), 0, 18)).toBe(0)
    expect(bgp.length!(hex('ffff 00'), 0, 3)).toBe(-1)
  })
})
