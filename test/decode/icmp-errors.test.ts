import { describe, expect, it } from 'vitest'
import {
  bytes,
  carried,
  ETHERTYPE,
  ethernet,
  fragments,
  gre,
  icmp,
  icmp6,
  ipv4,
  ipv6,
  PROTO,
  u16,
  u32,
  udp,
  zeros,
} from '../../captures/support/frames.ts'
import { Dissector } from '../../src/decode/dissect.ts'
import { A, B, ends4, FLOW4, FLOW6, outer, tcp4, tcp6, udp4 } from './gallery.ts'
import { inWords, type Reading, read } from './support.ts'

const router = { src: '10.2.0.254', dst: '10.1.0.1' }
const error4 = (type: number, quoted: Uint8Array): Uint8Array =>
  ethernet(A, B, ETHERTYPE.ipv4, ipv4({ ...router, proto: PROTO.icmp }, icmp(type, 1, bytes(u32(0), quoted))))
const router6 = { src: 'fd00:2::fe', dst: 'fd00:1::1' }
const error6 = (type: number, quoted: Uint8Array): Uint8Array =>
  ethernet(
    A,
    B,
    ETHERTYPE.ipv6,
    ipv6({ ...router6, proto: PROTO.icmp6 }, icmp6(router6, type, 1, bytes(u32(0), quoted))),
  )

/** What the error quotes, read the way a shard reads it: from where the facts say to the end of the payload. */
function quotedBy(frame: Uint8Array, captured = frame.length): Reading {
  const { quoteAt, payloadAt, payloadCaptured } = read(frame, { captured })
  expect(quoteAt).toBe(payloadAt)
  const d = new Dissector()
  const block = frame.subarray(0, captured)
  return inWords(d.facts, d.quoted(block, quoteAt, payloadAt + payloadCaptured), block, 0)
}

describe('ICMP errors', () => {
  it.each([3, 4, 5, 11, 12])('ICMP type %i quotes a packet', type => {
    expect(read(error4(type, udp4.subarray(0, 28)))).toMatchObject({ flags: ['icmp-error'], quoteAt: 42 })
  })
  it.each([0, 8, 9, 10, 13, 14, 40])('ICMP type %i does not', type => {
    expect(read(error4(type, udp4.subarray(0, 28)))).toMatchObject({ flags: [], quoteAt: -1 })
  })
  it.each([1, 2, 3, 4])('ICMPv6 type %i quotes a packet', type => {
    expect(read(error6(type, tcp6))).toMatchObject({ flags: ['icmp-error'], quoteAt: 62 })
  })
  it.each([0, 5, 100, 127, 128, 133, 135, 255])('ICMPv6 type %i does not', type => {
    expect(read(error6(type, tcp6))).toMatchObject({ flags: [], quoteAt: -1 })
  })

  it('show the flow they speak of from the header and 64 bits that RFC 792 asks for', () => {
    expect(quotedBy(error4(3, udp4.subarray(0, 28)))).toMatchObject({
      class: 'decoded',
      flow: '10.1.0.1:5000 > 10.2.0.2:47808 17',
      l4At: 62,
    })
    // TCP flags are not among the 64 bits, its ports are
    expect(quotedBy(error4(11, tcp4.subarray(0, 28)))).toMatchObject({
      class: 'decoded',
      flow: FLOW4,
      l4At: 62,
    })
    expect(quotedBy(error6(1, tcp6.subarray(0, 48)))).toMatchObject({ class: 'decoded', flow: FLOW6 })
  })

  it('show as much as is quoted, and say where it is too little', () => {
    const reading = (captured: number): Reading => quotedBy(error4(3, tcp4), captured)
    const start = 14 + 20 + 8
    expect(reading(start + 20 + 4)).toMatchObject({ class: 'decoded', flow: FLOW4, l4At: start + 20 })
    expect(reading(start + 20 + 3)).toMatchObject({
      class: 'decoded',
      flow: '10.1.0.1:0 > 10.2.0.2:0 6',
      l4At: -1,
    })
    expect(reading(start + 19).class).toBe('malformed')
    expect(read(error4(3, tcp4), { captured: start })).toMatchObject({
      flags: ['cut', 'icmp-error'],
      quoteAt: -1,
    })
    expect(read(error4(3, zeros(0)))).toMatchObject({ flags: ['icmp-error'], quoteAt: -1 })
  })

  it('quote a tunnel by its outer ends: what is inside is another conversation', () => {
    const packet = carried(outer, PROTO.gre, gre(0x0800, tcp4), 1).subarray(14)
    expect(quotedBy(error4(3, packet))).toMatchObject({
      flow: `${outer.src}:0 > ${outer.dst}:0 47`,
      layers: [],
    })
    const vxlan = ipv4(
      { ...ends4, proto: PROTO.udp },
      udp(ends4, 50000, 4789, bytes([8, 0, 0, 0, 0, 0, 5, 0], zeros(60))),
    )
    expect(quotedBy(error4(3, vxlan))).toMatchObject({
      flow: '10.1.0.1:50000 > 10.2.0.2:4789 17',
      layers: [],
    })
  })

  it('quote a fragment without ports', () => {
    const [, second] = fragments({ ...ends4, proto: PROTO.udp, id: 3 }, udp(ends4, 1, 2, zeros(2000)), 1500)
    const reading = quotedBy(error4(3, second.subarray(0, 28)))
    expect(reading).toMatchObject({ flow: '10.1.0.1:0 > 10.2.0.2:0 17', l4At: -1 })
    expect(reading.flags).toContain('later-fragment')
  })

  it('a quotation is read and forgotten: the next frame opens its tunnels', () => {
    const d = new Dissector()
    const quote = error4(3, udp4)
    d.quoted(quote, 42, quote.length)
    const frame = carried(outer, PROTO.gre, gre(0x0800, tcp4), 1)
    const result = d.dissect(frame, 0, frame.length, frame.length, 1)
    expect(inWords(d.facts, result, frame, 0).flow).toBe(FLOW4)
  })

  it('type and code alone place a frame that was cut behind them', () => {
    const frame = error4(3, udp4)
    expect(read(frame, { captured: 36 })).toMatchObject({ flow: '10.2.0.254:3 > 10.1.0.1:1 1', l4At: 34 })
    expect(read(frame, { captured: 35 })).toMatchObject({ flow: '10.2.0.254:0 > 10.1.0.1:0 1', l4At: -1 })
  })

  it('a port in the data of an error is no port of the flow', () => {
    expect(read(error4(3, bytes(u16(502), u16(502)))).flow).toBe('10.2.0.254:3 > 10.1.0.1:1 1')
  })
})
