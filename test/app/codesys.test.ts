import { describe, expect, it } from 'vitest'
import { codesys } from '../../src/app/ot/codesys.ts'
import { TCP, UDP } from '../../src/app/protocol.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const carrier = { transport: TCP, srcPort: 50000, dstPort: 11740 }
const little = (n: number, bytes: number) =>
  Array.from({ length: bytes }, (_, i) => ((n >>> (8 * i)) & 0xff).toString(16).padStart(2, '0')).join('')

/** a datagram of the channel layer */
const datagram = (channel: string, service = '40') =>
  `c5 6b 40 ${service} 00 43 2ddc c0a80064 2ddc c0a80065 0100 ${channel}`.replace(/\s/g, '')
const block = (body: string) => `000117e8 ${little(8 + body.length / 2, 4)} ${body}`
/** the first block of a message with a service */
const service = (group: number, command: number, flags = '81', protocol = '55cd') =>
  `01${flags}0100 01000000 00000000 14000000 deadbeef ${protocol}1000 ${little(group, 2)}${little(command, 2)} 11223344 04000000 00000000 01020304`.replace(
    /\s/g,
    '',
  )
const asks = (...bodies: string[]): Said[] =>
  bodies.map(one => ({ from: 'client', bytes: hex(block(datagram(one))) }))
const answers = (...bodies: string[]): Said[] =>
  bodies.map(one => ({ from: 'server', bytes: hex(block(datagram(one))) }))
const read = (...said: Said[]) => readAll(codesys, said, carrier)
const acts = (group: number, command: number) =>
  read(...asks(service(group, command))).filter(told => typeof told === 'object' && 'act' in told)

describe('what is CODESYS', () => {
  it.each([
    [block(datagram(service(1, 2))), 'certain from client'],
    [block(datagram(service(0x81, 2, '01'))), 'certain from server'],
    [block(datagram('c3000000')), 'certain'],
    [block(datagram('c3000000', '09')), 'not'],
    ['e8170100 20000000 c5 6b 40 40 00 43', 'not'],
    ['000117e8 00000000 c5 6b 40 40 00 43', 'not'],
    ['bbbb 01000000 01', 'certain'],
    ['bbbb 00000001 01', 'certain'],
    ['bbbb 00000000 01', 'not'],
    ['bbba 01000000 01', 'not'],
  ])('%s: %s', (bytes, what) => expect(probeText(codesys, hex(bytes), carrier)).toBe(what))

  it('over UDP without the header of blocks', () => {
    const udp = { transport: UDP, dstPort: 1740 }
    expect(probeText(codesys, hex(datagram(service(1, 1))), udp)).toBe('certain')
    expect(probeText(codesys, hex(datagram('', '01')), udp)).toBe('unsure')
    expect(probeText(codesys, hex('c5'.repeat(40)), udp)).toBe('not')
  })

  it.each(LOOK_ALIKES)('not %s', (_, other) => {
    expect(probeText(codesys, other, carrier)).toBe('not')
    expect(probeText(codesys, other, { transport: UDP, dstPort: 1740 })).toBe('not')
  })

  it('ends where its length says', () => {
    const bytes = hex(block(datagram(service(1, 2))))
    expect(codesys.length!(bytes, 0, bytes.length)).toBe(bytes.length)
    expect(codesys.length!(bytes, 0, 7)).toBe(0)
    expect(codesys.length!(hex('000118'), 0, 3)).toBe(-1)
    expect(codesys.length!(hex('bbbb 05000000'), 0, 6)).toBe(11)
  })
})

describe('what CODESYS does', () => {
  it.each([
    [1, 1, ['discover']],
    [1, 2, ['session']],
    [1, 4, ['program', 'control']],
    [2, 5, ['program']],
    [2, 6, ['program']],
    [2, 16, ['control']],
    [2, 17, ['control']],
    [2, 20, ['diagnose']],
    [2, 53, ['upload']],
    [8, 4, ['file']],
    [9, 5, ['read']],
    [9, 6, ['write']],
    [27, 2, ['write']],
    [12, 3, ['configure']],
    [17, 1, ['control', 'unknown']],
    [2, 99, ['unknown']],
    [99, 1, ['unknown']],
    [258, 20, ['unknown']],
  ])('service %i/%i: %s', (group, command, act) =>
    expect(acts(group, command)).toEqual([{ act, fn: (group & 127) * 256 + command }]),
  )

  it('a request is one whatever the channel says, and of a number that is known', () => {
    expect(read(...asks(service(2, 17, '01')))).toEqual([{ client: true }, { act: ['control'], fn: 529 }])
    expect(read(...asks(service(2, 0x114)))).toEqual([{ client: true }, { act: ['unknown'], fn: 532 }])
  })

  it('answers tell who is the client', () => {
    expect(read(...answers(service(0x82, 17, '01')))).toEqual([{ client: false }, { answer: 529 }])
  })

  it('the rest of a message whose beginning was seen does nothing new', () => {
    const rest = '0180 0100 02000000 01000000 aabbccdd'
    expect(read(...asks(service(2, 5), rest.replace(/\s/g, '')))).toHaveLength(2)
    expect(read(...asks(rest.replace(/\s/g, '')))).toEqual([{ act: ['unknown'], fn: 32769 }, 'short'])
  })

  it('channels: opened, kept, acknowledged', () => {
    expect(read(...asks('c3000000'), ...answers('83000000'), ...asks('03000000', '02000000'))).toEqual([
      { act: ['session'], fn: 32963 },
      { answer: 32963 },
      { act: ['session'], fn: 32771 },
    ])
  })

  it('addresses and names; encrypted; not known', () => {
    expect(
      readAll(codesys, [{ from: 'client', bytes: hex(datagram('', '03')) }], { transport: UDP }),
    ).toEqual([{ act: ['discover'], fn: 33027 }])
    expect(read(...asks(service(2, 5, '81', '7557')))).toEqual([
      { client: true },
      { act: ['program'], fn: 517 },
      'opaque',
    ])
    expect(read(...asks(service(2, 5, '81', '1234')))).toEqual([{ act: ['unknown'], fn: 32769 }, 'unfit'])
  })

  it('version 2: who it is, and what is not known', () => {
    const said: Said[] = [
      { from: 'client', bytes: hex('bbbb 01000000 01 bbbb 02000000 9200') },
      { from: 'server', bytes: hex('bbbb 01000000 01') },
    ]
    expect(read(...said)).toEqual([
      { act: ['discover'], fn: 40961 },
      { act: ['unknown'], fn: 41106 },
      { answer: 40961 },
    ])
  })
})
