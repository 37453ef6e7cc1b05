import { describe, expect, it } from 'vitest'
import { msrpc } from '../../src/app/it/msrpc.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const client = (bytes: Uint8Array): Said => ({ from: 'client', bytes })
const server = (bytes: Uint8Array): Said => ({ from: 'server', bytes })

/** A PDU: type, flags first and last, little-endian, its length, then that of its verifier. */
function pdu(type: number, body: string, { auth = 0, flags = 3 } = {}): Uint8Array {
  const bytes = hex(`0500 0000 10000000 0000 0000 01000000 ${body}`)
  bytes[2] = type
  bytes[3] = flags
  bytes[8] = bytes.length & 0xff
  bytes[9] = bytes.length >> 8
  bytes[10] = auth
  return bytes
}

const EPMAPPER = '0883afe11f5dc91191a408002b14a0fa'
const OBJECT_EXPORTER = 'c4fefc9960521b10bbcb00aa0021347a'
const SYNC_IO = '523ac1391e01d0119675 0020afd8adb3'
const NOBODY = '00112233445566778899aabbccddeeff'
const NDR = '045d888aeb1cc9119fe808002b104860 02000000'
const bind = (uuid: string, context = '0000') =>
  pdu(11, `d016d016 00000000 01000000 ${context} 0100 ${uuid} 03000000 ${NDR}`)
const call = (opnum: number, stub = '', context = '0000') =>
  pdu(0, `00000000 ${context} ${opnum.toString(16).padStart(2, '0')}00 ${stub}`)
const result = (stub: string) => pdu(2, `00000000 0000 0000 ${stub}`)

describe('what is MS-RPC', () => {
  it.each([
    ['bind', bind(EPMAPPER), 'certain from client'],
    ['acknowledgement', pdu(12, 'd016d016 01000000 0000'), 'certain from server'],
    ['request', call(3), 'certain from client'],
    ['response', result(''), 'certain from server'],
    ['fault', pdu(3, '00000000 00000000 05000000 00000000'), 'certain from server'],
    ['another version', Uint8Array.from([4, ...bind(EPMAPPER).subarray(1)]), 'not'],
    ['a type there is not', pdu(9, '00000000'), 'not'],
    ['a bind without a context', pdu(11, 'd016d016 00000000 00000000'), 'not'],
  ])('%s', (_, bytes, what) => expect(probeText(msrpc, bytes, { dstPort: 135 })).toBe(what))

  it.each(LOOK_ALIKES)('not %s', (_, bytes) => expect(probeText(msrpc, bytes, { dstPort: 135 })).toBe('not'))

  it('has its length from ten bytes, and none in others', () => {
    expect(msrpc.length!(bind(EPMAPPER), 0, 10)).toBe(72)
    expect(msrpc.length!(bind(EPMAPPER), 0, 9)).toBe(0)
    expect(msrpc.length!(hex('1603 0100'), 0, 4)).toBe(-1)
  })
})

