import { describe, expect, it } from 'vitest'
import { ftp } from '../../src/app/it/ftp.ts'
import { probeText, readAll, type Told } from '../support/app-run.ts'
import { ascii, client, server } from '../support/app-text.ts'

const asked = (line: string): Told[] => readAll(ftp, [client(ascii(`${line}\r\n`))])
const replied = (line: string): Told[] => readAll(ftp, [server(ascii(`${line}\r\n`))])

describe("what is FTP's control connection", () => {
  it.each([
    ['220 FileZilla Server 1.8\r\n', 'certain from server'],
    ['220 (vsFTPd 3.0.5)\r\n', 'certain from server'],
    ['220 ready\r\n', 'unsure from server'],
    ['220 mail.example ESMTP, not FTP\r\n', 'unsure from server'],
    ['227 Entering Passive Mode (192,0,2,1,195,80)\r\n', 'certain from server'],
    ['PASV\r\n', 'certain from client'],
    ['TYPE I\r\n', 'certain from client'],
    ['port 192,0,2,9,200,1\r\n', 'certain from client'],
    ['USER anonymous\r\n', 'unsure from client'],
    ['PASVX\r\n', 'not'],
    ['PASV', 'not'],
    ['220\r\n\x00\x01', 'not'],
    ['HTTP/1.1 200 OK\r\n', 'not'],
    ['GET / HTTP/1.1\r\n', 'not'],
    ['SSH-2.0-x\r\n', 'not'],
  ])('%j: %s', (text, what) => {
    expect(probeText(ftp, ascii(text))).toBe(what)
  })
})

describe('data connections', () => {
  it('that the server waits for', () => {
    expect(replied('227 Entering Passive Mode (192,0,2,1,195,80).')).toEqual([
      { announce: 6, port: 50000, atSender: true, v4: 0xc0000201 | 0 },
    ])
    expect(replied('227 Entering Passive Mode 192,0,2,1,195,80')).toEqual([
      { announce: 6, port: 50000, atSender: true, v4: 0xc0000201 | 0 },
    ])
    expect(replied('229 Entering Extended Passive Mode (|||50001|)')).toEqual([
      { announce: 6, port: 50001, atSender: true },
    ])
  })

  it('that the client waits for', () => {
    expect(asked('PORT 192,0,2,9,4,1')).toEqual([
      { announce: 6, port: 1025, atSender: true, v4: 0xc0000209 | 0 },
    ])
    expect(asked('EPRT |1|192.0.2.9|50002|')).toEqual([
      { announce: 6, port: 50002, atSender: true, v4: 0xc0000209 | 0 },
    ])
    expect(asked('EPRT |2|2001:db8::9|50003|')).toEqual([{ announce: 6, port: 50003, atSender: true }])
  })

  it.each([
    '227 Entering Passive Mode (192,0,2,1,256,80)',
    '227 no ports here',
    '229 (|||99999|)',
    '226 Transfer complete (1,2,3,4,5,6)',
  ])('of %j there are none', line => {
    expect(replied(line)).toEqual([])
  })

  const talk = (...said: (readonly ['client' | 'server', string])[]): Told[] =>
    readAll(
      ftp,
      said.map(([from, line]) => ({ from, bytes: ascii(`${line}\r\n`) })),
    )
  const PASSIVE = '227 Entering Passive Mode (192,0,2,1,195,80)'
  const EXTENDED = '229 Entering Extended Passive Mode (|||50001|)'
  const announced = { announce: 6, port: 50000, atSender: true, v4: 0xc0000201 | 0 }

  it('are told by who listens, not in the place of the other end', () => {
    expect(talk(['client', PASSIVE], ['client', EXTENDED])).toEqual([])
    expect(talk(['server', 'PORT 192,0,2,9,4,1'], ['server', 'EPRT |1|192.0.2.9|50002|'])).toEqual([])
    expect(talk(['client', 'AUTH TLS'], ['client', '234 go on'])).toEqual([])
  })

  it('that the server waits for are told once to who asked for one', () => {
    expect(talk(['client', 'PASV'], ['server', PASSIVE], ['server', PASSIVE])).toEqual([announced])
    expect(talk(['client', 'PASV'], ['server', PASSIVE], ['client', 'pasv'], ['server', PASSIVE])).toEqual([
      announced,
      announced,
    ])
    expect(talk(['client', 'NOOP'], ['server', PASSIVE])).toEqual([])
    expect(talk(['client', 'PASV'], ['server', EXTENDED])).toEqual([])
    expect(talk(['client', 'EPSV ALL'], ['server', EXTENDED])).toEqual([
      { announce: 6, port: 50001, atSender: true },
    ])
    // a command that goes over several lines of the server is none
    expect(talk(['server', '214-Commands'], ['server', 'PASV'], ['server', PASSIVE])).toEqual([announced])
  })

  it('are not seen once TLS was agreed on', () => {
    const lines = (reply: string): Told[] =>
      readAll(ftp, [client(ascii('AUTH TLS\r\n')), server(ascii(`${reply}\r\n`))])
    expect(lines('234 go on')).toEqual(['opaque', 'done'])
    expect(lines('504 no')).toEqual([])
    expect(replied('234 go on')).toEqual([])
  })
})

it('its lines end where they end', () => {
  const length = (text: string): number => ftp.length!(ascii(text), 0, text.length)
  expect(length('PASV\r\nSYST\r\n')).toBe(6)
  expect(length('PAS')).toBe(0)
  expect(length('\x01\x02\n')).toBe(-1)
  expect(length('A'.repeat(3000))).toBe(-1)
})
