import { describe, expect, it } from 'vitest'
import {
  bytes,
  ETHERTYPE,
  ethernet,
  ipv4,
  ipv6,
  llc,
  PROTO,
  stp,
  tcp,
  u16,
  u32,
  udp,
  zeros,
} from '../../captures/support/frames.ts'
import { A, B, ends4, ends6, FLOW4, FLOW6, frame4, prp, tcp4, udp4 } from './gallery.ts'
import { patch, read } from './support.ts'

const syn = ipv4(
  { ...ends4, proto: PROTO.tcp },
  tcp(ends4, { srcPort: 40001, dstPort: 502, seq: 1, flags: 'S' }),
)

describe('padding and trailers', () => {
  it('are no payload: a SYN padded to 60 bytes', () => {
    const frame = ethernet(B, A, ETHERTYPE.ipv4, syn)
    expect(frame).toHaveLength(60)
    expect(read(frame)).toMatchObject({ payloadBytes: 0, payloadCaptured: 0, ipBytes: 40, frameBytes: 60 })
  })

  it.each([0, 0xff, 0x45])('are no payload, whatever they hold (%i)', fill => {
    const frame = bytes(ethernet(B, A, ETHERTYPE.ipv4, udp4), new Uint8Array(40).fill(fill))
    expect(read(frame)).toMatchObject({ payloadBytes: 6, payloadCaptured: 6, ipBytes: 34 })
  })

  it('are no payload of an IEEE 802.3 frame, whose length says where it ends', () => {
    expect(read(stp(A, 1))).toMatchObject({ payloadBytes: 36, payloadCaptured: 36, frameBytes: 60 })
    expect(read(llc(B, A, 0x42, bytes(1)))).toMatchObject({ payloadBytes: 1, payloadCaptured: 1 })
    const cut = read(stp(A, 1), { captured: 30 })
    expect(cut).toMatchObject({ payloadBytes: 36, payloadCaptured: 13, flags: ['cut', 'llc'] })
  })

  it('an IEEE 802.3 length beyond the frame ends with the frame', () => {
    const frame = patch(stp(A, 1), 12, u16(1500))
    expect(read(frame)).toMatchObject({ payloadBytes: 43, payloadCaptured: 43 })
  })

  it('a PRP trailer changes nothing but the bytes of the frame', () => {
    const [with_, without] = [read(prp(frame4)), read(frame4)]
    expect(with_).toEqual({ ...without, frameBytes: without.frameBytes + 6 })
  })

  it('a cut trailer is still a cut frame, with its payload whole', () => {
    expect(read(frame4, { captured: 59 })).toMatchObject({
      flags: ['cut'],
      payloadCaptured: 5,
      frameBytes: 60,
    })
  })
})

describe('lengths that disagree', () => {
  const datagram = (length: number, packet = udp4): Uint8Array =>
    ethernet(B, A, ETHERTYPE.ipv4, patch(packet, 24, u16(length)))

  it.each([
    ['as IP has it', 14, 6],
    ['shorter: what follows is no payload of this datagram', 10, 2],
    ['8: no payload at all', 8, 0],
    ['longer: the packet ends first', 500, 6],
    ['0, left to an offload engine: the packet decides', 0, 6],
    ['below its own header: the packet decides', 7, 6],
  ])('UDP length %s', (_, length, payload) => {
    const flow = '10.1.0.1:5000 > 10.2.0.2:47808 17'
    expect(read(datagram(length))).toMatchObject({
      class: 'decoded',
      flow,
      payloadBytes: payload,
      payloadCaptured: payload,
    })
    expect(read(datagram(length), { captured: 43 }).payloadBytes).toBe(payload)
  })

  it('a tunnel is looked for inside the UDP length only', () => {
    const vxlan = bytes(u16(50000), u16(4789), u16(8), u16(0), [8, 0, 0, 0, 0, 0, 5, 0], frame4)
    const frame = ethernet(B, A, ETHERTYPE.ipv4, ipv4({ ...ends4, proto: PROTO.udp }, vxlan))
    expect(read(frame)).toMatchObject({
      flow: '10.1.0.1:50000 > 10.2.0.2:4789 17',
      layers: [],
      payloadBytes: 0,
    })
    expect(read(patch(frame, 14 + 20 + 4, u16(16 + frame4.length))).flow).toBe(FLOW4)
  })

  it('a tunnel is not looked for in the padding', () => {
    for (const [proto, header] of [
      [47, u16(0)],
      [4, []],
      [97, u16(0x3000)],
      [137, u32(0x00010140)],
    ] as const) {
      const packet = ipv4({ ...ends4, proto }, bytes(header))
      const reading = read(
        bytes(ethernet(B, A, ETHERTYPE.ipv4, packet).subarray(0, 14 + packet.length), u16(0x0800), tcp4),
      )
      expect(reading).toMatchObject({ flow: `10.1.0.1:0 > 10.2.0.2:0 ${proto}`, layers: [] })
    }
  })
})

