import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { captureBlocks } from '../../src/bench/capture.ts'
import { BenchError } from '../../src/bench/child.ts'
import { MIXES } from '../../src/bench/mixes.ts'
import { writeCapture, writeEmptyCapture, writeText } from '../../src/bench/write.ts'
import { scratch } from '../support/command.ts'

const folder = scratch()
afterAll(folder.remove)
const { traffic } = MIXES[0]

describe('writing a capture', () => {
  it('writes all blocks and tells what it wrote', async () => {
    const path = join(folder.path, 'load.pcap')
    const written = await writeCapture(path, traffic, 30_000)
    const blocks = [...captureBlocks(traffic, 30_000)].map(block => block.length)
    expect(blocks.length).toBeGreaterThan(3)
    expect(written).toEqual({ frames: 30_000, bytes: 24 + 30_000 * 80, flows: 10_000, undeclared: 1250 })
    expect(readFileSync(path)).toHaveLength(written.bytes)
    writeEmptyCapture(path)
    expect(readFileSync(path)).toHaveLength(24)
  })

  it('says how much room is missing before it fills the disk', async () => {
    const path = join(folder.path, 'huge.pcap')
    const error = await writeCapture(path, traffic, 2 ** 50).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(BenchError)
    expect((error as Error).message).toMatch(/there is no room for a capture of 90 PB in .*--frames/)
    expect(readFileSync(path).length).toBeLessThan(2e6)
  })

  it.skipIf(!existsSync('/dev/full'))('says that the disk is full', async () => {
    await expect(writeCapture('/dev/full', traffic, 100)).rejects.toThrow(/\/dev: the disk is full; .*TMPDIR/)
    expect(() => writeText('/dev/full', 'version: 1')).toThrow(BenchError)
  })

  it('says where it may not write', async () => {
    await expect(writeCapture(join(folder.path, 'no', 'x.pcap'), traffic, 100)).rejects.toThrow(BenchError)
  })

  it('stops when it is told to', async () => {
    const stop = new AbortController()
    const writing = writeCapture(join(folder.path, 'long.pcap'), traffic, 50_000_000, stop.signal)
    stop.abort(new Error('enough'))
    await expect(writing).rejects.toThrow('enough')
    expect(readFileSync(join(folder.path, 'long.pcap')).length).toBeLessThan(4e6)
  })
})
