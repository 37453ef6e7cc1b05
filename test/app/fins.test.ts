import { describe, expect, it } from 'vitest'
import { fins } from '../../src/app/ot/fins.ts'
import { TCP, UDP } from '../../src/app/protocol.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'

/** to node 5 from node 1, service id 0x22 */
const command = (rest: string): string => `80 00 02 00 05 00 00 01 00 22 ${rest}`
const response = (rest: string): string => `c0 00 02 00 01 00 00 05 00 22 ${rest}`
const tcp = (kind: number, rest: string): string => {
  const length = 8 + hex(rest).length
  return `46494e53 ${length.toString(16).padStart(8, '0')} ${kind.toString(16).padStart(8, '0')} 00000000 ${rest}`
}
const client = (text: string): Said => ({ from: 'client', bytes: hex(text) })
const server = (text: string): Said => ({ from: 'server', bytes: hex(text) })
const does = (text: string) =>
  readAll(fins, [client(command(text))])
    .filter(t => t !== 'short')
    .slice(1)

describe('what is FINS', () => {
  it.each([
    [command('0101 82 0064 00 000a'), 'certain from client'],
    [command('0102 82 0064 00 0001 1234'), 'certain from client'],
    [response('0101 0000 1234'), 'certain from server'],
    // a read has no more
    [command('0101 82 0064 00 000a 00'), 'unsure'],
    [command('7777'), 'unsure'],
    [response('0101'), 'not'],
    ['80 01 02 00 05 00 00 01 00 22 0101 82 0064 00 000a', 'not'],
    ['80 00 09 00 05 00 00 01 00 22 0101 82 0064 00 000a', 'not'],
    ['00'.repeat(24), 'not'],
    // RTP, DNS, text
    ['80 00 12 34 00 00 00 a0 de ad be ef d5 d5 d5 d5 d5 d5', 'not'],
    ['001e1234010000010000000000000377777706676f6f676c65', 'not'],
    ['474554202f20485454502f312e31', 'not'],
  ])('%s: %s', (bytes, what) => {
    expect(probeText(fins, hex(bytes), { transport: UDP, dstPort: 9600 })).toBe(what)
  })

  it.each([
    [tcp(0, '00000000'), 'certain from client'],
    [tcp(1, '00000001 00000005'), 'certain from server'],
    [tcp(2, command('0101 82 0064 00 000a')), 'certain from client'],
    [tcp(2, response('0101 0000 1234')), 'certain from server'],
    ['46494e53 ffffffff 00000000 00000000', 'not'],
    ['5353482d322e302d4f70656e5353485f38', 'not'],
  ])('over TCP %s: %s', (bytes, what) => {
    expect(probeText(fins, hex(bytes), { transport: TCP, dstPort: 9600 })).toBe(what)
  })
})

