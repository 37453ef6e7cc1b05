import { describe, expect, it } from 'vitest'
import { profinetCm } from '../../src/app/ot/profinet-cm.ts'
import { UDP } from '../../src/app/protocol.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const carrier = { transport: UDP, srcPort: 50000, dstPort: 34964 }
const DEVICE = 'dea00001 6c97 11d1 8271 00a02442df7d'
const DEVICE_LITTLE = '0100a0de 976c d111 8271 00a02442df7d'
const MAPPER = 'e1af8308 5d1f 11c9 91a4 08002b14a0fa'

interface Call {
  type?: string
  opnum?: number
  little?: boolean
  face?: string
  fragment?: number
  flags?: string
  auth?: string
}
/** a header of connectionless RPC and its body */
function call(body: string, of: Call = {}): string {
  const { type = '00', opnum = 0, little = false, face = little ? DEVICE_LITTLE : DEVICE } = of
  const { fragment = 0, flags = fragment > 0 ? '24' : '20', auth = '00' } = of
  const word = (n: number) => {
    const text = n.toString(16).padStart(4, '0')
    return little ? text.slice(2) + text.slice(0, 2) : text
  }
  const length = body.replace(/\s/g, '').length / 2
  const uuids = `${'11'.repeat(16)} ${face} ${'22'.repeat(16)}`
  return `04 ${type} ${flags} 00 ${little ? '10' : '00'} 0000 00 ${uuids} 00000000 00000001 00000007 ${word(opnum)} ffff ffff ${word(length)} ${word(fragment)} ${auth} 00 ${body}`
}
const args = (blocks: string) => `0000ffff ${'00000100'} 0000ffff 00000000 00000100 ${blocks}`
const answered = (status: string, blocks = '') => `${status} 00000100 0000ffff 00000000 00000100 ${blocks}`
const record = (type: string, index: string, length = '00000004', data = '00000000') =>
  `${type} 003c 0100 0001 ${'33'.repeat(16)} 00000000 0001 0001 0000 ${index} ${length} ${'00'.repeat(24)} ${data}`
const name = (text: string) => Buffer.from(text).toString('hex')
const relation = `0101 0040 0100 0001 ${'33'.repeat(16)} 0001 001b1b112233 ${'44'.repeat(16)} 00000011 0064 8892 0007 ${name('plc-cpu')}`

const asked = (...calls: string[]): Said[] => calls.map(one => ({ from: 'client', bytes: hex(one) }))
const replied = (...calls: string[]): Said[] => calls.map(one => ({ from: 'server', bytes: hex(one) }))

describe('what is the context manager of PROFINET', () => {
  it.each([
    [call(args(relation)), 'certain from client'],
    [call(args(relation), { little: true }), 'certain from client'],
    [call(answered('00000000'), { type: '02' }), 'certain from server'],
    [call('', { type: '01' }), 'certain from client'],
    [call('', { type: '09' }), 'certain from server'],
    [call('', { face: MAPPER, opnum: 2 }), 'certain from client'],
    [call('', { face: '12345678 5d1f 11c9 91a4 08002b14a0fa' }), 'not'],
    [call('', { type: '0b' }), 'not'],
  ])('%s: %s', (bytes, what) => expect(probeText(profinetCm, hex(bytes), carrier)).toBe(what))

  it('the end point mapper on other ports is anybody', () =>
    expect(probeText(profinetCm, hex(call('', { face: MAPPER })), { ...carrier, dstPort: 135 })).toBe('not'))

  it.each(LOOK_ALIKES)('not %s', (_, other) => expect(probeText(profinetCm, other, carrier)).toBe('not'))
})

