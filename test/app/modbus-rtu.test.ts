import { describe, expect, it } from 'vitest'
import { modbus } from '../../src/app/ot/modbus.ts'
import { modbusRtu } from '../../src/app/ot/modbus-rtu.ts'
import * as A from '../../src/net/actions.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const client = (text: string): Said => ({ from: 'client', bytes: hex(text) })
const server = (text: string): Said => ({ from: 'server', bytes: hex(text) })
const lengthOf = (text: string): number => modbusRtu.length!(hex(text), 0, hex(text).length)

describe('what is Modbus RTU over TCP', () => {
  it.each([
    ['01 03 0009 000a 15cf', 'certain from client'],
    ['01 03 02 0001 7984', 'certain from server'],
    ['01 03 04 0001 0002 2a32', 'certain from server'],
    ['01 83 02 c0f1', 'certain from server'],
    ['11 05 00ac ff00 4e8b', 'certain'],
    ['01 10 0009 0002 04 0001 0002 e3c4', 'certain from client'],
    ['01 10 0009 0002 91ca', 'certain from server'],
    ['01 07 41e2', 'certain from client'],
    ['01 2b 0e 01 00 7077', 'certain'],
    // two in one segment; the second is unfinished
    ['01 03 0009 000a 15cf 01 07 41e2', 'certain from client'],
    ['01 03 0009 000a 15cf 01 03 00', 'certain from client'],
    // a function that nobody has described
    ['01 41 0102 d19d', 'unsure'],
    // opcode 7 of ROC Plus
    ['01 02 0301 0700 2bbe', 'unsure'],
    // wrong check sequence, no such unit, something else behind it
    ['01 03 0009 000a 15ce', 'not'],
    ['f8 03 0000 0001 9063', 'not'],
    ['01 03 0009 000a 15cf ff', 'not'],
    ['01 03 0009 000a', 'not'],
    ['0001 0000 0006 01 03 0000 000a', 'not'],
  ])('%s: %s', (bytes, what) => {
    expect(probeText(modbusRtu, hex(bytes), { dstPort: 502 })).toBe(what)
  })

  it.each(LOOK_ALIKES)('not %s', (_, bytes) => {
    expect(probeText(modbusRtu, bytes, { dstPort: 502 })).toBe('not')
    // nor is more of it waited for
    if (bytes.length >= 8) expect(modbusRtu.length!(bytes, 0, bytes.length)).toBe(-1)
  })

  it('where it has the shape of Modbus/TCP, too, that one is not sure', () => {
    const two = hex(`01 03 0000 0002 ${'c40b'}`)
    expect(probeText(modbusRtu, two)).toBe('certain from client')
    expect(probeText(modbus, two)).toBe('unsure from client')
    const coils = hex(`01 0f 0000 0004 01 08 ${'3f50'}`)
    expect(probeText(modbusRtu, coils)).toBe('certain from client')
    expect(probeText(modbus, coils)).toBe('unsure')
  })
})

describe('where a frame of Modbus RTU ends', () => {
  it.each([
    ['01', 0],
    ['01 03', 0],
    ['01 03 00', 0],
    ['01 03 0009 000a 15', 0],
    ['01 03 0009 000a 15cf', 8],
    ['01 03 0009 000a 15cf 0103', 8],
    ['01 03 0009 000a 15ce', -1],
    // an answer may be as long as its count says
    ['01 03 0a 1122 3344 55', 0],
    ['01 01 03 112233 34fe', 8],
    ['01 01 0300 0010 3d82', 8],
    ['01 10 0009 0002 04 0001', 0],
    ['01 10 0009 0002 04 0001 0002 e3c4', 13],
    ['01 18 04de 0347', 6],
    ['01 18 0006 0002 01b8 1284 1918', 12],
    ['01 83 02 c0f1', 5],
    ['01 83 63 c0f1', -1],
    ['00 00 00 00', -1],
    ['ff 03', -1],
    ['5353 482d', -1],
  ])('%s: %i', (bytes, length) => {
    expect(lengthOf(bytes)).toBe(length)
  })

  it('functions of other lengths end with what is there', () => {
    const identity = '01 2b 0e 01 01 00 00 01 00 03 4f5345 c0f2'
    expect(lengthOf(identity)).toBe(15)
    expect(lengthOf(identity.slice(0, -2))).toBe(0)
    expect(lengthOf('01 41 0102 d19d')).toBe(6)
    expect(lengthOf('01 41 0102 d19d 01')).toBe(-1)
  })
})

describe('what Modbus RTU does', () => {
  it('reads, with unit, table and range', () => {
    expect(readAll(modbusRtu, [client('01 03 0009 000a 15cf'), server('01 03 02 0001 7984')])).toEqual([
      { client: true },
      { act: ['read'], fn: 3, unit: 1, area: 4, first: 9, last: 18 },
      { client: false },
      { answer: 3, unit: 1 },
    ])
  })

  it('writes, and is refused', () => {
    expect(
      readAll(modbusRtu, [
        client('11 05 00ac ff00 4e8b'),
        client('01 10 0009 0002 04 0001 0002 e3c4'),
        server('01 10 0009 0002 91ca'),
        server('01 85 02 c351'),
      ]),
    ).toEqual([
      { act: ['write'], fn: 5, unit: 17, area: 0, first: 172, last: 172 },
      { client: true },
      { act: ['write'], fn: 16, unit: 1, area: 4, first: 9, last: 10 },
      { client: false },
      { answer: 16, unit: 1 },
      { client: false },
      { answer: 5, unit: 1, refused: true },
    ])
  })

  it('both where a function does both, files, diagnostics, identity, what is not known', () => {
    expect(
      readAll(modbusRtu, [
        client('01 17 0000 0002 0010 0001 02 00ff 566b'),
        client('01 14 07 06 0004 0001 0002 d8e5'),
        client('01 08 000b 0000 91c9'),
        client('01 2b 0e 01 00 7077'),
        client('01 41 0102 d19d'),
      ]),
    ).toEqual([
      { client: true },
      { act: ['read'], fn: 23, unit: 1, area: 4, first: 0, last: 1 },
      { act: ['write'], fn: 23, unit: 1, area: 4, first: 16, last: 16 },
      { act: ['file', 'read'], fn: 20, unit: 1, area: 6, first: 4, last: 4 },
      { act: ['diagnose'], fn: 8, unit: 1 },
      { act: ['discover'], fn: 43, unit: 1 },
      { act: ['unknown'], fn: 65, unit: 1 },
    ])
  })

  it('tells that a frame is cut', () => {
    const bytes = hex('01 10 0009 0002 04 0001 0002 e3c4')
    const notes: unknown[] = []
    const to = new Proxy({} as never, {
      get: (_, key) => (key === 'fromOrig' ? true : (...rest: unknown[]) => notes.push([key, ...rest])),
    })
    modbusRtu.read!(bytes, 0, 5, 13, to)
    expect(notes.map(note => (note as unknown[])[0])).toEqual(['client', 'act', 'short', 'short'])
    expect(notes[1]).toEqual(['act', A.WRITE, 16, 1, -1, 0, 0])
  })

  it('names what was written as Modbus/TCP does', () => {
    expect(modbusRtu.areaText!(4, 9, 18)).toBe('holding registers 40010-40019')
    expect(modbusRtu.functionName!(16)).toBe('write multiple registers')
    expect(modbusRtu.functionActions!(16)).toBe(modbus.functionActions!(16))
  })
})
