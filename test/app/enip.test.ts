import { describe, expect, it } from 'vitest'
import { enip } from '../../src/app/ot/enip.ts'
import { UDP } from '../../src/app/protocol.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'

const le16 = (value: number): string => hexOf([value & 0xff, value >> 8])
const hexOf = (bytes: number[]): string => bytes.map(b => b.toString(16).padStart(2, '0')).join('')
const bytesOf = (text: string): number => hex(text).length

/** An encapsulation frame: command, session, status, data. */
const frame = (command: number, data = '', session = 0x11223344, status = 0): string =>
  le16(command) +
  le16(bytesOf(data)) +
  hexOf([session & 0xff, (session >> 8) & 0xff, (session >> 16) & 0xff, session >>> 24]) +
  `${le16(status)}0000` +
  '0102030405060708' +
  '00000000' +
  data

/** CIP over Send RR Data (unconnected) and Send Unit Data (connected); more items may follow. */
const unconnected = (message: string, items = ''): string =>
  frame(
    0x6f,
    `000000000a00${le16(items === '' ? 2 : 3)}00000000b200${le16(bytesOf(message))}${message}${items}`,
  )
const connected = (message: string): string =>
  frame(0x70, `0000000000000200a100040001008000b100${le16(bytesOf(message) + 2)}0100${message}`)
/** An Unconnected Send of a message to slot 0. */
const sent = (message: string): string =>
  `5202200624010a0e${le16(bytesOf(message))}${message}${bytesOf(message) % 2 === 1 ? '00' : ''}01000100`
const multiple = (...messages: string[]): string => {
  let offset = 2 + 2 * messages.length
  const offsets = messages.map(m => {
    const text = le16(offset)
    offset += bytesOf(m)
    return text
  })
  return `0a0220022401${le16(messages.length)}${offsets.join('')}${messages.join('')}`
}

const client = (text: string): Said => ({ from: 'client', bytes: hex(text) })
const server = (text: string): Said => ({ from: 'server', bytes: hex(text) })
const asked = (message: string) => readAll(enip, [client(unconnected(message))])
/** what one request does */
const does = (message: string) => asked(message).filter(t => typeof t === 'object' && 'act' in t)

const TAG = '9105737065656400'
const IDENTITY = '01000c00a600040330008e4d52000b313735362d454e42542f41'

describe('what is EtherNet/IP', () => {
  it.each([
    [frame(0x65, '01000000', 0), 'certain from client'],
    [frame(0x65, '01000000'), 'certain from server'],
    [frame(0x63, '', 0), 'certain from client'],
    [frame(0x66), 'certain'],
    [unconnected('0e03200124013001'), 'certain'],
    [connected('8e000000'), 'certain'],
    // two in one segment
    [frame(0x65, '01000000', 0) + frame(0x63, '', 0), 'certain from client'],
    // zeroes are a NOP
    ['00'.repeat(24), 'unsure'],
    ['00'.repeat(60), 'unsure'],
    [frame(0x77), 'not'],
    ['1603010200010001fc0303aabbccddeeff00112233445566778899aabbccdd', 'not'],
    ['5353482d322e302d4f70656e5353485f382e397031205562756e74752d33', 'not'],
    // DNS
    ['001e1234010000010000000000000377777706676f6f676c6503636f6d0000010001', 'not'],
  ])('%s: %s', (bytes, what) => {
    expect(probeText(enip, hex(bytes), { dstPort: 44818 })).toBe(what)
  })

  it('over UDP, only as long as stated', () => {
    const udp = { transport: UDP, dstPort: 44818 }
    expect(probeText(enip, hex(frame(0x63, '', 0)), udp)).toBe('certain from client')
    expect(probeText(enip, hex(`${frame(0x63, '', 0)}00`), udp)).toBe('not')
  })

  it('where the capture cut it', () => {
    const whole = hex(unconnected('0e03200124013001'))
    expect(probeText(enip, whole.subarray(0, 30), { length: whole.length })).toBe('certain')
  })

  it('has lengths that only its headers have', () => {
    expect(enip.length!(hex('6f00'), 0, 2)).toBe(0)
    expect(enip.length!(hex('6f001000'), 0, 4)).toBe(40)
    expect(enip.length!(hex('6f01'), 0, 2)).toBe(-1)
    expect(enip.length!(hex('47'), 0, 1)).toBe(-1)
  })
})

