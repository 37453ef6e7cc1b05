import { describe, expect, it } from 'vitest'
import { Carrier, CERTAIN, LIKENESS, TCP, UDP } from '../../src/app/protocol.ts'
import { PROTOCOLS } from '../../src/app/table.ts'
import { SERVICES } from '../../src/net/ports.ts'
import { hex } from '../support/app-run.ts'
import { ascii, counted, digits, dnsName, netbios } from '../support/app-text.ts'
import { clientHello, dtlsClientHello, record, serverHello, sni } from './hellos.ts'
import { LOOK_ALIKES } from './look-alikes.ts'

const industrial = new Set(SERVICES.filter(({ ot }) => ot).map(({ id }) => id))

/** Ids of the protocols that are certain about bytes, at any of these ports. */
function claims(bytes: Uint8Array, transport: number, ports: readonly number[]): string[] {
  const carrier = Object.assign(new Carrier(), { transport, length: bytes.length })
  const ids = new Set<string>()
  for (const port of ports) {
    for (const [srcPort, dstPort] of [
      [40000, port],
      [port, 40000],
    ]) {
      Object.assign(carrier, { srcPort, dstPort })
      for (const protocol of PROTOCOLS) {
        if (!protocol.transports.includes(transport)) continue
        if ((protocol.probe(bytes, 0, bytes.length, carrier) & LIKENESS) === CERTAIN) ids.add(protocol.id)
      }
    }
  }
  return [...ids]
}

const everyPort = SERVICES.flatMap(({ tcp, udp }) => [...(tcp ?? []), ...(udp ?? [])].flat())
const PORTS = [...new Set([40001, ...everyPort])]

/** First payloads of what is no industrial protocol: id, transport, bytes, and the only port where they are its own. */
const OTHERS: readonly (readonly [string, number, string | Uint8Array, number?])[] = [
  ['tls', TCP, clientHello(sni('a.example'))],
  ['tls', TCP, serverHello('')],
  ['tls', TCP, record('17', '9c'.repeat(64))],
  ['dtls', UDP, dtlsClientHello('')],
  ['http', TCP, ascii('GET / HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n')],
  ['http', TCP, ascii('OPTIONS * HTTP/1.1\r\n\r\n')],
  ['http', TCP, ascii('HTTP/1.1 401 Unauthorized\r\n\r\n')],
  ['ssh', TCP, ascii('SSH-2.0-OpenSSH_9.6\r\n')],
  ['rdp', TCP, '0300 0013 0e e0 0000 0000 00 01 00 0800 0b000000'],
  ['vnc', TCP, ascii('RFB 003.008\n')],
  ['smb', TCP, `00 000040 fe534d42 4000 ${'00'.repeat(58)}`],
  ['nbss', TCP, `81 00 0044 ${netbios('FILES', 32)} ${netbios('HMI', 0)}`],
  ['dns', UDP, `1a2b 0100 0001 0000 0000 0000 ${dnsName('www.example')} 0001 0001`, 53],
  ['dns', TCP, counted(`1a2b 0100 0001 0000 0000 0000 ${dnsName('www.example')} 0001 0001`, 2), 53],
  ['mdns', UDP, `0000 0000 0001 0000 0000 0000 ${dnsName('a.local')} 0001 8001`, 5353],
  ['llmnr', UDP, `1a2b 0000 0001 0000 0000 0000 ${dnsName('hmi')} 0001 0001`, 5355],
  ['nbns', UDP, `1a2b 0110 0001 0000 0000 0000 ${netbios('HMI', 0)} 0020 0001`, 137],
  ['nbdgm', UDP, `11 0a 1234 0a000005 008a 00bb 0000 ${netbios('HMI', 32)} ${netbios('P', 29)}`],
  ['dhcp', UDP, `01 01 06 00 3903f326 ${'00'.repeat(228)} 63825363 350101 ff`],
  ['dhcpv6', UDP, '01 100874 0001 000e 0001 0001 1c39cf88 080027fe8f95'],
  ['ntp', UDP, `24 01 06 e9 00000010 00000020 47505300 ${'ec3f1a20 80000000'.repeat(4)}`],
  ['snmp', UDP, '3020 020101 0406 7075626c6963 a013 0204 1a2b3c4d 020100 020100 3005 3003 060100'],
  ['ssdp', UDP, ascii('M-SEARCH * HTTP/1.1\r\nST: ssdp:all\r\n\r\n')],
  ['syslog', UDP, ascii('<34>Oct 11 22:14:15 host su: text')],
  ['ftp', TCP, ascii('220 (vsFTPd 3.0.5)\r\n')],
  ['ftp', TCP, ascii('PASV\r\n')],
  ['tftp', UDP, `0001 ${digits('boot.bin')} 00 ${digits('octet')} 00`],
  ['smtp', TCP, ascii('220 mail.example ESMTP\r\n')],
  ['pop3', TCP, ascii('CAPA\r\n')],
  ['imap', TCP, ascii('* OK IMAP4rev1 ready\r\n')],
  ['telnet', TCP, 'fffd18 fffd20 fffd23 fffd27'],
  ['sip', UDP, ascii('OPTIONS sip:a@192.0.2.1 SIP/2.0\r\nVia: x\r\n\r\n')],
  ['rtsp', TCP, ascii('OPTIONS rtsp://192.0.2.1/1 RTSP/1.0\r\nCSeq: 1\r\n\r\n')],
  ['stun', UDP, `0001 0000 2112a442 ${'5a'.repeat(12)}`],
  ['quic', UDP, `c3 00000001 08 ${'5a'.repeat(8)} 00 ${'a7'.repeat(1185)}`],
  ['ipsec', UDP, `${'5a'.repeat(8)} ${'00'.repeat(8)} 21 20 22 08 00000000 0000002c ${'11'.repeat(16)}`],
  ['wireguard', UDP, `01000000 ${'5a'.repeat(128)} ${'00'.repeat(16)}`],
  ['openvpn', UDP, '38 5a6b7c8d9eaf0b1c 00 00000000'],
]

