import { describe, expect, it } from 'vitest'
import { hex } from '../../captures/support/bytes.ts'
import { WRONG } from '../../src/wire/bytes.ts'
import * as icmp from '../../src/wire/icmp.ts'
import * as ipv4 from '../../src/wire/ipv4.ts'
import * as ipv6 from '../../src/wire/ipv6.ts'
import * as sctp from '../../src/wire/sctp.ts'
import * as tcp from '../../src/wire/tcp.ts'
import * as udp from '../../src/wire/udp.ts'
import { expectCutBelow } from './support.ts'

describe('IPv4', () => {
  const b = hex('46 00 0030 abcd 6005 40 11 0000 0a010001 e0000181 94040000')
  it('tells length with options once its addresses are there', () => {
    expectCutBelow(ipv4.check, b, 24, ipv4.HEADER)
    expect([ipv4.totalLength(b, 0), ipv4.id(b, 0), ipv4.protocol(b, 0)]).toEqual([0x30, 0xabcd, 17])
    expect(ipv4.fragment(b, 0) & ipv4.MORE_FRAGMENTS).not.toBe(0)
    expect(ipv4.fragment(b, 0) & ipv4.OFFSET_MASK).toBe(5)
    expect([ipv4.src(b, 0), ipv4.dst(b, 0)]).toEqual([0x0a010001, 0xe0000181 | 0])
  })
  it.each([0x40, 0x44, 0x35, 0x65, 0xf5])('is wrong with a first byte of %i', first => {
    const other = b.slice()
    other[0] = first
    expect(ipv4.check(other, 0, other.length)).toBe(WRONG)
  })
})

describe('IPv6', () => {
  const b = hex('60000000 0020 06 40 fd000001000000000000000000000001 ff0200000000000000000000000000fb')
  it('has addresses of four words', () => {
    expectCutBelow(ipv6.check, b, ipv6.HEADER)
    expect([ipv6.payloadLength(b, 0), ipv6.next(b, 0)]).toEqual([0x20, 6])
    expect([0, 1, 2, 3].map(word => ipv6.src(b, 0, word))).toEqual([0xfd000001 | 0, 0, 0, 1])
    expect([0, 1, 2, 3].map(word => ipv6.dst(b, 0, word))).toEqual([0xff020000 | 0, 0, 0, 0xfb])
    expect(ipv6.check(hex(`40${'00'.repeat(39)}`), 0, 40)).toBe(WRONG)
  })
  it('knows the headers that stand in between, and those that are messages', () => {
    const all = Array.from({ length: 256 }, (_, proto) => proto)
    expect(all.filter(ipv6.isExtension)).toEqual([0, 43, 60, 135, 139, 140])
    expect(all.filter(ipv6.isMessage)).toEqual([135, 139, 140])
  })
  it('measures them in units of eight, authentication in units of four', () => {
    expect([0, 1, 255].map(units => ipv6.extensionLength(Uint8Array.of(6, units), 0))).toEqual([8, 16, 2048])
    expect([1, 4, 255].map(units => ipv6.authenticationLength(Uint8Array.of(6, units), 0))).toEqual([
      12, 24, 1028,
    ])
  })
  it('reads the fragment header', () => {
    const f = hex('11 00 ffff deadbeef')
    expect([ipv6.fragmentOffset(f, 0), ipv6.fragmentMore(f, 0)]).toEqual([0x1fff, true])
    expect(ipv6.fragmentId(f, 0)).toBe(0xdeadbeef | 0)
    expect(ipv6.fragmentMore(hex('1100fff800000000'), 0)).toBe(false)
  })
})

describe('TCP', () => {
  const b = hex('9c41 01f6 fffffff0 80000001 80 c2 2000 0000 0000 000000000000000000000000')
  it('tells length with options', () => {
    expectCutBelow(tcp.check, b, 32, tcp.HEADER)
    expect([tcp.srcPort(b, 0), tcp.dstPort(b, 0), tcp.ports(b, 0)]).toEqual([40001, 502, 0x9c4101f6 | 0])
    expect([tcp.seq(b, 0), tcp.ack(b, 0), tcp.flags(b, 0), tcp.window(b, 0)]).toEqual([
      -16,
      0x80000001 | 0,
      0xc2,
      0x2000,
    ])
  })
  it.each([0x00, 0x10, 0x40, 0x4f])('is wrong with a data offset byte of %i', offset => {
    const other = b.slice()
    other[12] = offset
    expect(tcp.check(other, 0, other.length)).toBe(WRONG)
  })
})

describe('UDP and SCTP', () => {
  it('have a length, and a first chunk', () => {
    expectCutBelow(udp.check, hex('1388 babe 0010 0000'), udp.HEADER)
    expect(udp.length(hex('1388babe00100000'), 0)).toBe(16)
    const b = hex('0b59 0b58 00000001 00000000 02 00 0014')
    expectCutBelow(sctp.check, b, sctp.HEADER)
    expect(sctp.firstChunk(b, 0)).toBe(sctp.INIT_ACK)
  })
})

describe('ICMP', () => {
  const all = Array.from({ length: 256 }, (_, type) => type)
  it('is placed by its first two bytes', () => {
    expectCutBelow(icmp.check, hex('08 01'), icmp.HEADER, icmp.MINIMUM)
    expect([icmp.type(hex('0301'), 0), icmp.code(hex('0301'), 0)]).toEqual([3, 1])
  })
  it('knows the errors of both versions', () => {
    expect(all.filter(icmp.isError)).toEqual([3, 4, 5, 11, 12])
    expect(all.filter(icmp.isError6)).toEqual([1, 2, 3, 4])
  })
  it.each([false, true])('pairs questions and answers (version 6: %s)', v6 => {
    const paired = all.filter(type => icmp.counterpart(type, v6) >= 0)
    expect(paired).toHaveLength(v6 ? 12 : 10)
    for (const type of paired) {
      const other = icmp.counterpart(type, v6)
      expect(icmp.counterpart(other, v6)).toBe(type)
      expect(icmp.isRequest(type, v6)).toBe(!icmp.isRequest(other, v6))
    }
    expect(all.filter(type => icmp.isRequest(type, v6)).every(type => paired.includes(type))).toBe(true)
  })
})
