import { describe, expect, it } from 'vitest'
import { mysql } from '../../src/app/it/mysql.ts'
import { hex, probeText, readAll } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const greeting = (version: string) => {
  const body = Buffer.concat([
    hex('0a'),
    Buffer.from(`${version}\0`),
    hex('07000000 4142434445464748 00 fff7 08 0200 0f80 15'),
    Buffer.alloc(10),
    Buffer.from('abcdefghijkl\0'),
  ])
  return Uint8Array.from([body.length, 0, 0, 0, ...body])
}
const login = (flags: string, rest = '') => {
  const body = hex(`${flags} 00000001 21 ${'00'.repeat(23)} ${rest}`)
  return Uint8Array.from([body.length, 0, 0, 1, ...body])
}
const LOGIN = login('85a60f00', '6f7000 00')

describe('what is MySQL', () => {
  it.each([
    ['greeting', greeting('8.4.2'), 'certain from server'],
    ['login', LOGIN, 'certain from client'],
    ['refusal', hex('0e000000 ff 6904 486f7374206e6f7420616c'), 'unsure from server'],
    ['greeting of another protocol', Uint8Array.from([...greeting('8.4.2').subarray(0, 4), 9, 0x38]), 'not'],
    ['greeting that is longer than it says', Uint8Array.from([...greeting('8.4.2'), 0]), 'not'],
    ['statement', hex('09000000 03 53454c4543542031'), 'not'],
  ])('%s', (_, bytes, what) => expect(probeText(mysql, bytes, { dstPort: 3306 })).toBe(what))

  it.each(LOOK_ALIKES)('not %s', (_, bytes) => expect(probeText(mysql, bytes, { dstPort: 3306 })).toBe('not'))
})

describe('what MySQL tells', () => {
  it('who the server is; nothing behind the login is read', () => {
    expect(
      readAll(mysql, [
        { from: 'server', bytes: greeting('11.4.2-MariaDB-log') },
        { from: 'client', bytes: LOGIN },
      ]),
    ).toEqual([
      { client: false },
      { heard: 'product', text: 'MariaDB' },
      { heard: 'version', text: '11.4.2-MariaDB-log' },
      { client: true },
      'done',
    ])
  })

  it('asks for TLS', () => {
    expect(readAll(mysql, [{ from: 'client', bytes: login('85ae0f00') }])).toEqual([
      { client: true },
      'opaque',
      'done',
    ])
  })

  it('has its length from four bytes', () => {
    expect(mysql.length!(hex('05000001 00'), 0, 5)).toBe(9)
    expect(mysql.length!(hex('050000'), 0, 3)).toBe(0)
  })
})
