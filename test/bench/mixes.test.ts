import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { writeLoad } from '../../bench/support/load.ts'
import { checksum, u16, u32 } from '../../captures/support/bytes.ts'
import { captureBlocks, type Written } from '../../src/bench/capture.ts'
import { siteEnds } from '../../src/bench/conversations.ts'
import { MIXES, type Mix } from '../../src/bench/mixes.ts'
import { DEFAULT_SITE, sitePolicy } from '../../src/bench/site.ts'
import { blankEnds, type Traffic } from '../../src/bench/traffic.ts'
import type { FlowRecord, Summary } from '../../src/records.ts'
import { conduitwatch, scratch } from '../support/command.ts'

const folder = scratch()
afterAll(folder.remove)

const FRAMES = 3_000
const mixes = MIXES.map(mix => [mix.name, mix] as const)
const find = (name: string): Mix => MIXES.find(mix => mix.name === name)!

function bytesOf(traffic: Traffic, frames: number): { bytes: Uint8Array; written: Written } {
  const pieces: Uint8Array[] = []
  const blocks = captureBlocks(traffic, frames)
  for (;;) {
    const { value, done } = blocks.next()
    if (done === true) return { bytes: Buffer.concat(pieces), written: value }
    pieces.push(value.slice())
  }
}

/** The frames of a classic pcap file. */
function framesOf(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const frames: Uint8Array[] = []
  for (let at = 24; at < file.length; ) {
    const captured = view.getUint32(at + 8, true)
    expect(view.getUint32(at + 12, true)).toBe(captured)
    frames.push(file.subarray(at + 16, at + 16 + captured))
    at += 16 + captured
  }
  return frames
}

/** What `analyze` makes of it. */
function analyse(mix: Mix, bytes: Uint8Array): { summary: Summary; flows: FlowRecord[] } {
  const path = join(folder.path, mix.name)
  writeFileSync(`${path}.pcap`, bytes)
  writeFileSync(`${path}.yaml`, mix.policy())
  const words = ['analyze', `${path}.pcap`, '-p', `${path}.yaml`, '-o', path, '--exit-zero', '-f', 'json']
  expect(conduitwatch(words)).toMatchObject({ status: 0, stderr: '' })
  const read = (name: string): string[] => readFileSync(join(path, name), 'utf8').trimEnd().split('\n')
  return {
    summary: JSON.parse(read('summary.json').join('\n')) as Summary,
    flows: read('flows.jsonl').map(line => JSON.parse(line) as FlowRecord),
  }
}

describe.each(mixes)('the mix %s', (name, mix) => {
  const { bytes, written } = bytesOf(mix.traffic, FRAMES)
  const frames = framesOf(bytes)

  it('is what the generator says', () => {
    expect(frames).toHaveLength(FRAMES)
    expect(written).toMatchObject({ frames: FRAMES, bytes: bytes.length })
    expect(written.flows).toBe(Math.min(FRAMES, mix.traffic.flows))
    expect(written.undeclared).toBe(Math.floor(written.flows / 8))
    expect(bytesOf(mix.traffic, FRAMES).bytes).toEqual(bytes)
  })

  it('is decoded and judged as what it is meant to be', () => {
    const { summary, flows } = analyse(mix, bytes)
    expect(summary.complete).toBe(true)
    expect(summary.frames).toMatchObject({ received: FRAMES, decoded: FRAMES })
    expect(summary.frames.placed.flows).toBe(FRAMES)
    expect(summary.flows).toMatchObject({ total: written.flows, evicted: 0 })
    expect(summary.flows.verdicts).toEqual({
      sanctioned: written.flows - written.undeclared,
      unsanctioned: written.undeclared,
    })
    expect(summary.tunnels).toEqual({ total: 0, verdicts: {}, mirror_wrapping: wrappingOf(name) })
    expect(flows).toHaveLength(written.flows)
    expect(new Set(flows.map(flow => flow.ip_version))).toEqual(new Set([mix.traffic.version]))
    expect(flows.some(flow => flow.truncated_frames > 0)).toBe(false)
    for (const { context } of flows) expect(context).toEqual(contextOf(name, context?.vlans?.[0]))
    if (name === 'vlan') expect(new Set(flows.map(flow => flow.context!.vlans![0])).size).toBe(50)
  })

  it('has valid checksums', () => {
    const outside = mix.traffic.wrap === 'vxlan' || mix.traffic.wrap === 'erspan'
    for (const frame of frames.slice(0, 300)) {
      if (outside) expect(checksum(frame.subarray(14, 34))).toBe(0)
      expectChecksums(frame.subarray((outside ? 50 : 0) + (mix.traffic.wrap === 'vlan' ? 18 : 14)))
    }
  })
})

