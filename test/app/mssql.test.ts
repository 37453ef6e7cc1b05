import { describe, expect, it } from 'vitest'
import { mssql } from '../../src/app/it/mssql.ts'
import { hex, probeText, readAll } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

// version, encryption, end; then version 16.0.1000 and "encryption is on"
const OPTIONS = '00 000b 0006 01 0011 0001 ff 1000 03e8 0000 01'
const ASKS = `1201 001a 0000 0100 ${OPTIONS}`
const ANSWERS = `0401 001a 0000 0100 ${OPTIONS}`
const LOGIN = `1001 0030 0000 0100 28000000 04000074 ${'00'.repeat(32)}`
const BATCH = '0101 0028 0000 0100 16000000 12000000 0200 0000000000000000 01000000 53004500 4c004500 5400'

describe('what is TDS', () => {
  it.each([
    [ASKS, 'certain from client'],
    [ANSWERS, 'certain from server'],
    [LOGIN, 'certain from client'],
    [BATCH, 'certain from client'],
    ['0401 000d 0000 0100 fd 0000 0000', 'unsure from server'],
    // the window is always 0
    [`1201 001a 0000 0101 ${OPTIONS}`, 'not'],
    [`1001 0030 0000 0100 28000000 04000034 ${'00'.repeat(32)}`, 'not'],
  ])('%s: %s', (bytes, what) => expect(probeText(mssql, hex(bytes), { dstPort: 1433 })).toBe(what))

  it.each(LOOK_ALIKES)('not %s', (_, bytes) => expect(probeText(mssql, bytes, { dstPort: 1433 })).toBe('not'))

  it('has its length from four bytes, and none in others', () => {
    expect(mssql.length!(hex(ASKS), 0, 4)).toBe(26)
    expect(mssql.length!(hex(ASKS), 0, 3)).toBe(0)
    expect(mssql.length!(hex('4745 5420'), 0, 4)).toBe(-1)
    expect(mssql.length!(hex('1703 0300 20'), 0, 5)).toBe(37)
  })
})

describe('what TDS tells', () => {
  it('who the server is, and where it goes on encrypted', () => {
    const told = readAll(mssql, [
      { from: 'client', bytes: hex(ASKS) },
      { from: 'server', bytes: hex(ANSWERS) },
      { from: 'client', bytes: hex('1201 000e 0000 0100 1603 0300 0100') },
      { from: 'client', bytes: hex('1703 0300 02 aabb') },
    ])
    expect(told).toEqual([
      { client: true },
      { client: false },
      { heard: 'product', text: 'Microsoft SQL Server' },
      { heard: 'version', text: '16.0.1000' },
      { client: true },
      'opaque',
      'opaque',
      'done',
    ])
  })

  it('what is cut is short', () => {
    const cut = hex(ANSWERS).subarray(0, 20)
    expect(readAll(mssql, [{ from: 'server', bytes: cut, length: 26 }])).toEqual([{ client: false }, 'short'])
    expect(readAll(mssql, [{ from: 'server', bytes: cut.subarray(0, 5), length: 26 }])).toEqual(['short'])
  })
})
