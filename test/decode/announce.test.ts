import { describe, expect, it } from 'vitest'
import {
  address,
  arp,
  bytes,
  ETHERTYPE,
  ethernet,
  icmp6,
  ipv4,
  ipv6,
  mac,
  PROTO,
  tcp,
  u16,
  udp,
  zeros,
} from '../../captures/support/frames.ts'
import { dhcp } from '../../captures/support/it.ts'
import { type Announcement, mayAnnounce, readAnnouncement } from '../../src/decode/announce.ts'
import { Dissector } from '../../src/decode/dissect.ts'
import { formatAddress, formatMac } from '../../src/net/address.ts'
import { A, B } from './gallery.ts'
import { patch } from './support.ts'

const dissector = new Dissector()

/** `address is-at mac`, or why there is nothing: `no` = not looked at, `none` = looked at. */
function announced(frame: Uint8Array, captured = frame.length): string {
  const f = dissector.facts
  dissector.dissect(frame, 0, captured, frame.length, 1)
  if (!mayAnnounce(f)) return 'no'
  const out: Announcement = { version: 4, words: new Int32Array(4), macHigh: 0, macLow: 0 }
  if (!readAnnouncement(frame, f, out)) return 'none'
  const [w0, w1, w2, w3] = [...out.words].map(word => word >>> 0)
  return `${formatAddress(out.version, w0, w1, w2, w3)} is-at ${formatMac(out.macHigh, out.macLow)}`
}

const host = { mac: A, ip: '10.1.0.1' }
const peer = { mac: B, ip: '10.1.0.2' }

describe('ARP, RFC 826', () => {
  const request = ethernet('ff:ff:ff:ff:ff:ff', A, ETHERTYPE.arp, arp('request', host, peer))
  it('binds its sender, in question and answer', () => {
    expect(announced(request)).toBe(`10.1.0.1 is-at ${A}`)
    expect(announced(ethernet(A, B, ETHERTYPE.arp, arp('reply', peer, host)))).toBe(`10.1.0.2 is-at ${B}`)
  })
  it('binds nothing in a probe, RFC 5227, in another protocol or where it is cut', () => {
    expect(announced(ethernet(B, A, ETHERTYPE.arp, arp('request', { mac: A, ip: '0.0.0.0' }, peer)))).toBe(
      'none',
    )
    expect(announced(patch(request, 16, u16(0x86dd)))).toBe('none')
    expect(announced(patch(request, 18, 8))).toBe('none')
    for (let captured = 14; captured < 42; captured++) expect(announced(request, captured)).toBe('none')
    expect(announced(request, 42)).toBe(`10.1.0.1 is-at ${A}`)
  })
})

describe('neighbour discovery, RFC 4861', () => {
  const ends = { src: 'fe80::1', dst: 'ff02::1' }
  const target = address('fd00:1::77')
  const option = (type: number, to: string): Uint8Array => bytes(type, 1, mac(to))
  const message = (type: number, rest: Uint8Array, from = ends.src): Uint8Array =>
    ethernet(
      B,
      A,
      ETHERTYPE.ipv6,
      ipv6({ ...ends, src: from, proto: PROTO.icmp6, ttl: 255 }, icmp6(ends, type, 0, rest)),
    )

  it('binds source or target by the link-layer option of the message', () => {
    expect(announced(message(133, bytes(zeros(4), option(1, A))))).toBe(`fe80::1 is-at ${A}`)
    expect(announced(message(134, bytes(zeros(12), option(1, A))))).toBe(`fe80::1 is-at ${A}`)
    expect(announced(message(135, bytes(zeros(4), target, option(1, A))))).toBe(`fe80::1 is-at ${A}`)
    expect(announced(message(136, bytes(zeros(4), target, option(2, B))))).toBe(`fd00:1::77 is-at ${B}`)
  })
  it('looks behind other options', () => {
    const prefix = bytes(3, 4, zeros(30))
    expect(announced(message(134, bytes(zeros(12), prefix, bytes(5, 1, zeros(6)), option(1, A))))).toBe(
      `fe80::1 is-at ${A}`,
    )
  })
  it('binds nothing without the option, from nobody, or behind an option of no length', () => {
    expect(announced(message(135, bytes(zeros(4), target)))).toBe('none')
    expect(announced(message(136, bytes(zeros(4), target, option(1, B))))).toBe('none')
    expect(announced(message(135, bytes(zeros(4), target, option(1, A)), '::'))).toBe('none')
    expect(announced(message(135, bytes(zeros(4), target, bytes(9, 0, zeros(6)), option(1, A))))).toBe('none')
    expect(announced(message(135, bytes(zeros(4), target, option(1, A))), 14 + 40 + 24 + 7)).toBe('none')
  })
  it('is not looked for in other messages, nor believed in IPv4', () => {
    expect(announced(message(128, bytes(zeros(4), target, option(1, A))))).toBe('no')
    expect(announced(message(137, bytes(zeros(4), target, option(1, A))))).toBe('no')
    const odd = ipv4(
      { src: '10.1.0.1', dst: '10.1.0.2', proto: PROTO.icmp6 },
      bytes(135, 0, u16(0), zeros(4), target, option(1, A)),
    )
    expect(announced(ethernet(B, A, ETHERTYPE.ipv4, odd))).toBe('none')
  })
})

describe('DHCP, RFC 2131', () => {
  const ends = { src: '10.1.0.9', dst: '255.255.255.255' }
  const sent = (message: Uint8Array, source = 67): Uint8Array =>
    ethernet(B, A, ETHERTYPE.ipv4, ipv4({ ...ends, proto: PROTO.udp }, udp(ends, source, 68, message)))
  const offer = dhcp(2, 1, A, '10.1.0.77', '10.1.0.9')
  /** the message type is the value of the first option */
  const ack = patch(offer, 242, 5)

  it('binds what a server acknowledges', () => {
    expect(announced(sent(ack))).toBe(`10.1.0.77 is-at ${A}`)
    const padded = bytes(ack.subarray(0, 240), [0, 0, 0, 12, 2, 65, 66], ack.subarray(240))
    expect(announced(sent(padded))).toBe(`10.1.0.77 is-at ${A}`)
  })
  it('binds nothing by an offer, a refusal, a question, without an address or where it is cut', () => {
    expect(announced(sent(offer))).toBe('none')
    expect(announced(sent(patch(ack, 242, 6)))).toBe('none')
    expect(announced(sent(patch(ack, 0, 1)))).toBe('none')
    expect(announced(sent(patch(ack, 16, zeros(4))))).toBe('none')
    expect(announced(sent(patch(ack, 236, zeros(4))))).toBe('none')
    expect(announced(sent(ack), 14 + 28 + 242)).toBe('none')
    expect(announced(sent(bytes(ack.subarray(0, 240), 255)))).toBe('none')
  })
  it('is not looked for elsewhere', () => {
    expect(announced(sent(ack, 68))).toBe('no')
    const segment = tcp(ends, { srcPort: 67, dstPort: 68, seq: 1, flags: 'A' }, ack)
    expect(announced(ethernet(B, A, ETHERTYPE.ipv4, ipv4({ ...ends, proto: PROTO.tcp }, segment)))).toBe('no')
  })
})