function wrappingOf(name: string): string[] {
  return name === 'vxlan' || name === 'erspan' ? [`${name} 10.250.0.2 -> 10.250.0.1`] : []
}

function contextOf(name: string, vlan: number | undefined): FlowRecord['context'] {
  if (name === 'vlan') return { vlans: [vlan!] }
  if (name === 'vxlan') return { vni: 4097, tap: 'mirror' }
  return name === 'erspan' ? { tap: 'mirror' } : undefined
}

/** Checksums of a packet's IP header and of what it carries, reckoned by other code than wrote them. */
function expectChecksums(packet: Uint8Array): void {
  const version = packet[0] >>> 4
  const length = version === 4 ? ((packet[2] << 8) | packet[3]) - 20 : (packet[4] << 8) | packet[5]
  const [proto, addresses, carried] =
    version === 4
      ? [packet[9], packet.subarray(12, 20), packet.subarray(20, 20 + length)]
      : [packet[6], packet.subarray(8, 40), packet.subarray(40, 40 + length)]
  if (version === 4) expect(checksum(packet.subarray(0, 20))).toBe(0)
  expect([6, 17]).toContain(proto)
  expect(carried).toHaveLength(length)
  expect(carried[proto === 6 ? 16 : 6] | carried[proto === 6 ? 17 : 7]).not.toBe(0)
  expect(checksum(addresses, Uint8Array.from([...u32(length), ...u16(0), ...u16(proto)]), carried)).toBe(0)
}

describe('sizes', () => {
  const sizesOf = (name: string): Map<number, number> => {
    const sizes = new Map<number, number>()
    for (const { length } of framesOf(bytesOf(find(name).traffic, 1200).bytes))
      sizes.set(length, (sizes.get(length) ?? 0) + 1)
    return sizes
  }

  it.each([
    ['64', [[64, 1200]]],
    ['1518', [[1518, 1200]]],
    ['vlan', [[68, 1200]]],
    ['vxlan', [[114, 1200]]],
    ['erspan', [[114, 1200]]],
    ['ipv6', [[74, 1200]]],
    [
      'imix',
      [
        [64, 700],
        [594, 400],
        [1518, 100],
      ],
    ],
  ])('of %s are %j', (name, sizes) => {
    expect([...sizesOf(name)]).toEqual(sizes)
  })

  it('of ot-polling are those of polls', () => {
    const sizes = [...sizesOf('ot-polling').keys()].sort((a, b) => a - b)
    expect(sizes[0]).toBe(60)
    expect(sizes.at(-1)).toBe(149)
    expect(sizes.length).toBeGreaterThan(20)
  })

  it('come to about 400 MB unless more or fewer frames are asked for', () => {
    for (const { traffic, frames } of MIXES) {
      const bytes = (bytesOf(traffic, 1200).written.bytes / 1200) * frames
      expect(bytes).toBeGreaterThan(370e6)
      expect(bytes).toBeLessThan(405e6)
    }
  })
})