describe('lengths left to an offload engine', () => {
  it('IPv4 total length 0: the frame decides, and the packet says so', () => {
    const payload = zeros(3000)
    const packet = patch(
      ipv4({ ...ends4, proto: PROTO.tcp }, bytes(tcp4.subarray(20, 40), payload)),
      2,
      u16(0),
    )
    const frame = ethernet(B, A, ETHERTYPE.ipv4, packet)
    expect(read(frame)).toMatchObject({ flow: FLOW4, flags: ['offload'], ipBytes: 3040, payloadBytes: 3000 })
    const cut = read(frame, { captured: 128 })
    expect(cut).toMatchObject({
      flags: ['cut', 'offload'],
      ipBytes: 3040,
      payloadBytes: 3000,
      payloadCaptured: 74,
    })
  })

  it('IPv6 payload length 0 in front of data: the same', () => {
    const packet = patch(
      ipv6({ ...ends6, proto: PROTO.tcp }, bytes(tcp4.subarray(20, 40), zeros(3000))),
      4,
      u16(0),
    )
    expect(read(ethernet(B, A, ETHERTYPE.ipv6, packet))).toMatchObject({
      flow: FLOW6,
      flags: ['offload'],
      ipBytes: 3060,
    })
  })

  it('IPv6 jumbogram, RFC 2675', () => {
    const data = bytes(tcp4.subarray(20, 40), zeros(70_000))
    const hop = bytes(6, 0, 0xc2, 4, u32(8 + data.length))
    const header = ipv6({ ...ends6, proto: PROTO.hopByHop }, zeros(0)).subarray(0, 40)
    const frame = ethernet(B, A, ETHERTYPE.ipv6, bytes(header, hop, data))
    const reading = read(frame, { captured: 200 })
    expect(reading).toMatchObject({
      flow: FLOW6,
      flags: ['cut', 'offload'],
      ipBytes: 48 + data.length,
      payloadBytes: 70_000,
    })
  })

  it('IPv6 without next header and payload length 0 has none, padding or not', () => {
    const frame = bytes(ethernet(B, A, ETHERTYPE.ipv6, ipv6({ ...ends6, proto: 59 }, zeros(0))), zeros(20))
    expect(read(frame)).toMatchObject({ flags: [], ipBytes: 40, payloadBytes: 0 })
  })
})

describe('big frames', () => {
  it('64 KB of IPv4, the most its length can say', () => {
    const packet = ipv4({ ...ends4, proto: PROTO.udp }, udp(ends4, 5000, 47808, zeros(65_507)))
    expect(packet).toHaveLength(65_535)
    const frame = ethernet(B, A, ETHERTYPE.ipv4, packet)
    expect(read(frame)).toMatchObject({
      ipBytes: 65_535,
      frameBytes: 65_549,
      payloadBytes: 65_507,
      payloadCaptured: 65_507,
    })
  })

  it('9000 bytes of jumbo frame, without IP too', () => {
    expect(read(ethernet(B, A, 0x88b8, zeros(9000)))).toMatchObject({ payloadBytes: 9000, frameBytes: 9014 })
    const packet = ipv4({ ...ends4, proto: PROTO.tcp }, bytes(tcp4.subarray(20, 40), zeros(8960)))
    expect(read(ethernet(B, A, ETHERTYPE.ipv4, packet))).toMatchObject({
      flow: FLOW4,
      payloadBytes: 8960,
      flags: [],
    })
  })

  it('a wire length near the end of what fits', () => {
    expect(read(frame4, { wire: 0x7fff_0000 })).toMatchObject({
      frameBytes: 0x7fff_0000,
      payloadBytes: 5,
      flags: ['cut'],
    })
  })
})

describe('TCP', () => {
  const ends = { srcPort: 40001, dstPort: 502 }
  const segment = (options: number, payload: number, flags: string): Uint8Array =>
    ethernet(
      B,
      A,
      ETHERTYPE.ipv4,
      ipv4(
        { ...ends4, proto: PROTO.tcp },
        tcp(
          ends4,
          { ...ends, seq: 0xfffffff0, ack: 0x80000000, flags, window: 65535, options: zeros(options) },
          zeros(payload),
        ),
      ),
    )

  it.each([0, 4, 12, 40])('with %i bytes of options', options => {
    const reading = read(segment(options, 10, 'SAFRPUEC'))
    expect(reading).toMatchObject({ l4At: 34, payloadAt: 54 + options, payloadBytes: 10 })
    expect(reading.tcp).toEqual([0xff, 0xfffffff0, 0x80000000, 65535])
  })

  it('cut inside its header keeps ports and length, and has no flags to follow', () => {
    const frame = segment(12, 100, 'PA')
    for (let captured = 38; captured < 54; captured++) {
      const reading = read(frame, { captured })
      expect(reading).toMatchObject({ flow: FLOW4, l4At: -1, tcp: [0], payloadCaptured: 0, flags: ['cut'] })
    }
    expect(read(frame, { captured: 54 })).toMatchObject({ l4At: 34, payloadBytes: 100, payloadCaptured: 0 })
  })

  it('cut before its ports keeps the addresses', () => {
    expect(read(segment(0, 0, 'S'), { captured: 37 })).toMatchObject({
      flow: '10.1.0.1:0 > 10.2.0.2:0 6',
      l4At: -1,
    })
  })
})
