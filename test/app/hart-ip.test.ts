import { describe, expect, it } from 'vitest'
import { isRefusal } from '../../src/app/ot/hart-commands.ts'
import { hartIp } from '../../src/app/ot/hart-ip.ts'
import { UDP } from '../../src/app/protocol.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'

const byte = (value: number) => value.toString(16).padStart(2, '0')

/** A HART-IP message. */
function message(type: number, id: number, body: string, status = 0): Uint8Array {
  const content = [...hex(body)]
  return Uint8Array.from([1, type, id, status, 0, 9, 0, 8 + content.length, ...content])
}

/** A token-passing PDU from delimiter to check byte. */
function token(head: string, command: number, data: string): string {
  const bytes = [...hex(head), command, hex(data).length, ...hex(data)]
  return [...bytes, bytes.reduce((check, one) => check ^ one, 0)].map(byte).join('')
}

const LONG = '82 b9fd95266f'
const LONG_ANSWER = '86 b9fd95266f'
const SHORT = '02 83'
const ask = (command: number, data = '', head = LONG): Said => ({
  from: 'client',
  bytes: message(0, 3, token(head, command, data)),
})
const answer = (command: number, data: string, head = LONG_ANSWER): Said => ({
  from: 'server',
  bytes: message(1, 3, token(head, command, data)),
})
const INITIATE = '01 0000ea60'

describe('what is HART-IP', () => {
  it('sessions and commands', () => {
    expect(probeText(hartIp, message(0, 0, INITIATE))).toBe('certain from client')
    expect(probeText(hartIp, message(1, 0, INITIATE))).toBe('certain from server')
    expect(probeText(hartIp, ask(0, '', SHORT).bytes, { transport: UDP })).toBe('certain from client')
    expect(probeText(hartIp, message(2, 3, token('81 b9fd95266f', 9, '0000')))).toBe('certain from server')
  })

  it('a bare header is weak', () => {
    expect(probeText(hartIp, message(0, 2, ''))).toBe('unsure from client')
    expect(probeText(hartIp, message(0, 4, '0000 0036 0100'))).toBe('unsure from client')
  })

  it.each([
    '0100 0000 0001 0000',
    '0100 0600 0001 0008',
    '0107 0000 0001 0008',
    '0000 0000 0000 0000',
    '0100 0001 0001 0008',
    '1603 0102 0001 0001',
    '5353 482d 322e 302d',
  ])('%s: not', bytes => {
    expect(probeText(hartIp, hex(bytes), { dstPort: 5094 })).toBe('not')
  })
})