describe('what EtherNet/IP does', () => {
  it('opens and closes a session', () => {
    const said = [client(frame(0x65, '01000000', 0)), server(frame(0x65, '01000000')), client(frame(0x66))]
    expect(readAll(enip, said)).toEqual([
      { client: true },
      { act: ['session'], fn: 0x1065 },
      { client: false },
      { answer: 0x1065 },
      { act: ['session'], fn: 0x1066 },
    ])
  })

  it('finds devices, which say who they are, once', () => {
    const item = `0c00${le16(18 + bytesOf(IDENTITY) + 1)}0100${'0002af12c0a80001'}${'00'.repeat(8)}${IDENTITY}03`
    const reply = server(frame(0x63, `0100${item}`, 0))
    expect(readAll(enip, [client(frame(0x63, '', 0)), reply, reply])).toEqual([
      { client: true },
      { act: ['discover'], fn: 0x1063 },
      { client: false },
      { answer: 0x1063 },
      { heard: 'vendor', text: 'Rockwell Automation' },
      { heard: 'product', text: '1756-ENBT/A' },
      { heard: 'version', text: '4.003' },
      { heard: 'serial', text: '00524D8E' },
      { heard: 'role', text: 'gateway' },
      { client: false },
      { answer: 0x1063 },
    ])
  })

  it('says who it is when its own identity object is asked, not when another one is', () => {
    const reply = server(unconnected(`81000000${IDENTITY}`))
    const direct = readAll(enip, [client(unconnected('010220012401')), reply])
    expect(direct).toContainEqual({ heard: 'product', text: '1756-ENBT/A' })
    const routed = readAll(enip, [client(unconnected(sent('010220012401'))), reply])
    expect(routed.filter(t => typeof t === 'object' && 'heard' in t)).toEqual([])
  })

  it('is refused by status of the encapsulation and of CIP', () => {
    expect(readAll(enip, [server(frame(0x70, '', 1, 0x64))])).toEqual([
      { client: false },
      { answer: 0x1070, refused: true },
    ])
    expect(readAll(enip, [server(unconnected('cd000801ff20'))])).toEqual([
      { client: false },
      { answer: 0x4d, refused: true },
    ])
    // more will follow: no refusal
    expect(readAll(enip, [server(connected('d2000600c4000000'))])).toEqual([
      { client: false },
      { answer: 0x52 },
    ])
  })
})

