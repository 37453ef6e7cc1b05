import { describe, expect, it } from 'vitest'
import { bytes, ethernet, ipv4, ipv6, mac, u16, u32, zeros } from '../../captures/support/frames.ts'
import { A, B, FLOW4, tcp4, tcp6 } from './gallery.ts'
import { read } from './support.ts'

const packet6 = (proto: number, content: Uint8Array): Uint8Array =>
  ipv6({ src: '2001:db8::1', dst: '2001:db8::2', proto }, content)
const packet4 = (proto: number, content: Uint8Array): Uint8Array =>
  ipv4({ src: '10.1.0.1', dst: '10.2.0.2', proto }, content)
/** an IPv6 fragment header of offset 0 with more to follow, RFC 8200 section 4.5 */
const firstPiece = (next: number, id: number): Uint8Array => bytes(next, 0, u16(1), u32(id))

describe('tags between a server and its switch', () => {
  it.each([
    ['VN-Tag', 0x8926, bytes(u32(0x33), u16(0x0800), tcp4), []],
    ['E-Tag, IEEE 802.1BR', 0x893f, bytes(u16(0x1000), u16(0xd8), u16(0), u16(0x0800), tcp4), []],
    ['VN-Tag around a VLAN', 0x8926, bytes(u32(0x33), u16(0x8100), u16(250), u16(0x0800), tcp4), [250]],
  ])('%s is stepped over', (_, type, content, vlans) => {
    expect(read(ethernet(B, A, type, content))).toMatchObject({ class: 'decoded', flow: FLOW4, vlans })
  })

  it('is malformed where the frame ends inside the tag', () => {
    expect(read(bytes(mac(B), mac(A), u16(0x893f), zeros(7))).class).toBe('malformed')
    expect(read(bytes(mac(B), mac(A), u16(0x8926), zeros(5))).class).toBe('malformed')
  })
})

describe('Cisco HDLC under the number of plain PPP', () => {
  it.each([
    ['unicast', 0x0f],
    ['multicast', 0x8f],
  ])('is known by its %s address byte', (_, first) => {
    expect(read(bytes(first, 0, u16(0x0800), tcp4), { linkType: 9 })).toMatchObject({
      class: 'decoded',
      flow: FLOW4,
    })
  })
})

describe('IP in IP', () => {
  it('takes the protocol number at its word: a packet of the other version stays closed', () => {
    expect(read(ethernet(B, A, 0x86dd, packet6(41, tcp4)))).toMatchObject({ layers: [], class: 'decoded' })
    expect(read(ethernet(B, A, 0x0800, packet4(41, tcp4))).layers).toEqual([])
    expect(read(ethernet(B, A, 0x0800, packet4(4, tcp6))).layers).toEqual([])
  })

  it('opens what is of the version announced', () => {
    expect(read(ethernet(B, A, 0x0800, packet4(4, tcp4))).layers).toHaveLength(1)
    expect(read(ethernet(B, A, 0x0800, packet4(41, tcp6))).layers).toHaveLength(1)
  })
})

describe('fragment headers in a row', () => {
  it('notes the number of the outermost one, which the further pieces carry', () => {
    const frame = ethernet(
      B,
      A,
      0x86dd,
      packet6(44, bytes(firstPiece(44, 0xaaaa), firstPiece(17, 0xbbbb), zeros(16))),
    )
    expect(read(frame)).toMatchObject({ class: 'decoded', fragmentId: 0xaaaa })
    expect(read(frame).flags).toContain('first-fragment')
  })
})
