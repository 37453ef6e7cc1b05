import { describe, expect, it } from 'vitest'
import { kerberos } from '../../src/app/it/kerberos.ts'
import { UDP } from '../../src/app/protocol.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const client = (text: string): Said => ({ from: 'client', bytes: hex(text) })
const server = (text: string): Said => ({ from: 'server', bytes: hex(text) })

// [1] pvno 5, [2] msg-type, then a body of nothing
const AS_REQUEST = '6a10 300e a103020105 a20302010a a4023000'
const TGS_REQUEST = '6c10 300e a103020105 a20302010c a4023000'
const AS_ANSWER = '6b0c 300a a003020105 a10302010b'
const error = (code: string) =>
  `7e24 3022 a003020105 a10302011e a411180f32303236303130313030303030305a a6030201${code}`
const REFUSED = error('06')
const PROVE_IT = error('19')

describe('what is Kerberos', () => {
  it.each([
    [AS_REQUEST, 'certain from client'],
    [TGS_REQUEST, 'certain from client'],
    [AS_ANSWER, 'certain from server'],
    [REFUSED, 'certain from server'],
    // its type is that of another message
    ['6a10 300e a103020105 a20302010c a4023000', 'not'],
    ['6a10 300e a103020104 a20302010a a4023000', 'not'],
  ])('%s: %s', (bytes, what) => {
    expect(probeText(kerberos, hex(bytes), { transport: UDP, dstPort: 88 })).toBe(what)
  })

  it('over TCP with its length', () => {
    expect(probeText(kerberos, hex(`00000012 ${AS_REQUEST}`))).toBe('certain from client')
    expect(probeText(kerberos, hex(`00000013 ${AS_REQUEST}`))).toBe('not')
    expect(kerberos.length!(hex('00000012 6a'), 0, 5)).toBe(22)
    expect(kerberos.length!(hex('00000012 47'), 0, 5)).toBe(-1)
    expect(kerberos.length!(hex('474554'), 0, 3)).toBe(0)
  })

  it.each(LOOK_ALIKES)('not %s', (_, bytes) => {
    expect(probeText(kerberos, bytes, { dstPort: 88 })).toBe('not')
    expect(probeText(kerberos, bytes, { transport: UDP, dstPort: 88 })).toBe('not')
  })
})

describe('what Kerberos does', () => {
  const carrier = { transport: UDP }

  it('asks for tickets; to be asked for proof is no refusal', () => {
    const said = [client(AS_REQUEST), server(PROVE_IT), client(AS_REQUEST), server(AS_ANSWER)]
    expect(readAll(kerberos, said, carrier)).toEqual([
      { client: true },
      { act: ['session'], fn: 10 },
      { client: false },
      { answer: 10 },
      { client: true },
      { act: ['session'], fn: 10 },
      { client: false },
      { answer: 10 },
    ])
  })

  it('is refused what it asked last', () => {
    expect(readAll(kerberos, [client(TGS_REQUEST), server(REFUSED)], carrier).at(-1)).toEqual({
      answer: 12,
      refused: true,
    })
  })

  it('damaged and cut', () => {
    expect(
      readAll(kerberos, [client(AS_REQUEST.replace('020105', '020104').padEnd(70, '0'))], carrier),
    ).toEqual(['unfit'])
    expect(readAll(kerberos, [{ ...client('6a10 300e a103'), length: 18 }], carrier)).toEqual(['short'])
  })
})