describe('what CIP does', () => {
  it.each([
    ['0e03200124013001', 'discover', 0x0e, 0x01],
    ['0e03200424643003', 'read', 0x0e, 0x04],
    ['10032004246430030100', 'write', 0x10, 0x04],
    ['100320f52401300500000000', 'configure', 0x10, 0xf5],
    ['0402208b240101000600', 'time', 0x04, 0x8b],
    ['05022001240100', 'control', 0x05, 0x01],
    ['0602208e2401', 'control', 0x06, 0x8e],
    ['070220642401', 'control', 0x07, 0x64],
    ['0803206b25000000', 'program', 0x08, 0x6b],
    ['4c0320682401206d', 'upload', 0x4c, 0x6d],
    ['4d0320682401206d', 'program', 0x4d, 0x6d],
    ['4b0220a1240100', 'firmware', 0x4b, 0xa1],
    ['4b0220372401', 'file', 0x4b, 0x37],
    ['530220392401', 'control', 0x53, 0x39],
    ['510220392401', 'configure', 0x51, 0x39],
    ['0e0320f624013004', 'diagnose', 0x0e, 0xf6],
    ['5503206b25000000', 'discover', 0x55, 0x6b],
    ['4c02206c2401', 'discover', 0x4c, 0x6c],
    ['4b0220992401', 'unknown', 0x4b, 0x99],
    ['320220042464', 'unknown', 0x32, 0x04],
    // a class in 16 bits
    ['0e042100040324013001', 'read', 0x0e, 0x304],
  ])('%s: %s', (message, action, fn, first) => {
    expect(does(message)).toEqual([{ act: [action], fn, area: 0, first, last: first }])
  })

  it.each([
    [0x4c, 'read'],
    [0x52, 'read'],
    [0x4d, 'write'],
    [0x4e, 'write'],
    [0x53, 'write'],
  ])('accesses tags by name: 0x%s is a %s', (service, action) => {
    const tag = { area: 0, first: 0x6b, last: 0x6b }
    expect(does(`${hexOf([service])}04${TAG}0100`)).toEqual([{ act: [action], fn: service, ...tag }])
    expect(does(sent(`${hexOf([service])}04${TAG}0100`))).toEqual([{ act: [action], fn: service, ...tag }])
  })

  it('tells each message of a Multiple Service Packet, and each reply', () => {
    const packet = multiple('0e03200124013001', `4d04${TAG}c400010000000000`)
    const replies = '8a0000000200 0600 0c00 8e0000000100 cd000f00'.replace(/ /g, '')
    expect(readAll(enip, [client(connected(packet)), server(connected(replies))])).toEqual([
      { client: true },
      { act: ['discover'], fn: 0x0e, area: 0, first: 1, last: 1 },
      { act: ['write'], fn: 0x4d, area: 0, first: 0x6b, last: 0x6b },
      { client: false },
      { answer: 0x0e },
      { answer: 0x4d, refused: true },
    ])
  })

  it('gives up on messages inside messages without end', () => {
    let message = '0e03200124013001'
    for (let i = 0; i < 7; i++) message = multiple(message)
    expect(asked(message)).toContain('unfit')
  })

  it.each([
    ['offsets that go back', '0a02200224010200 0600 0600 0e03200124013001'],
    ['offsets beyond', '0a0220022401 f4f0 0909 8804'],
    ['nothing', '0a0220022401 0000'],
  ])('does not trust a Multiple Service Packet with %s', (_, message) => {
    expect(asked(message.replace(/ /g, ''))).toEqual([
      { client: true },
      { act: ['unknown'], fn: 0x0a },
      'unfit',
    ])
  })

  it('what was asked is refused with the Send that held it', () => {
    const send = server(frame(0x6f, '', 1, 0x64))
    expect(readAll(enip, [client(unconnected(`4d04${TAG}c4000100`)), send]).at(-1)).toEqual({
      answer: 0x4d,
      refused: true,
    })
    expect(readAll(enip, [client(unconnected(sent(`4d04${TAG}c4000100`))), send]).at(-1)).toEqual({
      answer: 0x4d,
      refused: true,
    })
    expect(readAll(enip, [send]).at(-1)).toEqual({ answer: 0x106f, refused: true })
  })

  it('a route that fails for a message nobody saw is not taken for a read of a tag', () => {
    expect(readAll(enip, [server(unconnected('d20001011103'))]).at(-1)).toEqual({
      answer: 0x106f,
      refused: true,
    })
    expect(readAll(enip, [server(unconnected('d2000000c4000000'))]).at(-1)).toEqual({ answer: 0x52 })
  })

  it('a route that fails refuses the message inside', () => {
    const lost = server(unconnected('d20001011103'))
    expect(readAll(enip, [client(unconnected(sent(`4d04${TAG}c4000100`))), lost]).slice(-1)).toEqual([
      { answer: 0x4d, refused: true },
    ])
  })
})

describe('connections', () => {
  const open = (transport: string, path: string, service = '54') => {
    const large = service === '5b' ? '0000' : ''
    const times = `07f9 00000000 01000000 0100 0100 78563412 00 000000 00127a00 f443${large} 00127a00 f443${large}`
    return `${service}0220062401${times}${transport}${hexOf([bytesOf(path) / 2])}${path}`.replace(/ /g, '')
  }

  it('for explicit messages announce nothing', () => {
    expect(asked(open('a3', '010020022401'))).toEqual([
      { client: true },
      { act: ['session'], fn: 0x54, area: 0, first: 6, last: 6 },
    ])
  })

  const announced = (said: Said[]) =>
    readAll(enip, said).filter(t => typeof t === 'object' && 'announce' in t)
  const accepted = (service: string) => unconnected(`${service}000000${'00'.repeat(26)}`)

  it.each([
    ['54', 'd4'],
    ['5b', 'db'],
  ])('for I/O announce UDP 2222 at both ends once they are accepted (0x%s)', (service, answer) => {
    const request = unconnected(open('01', '200424652c662c64', service))
    expect(readAll(enip, [client(request)]).slice(1)).toEqual([
      { act: ['session'], fn: Number.parseInt(service, 16), area: 0, first: 6, last: 6 },
    ])
    expect(announced([client(request), server(accepted(answer))])).toEqual([
      { announce: 17, port: 2222, atSender: false },
      { announce: 17, port: 2222, atSender: true },
    ])
    expect(announced([client(request), server(accepted(answer)), server(accepted(answer))])).toHaveLength(2)
  })

  it('announce nothing where they are refused, or accepted by who asked', () => {
    const request = client(unconnected(open('01', '200424652c662c64')))
    expect(announced([request, server(unconnected('d40001010001'))])).toEqual([])
    expect(announced([request, client(accepted('d4'))])).toEqual([])
    expect(announced([server(accepted('d4'))])).toEqual([])
  })

  it('announce the ports that sockaddr items give', () => {
    const item = (type: string) => `${type}1000 0002 08af 0a0a0105 0000000000000000`.replace(/ /g, '')
    const request = client(unconnected(open('01', '20042465'), item('0180')))
    const reply = server(unconnected(`d4000000${'00'.repeat(26)}`, item('0080')))
    const v4 = 0x0a0a0105
    expect(announced([request, reply])).toEqual([
      { announce: 17, port: 0x08af, atSender: false, v4 },
      { announce: 17, port: 2222, atSender: true },
      { announce: 17, port: 0x08af, atSender: true, v4 },
    ])
  })

  it('that bring data configure a module', () => {
    expect(asked(open('01', '20042465800201020304'))[1]).toMatchObject({
      act: ['configure', 'session'],
    })
  })
})

