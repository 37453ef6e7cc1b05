import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { bytes, Random } from '../../captures/support/bytes.ts'
import { Trace } from '../../captures/support/captures.ts'
import { pcap } from '../../captures/support/pcap.ts'
import { pcapng } from '../../captures/support/pcapng.ts'
import { CaptureError } from '../../src/capture/source.ts'
import { type Reading, readAll, Scratch } from './support.ts'

const scratch = new Scratch()
afterAll(() => scratch.remove())

const trace = new Trace('2026-03-01T12:00:00Z')
const random = new Random(9)
for (let i = 0; i < 25; i++) trace.add(i * 1e7, random.bytes(random.between(0, 120)), { interface: i % 2 })
const interfaces = [
  { name: 'a', lost: 1 },
  { name: 'b', resolution: 9 as const },
]
const names = [{ address: bytes(10, 0, 0, 1), name: 'x' }]
const ng = pcapng(trace, { interfaces, names, comment: 'c' })
const classic = pcap(trace)

const mutation = fc.record({
  place: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  kind: fc.constantFrom('byte', 'word', 'insert', 'remove', 'cut'),
  value: fc.constantFrom(0, 1, 4, 0x7f, 0xff, 0x80),
})

function mutate(
  content: Uint8Array,
  { place, kind, value }: { place: number; kind: string; value: number },
): Uint8Array {
  const at = Math.floor(place * content.length)
  const copy = Uint8Array.from(content)
  switch (kind) {
    case 'byte':
      copy[at] = value
      return copy
    case 'word':
      return copy.fill(value, at & ~3, (at & ~3) + 4)
    case 'insert':
      return bytes(content.subarray(0, at), value, content.subarray(at))
    case 'remove':
      return bytes(content.subarray(0, at), content.subarray(at + 1 + (value & 7)))
    default:
      return copy.subarray(0, at)
  }
}

async function attempt(path: string, blockSize: number): Promise<Reading | CaptureError> {
  try {
    return await readAll(path, { blockSize })
  } catch (error) {
    if (error instanceof CaptureError) return error
    throw error
  }
}

describe('damage', () => {
  it.each<[string, Uint8Array]>([
    ['pcap', classic],
    ['pcapng', ng],
    ['pcapng, big-endian', pcapng(trace, { interfaces, names, bigEndian: true })],
    ['pcap+gzip', gzipSync(classic)],
    ['pcapng+zstd', zstdCompressSync(ng)],
  ])(
    'of any kind in %s is told and never thrown, and is the same in blocks of any size',
    async (_, content) => {
      const mutations = fc.array(mutation, { minLength: 1, maxLength: 4 })
      await fc.assert(
        fc.asyncProperty(mutations, fc.integer({ min: 1, max: 300 }), async (list, blockSize) => {
          const broken = list.reduce(mutate, content)
          const path = scratch.file('broken', broken)
          const whole = await attempt(path, 1 << 20)
          expect(await attempt(path, blockSize)).toEqual(whole)
          if (whole instanceof CaptureError) return
          const [{ damage, frames }] = whole.files
          expect(frames).toBe(whole.frames.length)
          for (const { offset, reason } of damage) {
            expect(Number.isSafeInteger(offset) && offset >= 0).toBe(true)
            expect(reason).not.toMatch(/\n|undefined|NaN|\.$/)
          }
        }),
        { numRuns: 150 },
      )
    },
  )

  it('does not take frames before it with it', async () => {
    for (const content of [classic, ng]) {
      const whole = await readAll(scratch.file('whole', content))
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 0, max: content.length - 1 }), async length => {
          const cut = await attempt(scratch.file('cut', content.subarray(0, length)), 64)
          if (cut instanceof CaptureError) return expect(length).toBeLessThan(4)
          expect(cut.frames).toEqual(whole.frames.slice(0, cut.frames.length))
          const end = cut.files[0].damage[0]?.offset ?? length
          // between the last whole record and the cut nothing fits
          expect(length - end).toBeLessThan(24 + 120 + 32)
        }),
        { numRuns: 150 },
      )
    }
  })
})