describe('what HART-IP does', () => {
  it('opens, keeps and closes a session', () => {
    expect(
      readAll(hartIp, [
        { from: 'client', bytes: message(0, 0, INITIATE) },
        { from: 'server', bytes: message(1, 0, INITIATE, 8) },
        { from: 'client', bytes: message(0, 2, '') },
        { from: 'client', bytes: message(0, 1, '') },
        { from: 'server', bytes: message(1, 0, '', 15) },
      ]),
    ).toEqual([
      { client: true },
      { act: ['session'], fn: 65280 },
      { client: false },
      { answer: 65280 },
      { client: true },
      { act: ['session'], fn: 65282 },
      { client: true },
      { act: ['session'], fn: 65281 },
      { client: false },
      { answer: 65280, refused: true },
    ])
  })

  it.each([
    [0, ['discover']],
    [3, ['read']],
    [6, ['write', 'configure']],
    [18, ['write', 'configure']],
    [35, ['write', 'configure']],
    [40, ['control', 'write']],
    [42, ['control']],
    [48, ['diagnose']],
    [79, ['control', 'write']],
    [89, ['time']],
    [111, ['file']],
    [130, ['unknown']],
  ])('command %i', (command, act) => {
    expect(readAll(hartIp, [ask(command, '00')]).slice(1)).toEqual([{ act, fn: command }])
    expect(readAll(hartIp, [ask(command, '00', SHORT)]).slice(1)).toEqual([{ act, fn: command, unit: 3 }])
  })

  it('answers, refusals and delays', () => {
    const answers = (data: string) => readAll(hartIp, [answer(35, data)]).slice(1)
    expect(answers('0000')).toEqual([{ answer: 35 }])
    expect(answers('0700')).toEqual([{ answer: 35, refused: true }])
    expect(answers('8200')).toEqual([{ answer: 35, refused: true }])
    expect(answers('2100')).toEqual([{ answer: 35 }])
    expect([8, 14, 24, 30, 112].filter(isRefusal)).toEqual([])
    expect([2, 6, 16, 28, 32, 35, 64, 95].every(isRefusal)).toBe(true)
  })

  it('commands inside others are what is done', () => {
    expect(readAll(hartIp, [ask(31, '0201 41')]).slice(1)).toEqual([{ act: ['write', 'configure'], fn: 513 }])
    expect(readAll(hartIp, [answer(31, '0700 0201 41')]).slice(1)).toEqual([{ answer: 513, refused: true }])
    // to a sub-device: card, channel, preambles, then delimiter, address, command
    expect(readAll(hartIp, [ask(77, '00 01 05 82 a6e1000001 2a 00')]).slice(1)).toEqual([
      { act: ['control'], fn: 77 },
      { act: ['control'], fn: 42 },
    ])
    expect(readAll(hartIp, [ask(78, '02 0003 00 0023 01 00')]).slice(1)).toEqual([
      { act: ['write', 'configure', 'read'], fn: 78 },
    ])
    expect(readAll(hartIp, [ask(78, '02 0003 00')]).slice(1)).toEqual([{ act: ['unknown'], fn: 78 }])
  })

  it('commands of a direct PDU, one after the other', () => {
    const direct = (type: number, body: string): Said => ({
      from: type === 0 ? 'client' : 'server',
      bytes: message(type, 4, body),
    })
    expect(
      readAll(hartIp, [direct(0, '0000 0036 01 00 0023 02 0000'), direct(1, '0000 0036 01 00 0023 01 07')]),
    ).toEqual([
      { client: true },
      { act: ['read'], fn: 54 },
      { act: ['write', 'configure'], fn: 35 },
      { client: false },
      { answer: 54 },
      { answer: 35, refused: true },
    ])
    expect(readAll(hartIp, [direct(0, '0000 0036 09 00')]).slice(1)).toEqual([
      { act: ['unknown'], fn: 54 },
      'unfit',
    ])
  })

  it('publishes, and gives out its log', () => {
    expect(
      readAll(hartIp, [
        { from: 'server', bytes: message(2, 3, token('81 b9fd95266f', 9, '0000')) },
        { from: 'client', bytes: message(0, 5, '00ff') },
      ]),
    ).toEqual([
      { client: false },
      { act: ['report'], fn: 9 },
      { client: true },
      { act: ['diagnose'], fn: 65285 },
    ])
  })

  it('cut by the capture, and what does not hold together', () => {
    const { bytes } = ask(35, '000102030405')
    const cut = (end: number) =>
      readAll(hartIp, [{ from: 'client', bytes: bytes.subarray(0, end), length: bytes.length }], {
        transport: UDP,
      })
    expect(cut(17)).toEqual([{ client: true }, { act: ['write', 'configure'], fn: 35 }, 'short'])
    expect(cut(12)).toEqual([{ client: true }, { act: ['unknown'], fn: 65283 }, 'short'])
    expect(readAll(hartIp, [{ from: 'client', bytes: message(0, 3, '82 00') }]).slice(1)).toEqual([
      { act: ['unknown'], fn: 65283 },
      'unfit',
    ])
    expect(readAll(hartIp, [{ from: 'client', bytes: message(0, 9, '') }]).slice(1)).toEqual([
      { act: ['unknown'], fn: 65289 },
    ])
  })
})