describe('what the context manager does', () => {
  it('connects, and the other end may answer from another port', () => {
    expect(readAll(profinetCm, asked(call(args(relation))), carrier)).toEqual([
      { client: true },
      { announce: 17, port: 50000, atSender: true },
      { act: ['session'], fn: 100 },
      { heard: 'name', text: 'plc-cpu' },
    ])
  })

  it.each([
    ['0001', ['write', 'configure'], 1],
    ['802a', ['configure'], 0x802a],
    ['b02e', ['write', 'configure'], 0xb02e],
    ['aff1', ['configure'], 0xaff1],
  ])('writes record %s: %s', (index, act, number) => {
    const told = readAll(profinetCm, asked(call(args(record('0008', index)), { opnum: 3 })), carrier)
    expect(told).toEqual([{ client: true }, { act, fn: 103, area: 256, first: number, last: number }])
  })

  it('several records in one write', () => {
    const two = record('0008', '0001', '00000003', '00000000') + record('0008', '8071')
    const told = readAll(
      profinetCm,
      asked(call(args(record('0008', 'e040', '00000088', two)), { opnum: 3 })),
      carrier,
    )
    expect(told).toEqual([
      { client: true },
      { act: ['write', 'configure'], fn: 103, area: 256, first: 1, last: 1 },
      { act: ['configure'], fn: 103, area: 256, first: 0x8071, last: 0x8071 },
    ])
  })

  it('reads a record', () => {
    const told = readAll(
      profinetCm,
      asked(call(args(record('0009', 'aff0')), { opnum: 2, little: true })),
      carrier,
    )
    expect(told).toEqual([
      { client: true },
      { act: ['read'], fn: 102, area: 256, first: 0xaff0, last: 0xaff0 },
    ])
  })

  it('hears who answers with identification and maintenance', () => {
    const order = name('6ES7 155-6AU01-0BN0 ')
    const serial = name('S C-12345678    ')
    const im0 = `0020 0038 0100 002a ${order} ${serial} 0005 56 040201 0000 0000 0001 0101 001e`
    const bytes = call(answered('00000000', record('8009', 'aff0', '0000003c', im0)), {
      type: '02',
      opnum: 2,
    })
    expect(readAll(profinetCm, replied(bytes), carrier)).toEqual([
      { answer: 102 },
      { heard: 'vendor', text: 'PROFINET vendor 0x002a' },
      { heard: 'product', text: '6ES7 155-6AU01-0BN0' },
      { heard: 'serial', text: 'S C-12345678' },
      { heard: 'version', text: 'V4.2.1' },
    ])
  })

  it('releases and controls; refusals and faults', () => {
    expect(
      readAll(profinetCm, asked(call(args(''), { opnum: 1 }), call(args(''), { opnum: 4 })), carrier),
    ).toEqual([
      { client: true },
      { act: ['session'], fn: 101 },
      { announce: 17, port: 50000, atSender: true },
      { act: ['session'], fn: 104 },
    ])
    const refused = call(answered('db81010f'), { type: '02' })
    expect(readAll(profinetCm, replied(refused, call('', { type: '03', opnum: 3 })), carrier)).toEqual([
      { answer: 100, refused: true },
      { answer: 103, refused: true },
    ])
  })

  it('other calls', () => {
    expect(
      readAll(profinetCm, asked(call('', { opnum: 9 }), call('', { face: MAPPER, opnum: 2 })), carrier),
    ).toEqual([
      { client: true },
      { act: ['unknown'], fn: 109 },
      { client: true },
      { act: ['discover'], fn: 110 },
    ])
  })

  it('fragments: only one that writes several records may write more', () => {
    const first = (opnum: number, type: string, index = '0001') =>
      call(args(record(type, index, '00000004', index === 'e040' ? record('0008', '0002') : '00000000')), {
        opnum,
        flags: '24',
      })
    const rest = (opnum: number) => call('aabbccdd', { opnum, fragment: 1 })
    expect(readAll(profinetCm, asked(first(3, '0008'), rest(3)), carrier)).toHaveLength(2)
    expect(readAll(profinetCm, asked(first(2, '0009'), rest(2)), carrier)).toHaveLength(2)
    expect(readAll(profinetCm, asked(first(3, '0008', 'e040'), rest(3)), carrier).slice(2)).toEqual([
      { act: ['write', 'configure'], fn: 103 },
      'short',
    ])
    expect(readAll(profinetCm, asked(rest(2)), carrier)).toEqual([{ act: ['read'], fn: 102 }, 'short'])
  })

  it('cut, damaged and encrypted', () => {
    const whole = hex(call(args(record('0008', '0001')), { opnum: 3 }))
    const cut: Said[] = [{ from: 'client', bytes: whole.subarray(0, 120), length: whole.length }]
    expect(readAll(profinetCm, cut, carrier)).toEqual([
      { client: true },
      { act: ['write', 'configure'], fn: 103 },
      'short',
    ])
    const odd = call(args(record('0009', '0001')), { opnum: 3 })
    expect(readAll(profinetCm, asked(odd), carrier)).toEqual([
      { client: true },
      { act: ['write', 'configure', 'unknown'], fn: 103 },
      'unfit',
    ])
    expect(readAll(profinetCm, asked(call('00', { opnum: 3, auth: '01' })), carrier)).toEqual([
      { act: ['write', 'configure'], fn: 103 },
      'opaque',
    ])
  })
})