describe('conversations', () => {
  it.each(['1m-flows', '10k-conduits'])('of %s have ends of their own', name => {
    const { traffic } = find(name)
    const ends = blankEnds()
    const known = new Set<number>()
    let strange = 0
    for (let flow = 0; flow < traffic.flows; flow++) {
      traffic.ends(flow, ends)
      if (![ends.clientHost, ends.serverHost].every(host => host >= 1 && host <= 250)) strange++
      const pair = ((ends.clientPrefix * 10_000 + ends.serverPrefix) * 256 + ends.clientHost) * 256
      known.add((pair + ends.serverHost) * 16_384 + ends.clientPort - 49_152)
    }
    expect({ known: known.size, strange }).toEqual({ known: traffic.flows, strange: 0 })
  })

  it('of 10k-conduits reach all prefixes and conduits of the policy', () => {
    const { traffic, policy } = find('10k-conduits')
    const ends = blankEnds()
    const prefixes = new Set<number>()
    for (let flow = 0; flow < traffic.flows; flow++) {
      traffic.ends(flow, ends)
      prefixes.add(ends.clientPrefix).add(ends.serverPrefix)
    }
    expect(prefixes.size).toBe(10_000)
    expect(Math.max(...prefixes)).toBe(9_999)
    expect(policy().match(/\/24/g)).toHaveLength(10_000)
    expect(policy().match(/id: C-/g)).toHaveLength(10_000)
  })

  it('carry their sequence numbers on', () => {
    const next = new Map<string, number>()
    for (const frame of framesOf(bytesOf(find('ot-polling').traffic, 3000).bytes)) {
      const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
      const key = `${view.getUint32(26)} ${view.getUint32(30)} ${view.getUint32(34)}`
      expect(view.getUint32(38)).toBe(next.get(key) ?? 1000)
      next.set(key, view.getUint32(38) + view.getUint16(16) - 40)
    }
    expect(next.size).toBe(600)
  })
})

describe('bytes', () => {
  const sha = (bytes: Uint8Array | string): string =>
    createHash('sha256').update(bytes).digest('hex').slice(0, 16)

  // figures of two versions can be compared while these stay as they are
  it.each([
    ['64', '4f65334a0608eb66 ca70f1533c9393be'],
    ['ot-polling', '63eb4aef13dc4005 f27d6944dd21f602'],
    ['imix', '4a2cff6f359eef39 ca70f1533c9393be'],
    ['1518', 'e51f5fe0ea0e4253 ca70f1533c9393be'],
    ['vlan', 'f12f103531c928c8 ca70f1533c9393be'],
    ['vxlan', '28bd3d974b21afac fe1f6ced94d36d8b'],
    ['erspan', '25ecd008ceac53a0 0552964b218d2b61'],
    ['ipv6', 'f22031e7e668cf48 78967b2b1dcc4e04'],
    ['1k-flows', '0eee76f2b285ec51 ca70f1533c9393be'],
    ['1m-flows', '4f65334a0608eb66 ca70f1533c9393be'],
    ['10-conduits', 'c1728a6b69073002 afb889080f56559d'],
    ['10k-conduits', '653eb5924239c439 4c5dd12983facb30'],
  ])('of %s never change', (name, expected) => {
    const mix = find(name)
    expect(`${sha(bytesOf(mix.traffic, FRAMES).bytes)} ${sha(mix.policy())}`).toBe(expected)
  })

  it('of the load that programs in bench/ write never change', () => {
    const path = join(folder.path, 'load.pcap')
    writeLoad(path, { frames: 3000, flows: 700, size: 80 })
    expect(sha(readFileSync(path))).toBe('666fbf88fc13884f')
    expect(sha(sitePolicy())).toBe('ca70f1533c9393be')
  })

  it('are those of the site asked for', () => {
    const ends = blankEnds()
    siteEnds(DEFAULT_SITE)(507, ends)
    expect(ends).toMatchObject({
      clientPrefix: 7,
      serverPrefix: 8,
      serverPort: 2007,
      declared: true,
      udp: false,
    })
  })
})
