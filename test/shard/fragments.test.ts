import { describe, expect, it } from 'vitest'
import {
  bytes,
  carried,
  carriedUdp,
  erspan2,
  fragments,
  type IpHeader,
  icmp,
  PROTO,
  tcp,
  udp,
  vxlan,
  zeros,
} from '../../captures/support/frames.ts'
import { framed, inFrame, macOf, Scene } from '../support/scene.ts'
import { BALANCED, runShard, type Seen, sums } from '../support/shard-run.ts'

/** The fragments of one UDP datagram of `size` bytes, as frames. */
function pieces(
  src: string,
  dst: string,
  id: number,
  size = 3000,
  ports = [40000, 161],
  mtu = 1000,
): Uint8Array[] {
  const header: IpHeader = { src, dst, proto: PROTO.udp, id }
  const datagram = udp({ src, dst }, ports[0], ports[1], zeros(size))
  return fragments(header, datagram, mtu).map(packet => framed(packet, src, dst))
}

const at = (times: number[], frames: Uint8Array[]): Seen[] =>
  frames.map((frame, i) => ({ at: times[i] * 1e9, bytes: frame }))

describe.each([
  ['IPv4', '10.0.2.10', '10.0.1.11', 20],
  ['IPv6', 'fd00::2', 'fd00::1', 48],
])('fragments, %s', (_, A, B, header) => {
  const whole = pieces(A, B, 7)
  const orders: [string, number[]][] = [
    ['in order', [0, 1, 2, 3]],
    ['backwards', [3, 2, 1, 0]],
    ['the first in the middle', [2, 0, 3, 1]],
  ]

  it.each(orders)('belong to the flow of their first one, %s', (_, order) => {
    expect(whole).toHaveLength(4)
    const run = runShard(
      at(
        [0, 1, 2, 3],
        order.map(i => whole[i]),
      ),
    )
    expect(run.finals).toMatchObject([
      {
        orig_addr: A,
        orig_port: 40000,
        resp_port: 161,
        orig_packets: 4,
        orig_ip_bytes: 4 * header + 8 + 3000,
        orig_payload_bytes: 3000,
      },
    ])
    expect(run.frames.placed).toMatchObject({ flows: 4, fragments_unplaced: 0 })
    expect(sums(run)).toEqual(BALANCED)
  })

  it('find the flow other frames of it opened', () => {
    const scene = new Scene().udp(0, whole.length ? end(A, 40000) : '', end(B, 161))
    const run = runShard([...scene.frames, ...at([1, 2, 3, 4], [whole[1], whole[0], whole[2], whole[3]])])
    expect(run.finals).toMatchObject([{ orig_packets: 5 }])
  })

  it('are unplaced, and said to be, when the first one is not seen', () => {
    const run = runShard(at([0, 1, 2], whole.slice(1)))
    expect(run.records).toEqual([])
    expect(run.frames.placed).toMatchObject({ flows: 0, fragments_unplaced: 3 })
    expect(sums(run)).toEqual(BALANCED)
  })

  it('wait no longer than a minute, and a number used again is another packet', () => {
    const run = runShard(at([0, 61, 61, 200, 201], [whole[1], whole[0], whole[2], whole[1], whole[3]]))
    // the one that waited is gone; those after 200 s came too late for the first one at 61 s
    expect(run.finals).toMatchObject([{ orig_packets: 2 }])
    expect(run.frames.placed).toMatchObject({ flows: 2, fragments_unplaced: 3 })
    expect(sums(run)).toEqual(BALANCED)
  })

  it('of several packets and of the way back do not mix', () => {
    const other = pieces(A, B, 8, 3000, [40001, 161])
    const back = pieces(B, A, 7, 3000, [161, 40000])
    const mixed = [whole[1], other[1], back[1], back[0], whole[0], other[0], back[2], other[2], whole[2]]
    const run = runShard(
      at(
        mixed.map((_, i) => i),
        mixed,
      ),
    )
    const packets = run.finals.map(flow => [flow.orig_port, flow.orig_packets, flow.resp_packets])
    expect(packets.sort()).toEqual([
      [40000, 3, 3],
      [40001, 3, 0],
    ])
    expect(sums(run)).toEqual(BALANCED)
  })

  it('that were cut are counted as cut, also those that waited', () => {
    const seen: Seen[] = [whole[2], whole[0]].map((frame, i) => ({
      at: i * 1e9,
      bytes: frame.subarray(0, 70),
      wire: frame.length,
    }))
    expect(runShard(seen).finals).toMatchObject([{ orig_packets: 2, truncated_frames: 2 }])
  })
})

