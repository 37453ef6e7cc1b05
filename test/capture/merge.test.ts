import { readdirSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { bytes } from '../../captures/support/bytes.ts'
import { Trace } from '../../captures/support/captures.ts'
import { pcapng } from '../../captures/support/pcapng.ts'
import { openCaptures } from '../../src/capture/open.ts'
import { drain, pcapHeader, readAll, record, Scratch, timed } from './support.ts'

const scratch = new Scratch()
afterAll(() => scratch.remove())

const isLinux = process.platform === 'linux'
const open = (): number => (isLinux ? readdirSync('/proc/self/fd').length : 0)
/** Files open once nothing is read ahead any more. */
async function settled(): Promise<number> {
  for (let count = open(), same = 0; ; same++) {
    await setTimeout(5)
    if (open() !== count) {
      count = open()
      same = 0
    } else if (same === 10) return count
  }
}

const order = (frames: readonly { file: number; frame: number }[]): string[] =>
  frames.map(({ file, frame }) => `${file}:${frame}`)

/** Frames in the order in which a merge that compares only heads delivers them. */
function merged(files: readonly (readonly number[])[]): string[] {
  const heads = files.map(() => 0)
  const result: string[] = []
  for (;;) {
    let best = -1
    files.forEach((times, i) => {
      if (heads[i] < times.length && (best < 0 || times[heads[i]] < files[best][heads[best]])) best = i
    })
    if (best < 0) return result
    result.push(`${best}:${++heads[best]}`)
  }
}

const times = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 25 })
const options = fc.record({
  blockSize: fc.integer({ min: 1, max: 400 }),
  burstFrames: fc.integer({ min: 1, max: 20 }),
  openFiles: fc.integer({ min: 1, max: 3 }),
})

