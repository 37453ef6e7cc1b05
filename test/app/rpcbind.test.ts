import { describe, expect, it } from 'vitest'
import { rpcbind } from '../../src/app/it/rpcbind.ts'
import { UDP } from '../../src/app/protocol.ts'
import { hex, probeText, readAll, type Said } from '../support/app-run.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const client = (text: string): Said => ({ from: 'client', bytes: hex(text) })
const server = (text: string): Said => ({ from: 'server', bytes: hex(text) })

const call = (version: number, procedure: number, body = '', xid = '11223344') =>
  `${xid} 00000000 00000002 000186a0 0000000${version} 0000000${procedure} 0000000000000000 0000000000000000 ${body}`
const reply = (result: string, xid = '11223344') =>
  `${xid} 00000001 00000000 0000000000000000 00000000 ${result}`
/** NFS version 3 over TCP */
const GET_PORT = call(2, 3, '000186a3 00000003 00000006 00000000')
const datagrams = { transport: UDP, dstPort: 111 }

describe('what is the port mapper', () => {
  it.each([
    [GET_PORT, 'certain from client'],
    [reply('00000801'), 'unsure from server'],
    // a call of another program, another version of RPC
    [GET_PORT.replace('000186a0', '000186a5'), 'not'],
    [GET_PORT.replace('00000002', '00000001'), 'not'],
  ])('%s: %s', (bytes, what) => expect(probeText(rpcbind, hex(bytes), datagrams)).toBe(what))

  it('over TCP in fragments', () => {
    expect(probeText(rpcbind, hex(`80000038 ${GET_PORT}`))).toBe('certain from client')
    expect(rpcbind.length!(hex('80000038'), 0, 4)).toBe(60)
    expect(rpcbind.length!(hex('ffffffff'), 0, 4)).toBe(-1)
    expect(rpcbind.length!(hex('800000'), 0, 3)).toBe(0)
  })

  it.each(LOOK_ALIKES)('not %s', (_, bytes) => {
    expect(probeText(rpcbind, bytes, datagrams)).toBe('not')
    expect(probeText(rpcbind, bytes, { dstPort: 111 })).toBe('not')
  })
})

describe('what the port mapper does', () => {
  it('announces the port it was asked for', () => {
    expect(readAll(rpcbind, [client(GET_PORT), server(reply('00000801'))], datagrams)).toEqual([
      { client: true },
      { act: ['discover'], fn: 203 },
      { client: false },
      { answer: 203 },
      { announce: 6, port: 2049, atSender: true },
    ])
  })

  it('announces no port where there is no service, or nobody asked', () => {
    const told = readAll(
      rpcbind,
      [server(reply('00000801')), client(GET_PORT), server(reply('00000000'))],
      datagrams,
    )
    expect(told).not.toContainEqual(expect.objectContaining({ announce: 6 }))
    expect(
      readAll(rpcbind, [client(GET_PORT), server(reply('00000801', '55667788'))], datagrams),
    ).toHaveLength(3)
  })

  it('announces nothing that the end which asks says, or asks itself', () => {
    const answer = reply('00000801')
    for (const said of [
      [client(GET_PORT), client(answer)],
      [server(GET_PORT), client(answer)],
      [server(GET_PORT), server(answer)],
    ])
      expect(readAll(rpcbind, said, datagrams)).not.toContainEqual(expect.objectContaining({ announce: 6 }))
  })

  it('announces the address of version 4', () => {
    const text = (value: string) => {
      const bytes = Buffer.from(value)
      const padded = Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length & 3)) & 3)])
      return `${bytes.length.toString(16).padStart(8, '0')} ${padded.toString('hex')}`
    }
    const ask = call(4, 3, `000186a3 00000003 ${text('udp')} ${text('')} ${text('')}`)
    expect(readAll(rpcbind, [client(ask), server(reply(text('10.1.2.3.8.1')))], datagrams).at(-1)).toEqual({
      announce: 17,
      port: 2049,
      atSender: true,
      v4: 0x0a010203,
    })
  })

  it('registers, dumps, and is refused', () => {
    const denied = '11223344 00000001 00000001 00000001 00000001'
    expect(readAll(rpcbind, [client(call(2, 1)), server(denied), client(call(2, 4))], datagrams)).toEqual([
      { client: true },
      { act: ['configure'], fn: 201 },
      { client: false },
      { answer: 201, refused: true },
      { client: true },
      { act: ['discover'], fn: 204 },
    ])
  })

  it('passes over fragments that go on with a record', () => {
    const fragments = [
      client(`00000038 ${GET_PORT}`),
      client('80000004 00000000'),
      client(`80000038 ${GET_PORT}`),
    ]
    expect(readAll(rpcbind, fragments)).toEqual([
      { client: true },
      { act: ['discover'], fn: 203 },
      { client: true },
      { act: ['discover'], fn: 203 },
    ])
  })

  it('another program on its port, cut calls', () => {
    const other = GET_PORT.replace('000186a0', '000186a5')
    expect(readAll(rpcbind, [client(other)], datagrams)).toEqual([
      { client: true },
      { act: ['unknown'], fn: 0 },
      'unfit',
    ])
    expect(readAll(rpcbind, [{ ...client(GET_PORT.slice(0, 30)), length: 56 }], datagrams)).toEqual(['short'])
  })
})
