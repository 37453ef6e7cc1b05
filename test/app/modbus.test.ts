import { describe, expect, it } from 'vitest'
import { modbus } from '../../src/app/ot/modbus.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'

const client = (text: string): Said => ({ from: 'client', bytes: hex(text) })
const server = (text: string): Said => ({ from: 'server', bytes: hex(text) })

describe('what is Modbus/TCP', () => {
  it.each([
    ['0001 0000 0006 01 03 0000 000a', 'certain from client'],
    ['0001 0000 0007 01 03 04 0001 0002', 'certain from server'],
    ['0001 0000 0003 01 83 02', 'certain from server'],
    ['0001 0000 0006 01 06 0000 000a', 'certain'],
    ['0001 0001 0006 01 03 0000 000a', 'not'],
    ['0000 0000 0000 00 00 0000 0000', 'not'],
    ['5353 482d 322e 302d 4f70 656e', 'not'],
    ['1603 0102 0001 0001 fc03 03aa', 'not'],
  ])('%s: %s', (bytes, what) => {
    expect(probeText(modbus, hex(bytes), { dstPort: 502 })).toBe(what)
  })
})

describe('what Modbus/TCP does', () => {
  it('reads, with unit, table and range', () => {
    expect(
      readAll(modbus, [client('0001 0000 0006 01 03 0009 000a'), server('0001 0000 0005 01 03 02 0001')]),
    ).toEqual([
      { client: true },
      { act: ['read'], fn: 3, unit: 1, area: 4, first: 9, last: 18 },
      { client: false },
      { answer: 3, unit: 1 },
    ])
  })

  it('writes, and both where a function does both', () => {
    const both = '0002 0000 000d 07 17 0000 0002 0010 0001 02 00ff'
    expect(readAll(modbus, [client(both)])).toEqual([
      { client: true },
      { act: ['read'], fn: 23, unit: 7, area: 4, first: 0, last: 1 },
      { act: ['write'], fn: 23, unit: 7, area: 4, first: 16, last: 16 },
    ])
  })

  it('names what was written', () => {
    expect(modbus.areaText!(4, 9, 18)).toBe('holding registers 40010-40019')
    expect(modbus.areaText!(4, 9999, 9999)).toBe('holding register 410000')
  })

  it('files: what is asked and what is answered look alike, who says it decides', () => {
    expect(
      readAll(modbus, [
        client('0001 0000 000a 01 14 07 06 0004 0001 0002'),
        server('0001 0000 0009 01 14 06 05 06 0dfe 0020'),
        client('0002 0000 000c 01 15 09 06 0004 0007 0001 06af'),
      ]),
    ).toEqual([
      { act: ['file', 'read'], fn: 20, unit: 1, area: 6, first: 4, last: 4 },
      { answer: 20, unit: 1 },
      { act: ['write', 'file'], fn: 21, unit: 1, area: 6, first: 4, last: 4 },
    ])
  })

  it('several in one segment, and a refusal', () => {
    const two = '0001 0000 0006 01 05 0001 ff00 0002 0000 0006 01 05 0002 ff00'
    expect(readAll(modbus, [client(two), server('0001 0000 0003 01 85 02')])).toEqual([
      { act: ['write'], fn: 5, unit: 1, area: 0, first: 1, last: 1 },
      { act: ['write'], fn: 5, unit: 1, area: 0, first: 2, last: 2 },
      { client: false },
      { answer: 5, unit: 1, refused: true },
    ])
  })
})