describe('what FINS does', () => {
  it('reads, with node, area and words', () => {
    const said = [client(command('0101 82 0064 00 000a')), server(response('0101 0000 1234'))]
    expect(readAll(fins, said)).toEqual([
      { client: true },
      { act: ['read'], fn: 0x0101, unit: 5, area: 0x82, first: 100, last: 109 },
      { client: false },
      { answer: 0x0101, unit: 5 },
    ])
  })

  it('knows the node that was asked for as 0 in its answer', () => {
    const said = [
      client('80 00 02 00 00 00 00 63 00 07 0402 0000'),
      server('c0 00 02 00 63 00 00 c8 00 07 0402 0000'),
    ]
    expect(readAll(fins, said).filter(t => typeof t === 'object' && 'answer' in t)).toEqual([
      { answer: 0x0402, unit: 0 },
    ])
  })

  it('counts bits of an area in its words', () => {
    expect(does('0102 30 0010 0e 0004 01010101')).toEqual([
      { act: ['write'], fn: 0x0102, unit: 5, area: 0x30, first: 16, last: 17 },
    ])
  })

  it.each([
    ['0103 b1 0000 00 0064 0000', ['write'], 0x0103],
    ['0201 8010 0000 00ff', ['read'], 0x0201],
    ['0202 8010 0000 8001 0001', ['configure'], 0x0202],
    ['0304 0000 00', ['configure'], 0x0304],
    ['0306 0000 00000000 0064', ['upload'], 0x0306],
    ['0307 0000 00000000 8064', ['program'], 0x0307],
    ['0308 0000 00', ['program'], 0x0308],
    ['0401 0000 04', ['control'], 0x0401],
    ['0402 0000', ['control'], 0x0402],
    ['0403', ['control'], 0x0403],
    ['0501', ['discover'], 0x0501],
    ['0601', ['diagnose'], 0x0601],
    ['0701', ['read'], 0x0701],
    ['0702 24 01 01 00 00', ['time'], 0x0702],
    ['0c02 0000', ['session'], 0x0c02],
    ['2203 0000', ['file'], 0x2203],
    ['2204 8000', ['file'], 0x2204],
    ['220c 0000 0000', ['file', 'upload'], 0x220c],
    ['220c 0001 0000', ['program', 'file'], 0x220c],
    ['220a 0001 0000', ['write', 'file'], 0x220a],
    ['220b 0001 0000', ['configure', 'file'], 0x220b],
    ['2302', ['control'], 0x2302],
    ['2601 4142', ['configure'], 0x2601],
    ['9999', ['unknown'], 0x9999],
  ])('%s: %s', (text, act, fn) => {
    expect(does(text)[0]).toMatchObject({ act, fn, unit: 5 })
    expect(does(text)).toHaveLength(1)
  })

  it('tells every area of a command that has several', () => {
    expect(does('0104 82 0001 00 b0 0002 00')).toEqual([
      { act: ['read'], fn: 0x0104, unit: 5, area: 0x82, first: 1, last: 1 },
      { act: ['read'], fn: 0x0104, unit: 5, area: 0xb0, first: 2, last: 2 },
    ])
    expect(does('0105 82 0064 00 b1 0000 00 0002')).toEqual([
      { act: ['read'], fn: 0x0105, unit: 5, area: 0x82, first: 100, last: 101 },
      { act: ['write'], fn: 0x0105, unit: 5, area: 0xb1, first: 0, last: 1 },
    ])
    expect(does('2301 0002 0001 30 0001 00 0000 31 0002 03')).toEqual([
      { act: ['control'], fn: 0x2301, unit: 5, area: 0x30, first: 1, last: 1 },
      { act: ['control'], fn: 0x2301, unit: 5, area: 0x31, first: 2, last: 2 },
    ])
  })

  it('is refused by its end code, not by a warning in it', () => {
    expect(readAll(fins, [server(response('0102 1101'))])).toContainEqual({
      answer: 0x0102,
      unit: 5,
      refused: true,
    })
    expect(readAll(fins, [server(response('0102 0040'))])).toContainEqual({ answer: 0x0102, unit: 5 })
  })

  it('hears what a controller is, once', () => {
    const model = Buffer.from('CJ2M-CPU33'.padEnd(20)).toString('hex')
    const version = Buffer.from('02.01'.padEnd(20)).toString('hex')
    const reply = server(response(`0501 0000 ${model} ${version}`))
    expect(
      readAll(fins, [client(command('0501')), reply, reply]).filter(
        t => typeof t === 'object' && 'heard' in t,
      ),
    ).toEqual([
      { heard: 'vendor', text: 'Omron' },
      { heard: 'product', text: 'CJ2M-CPU33' },
      { heard: 'version', text: '02.01' },
      { heard: 'role', text: 'PLC' },
    ])
  })

  it('over TCP, node addresses first', () => {
    const said = [
      client(tcp(0, '00000000')),
      server(tcp(1, '00000001 00000005')),
      client(tcp(2, command('0402 0000')) + tcp(2, command('0401 0000 04'))),
      server(tcp(2, response('0402 0000'))),
    ]
    expect(readAll(fins, said, { transport: TCP })).toEqual([
      { client: true },
      { act: ['session'], fn: 0xff00 },
      { client: false },
      { answer: 0xff00 },
      { client: true },
      { act: ['control'], fn: 0x0402, unit: 5 },
      { client: true },
      { act: ['control'], fn: 0x0401, unit: 5 },
      { client: false },
      { answer: 0x0402, unit: 5 },
    ])
  })

  it('cut or damaged, is told so and is not harmless', () => {
    const whole = hex(command('0102 82 0064 00 0001 1234'))
    const cut = (bytes: number) =>
      readAll(fins, [{ from: 'client', bytes: whole.subarray(0, bytes), length: whole.length }])
    expect(cut(14)).toEqual([{ client: true }, { act: ['write'], fn: 0x0102, unit: 5 }, 'short'])
    expect(cut(8)).toEqual([{ act: ['unknown'], fn: 0 }, 'short'])
    expect(readAll(fins, [client('80 ff 02 00 05 00 00 01 00 22 0101')])).toEqual([
      { act: ['unknown'], fn: 0x0101, unit: 5 },
      'unfit',
    ])
  })

  it('names functions and areas', () => {
    expect(fins.functionName!(0x0402)).toBe('stop')
    expect(fins.areaText!(0x82, 100, 109)).toBe('DM 100-109')
    expect(fins.areaText!(0xa3, 1, 1)).toBe('EM bank 3 1')
    expect(fins.areaText!(0xb1, 1, 1)).toBe('W 1')
  })
})