describe('what MS-RPC does', () => {
  /** the answer of ept_map: a handle, one tower of five floors, TCP 49674 at 10.1.2.3 */
  const floors = [
    '1300 0d 78563412 3412 cdab ef00 01234567cffb 0100 0200 0000',
    '1300 0d 045d888aeb1cc9119fe808002b104860 0200 0200 0000',
    '0100 0b 0200 0000',
    '0100 07 0200 c20a',
    '0100 09 0400 0a010203',
  ].join('')
  const tower = `0500 ${floors}`
  const length = hex(tower).length.toString(16).padStart(2, '0')
  const mapped = `${'00'.repeat(20)} 01000000 04000000 00000000 01000000 03000000 ${length}000000 ${length}000000 ${tower} 00 00000000`

  it('asks the endpoint mapper, which announces where the service is', () => {
    expect(readAll(msrpc, [client(bind(EPMAPPER)), client(call(3)), server(result(mapped))])).toEqual([
      { client: true },
      { act: ['session'], fn: 11 },
      { detail: 'interface', text: 'epmapper' },
      { client: true },
      { act: ['discover'], fn: 0x103 },
      { client: false },
      { answer: 0x103 },
      { announce: 6, port: 49674, atSender: true, v4: 0x0a010203 },
    ])
    expect(msrpc.functionName!(0x103)).toBe('epmapper map endpoint')
  })

  it.each([
    ['answered by who asks', [client(bind(EPMAPPER)), client(call(3)), client(result(mapped))]],
    ['asked by who answers', [client(bind(EPMAPPER)), server(call(3)), server(result(mapped))]],
  ])('the endpoint mapper, %s, announces nothing', (_, said) =>
    expect(readAll(msrpc, said)).not.toContainEqual(expect.objectContaining({ announce: 6 })),
  )

  it('asks an object exporter, which announces where objects are', () => {
    const wide = (text: string) => Buffer.from(text, 'utf16le').toString('hex')
    const bindings = `0000 ${'00'.repeat(10)} 0700 ${wide('10.1.2.3[49700]')} 0000 0700 ${wide('opc-srv[49700]')} 0000 0700 ${wide('x[70000]')} 0000 0000`
    const told = readAll(msrpc, [client(bind(OBJECT_EXPORTER)), client(call(4)), server(result(bindings))])
    expect(told.slice(-2)).toEqual([
      { answer: 0x204 },
      { announce: 6, port: 49700, atSender: true, v4: 0x0a010203 },
    ])
  })

  it('writes to an OPC server, and is refused', () => {
    const fault = pdu(3, '00000000 00000000 05000000 00000000')
    const told = readAll(msrpc, [client(bind(SYNC_IO, '0200')), client(call(4, '', '0200')), server(fault)])
    expect(told).toContainEqual({ detail: 'interface', text: 'IOPCSyncIO' })
    const { fn } = told.find(t => typeof t === 'object' && 'act' in t && t.act[0] === 'write') as {
      fn: number
    }
    expect(msrpc.functionName!(fn)).toBe('IOPCSyncIO write')
    expect(told.at(-1)).toEqual({ answer: fn, refused: true })
  })

  it('calls of an interface nobody knows, or that was bound before, are unknown', () => {
    expect(readAll(msrpc, [client(bind(NOBODY)), client(call(0))]).at(-1)).toEqual({
      act: ['unknown'],
      fn: 0xff00,
    })
    expect(readAll(msrpc, [client(call(7, '', '0500'))]).at(-1)).toEqual({ act: ['unknown'], fn: 0xff07 })
  })

  it('encrypted calls show their number and no more', () => {
    const sealed = pdu(0, `00000000 0000 0300 ${'e7'.repeat(16)} 0a06 0000 00000000 ${'51'.repeat(16)}`, {
      auth: 16,
    })
    expect(readAll(msrpc, [client(bind(EPMAPPER)), client(sealed)]).slice(-2)).toEqual([
      { act: ['discover'], fn: 0x103 },
      'opaque',
    ])
  })

  it('later fragments do nothing more; cut and damaged ones say so', () => {
    const more = pdu(0, '00000000 0000 0300 11223344', { flags: 2 })
    expect(readAll(msrpc, [client(more)])).toEqual([{ client: true }])
    const cut = call(3).subarray(0, 20)
    const whole = { from: 'client', bytes: cut, length: 24 } as const
    expect(readAll(msrpc, [whole])).toEqual([{ client: true }, { act: ['unknown'], fn: 0xff00 }, 'short'])
    expect(readAll(msrpc, [client(pdu(0, '00000000 00000300', { auth: 250 }))])).toContain('unfit')
    expect(
      readAll(msrpc, [client(bind(EPMAPPER)), client(call(3)), server(result('00'.repeat(8)))]).at(-1),
    ).toBe('short')
  })
})