describe('several captures', () => {
  it('become one stream: sorted by time, stable, whatever the sizes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(times, { minLength: 1, maxLength: 7 }), options, async (files, sizes) => {
        const sorted = files.map(list => list.toSorted((a, b) => a - b))
        const paths = sorted.map((list, i) => scratch.file(`m${i}.pcap`, timed(list, i)))
        const { frames } = await readAll(paths, sizes)
        const all = sorted.flatMap((list, file) => list.map((time, i) => ({ time, file, frame: i + 1 })))
        expect(order(frames)).toEqual(order(all.toSorted((a, b) => a.time - b.time)))
        const one = frames.map(({ hex }) => hex)
        const many = (await Promise.all(paths.map(path => readAll(path)))).map(reading => reading.frames)
        expect(one).toEqual(frames.map(({ file, frame }) => many[file][frame - 1].hex))
      }),
      { numRuns: 60 },
    )
  })

  it('of several formats one after the other, each frame with its own port and number', async () => {
    const ng = new Trace('1970-01-01T00:00:10Z')
    for (let i = 0; i < 4; i++) ng.add(i * 1e9, bytes(7), { interface: i % 2 })
    const interfaces = [{ name: 'a' }, { name: 'b' }]
    const paths = [
      scratch.file('f0.pcap', timed([0, 1, 2])),
      scratch.file('f1.pcapng', pcapng(ng, { interfaces })),
      scratch.file('f2.pcap', timed([2e7, 2e7 + 1, 2e7 + 2], 2)),
      scratch.file('f3.pcap', timed([3e7, 3e7 + 1], 3)),
    ]
    // `drain` holds each burst against its own columns
    const { frames } = await readAll(paths)
    expect(order(frames)).toEqual([
      '0:1',
      '0:2',
      '0:3',
      '1:1',
      '1:2',
      '1:3',
      '1:4',
      '2:1',
      '2:2',
      '2:3',
      '3:1',
      '3:2',
    ])
  })

  it('keep the order each has in itself', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(times, { minLength: 1, maxLength: 5 }), options, async (files, sizes) => {
        const paths = files.map((list, i) => scratch.file(`u${i}.pcap`, timed(list, i)))
        expect(order((await readAll(paths, sizes)).frames)).toEqual(merged(files))
      }),
      { numRuns: 60 },
    )
  })

  it('of a rotated set are handed on as they were read, and open one after the other', async () => {
    const paths = Array.from({ length: 300 }, (_, i) =>
      scratch.file(`r/x.pcap${i}`, timed([i * 1e6, i * 1e6 + 1, i * 1e6 + 2], 1)),
    )
    const before = await settled()
    const source = await openCaptures(paths.toReversed())
    expect(source.files).toHaveLength(300)
    expect(open()).toBe(before)
    const memories = new Set<ArrayBufferLike>()
    let most = 0
    let last = -1
    for await (const { count, seconds, bytes } of source.bursts()) {
      expect([count, seconds[0]]).toEqual([3, ++last])
      memories.add(bytes.buffer)
      most = Math.max(most, open())
    }
    expect(last).toBe(299)
    // one file's memory serves the next
    expect(memories.size).toBeLessThanOrEqual(2)
    // the one that is read and the one that comes next, which is read ahead too
    expect(most - before).toBeLessThanOrEqual(3)
    expect(await settled()).toBe(before)
    const { done, total } = source.progress()
    expect([done, total]).toEqual([total, source.files.reduce((sum, file) => sum + file.bytes, 0)])
  })

  it('may overlap in larger numbers than may be open', async () => {
    const paths = Array.from({ length: 60 }, (_, i) =>
      scratch.file(`o/${i}.pcap`, timed([i, 1000 + i, 2000 + i], i)),
    )
    const { frames, files } = await readAll(paths, { openFiles: 4, blockSize: 50 })
    expect(frames).toHaveLength(180)
    expect(frames.map(f => f.nanos)).toEqual(frames.map(f => f.nanos).toSorted((a, b) => a - b))
    expect(files.every(({ damage }) => damage.length === 0)).toBe(true)
  })

  it('have frames larger than what merged frames are gathered in', async () => {
    const large = (seconds: number) => record(seconds, 0, new Uint8Array(3 << 20).fill(seconds))
    const header = pcapHeader({ snapLength: 1 << 24 })
    const a = scratch.file('la.pcap', bytes(header, record(1, 0, bytes(1)), large(3), record(5, 0, bytes(5))))
    const b = scratch.file('lb.pcap', bytes(header, record(2, 0, bytes(2)), large(4), record(6, 0, bytes(6))))
    const { frames } = await readAll([a, b])
    expect(frames.map(f => [f.seconds, f.hex.length / 2])).toEqual([
      [1, 1],
      [2, 1],
      [3, 3 << 20],
      [4, 3 << 20],
      [5, 1],
      [6, 1],
    ])
    expect(frames.every(f => f.hex.startsWith(`0${f.seconds}`))).toBe(true)
  })

  it('lose only the damaged part of a damaged one', async () => {
    const good = scratch.file('good.pcap', timed([1, 3, 5]))
    const cut = scratch.file('cut.pcap', timed([2, 4, 6]).subarray(0, -3))
    const { frames, files } = await readAll([good, cut])
    expect(order(frames)).toEqual(['0:1', '1:1', '0:2', '1:2', '0:3'])
    expect(files.map(({ damage }) => damage.length)).toEqual([0, 1])
  })

  it('close what is open when nobody wants more', async () => {
    const paths = [scratch.file('c1.pcap', timed([1, 5])), scratch.file('c2.pcap', timed([2, 6]))]
    const before = await settled()
    const source = await openCaptures(paths, { burstFrames: 1 })
    for await (const burst of source.bursts()) if (burst.count > 0) break
    expect(await settled()).toBe(before)
  })

  it('count each frame once in their reports', async () => {
    const paths = [scratch.file('n1.pcap', timed([1, 5, 7])), scratch.file('n2.pcap', timed([2, 6]))]
    const { files, ports } = await drain(await openCaptures(paths))
    expect(files.map(file => file.frames)).toEqual([3, 2])
    expect(ports.map(port => port.file).toSorted()).toEqual([0, 1])
  })
})
