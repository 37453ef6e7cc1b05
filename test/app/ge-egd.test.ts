import { describe, expect, it } from 'vitest'
import { geEgd } from '../../src/app/ot/ge-egd.ts'
import { hex, probeText, readAll } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const DATA = '0d01 0100 0a010203 7b000000 00c0e068 00c99a3a 00000000 00000000 00000000 1122'

describe('what is Ethernet Global Data', () => {
  it.each([
    [DATA, 'certain from client'],
    [DATA.replace('0d01', '0d02'), 'not'],
    [DATA.replace('00c99a3a', '00ca9a3b'), 'not'],
    [DATA.replace('00000000 1122', '00000001 1122'), 'not'],
    [DATA.replace('0a010203', '00000000'), 'not'],
  ])('%s: %s', (bytes, what) => expect(probeText(geEgd, hex(bytes), { dstPort: 18246 })).toBe(what))

  it.each(LOOK_ALIKES)('not %s', (_, bytes) =>
    expect(probeText(geEgd, bytes, { dstPort: 18246 })).toBe('not'),
  )

  it('reports exchanges', () => {
    expect(readAll(geEgd, [{ from: 'client', bytes: hex(DATA) }])).toEqual([
      { client: true },
      { act: ['report'], fn: 13, area: 0, first: 123, last: 123 },
    ])
    expect(geEgd.areaText!(0, 123, 123)).toBe('exchange 123')
    const other = hex(DATA.replace('0d01', '0c01'))
    expect(readAll(geEgd, [{ from: 'client', bytes: other }])).toEqual([
      { client: true },
      { act: ['unknown'], fn: 12 },
      'unfit',
    ])
    expect(readAll(geEgd, [{ from: 'client', bytes: hex('0d01 01'), length: 34 }])).toEqual(['short'])
  })
})
