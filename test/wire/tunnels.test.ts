import { describe, expect, it } from 'vitest'
import { bytes, hex, u16 } from '../../captures/support/bytes.ts'
import { CUT, WRONG } from '../../src/wire/bytes.ts'
import * as erspan from '../../src/wire/erspan.ts'
import * as geneve from '../../src/wire/geneve.ts'
import * as gre from '../../src/wire/gre.ts'
import * as gtp from '../../src/wire/gtp.ts'
import * as tzsp from '../../src/wire/tzsp.ts'
import * as vxlan from '../../src/wire/vxlan.ts'
import { expectCutBelow } from './support.ts'

describe('GRE', () => {
  it.each([
    ['bare', '0000 0800', 4, -1, false],
    ['checksum', '8000 0800 beef0000', 8, -1, false],
    ['key', '2000 6558 00abcd07', 8, 0x00abcd07, false],
    ['sequence', '1000 88be 00000001', 8, -1, true],
    ['checksum, key, sequence', 'b000 0800 beef0000 00000009 00000001', 16, 9, true],
    ['a key of all ones', '2000 0800 ffffffff', 8, -1, false],
    ['source route of one entry', '6000 0800 00000000 00000009 0800 00 04 0a000001 0000 00 00', 24, 9, false],
    ['source route of none', '4000 0800 00000000 0000 00 00', 12, -1, false],
    ['version 1', '2001 880b 00100005', 8, -1, false],
    ['version 1, sequence and acknowledgement', '3081 880b 00100005 00000001 00000002', 16, -1, true],
  ])('%s', (_, text, length, key, sequence) => {
    const b = hex(text)
    expectCutBelow(gre.check, b, length)
    expect(gre.key(b, 0)).toBe(key)
    expect(gre.hasSequence(b, 0)).toBe(sequence)
  })
  it('tells a key of all ones from none, and has none in version 1', () => {
    expect(gre.hasKey(hex('2000 0800 ffffffff'), 0)).toBe(true)
    expect(gre.hasKey(hex('0000 0800'), 0)).toBe(false)
    expect(gre.hasKey(hex('2001 880b 00100005'), 0)).toBe(false)
  })
  it('is wrong in versions nobody defined', () => {
    for (let version = 2; version < 8; version++)
      expect(gre.check(bytes(0, version, u16(0x0800)), 0, 4)).toBe(WRONG)
  })
  it('a source route that does not end is cut', () => {
    const endless = bytes(
      hex('4000 0800 00000000'),
      ...Array.from({ length: 50 }, () => hex('0001 00 04 0a000001')),
    )
    expect(gre.check(endless, 0, endless.length)).toBe(CUT)
  })
})

describe('ERSPAN', () => {
  const two = hex('106e 180c 00000003')
  const three = hex('206e 040c 00000005 0000 0800')
  it('type II', () => {
    expectCutBelow(erspan.check, two, 8)
    expect([erspan.vlan(two, 0), erspan.session(two, 0), erspan.truncated(two, 0)]).toEqual([0x6e, 12, false])
    expect(erspan.frameType(two, 0)).toBe(erspan.FRAME_ETHERNET)
  })
  it('type III, with and without the optional sub-header', () => {
    expectCutBelow(erspan.check, three, 12)
    expect(erspan.truncated(three, 0)).toBe(true)
    expect(erspan.frameType(three, 0)).toBe(erspan.FRAME_IP)
    expectCutBelow(erspan.check, hex('206e 000c 00000005 0000 0041 0400000700000000'), 20)
  })
  it('has no other versions', () => {
    for (const version of [0, 3, 15])
      expect(erspan.check(bytes(version << 4, new Uint8Array(30)), 0, 31)).toBe(WRONG)
  })
})

