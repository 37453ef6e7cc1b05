import { PassThrough, Readable } from 'node:stream'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { bytes, l32, Random, zeros } from '../../captures/support/bytes.ts'
import { pcapHeader, readAll, record, refusalOf, Scratch } from './support.ts'

const scratch = new Scratch()
afterAll(() => scratch.remove())

/** Frames that do not compress, so that a damaged place lies between some of them. */
const random = new Random(4)
const records = Array.from({ length: 2000 }, (_, i) => record(i, 0, random.bytes(100)))
const plain = bytes(pcapHeader(), ...records)
const RECORD = 116

const half = Math.floor(plain.length / 2)
const packers: [string, (data: Uint8Array) => Uint8Array][] = [
  ['gzip', gzipSync],
  ['gzip', data => bytes(gzipSync(data.subarray(0, half)), gzipSync(data.subarray(half)))],
  ['gzip', data => bytes(gzipSync(zeros(0)), gzipSync(data), zeros(300))],
  ['zstd', zstdCompressSync],
  ['zstd', data => bytes(zstdCompressSync(data.subarray(0, half)), zstdCompressSync(data.subarray(half)))],
  [
    'zstd',
    data => bytes(l32(0x184d2a53), l32(9), zeros(9), zstdCompressSync(data), zstdCompressSync(zeros(0))),
  ],
]

describe('packed captures', () => {
  it.each(packers)('%s (form %#), whatever the file is called', async (kind, pack) => {
    const packed = pack(plain)
    const path = scratch.file('capture.txt', packed)
    for (const blockSize of [777, 1 << 20]) {
      const { frames, files } = await readAll(path, { blockSize })
      expect(frames).toEqual((await readAll(scratch.file('plain.pcap', plain))).frames)
      expect(files[0]).toMatchObject({ format: `pcap+${kind}`, bytes: packed.length, damage: [] })
    }
  })

  it.each(packers)('%s (form %#) through a pipe, in pieces of any size', async (_, pack) => {
    const packed = pack(plain)
    for (const size of [23, 997, 70_000]) {
      const pieces: Uint8Array[] = []
      for (let at = 0; at < packed.length; at += size) pieces.push(packed.subarray(at, at + size))
      const { frames, files } = await readAll('-', { stdin: Readable.from(pieces, { objectMode: false }) })
      expect(frames).toHaveLength(records.length)
      expect(files[0].damage).toEqual([])
      // padding is not waited for
      expect(packed.length - files[0].bytes).toBeLessThanOrEqual(300)
    }
  })

  it.each(packers.slice(0, 1).concat(packers.slice(3, 4)))(
    '%s that is cut gives what is there',
    async (kind, pack) => {
      const packed = pack(plain)
      const { frames, files } = await readAll(scratch.file('cut', packed.subarray(0, packed.length - 30_000)))
      expect(frames.length).toBeGreaterThan(kind === 'gzip' ? 1500 : 500)
      expect(frames.length).toBeLessThan(records.length)
      const [{ offset, reason }] = files[0].damage
      expect(reason).toBe(`the ${kind} data ends in the middle`)
      expect(Math.floor((offset - 24) / RECORD)).toBe(frames.length)
      expect(files[0].damage).toHaveLength(1)
    },
  )

  it('gzip that is damaged in the middle gives every frame before', async () => {
    // text, so that the decoder meets something impossible soon
    const text = bytes(
      pcapHeader(),
      ...Array.from({ length: 400 }, (_, i) => record(i, 0, bytes(`frame number ${i * 7919} of a hall`))),
    )
    const packed = gzipSync(text)
    for (let at = 100; at < packed.length - 8; at += 397) {
      const broken = Uint8Array.from(packed)
      broken.fill(0xff, at, at + 8)
      const { frames, files } = await readAll(scratch.file('broken.gz', broken))
      expect([at, files[0].damage.length]).toEqual([at, 1])
      // what stands in the first half of the good bytes is surely there
      expect(frames.length).toBeGreaterThanOrEqual(Math.floor((at / packed.length) * 200) - 10)
    }
  })

  it('gzip and zstd with a wrong checksum give all frames, and the damage', async () => {
    for (const [kind, packed] of [
      ['gzip', Uint8Array.from(gzipSync(plain))],
      ['zstd', Uint8Array.from(zstdCompressSync(plain, { params: { 201: 1 } }))],
    ] as const) {
      packed[packed.length - (kind === 'gzip' ? 8 : 1)] ^= 0x55
      const { frames, files } = await readAll(scratch.file('sum', packed))
      expect([kind, frames.length]).toEqual([kind, records.length])
      expect(files[0].damage).toMatchObject([{ offset: plain.length, reason: /damaged/ }])
    }
  })

  it('zstd that is damaged in the middle gives the blocks before', async () => {
    const packed = Uint8Array.from(
      zstdCompressSync(bytes(...Array<Uint8Array>(3).fill(plain)).subarray(0, 500_000)),
    )
    packed.fill(0xff, 300_000, 300_100)
    packed[262_200] ^= 7
    const { files } = await readAll(scratch.file('broken.zst', packed))
    expect(files[0].damage).toHaveLength(1)
    expect(files[0].frames).toBeGreaterThan(1000)
  })

  it('says when something else follows', async () => {
    for (const packed of [gzipSync(plain), zstdCompressSync(plain)]) {
      const { frames, files } = await readAll(scratch.file('tail', bytes(packed, 'and other things')))
      expect(frames).toHaveLength(records.length)
      expect(files[0].damage).toMatchObject([{ offset: plain.length, reason: /something else/ }])
    }
  })

  it('is damage when nothing at all can be unpacked, or nothing is inside', async () => {
    const cut = await readAll(scratch.file('cut.gz', gzipSync(plain).subarray(0, 6)))
    expect(cut.files[0]).toMatchObject({
      format: 'gzip',
      damage: [{ offset: 0, reason: /ends in the middle/ }],
    })
    const empty = await readAll(scratch.file('empty.gz', gzipSync(zeros(0))))
    expect(empty.files[0]).toMatchObject({ damage: [{ offset: 0, reason: 'its gzip data is empty' }] })
  })

  it('unpacks once only, and captures only', async () => {
    const reason = (packed: Uint8Array) => refusalOf(scratch.file('x', packed))
    expect(await reason(gzipSync(gzipSync(plain)))).toMatch(/^it is packed twice, with gzip and gzip/)
    expect(await reason(zstdCompressSync('hello'))).toMatch(/what is inside is no capture$/)
  })

  it('delivers frames of a packed stream before it ends', async () => {
    const stdin = new PassThrough()
    stdin.write(gzipSync(plain.subarray(0, 24 + RECORD * 3)))
    const reading = readAll('-', { stdin })
    setImmediate(() => stdin.end(gzipSync(plain.subarray(24 + RECORD * 3))))
    expect((await reading).frames).toHaveLength(records.length)
  })
})
