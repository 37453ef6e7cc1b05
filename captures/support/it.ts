import { address, bytes, hex, l16, l32, type Part, type Random, u16, u24, u32, zeros } from './bytes.ts'

/** Payloads of the everyday protocols of offices, servers and vendors' notebooks. */

const labels = (name: string): Uint8Array =>
  bytes(...name.split('.').flatMap((label): Part[] => [label.length, label]), 0)

/** DNS query for an address and its answer, RFC 1035. */
export function dns(id: number, name: string, answer: string): [Uint8Array, Uint8Array] {
  const question = bytes(labels(name), u16(1), u16(1))
  return [
    bytes(u16(id), u16(0x0100), u16(1), u16(0), u16(0), u16(0), question),
    bytes(
      u16(id),
      u16(0x8580),
      u16(1),
      u16(1),
      u16(0),
      u16(0),
      question,
      u16(0xc00c),
      u16(1),
      u16(1),
      u32(300),
      u16(4),
      address(answer),
    ),
  ]
}

/** NTP version 4 client and server packets, RFC 5905; `seconds` since 1970. */
export function ntp(seconds: number): [Uint8Array, Uint8Array] {
  const stamp = (fraction: number): number[] => [...u32((seconds + 2208988800) >>> 0), ...u32(fraction)]
  return [
    bytes(0x23, 0, 6, 0xec, zeros(36), stamp(0x10000000)),
    bytes(
      0x24,
      2,
      6,
      0xec,
      u32(0x120),
      u32(0x210),
      [10, 10, 30, 1],
      stamp(0),
      stamp(0x10000000),
      stamp(0x10100000),
      stamp(0x10200000),
    ),
  ]
}

/** Syslog line over UDP, RFC 3164. */
export const syslog = (text: string): Uint8Array => bytes(`<134>Oct  6 06:00:00 ${text}`)

/** SSH identification strings, RFC 4253 section 4.2. */
export const sshHello: [Uint8Array, Uint8Array] = [
  bytes('SSH-2.0-OpenSSH_9.6\r\n'),
  bytes('SSH-2.0-OpenSSH_8.4\r\n'),
]

/** SSH binary packet: key exchange offer in clear, or anything that comes after it (random content). */
export function sshPacket(random: Random, length: number, clear = false): Uint8Array {
  if (!clear) return random.bytes(length)
  const lists = [
    'curve25519-sha256,ecdh-sha2-nistp256',
    'ssh-ed25519,rsa-sha2-512',
    'aes256-gcm@openssh.com,aes128-ctr',
    'aes256-gcm@openssh.com,aes128-ctr',
    'hmac-sha2-256',
    'hmac-sha2-256',
    'none',
    'none',
    '',
    '',
  ]
  const payload = bytes(
    20,
    random.bytes(16),
    ...lists.flatMap((list): Part[] => [u32(list.length), list]),
    0,
    u32(0),
  )
  const padding = 8 + ((8 - ((5 + payload.length + 8) % 8)) % 8)
  return bytes(u32(1 + payload.length + padding), padding, payload, zeros(padding))
}

/** TLS client hello and server hello (version 1.2 records, RFC 5246) for a server name. */
export function tlsHello(random: Random, server: string): [Uint8Array, Uint8Array] {
  const name = bytes(u16(server.length + 3), 0, u16(server.length), server)
  const extensions = bytes(u16(0), u16(name.length), name, u16(0x000a), u16(4), u16(2), u16(0x001d))
  const hello = (kind: number, body: Uint8Array): Uint8Array =>
    bytes(22, u16(0x0303), u16(4 + body.length), kind, u24(body.length), body)
  return [
    hello(
      1,
      bytes(
        u16(0x0303),
        random.bytes(32),
        0,
        u16(4),
        u16(0xc02f),
        u16(0xc030),
        1,
        0,
        u16(extensions.length),
        extensions,
      ),
    ),
    hello(2, bytes(u16(0x0303), random.bytes(32), 0, u16(0xc02f), 0)),
  ]
}
/** TLS application data. */
export const tlsData = (random: Random, length: number): Uint8Array =>
  bytes(23, u16(0x0303), u16(length), random.bytes(length))

/** HTTP/1.1 request and answer. */
export const http = (host: string, path: string, body: string): [Uint8Array, Uint8Array] => [
  bytes(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAccept: */*\r\n\r\n`),
  bytes(`HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${body.length}\r\n\r\n${body}`),
]

/** RDP connection request and confirm (MS-RDPBCGR section 2.2.1.1), TLS asked for. */
export const rdp: [Uint8Array, Uint8Array] = [
  bytes(
    hex('03 00 00 2c 27 e0 00 00 00 00 00'),
    'Cookie: mstshash=oper01\r\n',
    hex('01 00 08 00 01 00 00 00'),
  ),
  hex('03 00 00 13 0e d0 00 00 12 34 00 02 1f 08 00 01 00 00 00'),
]

/** VNC (RFB) version greeting, RFC 6143 section 7.1.1. */
export const rfb = bytes('RFB 003.008\n')

/** SMB2 negotiate request behind its NetBIOS length, MS-SMB2 section 2.2.3. */
export function smbNegotiate(random: Random): Uint8Array {
  const header = bytes(0xfe, 'SMB', l16(64), l16(0), l32(0), l16(0), l16(1), zeros(48))
  const body = bytes(
    l16(36),
    l16(2),
    l16(1),
    l16(0),
    l32(0),
    random.bytes(16),
    zeros(8),
    l16(0x0202),
    l16(0x0210),
  )
  return bytes(0, u24(header.length + body.length), header, body)
}

/** DHCP discover or offer, RFC 2131, over the usual ports. */
export function dhcp(
  kind: 1 | 2,
  transaction: number,
  mac: string,
  offered = '0.0.0.0',
  server = '0.0.0.0',
): Uint8Array {
  const fixed = bytes(
    kind === 1 ? 1 : 2,
    1,
    6,
    0,
    u32(transaction),
    u16(0),
    u16(0),
    address('0.0.0.0'),
    address(offered),
    address(server),
    address('0.0.0.0'),
  )
  const options = bytes(
    hex('63 82 53 63'),
    [53, 1, kind],
    kind === 2 ? bytes(54, 4, address(server)) : [],
    255,
  )
  return bytes(fixed, hex(mac), zeros(10), zeros(192), options, zeros(20))
}

/** SQL Server pre-login (MS-TDS section 2.2.6.5), what a historian client says first. */
export const tdsPrelogin: Uint8Array = bytes(
  0x12,
  1,
  u16(20),
  u16(0),
  1,
  0,
  [0, 0, 6, 0, 6],
  0xff,
  [16, 0, 7, 210, 0, 0],
)
