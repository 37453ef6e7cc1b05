import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildCLoop } from '../../bench/peers/environment.ts'
import { run } from '../../bench/peers/run.ts'
import { writeLoad } from '../../bench/support/load.ts'
import {
  arp,
  BROADCAST,
  bytes,
  ETHERTYPE,
  ethernet,
  fragments,
  ipv4,
  ipv6,
  PROTO,
  tcp,
  udp,
  zeros,
} from '../../captures/support/frames.ts'
import { pcapHeader, record, Scratch } from '../capture/support.ts'

const scratch = new Scratch()
afterAll(() => scratch.remove())

let program: string | undefined
beforeAll(async () => {
  program = (await buildCLoop(scratch.path))?.program
})

/** What the loop says of a file; skips the test where there is no C compiler. */
async function count(path: string, skip: (why: string) => void) {
  if (program === undefined) skip('there is no C compiler with its library')
  const { status, stdout, stderr } = await run(program!, [path])
  return { status, said: stdout.trim(), error: stderr.trim().replace(path, 'FILE') }
}

const A = '10.0.0.1'
const B = '10.0.0.2'
const MAC = '02:00:00:00:00:01'
const frame = (payload: Uint8Array, tags: { vlan: number; tpid?: number }[] = []): Uint8Array =>
  ethernet(MAC, MAC, ETHERTYPE.ipv4, payload, tags)
const tcpOf = (src: string, srcPort: number, dst: string, dstPort: number, options = zeros(0)): Uint8Array =>
  ipv4(
    { src, dst, proto: PROTO.tcp, options },
    tcp({ src, dst }, { srcPort, dstPort, seq: 1, flags: 'A' }, zeros(30)),
  )
const file = (...frames: Uint8Array[]): Uint8Array =>
  bytes(pcapHeader(), ...frames.map((data, i) => record(i, 0, data)))

describe('the C loop', () => {
  it('sees every frame and flow of the load that is measured on', async ({ skip }) => {
    const path = `${scratch.path}/load.pcap`
    // more flows than its table begins with
    writeLoad(path, { frames: 120_000, flows: 6_000, size: 64 })
    expect(await count(path, skip)).toEqual({
      status: 0,
      said: `frames 120000 counted 120000 flows 6000 bytes ${120_000 * 64}`,
      error: '',
    })
  })

  it('joins directions, with and without a tag, and tells protocols and ports apart', async ({ skip }) => {
    const there = frame(tcpOf(A, 1000, B, 502))
    const answer = frame(tcpOf(B, 502, A, 1000), [{ vlan: 7 }])
    const options = frame(tcpOf(A, 1000, B, 502, bytes(7, 4, 4, 0)))
    const other = frame(tcpOf(A, 1001, B, 502))
    // the ports the other way round are another conversation
    const crossed = frame(tcpOf(A, 502, B, 1000))
    const datagram = frame(
      ipv4({ src: A, dst: B, proto: PROTO.udp }, udp({ src: A, dst: B }, 1000, 502, zeros(30))),
    )
    const frames = [there, answer, options, other, crossed, datagram]
    const wire = frames.reduce((sum, { length }) => sum + length, 0)
    expect((await count(scratch.file('few.pcap', file(...frames)), skip)).said).toBe(
      `frames 6 counted 6 flows 4 bytes ${wire}`,
    )
  })

  it('passes over what has no ports', async ({ skip }) => {
    const data = udp({ src: A, dst: B }, 1000, 502, zeros(200))
    const pieces = fragments({ src: A, dst: B, proto: PROTO.udp, id: 1 }, data, 100).map(piece =>
      frame(piece),
    )
    const path = scratch.file(
      'others.pcap',
      file(
        ...pieces,
        ethernet(BROADCAST, MAC, ETHERTYPE.arp, arp('request', { mac: MAC, ip: A }, { mac: MAC, ip: B })),
        ethernet(MAC, MAC, ETHERTYPE.ipv6, ipv6({ src: 'fd00::1', dst: 'fd00::2', proto: PROTO.udp }, data)),
        frame(tcpOf(A, 1, B, 2), [{ vlan: 1 }, { vlan: 2 }]),
        frame(tcpOf(A, 1, B, 2)).subarray(0, 14 + 23),
        frame(tcpOf(A, 1, B, 2), [{ vlan: 1 }]).subarray(0, 18 + 19),
        zeros(0),
        bytes(1),
      ),
    )
    expect(pieces).toHaveLength(3)
    // of the fragments the first counts
    expect((await count(path, skip)).said).toBe(`frames 10 counted 1 flows 1 bytes ${pieces[0].length}`)
  })

  it('reads files of the other byte order', async ({ skip }) => {
    const swapped = file(frame(tcpOf(A, 1, B, 2)))
    const words = new DataView(swapped.buffer, swapped.byteOffset)
    for (const at of [0, 16, 20, 24, 28, 32, 36]) words.setUint32(at, words.getUint32(at, true))
    expect((await count(scratch.file('swapped.pcap', swapped), skip)).said).toMatch(
      /^frames 1 counted 1 flows 1 /,
    )
  })

  it.for<[string, Uint8Array, string]>([
    ['an empty file', zeros(0), 'no classic pcap file'],
    ['another kind of file', bytes(0x0a, 0x0d, 0x0d, 0x0a, zeros(40)), 'no classic pcap file'],
    ['another link', pcapHeader({ linkType: 113 }), 'not Ethernet'],
    ['a record header cut off', bytes(pcapHeader(), zeros(15)), 'cut off inside a record header'],
    [
      'a frame cut off',
      bytes(pcapHeader(), record(0, 0, zeros(60), { captured: 61 })),
      'cut off inside a frame',
    ],
    [
      'a length beyond all bounds',
      bytes(pcapHeader(), record(0, 0, zeros(60), { captured: 0xffffffff })),
      'cut off inside a frame',
    ],
  ])('refuses %s', async ([, content, reason], { skip }) => {
    const { status, said, error } = await count(scratch.file('bad.pcap', content), skip)
    expect({ status, said, error }).toEqual({ status: 1, said: '', error: `FILE: ${reason}` })
  })
})
