import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { bytes } from '../../captures/support/bytes.ts'
import { openCaptures } from '../../src/capture/open.ts'
import { Blocks, drain, pcapHeader, readAll, record, refusalOf, Scratch, timed } from './support.ts'

const scratch = new Scratch()
afterAll(() => scratch.remove())

const little = new Blocks()
const pcapng = bytes(
  little.section(),
  little.interface(),
  ...Array.from({ length: 40 }, (_, i) => little.enhanced(0, BigInt(i), bytes('f'.repeat(i * 3)))),
  little.block(0x99, bytes('unknown '.repeat(20))),
  little.enhanced(0, 99n, bytes('last')),
)
const pcap = timed(Array.from({ length: 40 }, (_, i) => 1e6 * i))

function pieces(content: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const list: Uint8Array[] = []
  for (let at = 0, i = 0; at < content.length; at += sizes[i++ % sizes.length])
    list.push(content.subarray(at, at + sizes[i % sizes.length]))
  return list
}

describe('standard input and pipes', () => {
  it.each([
    ['pcap', pcap],
    ['pcapng', pcapng],
  ])('%s: any reads, any blocks, any bursts give the same frames', async (name, content) => {
    const path = scratch.file(name, content)
    const whole = await readAll(path)
    expect(whole.frames.length).toBeGreaterThan(39)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 1, max: 50 }),
        async (sizes, blockSize, burstFrames) => {
          const stdin = Readable.from(pieces(content, sizes), { objectMode: false })
          const options = { blockSize, burstFrames }
          const piped = await readAll('-', { ...options, stdin })
          expect(piped.frames).toEqual(whole.frames)
          expect(piped.files[0]).toEqual({ ...whole.files[0], name: 'standard input' })
          expect(await readAll(path, options)).toEqual(whole)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('yields a frame as soon as it is there', async () => {
    const stdin = new PassThrough()
    stdin.write(bytes(pcapHeader(), record(1, 0, bytes(1))))
    const source = await openCaptures(['-'], { stdin })
    const bursts = source.bursts()[Symbol.asyncIterator]()
    for (let second = 1; second <= 5; second++) {
      const next = await bursts.next()
      expect([next.value.count, next.value.seconds[0], next.value.frame[0]]).toEqual([1, second, second])
      if (second === 5) break
      const following = record(second + 1, 0, bytes(1))
      // in two parts: the cut frame is not damage while more may come
      stdin.write(following.subarray(0, 10))
      setImmediate(() => stdin.write(following.subarray(10)))
    }
    expect(source.progress()).toMatchObject({ total: undefined })
    expect(source.files[0]).toMatchObject({ name: 'standard input', frames: 5, bytes: 0 })
    stdin.end(record(6, 0, bytes(1)))
    let rest = 0
    for (let next = await bursts.next(); !next.done; next = await bursts.next()) rest += next.value.count
    expect(rest).toBe(1)
    expect(source.files[0]).toMatchObject({ frames: 6, bytes: 24 + 6 * 17, damage: [] })
  })

  it('tells a pipe that ends in a frame, that is empty, or that fails', async () => {
    const cut = await readAll('-', { stdin: Readable.from([pcap.subarray(0, 60)], { objectMode: false }) })
    expect(cut.files[0].damage).toMatchObject([{ file: 'standard input', offset: 24 }])
    const empty = await readAll('-', { stdin: Readable.from([]) })
    expect(empty.files[0].damage).toEqual([{ file: 'standard input', offset: 0, reason: 'it is empty' }])
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield pcap
      throw Object.assign(new Error('EIO'), { code: 'EIO' })
    }
    const failed = await readAll('-', { stdin: Readable.from(failing(), { objectMode: false }) })
    expect(failed.frames).toHaveLength(40)
    const reason = 'the device reports an input/output error'
    expect(failed.files[0].damage).toEqual([{ file: 'standard input', offset: pcap.length, reason }])
  })

  it('refuses what is no capture', async () => {
    const stdin = Readable.from([bytes('hello, this is not a capture')])
    expect(await refusalOf('-', { stdin })).toBe(
      'it is not a capture that is read (first bytes 68 65 6c 6c 6f 2c 20 74)',
    )
  })

  it('lets go of a pipe when nobody wants more', async () => {
    const stdin = new PassThrough()
    stdin.write(pcap)
    for await (const burst of (await openCaptures(['-'], { stdin })).bursts()) if (burst.count > 0) break
    expect(stdin.destroyed).toBe(true)
  })

  it.skipIf(process.platform === 'win32')('reads a FIFO while it grows, beside a file', async () => {
    const fifo = join(scratch.path, 'fifo')
    execFileSync('mkfifo', [fifo])
    const file = scratch.file('beside.pcap', timed([500_000, 3_500_000, 9_500_000], 7))
    const writer = createWriteStream(fifo)
    writer.write(bytes(pcapHeader(), record(1, 0, bytes(1))))
    const source = await openCaptures([fifo, file])
    setTimeout(() => writer.write(record(2, 0, bytes(2))), 5)
    setTimeout(() => writer.end(record(4, 0, bytes(3))), 20)
    const { frames, files } = await drain(source)
    expect(frames.map(f => [f.file, f.seconds + f.nanos / 1e9])).toEqual([
      [1, 0.5],
      [0, 1],
      [0, 2],
      [1, 3.5],
      [0, 4],
      [1, 9.5],
    ])
    expect(files[0]).toMatchObject({ bytes: 24 + 3 * 17, damage: [] })
  })

  const program = `
    import { openCaptures } from ${JSON.stringify(new URL('../../src/capture/open.ts', import.meta.url).href)}
    const source = await openCaptures(['-'])
    let frames = 0
    for await (const burst of source.bursts()) {
      frames += burst.count
      process.stdout.write(frames + ' ')
    }
    process.stdout.write(source.files[0].bytes + ' ' + source.progress().total)`
  const node = [process.execPath, '--input-type=module', '-e', program]

  it('reads the standard input of the process: a file', () => {
    const path = scratch.file('in.pcap', pcap)
    const { stdout, stderr } = spawnSync('sh', ['-c', '"$0" "$@" < "$IN"', ...node], {
      env: { ...process.env, IN: path },
      encoding: 'utf8',
    })
    expect([stderr, stdout]).toEqual(['', `40 ${pcap.length} ${pcap.length}`])
  })

  it('reads the standard input of the process: a pipe', async () => {
    const child = spawn(node[0], node.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] })
    child.stdin.write(pcap.subarray(0, 100))
    let output = ''
    for await (const chunk of child.stdout) {
      // the rest is sent when the first frames have come out
      if (output === '') child.stdin.end(pcap.subarray(100))
      output += chunk
    }
    expect(output).toMatch(new RegExp(`^1 .*40 ${pcap.length} undefined$`))
  })
})
