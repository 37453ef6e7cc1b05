import { afterAll, describe, expect, it } from 'vitest'
import { address, bytes, l32, zeros } from '../../captures/support/bytes.ts'
import { Trace } from '../../captures/support/captures.ts'
import { pcapng } from '../../captures/support/pcapng.ts'
import { Blocks, readAll, refusalOf, Scratch } from './support.ts'

const scratch = new Scratch()
afterAll(() => scratch.remove())

const read = (...parts: Uint8Array[]) => readAll(scratch.file('some.bin', bytes(...parts)))
const data = bytes(1, 2, 3, 4, 5)
const little = new Blocks()
const intro = bytes(little.section(), little.interface())

describe('pcapng', () => {
  it.each([false, true])('reads what the writer of the scenarios writes, big-endian %s', async bigEndian => {
    const trace = new Trace('2026-03-01T12:00:00Z')
    trace.add(1_234_567_891, data)
    trace.add(1_300_000_001, bytes(9, 8), { wire: 99, interface: 1 })
    const { start } = trace
    const names = [
      { address: address('10.1.2.3'), name: 'plc-11' },
      { address: address('fe80::1:0:0:5'), name: 'hmi' },
      { address: address('10.1.2.3'), name: 'plc' },
    ]
    const { frames, files, ports } = await read(
      pcapng(trace, {
        bigEndian,
        application: 'sensor 3',
        comment: 'hall 1',
        names,
        interfaces: [
          { name: 'span0', resolution: 6, lost: 4 },
          { name: 'span1', resolution: 9, linkType: 276, snapLength: 128, lost: 3 },
        ],
      }),
    )
    expect(frames).toEqual([
      { hex: '0102030405', wire: 5, seconds: start + 1, nanos: 234_567_000, file: 0, frame: 1 },
      { hex: '0908', wire: 99, seconds: start + 1, nanos: 300_000_001, file: 0, frame: 2 },
    ])
    expect(ports).toEqual([
      { file: 0, interfaceId: 0, name: 'span0', linkType: 1, snapLength: 262144 },
      { file: 0, interfaceId: 1, name: 'span1', linkType: 276, snapLength: 128 },
    ])
    expect(files[0]).toMatchObject({
      format: 'pcapng',
      frames: 2,
      wireBytes: 104,
      reportedLost: 7,
      comments: ['hall 1', 'captured with: sensor 3'],
      damage: [],
      notes: [],
    })
    expect([...files[0].names]).toEqual([
      ['10.1.2.3', ['plc-11', 'plc']],
      ['fe80::1:0:0:5', ['hmi']],
    ])
  })

  it('reads sections of both byte orders one after the other, each with its own interfaces', async () => {
    const big = new Blocks(true)
    const { frames, ports, files } = await read(
      bytes(intro, little.enhanced(0, 5_000_000n, data)),
      bytes(big.section(), big.interface({ linkType: 113 }), big.enhanced(0, 6_000_000n, data)),
      bytes(intro, little.enhanced(0, 7_000_000n, data)),
    )
    expect(frames.map(f => [f.seconds, f.frame])).toEqual([
      [5, 1],
      [6, 2],
      [7, 3],
    ])
    // the third section describes the interface of the first in the same words
    expect(ports.map(port => port.linkType)).toEqual([1, 113])
    expect(files[0].damage).toEqual([])
  })

  it('reads simple and obsolete packet blocks', async () => {
    const cutting = little.interface({ snapLength: 3 })
    const { frames, files } = await read(
      bytes(
        little.section(),
        cutting,
        little.simple(60, bytes(1, 2, 3)),
        little.obsolete(0, 9_000_001n, data),
      ),
      bytes(little.simple(2, bytes(7, 7))),
    )
    expect(frames).toMatchObject([
      { hex: '010203', wire: 60, seconds: 0, nanos: 0 },
      { hex: '0102030405', wire: 5, seconds: 9, nanos: 1000 },
      { hex: '0707', wire: 2, seconds: 9, nanos: 1000 },
    ])
    expect(files[0].notes).toEqual([
      '2 frames had no own time (simple packet blocks) and got that of the frame before',
    ])
  })

  it('passes over blocks it does not know, secrets and custom ones, small and very large', async () => {
    const types = [0x0000000a, 0x00000bad, 0x40000bad, 0x80000001, 0x00000000]
    const odd = types.map(type => little.block(type, zeros(24)))
    const huge = little.block(0x0000000a, zeros(17 << 20))
    const { frames, files } = await read(bytes(intro, ...odd, huge, little.enhanced(0, 1n, data)))
    expect(frames).toHaveLength(1)
    expect(files[0].damage).toEqual([])
  })

  it('gets through any number of empty blocks', async () => {
    const empty = Buffer.concat(Array(50_000).fill(little.block(0x777)))
    const { frames, files } = await read(bytes(intro, empty, little.enhanced(0, 1n, data)))
    expect(frames).toHaveLength(1)
    expect(files[0].damage).toEqual([])
    const endless = await read(bytes(intro, l32(0x777), l32(0), zeros(400)))
    expect(endless.files[0].damage).toMatchObject([
      { offset: intro.length, reason: 'a block says it is 0 bytes long, which is less than any block has' },
    ])
  })

  it('counts the newest statistics of each interface, over all sections', async () => {
    const drops = (ifDrop: bigint, osDrop: bigint) => [
      little.option(4, little.w64(1000n)),
      little.option(5, little.w64(ifDrop)),
      little.option(7, little.w64(osDrop)),
    ]
    const { files } = await read(
      bytes(
        intro,
        little.interface(),
        little.statistics(0, drops(2n, 1n)),
        little.statistics(1, drops(10n, 0n)),
      ),
      bytes(little.statistics(0, drops(5n, 1n)), little.statistics(1, drops(10n, 0xffffffffffffffffn))),
      bytes(intro, little.statistics(0, drops(100n, 0n))),
    )
    expect(files[0].reportedLost).toBe(6 + 10 + 100)
    expect(files[0].damage).toEqual([])
  })

  it('keeps a few comments, of any writer', async () => {
    const options = Array.from({ length: 30 }, (_, i) => little.option(1, `note ${i % 20}`))
    const long = little.interface({ options: [little.option(1, 'x'.repeat(5000))] })
    const { files } = await read(bytes(little.section({ options: options.slice(0, 3) }), long))
    expect(files[0].comments).toEqual(['note 0', 'note 1', 'note 2', 'x'.repeat(500)])
    expect((await read(little.section({ options }))).files[0].comments).toHaveLength(8)
  })

  it('forgives lengths that are no multiple of four when the padding is there', async () => {
    const block = Buffer.from(little.enhanced(0, 1_000_000n, data))
    block.writeUInt32LE(block.length - 3, 4)
    block.writeUInt32LE(block.length - 3, block.length - 4)
    const { frames, files } = await read(bytes(intro, block, little.enhanced(0, 2_000_000n, data)))
    expect(frames.map(f => f.seconds)).toEqual([1, 2])
    expect(files[0]).toMatchObject({
      damage: [],
      notes: ['1 block had a length that is no multiple of four'],
    })
    block.writeUInt32LE(block.length, block.length - 4)
    expect((await read(bytes(intro, block))).files[0].damage).toMatchObject([
      { offset: intro.length, reason: /33 bytes long, and 36 at its end/ },
    ])
  })

  const good = little.enhanced(0, 1_000_000n, data)
  it.each<[string, Uint8Array, RegExp]>([
    ['unknown interface', little.enhanced(7, 1n, data), /of interface 7, which is not described/],
    [
      'captured length beyond its block',
      little.enhanced(0, 1n, data, { captured: 90 }),
      /90 bytes.*block of 40/,
    ],
    ['no room for its fields', little.block(6, zeros(8)), /too short/],
    ['simple packet beyond its block', little.simple(99, data), /99 bytes.*block of 24/],
    ['statistics of nobody', little.statistics(3, []), /not described before/],
    ['interface without fields', little.block(1, zeros(4)), /too short/],
    ['option beyond its block', little.interface({ options: [bytes(9, 0, 200, 0)] }), /option is longer/],
    ['name beyond its block', little.block(4, bytes(1, 0, 200, 0)), /name record is longer/],
  ])('passes over a block that is wrong inside: %s', async (_, bad, reason) => {
    const { frames, files } = await read(bytes(intro, good, bad, bad, good))
    expect(frames.map(f => f.frame)).toEqual([1, 2])
    expect(files[0].damage).toMatchObject([{ offset: intro.length + good.length, reason }])
    expect(files[0].notes).toEqual(['2 blocks are damaged inside and were passed over'])
  })

  it('says so when frames come before any interface', async () => {
    const { files } = await read(bytes(little.section(), little.simple(5, data), good))
    expect(files[0]).toMatchObject({ frames: 0, damage: [{ reason: /before any interface/ }] })
  })

  it('passes over a section of another version', async () => {
    const { frames, files } = await read(
      bytes(intro, good, little.section({ major: 2 }), little.interface(), good, intro, good),
    )
    expect(frames).toHaveLength(2)
    expect(files[0].damage).toMatchObject([{ reason: 'a section has version 2, and only version 1 is read' }])
  })

  it.each<[string, Uint8Array, RegExp]>([
    ['another length at its end', bytes(good.subarray(0, -4), l32(44)), /40 bytes long, and 44 at its end/],
    ['an absurd length', bytes(l32(6), l32(3_000_000_000), zeros(99)), /3,000,000,000 bytes/],
    ['a section without byte order', bytes(l32(0x0a0d0d0a), l32(28), zeros(20)), /no byte-order mark/],
    ['a cut block', good.subarray(0, 30), /ends inside a block: of 40 bytes there are 30/],
    ['a cut header', good.subarray(0, 5), /ends inside a block, after 5 bytes of it/],
    [
      'a cut large block',
      bytes(l32(10), l32(40 << 20), zeros(99)),
      /ends inside a block of 41,943,040 bytes/,
    ],
  ])('stops where the framing is lost: %s', async (_, bad, reason) => {
    const { frames, files } = await read(bytes(intro, good, bad))
    expect(frames).toHaveLength(1)
    expect(files[0].damage).toMatchObject([{ offset: intro.length + good.length, reason }])
  })

  it('is no pcapng without a byte-order mark', async () => {
    const path = scratch.file('some.bin', bytes(l32(0x0a0d0d0a), zeros(40)))
    expect(await refusalOf(path)).toMatch(/^it is not a capture/)
  })
})