const end = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`

describe('fragments', () => {
  const [A, B] = ['10.0.2.10', '10.0.1.11']

  it('of TCP take no flags from the frame before', () => {
    const segment = tcp(
      { src: A, dst: B },
      { srcPort: 50000, dstPort: 502, seq: 1, flags: 'PA' },
      zeros(2000),
    )
    const [first, later] = fragments({ src: A, dst: B, proto: PROTO.tcp, id: 3 }, segment, 1500)
    const scene = new Scene().handshake(0, `${A}:50000`, `${B}:502`)
    scene
      .frame(1, framed(first, A, B))
      .tcp(2, `${A}:50001`, `${B}:502`, 'S', { seq: 9 })
      .frame(2.1, framed(later, A, B))
    const run = runShard(scene.frames)
    expect(run.finals.map(flow => [flow.orig_port, flow.orig_packets])).toEqual([
      [50000, 4],
      [50001, 1],
    ])
  })

  it('of an echo request belong to it', () => {
    const message = icmp(8, 0, zeros(2004))
    const parts = fragments({ src: A, dst: B, proto: PROTO.icmp, id: 3 }, message, 1500)
    const run = runShard(at([0, 1], [framed(parts[1], A, B), framed(parts[0], A, B)]))
    expect(run.finals).toMatchObject([{ proto: 'icmp', icmp_type: 8, orig_packets: 2 }])
  })

  it('more than are followed at a time make room, the oldest first', () => {
    const seen: Seen[] = []
    const later = (id: number): Uint8Array => pieces(A, B, id & 0xffff, 1500)[1]
    const base = later(0)
    for (let id = 0; id < 8200; id++) {
      const frame = base.slice()
      frame.set([id >> 8, id & 0xff], 18)
      seen.push({ at: id * 1e6, bytes: frame })
    }
    const first = pieces(A, B, 0, 1500)[0]
    const last = pieces(A, B, 8199, 1500)[0]
    const run = runShard([...seen, ...at([9, 10], [first, last])])
    // packet 0 had to go, packet 8199 was still there
    expect(run.finals).toMatchObject([{ orig_packets: 3 }])
    expect(run.frames.placed).toMatchObject({ flows: 3, fragments_unplaced: 8199 })
    expect(sums(run)).toEqual(BALANCED)
  })
})

describe('fragments of what a packet is wrapped in', () => {
  const inner = (at: number): Uint8Array => inFrame('10.0.2.10', '10.0.1.11', PROTO.udp, innerUdp(at))
  const innerUdp = (n: number): Uint8Array =>
    udp({ src: '10.0.2.10', dst: '10.0.1.11' }, 40000, 161, bytes(zeros(1400), n))
  const outer = { src: '10.99.0.1', dst: '10.99.0.2', srcMac: macOf('10.99.0.1'), dstMac: macOf('10.99.0.2') }

  /** Cuts a carrying frame in two as a mirror with a small MTU does. */
  function cut(frame: Uint8Array, id: number, proto: number): Uint8Array[] {
    const payload = frame.subarray(34)
    return fragments({ src: outer.src, dst: outer.dst, proto, id }, payload, 1400).map(packet =>
      framed(packet, outer.src, outer.dst),
    )
  }

  it.each([
    ['ERSPAN', PROTO.gre, (n: number) => carried(outer, PROTO.gre, erspan2(1, n, 0, inner(n)), n)],
    ['VXLAN', PROTO.udp, (n: number) => carriedUdp(outer, 50000 + n, 4789, vxlan(7, inner(n)), n)],
  ])('%s: the frame inside is counted once, whichever piece comes first', (_, proto, wrapped) => {
    const [one, two, three] = [1, 2, 3].map(n => cut(wrapped(n), n, proto))
    expect(one).toHaveLength(2)
    const run = runShard(at([0, 1, 2, 3, 4], [one[0], one[1], two[1], two[0], three[1]]))
    expect(run.finals).toMatchObject([
      { orig_addr: '10.0.2.10', orig_packets: 2, orig_payload_bytes: 2 * 1401 },
    ])
    expect(run.frames.placed).toEqual({
      flows: 2,
      copies: 0,
      icmp_errors: 0,
      fragments_unplaced: 1,
      tunnel_fragments: 2,
    })
    expect(sums(run)).toEqual(BALANCED)
  })
})

describe('IPv6 extension headers behind the fragment header', () => {
  it('do not part the later pieces, which do not show them, from the first', () => {
    const [A, B] = ['fd00::2', 'fd00::1']
    const datagram = udp({ src: A, dst: B }, 40000, 161, zeros(1200))
    // destination options (RFC 8200 section 4.6): next header UDP, 8 bytes, padded
    const options = bytes([PROTO.udp, 0, 1, 4, 0, 0, 0, 0], datagram)
    const packets = fragments({ src: A, dst: B, proto: 60, id: 9 }, options, 600)
    const frames = packets.map((packet, i) => ({ at: i * 1e6, bytes: framed(packet, A, B) }))
    const run = runShard(frames)
    expect(run.finals).toMatchObject([
      { proto: 'udp', orig_port: 40000, resp_port: 161, orig_packets: packets.length },
    ])
    expect(sums(run)).toEqual(BALANCED)
  })
})
