import { describe, expect, it } from 'vitest'
import { hex, u16, u32 } from '../../captures/support/bytes.ts'
import * as arp from '../../src/wire/arp.ts'
import { CUT, u16 as read16, u24 as read24, u32 as read32, WRONG } from '../../src/wire/bytes.ts'
import * as ethernet from '../../src/wire/ethernet.ts'
import * as ethertype from '../../src/wire/ethertype.ts'
import * as llc from '../../src/wire/llc.ts'
import * as loop from '../../src/wire/loop.ts'
import * as mpls from '../../src/wire/mpls.ts'
import * as ppp from '../../src/wire/ppp.ts'
import * as pppoe from '../../src/wire/pppoe.ts'
import * as sll from '../../src/wire/sll.ts'
import * as vlan from '../../src/wire/vlan.ts'
import { expectCutBelow } from './support.ts'

describe('big-endian words', () => {
  const b = hex('ff 01 02 03 84 05')
  it('of 16, 24 and 32 bits; 32 bits are signed', () => {
    expect(read16(b, 0)).toBe(0xff01)
    expect(read24(b, 1)).toBe(0x010203)
    expect(read32(b, 1)).toBe(0x01020384)
    expect(read32(b, 0)).toBe(0xff010203 | 0)
    expect(read32(hex('ffffffff'), 0)).toBe(-1)
  })
})

describe('Ethernet', () => {
  const b = hex('01 0c cd 01 00 01  02 00 5e ff 00 0a  88 b8')
  it('has addresses as 16 and 32 bits, and a type', () => {
    expectCutBelow(ethernet.check, b, ethernet.HEADER)
    expect(ethernet.dstHigh(b, 0)).toBe(0x010c)
    expect(ethernet.dstLow(b, 0)).toBe(0xcd010001 | 0)
    expect(ethernet.srcHigh(b, 0)).toBe(0x0200)
    expect(ethernet.srcLow(b, 0)).toBe(0x5eff000a)
    expect(ethernet.type(b, 0)).toBe(0x88b8)
  })
  it('knows tags, and the types met on plant links', () => {
    const isTag = [0x8100, 0x88a8, 0x9100, 0x9200, 0x0800, 0x8847, 0x88e7].map(ethertype.isTag)
    expect(isTag).toEqual([true, true, true, true, false, false, false])
    for (const type of [
      0x0806, 0x8892, 0x88a4, 0x88b8, 0x88ba, 0x88cc, 0x892f, 0x88fb, 0x88f7, 0x8847, 0x8864,
    ])
      expect(ethertype.isKnown(type), type.toString(16)).toBe(true)
    for (const type of [0, 5, 1500, 0x0600, 0xabcd, 0xffff])
      expect(ethertype.isKnown(type), type.toString(16)).toBe(false)
  })
})

describe('802.1Q tag', () => {
  const b = hex('e0 7b 88 92')
  it('has an id of twelve bits and the type of what follows', () => {
    expectCutBelow(vlan.check, b, vlan.HEADER)
    expect(vlan.id(b, 0)).toBe(0x07b)
    expect(vlan.id(hex('ffff0800'), 0)).toBe(4095)
    expect(vlan.type(b, 0)).toBe(0x8892)
  })
})

describe('LLC and SNAP', () => {
  const snap = hex('aa aa 03 00 00 00 08 00')
  it('tells SAPs, SNAP and its type apart', () => {
    expectCutBelow(llc.check, hex('42 42 03'), llc.HEADER)
    expect([llc.dsap(hex('424303'), 0), llc.ssap(hex('424303'), 0)]).toEqual([0x42, 0x43])
    expect(llc.isSnap(snap, 0)).toBe(true)
    expect([hex('aaab03'), hex('abaa03'), hex('aaaa13')].map(b => llc.isSnap(b, 0))).toEqual([
      false,
      false,
      false,
    ])
    expect(llc.snapType(snap, 0)).toBe(0x0800)
    expect([hex('060603'), hex('060703'), hex('060613')].map(b => llc.isIp(b, 0))).toEqual([
      true,
      false,
      false,
    ])
  })
  it('believes in a SNAP type under two organisations only', () => {
    const under = (oui: string): boolean => llc.snapIsEthertype(hex(`aa aa 03 ${oui} 0800`), 0)
    expect([under('000000'), under('0000f8'), under('00000c'), under('0080c2')]).toEqual([
      true,
      true,
      false,
      false,
    ])
  })
})