describe('VXLAN', () => {
  const b = hex('08000000 00138900')
  it('has a number that is valid where its flag is set', () => {
    expectCutBelow(vxlan.check, b, vxlan.HEADER)
    expect(vxlan.vni(b, 0)).toBe(5001)
    expect(vxlan.check(hex('f7ffffff ffffffff'), 0, 8)).toBe(WRONG)
    expect(vxlan.vni(hex('ffffffff ffffffff'), 0)).toBe(0xffffff)
  })
  it('is plain where no reserved bit is set', () => {
    expect(vxlan.isPlain(b, 0)).toBe(true)
    for (let bit = 0; bit < 64; bit++) {
      const other = b.slice()
      other[bit >> 3] ^= 0x80 >> (bit & 7)
      const isNumber = bit >= 32 && bit < 56
      expect(vxlan.isPlain(other, 0), `bit ${bit}`).toBe(isNumber)
    }
  })
  it('carries Ethernet unless the extension says otherwise', () => {
    expect(vxlan.next(b, 0, false)).toBe(vxlan.NEXT_ETHERNET)
    expect(vxlan.next(b, 0, true)).toBe(vxlan.NEXT_ETHERNET)
    expect(vxlan.next(hex('0c000001 00000100'), 0, false)).toBe(vxlan.NEXT_IPV4)
    expect(vxlan.next(hex('08000002 00000100'), 0, false)).toBe(vxlan.NEXT_ETHERNET)
    expect(vxlan.next(hex('08000002 00000100'), 0, true)).toBe(vxlan.NEXT_IPV6)
  })
})

describe('GENEVE', () => {
  it('has options of up to 252 bytes', () => {
    expectCutBelow(geneve.check, hex('00 00 6558 000384 00'), 8)
    expectCutBelow(geneve.check, bytes(hex('3f 40 86dd ffffff 00'), new Uint8Array(252)), 260)
    const b = hex('02 00 6558 000384 00')
    expect([geneve.protocol(b, 0), geneve.vni(b, 0)]).toEqual([0x6558, 900])
    for (const first of [0x40, 0x80, 0xc0])
      expect(geneve.check(bytes(first, new Uint8Array(9)), 0, 10)).toBe(WRONG)
  })
})

describe('GTP-U', () => {
  it.each([
    ['bare', '30 ff 0014 00000099', 8],
    ['sequence number', '32 ff 0018 00000099 0001 00 00', 12],
    [
      'N-PDU number; what stands where the extension type would is none',
      '31 ff 0018 00000099 0001 00 85',
      12,
    ],
    ['one extension header', '34 ff 001c 00000099 0000 00 85 01 1009 00', 16],
    ['two extension headers', '34 ff 0020 00000099 0000 00 85 01 1009 c0 02 000000000000 00', 24],
  ])('%s', (_, text, length) => {
    const b = hex(text)
    expectCutBelow(gtp.check, b.length >= length ? b : bytes(b, new Uint8Array(length - b.length)), length)
    expect(gtp.teid(b, 0)).toBe(0x99)
  })
  it('is wrong for other versions, messages and an extension of no length', () => {
    for (const text of [
      '48 ff 0014 00000099',
      '20 ff 0014 00000099',
      '30 01 0004 00000000',
      '30 1a 0004 00000000',
    ])
      expect(gtp.check(hex(text), 0, 8)).toBe(WRONG)
    expect(gtp.check(hex('34 ff 001c 00000099 0000 00 85 00 1009 00'), 0, 16)).toBe(WRONG)
    expect(gtp.length(hex('30 ff 0014 00000099'), 0)).toBe(0x14)
  })
})

describe('TZSP', () => {
  it('ends with its tag 1, padding and other tags in between', () => {
    const tags = hex('01 00 0001 00 0a 01 07 00 0b 02 0102 01')
    expect(tzsp.check(tags, 0, tags.length)).toBe(tags.length)
    for (let end = 0; end < tags.length; end++) expect(tzsp.check(tags, 0, end)).toBe(CUT)
    expect(tzsp.check(hex('01 01 0012 01'), 0, 5)).toBe(5)
    expect(tzsp.encapsulation(hex('01 01 0012 01'), 0)).toBe(18)
  })
  it('is wrong for other versions, and for messages that carry no frame', () => {
    expect(tzsp.check(hex('02 00 0001 01'), 0, 5)).toBe(WRONG)
    for (const type of [2, 3, 4, 5]) expect(tzsp.check(bytes(1, type, u16(0), 1), 0, 5)).toBe(WRONG)
  })
})
