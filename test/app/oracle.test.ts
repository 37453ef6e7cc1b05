import { describe, expect, it } from 'vitest'
import { oracle } from '../../src/app/it/oracle.ts'
import { hex, probeText, readAll } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const packet = (type: string, fields: string, text = '') => {
  const bytes = Buffer.concat([hex(`0000 0000 ${type} 00 0000 ${fields}`), Buffer.from(text)])
  bytes.writeUInt16BE(bytes.length, 0)
  return Uint8Array.from(bytes)
}
const DESCRIPTOR = '(DESCRIPTION=(CONNECT_DATA=(SID=HIST)))'
const CONNECT = packet(
  '01',
  `013b 012c 0c41 2000 ffff 7f08 0000 0100 ${DESCRIPTOR.length.toString(16).padStart(4, '0')} 001c`,
  DESCRIPTOR,
)
const ACCEPT = packet('02', '013b 0c41 2000 ffff 0000 0000 0018 4141')
const REFUSE = packet('04', '2200 0000', '(DESCRIPTION=(ERR=12514))')
const redirect = (host: string) => packet('05', '0050', `(ADDRESS=(PROTOCOL=tcp)(HOST=${host})(PORT=1526))`)

describe('what is Oracle Net', () => {
  it.each([
    ['connect', CONNECT, 'certain from client'],
    ['accept', ACCEPT, 'certain from server'],
    ['refuse', REFUSE, 'certain from server'],
    ['redirect', redirect('db'), 'certain from server'],
    ['data', packet('06', '0000 0123456789'), 'unsure'],
    ['connect of no known version', packet('01', '0900 012c 0c41 2000 ffff 7f08 0000 0100 0000 001c'), 'not'],
    ['longer than it says', Uint8Array.from([...ACCEPT, 0]), 'not'],
  ])('%s', (_, bytes, what) => expect(probeText(oracle, bytes, { dstPort: 1521 })).toBe(what))

  it.each(LOOK_ALIKES)('not %s', (_, bytes) =>
    expect(probeText(oracle, bytes, { dstPort: 1521 })).toBe('not'),
  )

  it('has its length in two bytes or four', () => {
    expect(oracle.length!(CONNECT, 0, 8)).toBe(CONNECT.length)
    expect(oracle.length!(hex('0000 00a4 06'), 0, 5)).toBe(164)
    expect(oracle.length!(hex('4745 5420 2f'), 0, 5)).toBe(-1)
  })
})

describe('what Oracle Net does', () => {
  it('connects', () => {
    expect(
      readAll(oracle, [
        { from: 'client', bytes: CONNECT },
        { from: 'server', bytes: ACCEPT },
      ]),
    ).toEqual([{ client: true }, { act: ['session'], fn: 1 }, { client: false }, { answer: 1 }, 'done'])
  })

  it('is refused', () => {
    expect(readAll(oracle, [{ from: 'server', bytes: REFUSE }])).toEqual([
      { client: false },
      { answer: 1, refused: true },
    ])
  })

  it('is sent elsewhere', () => {
    expect(readAll(oracle, [{ from: 'server', bytes: redirect('10.1.2.3') }])).toContainEqual({
      announce: 6,
      port: 1526,
      atSender: true,
      v4: 0x0a010203,
    })
    expect(readAll(oracle, [{ from: 'server', bytes: redirect('db.plant') }])).toContainEqual({
      announce: 6,
      port: 1526,
      atSender: true,
    })
  })
})
