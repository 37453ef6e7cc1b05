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

/** Lines of FTP's control connection (RFC 959): a command and its reply. */
export const ftp = (command: string, reply: string): [Uint8Array, Uint8Array] => [
  bytes(`${command}\r\n`),
  bytes(`${reply}\r\n`),
]
/** An address and a port as PORT and the reply to PASV have them. */
export const ftpAddress = (ip: string, port: number): string =>
  [...ip.split('.'), port >>> 8, port & 0xff].join(',')

/** TFTP read request and data blocks, RFC 1350. */
export const tftpRead = (name: string): Uint8Array => bytes(u16(1), name, 0, 'octet', 0)
export const tftpData = (block: number, data: Uint8Array): [Uint8Array, Uint8Array] => [
  bytes(u16(3), u16(block), data),
  bytes(u16(4), u16(block)),
]

/** SIP INVITE and 200 OK (RFC 3261), each with the address and port at which its sender wants its media (RFC 8866). */
export function sipInvite(
  from: string,
  to: string,
  call: string,
  media: { asked: [string, number]; answered: [string, number] },
): [Uint8Array, Uint8Array] {
  const message = (first: string, [ip, port]: [string, number]): Uint8Array => {
    const body = [
      'v=0',
      `o=- 1 1 IN IP4 ${ip}`,
      's=-',
      `c=IN IP4 ${ip}`,
      't=0 0',
      `m=audio ${port} RTP/AVP 0`,
      '',
    ].join('\r\n')
    const head = [
      first,
      `Via: SIP/2.0/UDP ${from}:5060;branch=z9hG4bK${call}`,
      `From: <sip:desk@${from}>;tag=${call}`,
      `To: <sip:desk@${to}>`,
      `Call-ID: ${call}@${from}`,
      'CSeq: 1 INVITE',
      'Content-Type: application/sdp',
      `Content-Length: ${body.length}`,
    ]
    return bytes(`${head.join('\r\n')}\r\n\r\n${body}`)
  }
  return [message(`INVITE sip:desk@${to} SIP/2.0`, media.asked), message('SIP/2.0 200 OK', media.answered)]
}

/** RTP packet of 20 ms of G.711 (RFC 3550, RFC 3551). */
export const rtp = (source: number, sequence: number): Uint8Array =>
  bytes(0x80, 0, u16(sequence), u32(sequence * 160), u32(source), zeros(160).fill(0xd5))

const ENDPOINT_MAPPER = hex('08 83 af e1 1f 5d c9 11 91 a4 08 00 2b 14 a0 fa')
/** IOPCServer of OPC Data Access */
export const OPC_SERVER = hex('4d 3a c1 39 1e 01 d0 11 96 75 00 20 af d8 ad b3')
const NDR = hex('04 5d 88 8a eb 1c c9 11 9f e8 08 00 2b 10 48 60')

/** Connection-oriented PDU of DCE RPC (C706, chapter 12.6), little-endian. */
const rpc = (type: number, call: number, ...body: Part[]): Uint8Array => {
  const content = bytes(...body)
  return bytes([5, 0, type, 3, 0x10, 0, 0, 0], l16(16 + content.length), l16(0), l32(call), content)
}
/** Binds to an interface, the endpoint mapper's unless told. */
export const rpcBind = (to = ENDPOINT_MAPPER, version = 3): [Uint8Array, Uint8Array] => [
  rpc(11, 1, l16(5840), l16(5840), l32(0), [1, 0, 0, 0], l16(0), [1, 0], to, l32(version), NDR, l32(2)),
  rpc(
    12,
    1,
    l16(5840),
    l16(5840),
    l32(0x1234),
    l16(4),
    '135',
    0,
    [0, 0],
    [1, 0, 0, 0],
    l16(0),
    l16(0),
    NDR,
    l32(2),
  ),
]
/** A call of the interface bound to, and its answer. */
export const rpcCall = (
  call: number,
  fn: number,
  asked: Uint8Array,
  answered: Uint8Array,
): [Uint8Array, Uint8Array] => [
  rpc(0, call, l32(asked.length), l16(0), l16(fn), asked),
  rpc(2, call, l32(answered.length), l16(0), [0, 0], answered),
]
/** ept_map (C706, appendix O): where an interface is to be found, as a tower of floors (appendix L). */
export function endpointMap(wanted: Uint8Array, ip: string, port: number): [Uint8Array, Uint8Array] {
  const floor = (left: Uint8Array, right: Uint8Array): Uint8Array =>
    bytes(l16(left.length), left, l16(right.length), right)
  const tower = (at: string, to: number): Uint8Array => {
    const floors = bytes(
      l16(5),
      floor(bytes(0x0d, wanted, l16(0)), bytes(l16(0))),
      floor(bytes(0x0d, NDR, l16(2)), bytes(l16(0))),
      floor(bytes(0x0b), bytes(l16(0))),
      floor(bytes(0x07), bytes(u16(to))),
      floor(bytes(0x09), address(at)),
    )
    return bytes(l32(floors.length), l32(floors.length), floors, zeros((4 - (floors.length % 4)) % 4))
  }
  const handle = zeros(20)
  return rpcCall(
    2,
    3,
    bytes(l32(1), zeros(16), l32(2), tower('0.0.0.0', 0), handle, l32(4)),
    bytes(handle, l32(1), l32(4), l32(0), l32(1), l32(3), tower(ip, port), l32(0)),
  )
}