describe('null and loop', () => {
  it('reads the family in either byte order', () => {
    expectCutBelow(loop.check, hex('02000000'), loop.HEADER)
    for (const family of [2, 7, 10, 24, 28, 30]) {
      expect(loop.family(Uint8Array.from(u32(family)), 0)).toBe(family)
      expect(loop.family(Uint8Array.from(u32(family).reverse()), 0)).toBe(family)
      expect(loop.isIpv6(family)).toBe(![2, 7].includes(family))
    }
  })
})

describe('Linux cooked', () => {
  const one = hex('0004 0001 0006 02005e00000a 0000 0800')
  const two = hex('86dd 0000 00000003 0001 04 06 02005e00000a 0000')
  it('SLL: hardware, MAC, protocol', () => {
    expectCutBelow(sll.check, one, sll.HEADER)
    expect([sll.hardware(one, 0), sll.protocol(one, 0), sll.hasMac(one, 0)]).toEqual([1, 0x0800, true])
    expect([sll.macHigh(one, 0), sll.macLow(one, 0)]).toEqual([0x0200, 0x5e00000a])
  })
  it('SLL2: the same elsewhere', () => {
    expectCutBelow(sll.check2, two, sll.HEADER_2)
    expect([sll.hardware2(two, 0), sll.protocol2(two, 0), sll.hasMac2(two, 0)]).toEqual([1, 0x86dd, true])
    expect([sll.macHigh2(two, 0), sll.macLow2(two, 0)]).toEqual([0x0200, 0x5e00000a])
  })
  it('knows hardware whose payload the protocol field does not describe', () => {
    expect([1, 772, 778, 770, 803, 824].map(sll.isForeign)).toEqual([false, false, false, true, true, true])
  })
})

describe('PPP', () => {
  it.each([
    ['two bytes', '0021', 2, 0x21],
    ['one byte', '21', 1, 0x21],
    ['address, control, two bytes', 'ff03 0057', 4, 0x57],
    ['address, control, one byte', 'ff03 57', 3, 0x57],
    ['link control', 'c021', 2, 0xc021],
  ])('protocol field: %s', (_, text, length, protocol) => {
    const b = hex(text)
    expectCutBelow(ppp.check, b, length)
    expect(ppp.protocol(b, 0, b.length)).toBe(protocol)
  })
})

describe('PPPoE', () => {
  const b = hex('11 00 1234 0029 0021')
  it('has session and length, version 1 and code 0 only', () => {
    expectCutBelow(pppoe.check, b, pppoe.HEADER, pppoe.HEADER + 2)
    expect([pppoe.session(b, 0), pppoe.length(b, 0)]).toEqual([0x1234, 0x29])
    expect(pppoe.check(hex('12 00 1234 0029 0021'), 0, 8)).toBe(WRONG)
    expect(pppoe.check(hex('11 a7 1234 0029 0021'), 0, 8)).toBe(WRONG)
  })
})

describe('MPLS', () => {
  const entry = (label: number, bottom: boolean): number[] =>
    u32(((label << 12) | (bottom ? 0x100 : 0) | 64) >>> 0)
  it('measures the stack to its bottom, sixteen labels at most', () => {
    for (const labels of [1, 2, 16]) {
      const b = Uint8Array.from(
        Array.from({ length: labels }, (_, i) => entry(i + 16, i === labels - 1)).flat(),
      )
      expectCutBelow(mpls.check, b, 4 * labels)
    }
    const deep = Uint8Array.from(Array.from({ length: 17 }, (_, i) => entry(i, i === 16)).flat())
    expect(mpls.check(deep, 0, deep.length)).toBe(WRONG)
    expect(mpls.check(deep, 0, 63)).toBe(CUT)
  })
  it('reads labels of twenty bits', () => {
    expect(mpls.label(Uint8Array.from(entry(0xfffff, true)), 0)).toBe(0xfffff)
    expect(mpls.label(Uint8Array.from(entry(16, true)), 0)).toBe(16)
  })
})

describe('ARP', () => {
  const b = hex('0001 0800 06 04 0002 02005e00000a 0a010001 02005e00000b 0a010002')
  it('has the sender; other protocols and sizes are wrong', () => {
    expectCutBelow(arp.check, b, arp.HEADER)
    expect([arp.senderMacHigh(b, 0), arp.senderMacLow(b, 0)]).toEqual([0x0200, 0x5e00000a])
    expect(arp.senderAddress(b, 0)).toBe(0x0a010001)
    for (const [at, value] of [
      [2, u16(0x86dd)],
      [4, [8]],
      [5, [16]],
    ] as const) {
      const other = b.slice()
      other.set(value, at)
      expect(arp.check(other, 0, other.length)).toBe(WRONG)
    }
  })
})