describe('PCCC in CIP', () => {
  const pccc = (command: string) => does(`4b0220672401 07 0100 78563412 ${command}`.replace(/ /g, ''))
  it.each([
    ['0f 00 0100 a2 02 07 89 00 00', 'read'],
    ['0f 00 0100 aa 02 07 89 00 00 0100', 'write'],
    ['0f 00 0100 aa 50 02 22 00 00 0100', 'program'],
    ['0f 00 0100 a2 50 02 22 00 00', 'upload'],
    ['0f 00 0100 80 06', 'control'],
    ['0f 00 0100 3a 02', 'control'],
    ['0f 00 0100 52', 'program'],
    ['0f 00 0100 53', 'upload'],
    ['06 00 0100 03', 'discover'],
    ['08 00 0100 0000', 'write'],
    ['0f 00 0100 ee', 'unknown'],
    ['2f 00 0100 ee', 'unknown'],
  ])('%s: %s', (command, action) => {
    expect(pccc(command)).toEqual([{ act: [action], fn: 0x4b, area: 0, first: 0x67, last: 0x67 }])
  })

  it('is refused by its own status', () => {
    const reply = '4b0220672401 07 0100 78563412 0f 00 0100 80 06'.replace(/ /g, '')
    const refusal = server(unconnected('cb000000 07 0100 78563412 4f f0 0100 0b'.replace(/ /g, '')))
    expect(readAll(enip, [client(unconnected(reply)), refusal]).slice(-1)).toEqual([
      { answer: 0x4b, refused: true },
    ])
  })
})

describe('damaged and cut frames', () => {
  it('a path longer than its message', () => {
    expect(asked('4d7f206b')).toEqual([{ client: true }, { act: ['unknown'], fn: 0x4d }, 'unfit'])
  })

  it('no data item', () => {
    expect(readAll(enip, [client(frame(0x6f, '000000000000010000000000'))])).toEqual([
      { act: ['unknown'], fn: 0x106f },
      'unfit',
    ])
  })

  it('another interface than CIP', () => {
    expect(readAll(enip, [client(frame(0x6f, '010000000000020000000000'))])).toEqual([
      { act: ['unknown'], fn: 0x106f },
    ])
  })

  it('wherever the capture cuts, a write is never told as less, and shortness is told', () => {
    const whole = hex(unconnected(`4d04${TAG}c400010005000000`))
    for (let cut = 24; cut < whole.length; cut++) {
      const told = readAll(enip, [{ from: 'client', bytes: whole.subarray(0, cut), length: whole.length }], {
        transport: UDP,
      })
      const acts = told.flatMap(t => (typeof t === 'object' && 'act' in t ? t.act : []))
      for (const action of acts) expect(['write', 'unknown']).toContain(action)
      if (cut < 40 + 2 + 8) expect(told).toContain('short')
    }
  })

  it('names functions and classes', () => {
    expect(enip.functionName!(0x4d)).toContain('write tag')
    expect(enip.functionName!(0x1065)).toBe('register session')
    expect(enip.areaText!(0, 0x6b, 0x6b)).toBe('class 0x6b (Symbol)')
    expect(enip.areaText!(0, 0x999, 0x999)).toBe('class 0x999')
  })
})