describe('first payloads are claimed by their own protocol alone', () => {
  it.each(OTHERS.map(other => [other[0], other] as const))('%s', (_, [id, transport, what, only]) => {
    const bytes = typeof what === 'string' ? hex(what) : what
    if (only === undefined) expect(claims(bytes, transport, PORTS)).toEqual([id])
    else expect(claims(bytes, transport, [only])).toEqual([id])
  })
})

/** First payloads of industrial protocols. */
const INDUSTRIAL: readonly (readonly [string, number, string])[] = [
  ['Modbus/TCP', TCP, '0001 0000 0006 01 03 0000 000a'],
  ['S7: connection', TCP, '0300 0016 11 e0 0000 0001 00 c0010a c1020100 c2020102'],
  ['S7: setup', TCP, '0300 0019 02f080 32 01 0000 0400 0008 0000 f0 00 0001 0001 01e0'],
  ['MMS: connection', TCP, '0300 0016 11 e0 0000 0001 00 c0010d c2020001 c1020001'],
  ['EtherNet/IP: identities', UDP, `6300 0000 00000000 00000000 ${'00'.repeat(8)} 00000000`],
  ['EtherNet/IP: session', TCP, `6500 0400 00000000 00000000 ${'00'.repeat(8)} 00000000 0100 0000`],
  ['DNP3', TCP, '0564 05 c0 0100 0000 042a'],
  ['IEC 104', TCP, '68 04 07000000'],
  ['BACnet', UDP, '810b 000c 0120 ffff 00ff 1008'],
  [
    'OPC UA',
    TCP,
    `48454c46 ${'38000000'} 00000000 00000100 00000100 00000000 00000000 18000000 ${'61'.repeat(24)}`,
  ],
  ['HART-IP', UDP, '01 00 00 00 0001 000d 01 0000ea60'],
  ['FINS', UDP, '80 00 02 00 01 00 00 02 00 00 01 01 82 0000 00 0001'],
  ['synchrophasor', TCP, 'aa41 0012 0001 67940130 00000000 0001 ec72'],
  ['MQTT', TCP, '10 10 0004 4d515454 04 02 003c 0004 706c6331'],
  ['CoAP', UDP, '40 01 1a2b b474656d70'],
]

describe('industrial protocols are none of the others', () => {
  it.each(INDUSTRIAL)('%s', (_, transport, bytes) => {
    const byOthers = claims(hex(bytes), transport, PORTS).filter(id => {
      const { service } = PROTOCOLS.find(one => one.id === id)!
      return !industrial.has(service)
    })
    expect(byOthers).toEqual([])
  })
})

describe('what looks like nothing is claimed by nobody', () => {
  const nothing = LOOK_ALIKES.filter(([name]) =>
    ['zeroes', 'ones', 'noise', 'typing', 'a letter'].includes(name),
  )
  it.each(nothing)('%s', (_, bytes) => {
    expect(claims(bytes, TCP, PORTS)).toEqual([])
    expect(claims(bytes, UDP, PORTS)).toEqual([])
  })
})
