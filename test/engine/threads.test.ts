import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { CORPUS, hasCorpus } from '../../bench/support/corpus.ts'
import { writeLoad } from '../../bench/support/load.ts'
import { sitePolicy } from '../../bench/support/site.ts'
import { judge } from '../../captures/golden.ts'
import { scenarios } from '../../captures/make.ts'
import { ThreadError } from '../../src/analyzer.ts'
import { CaptureError } from '../../src/capture/source.ts'
import { Crew } from '../../src/engine/crew.ts'
import { checkPolicy } from '../../src/policy/check.ts'
import { compilePolicy } from '../../src/policy/compile.ts'
import { type RunOptions, run } from '../../src/run.ts'

const folder = mkdtempSync(join(tmpdir(), 'conduitwatch-threads-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Does something with threads, whatever the size of the input. */
async function withThreads<T>(
  workers: number,
  work: (crew: Crew) => Promise<T>,
  heapMegabytes?: number,
): Promise<T> {
  const crew = await Crew.start({ captures: ['.'], workers, threadsFrom: 0, heapMegabytes })
  try {
    return await work(crew!)
  } finally {
    await crew!.end()
  }
}

const SLOW = { timeout: 120_000 }

type Options = Partial<RunOptions> & Pick<RunOptions, 'captures'>

/** All that a run says: the lines of flows.jsonl and of `-f csv`, findings, assets, summary. */
async function everything(options: Options) {
  const jsonl: string[] = []
  const csv: string[] = []
  const result = await run({
    version: 'test',
    withAssets: true,
    withLines: { jsonl: true, csv: true },
    onLines: (line, row) => {
      if (line !== '') jsonl.push(line)
      if (row !== '') csv.push(row)
    },
    ...options,
  })
  return { ...result, jsonl, csv }
}

/** The first line that differs, in words, or undefined; a whole corpus in a failed expectation would say nothing. */
function difference(a: readonly string[], b: readonly string[]): string | undefined {
  const at = a.findIndex((line, i) => line !== b[i])
  if (at >= 0) return `line ${at + 1}:\n${a[at]}\n${b[at]}`
  return a.length === b.length ? undefined : `${a.length} and ${b.length} lines`
}

async function expectSame(options: Options): Promise<string[]> {
  const one = await everything(options)
  for (const workers of [2, 4]) {
    const many = await withThreads(workers, crew => everything({ ...options, crew }))
    expect(difference(one.jsonl, many.jsonl)).toBeUndefined()
    expect(difference(one.csv, many.csv)).toBeUndefined()
    for (const part of ['summary', 'findings', 'assets'] as const)
      expect(JSON.stringify(many[part]), part).toBe(JSON.stringify(one[part]))
  }
  return one.jsonl
}

const policyOf = (text: string) => compilePolicy(checkPolicy(text, 'site.yaml').model!)

describe('one thread, two and four say the same', () => {
  it.each(scenarios())('of the scenario %s', SLOW, async scenario => {
    const one = await judge(scenario, undefined, { withAssets: true })
    for (const workers of [2, 4])
      expect(
        await withThreads(workers, crew => judge(scenario, undefined, { crew, withAssets: true })),
      ).toEqual(one)
  })

  it('of load, also with far more flows than there is room for', SLOW, async () => {
    const capture = join(folder, 'load.pcap')
    writeLoad(capture, { frames: 60_000, flows: 5_000, size: 64 })
    const policy = policyOf(sitePolicy())
    expect(await expectSame({ captures: [capture], policy })).toHaveLength(5_000)
    const evicted = await expectSame({ captures: [capture], policy, maxFlows: 1024 })
    expect(evicted.length).toBeGreaterThan(20_000)
    // and one packet of a record in thousands
    await expectSame({ captures: [capture], policy, activeTimeout: 0 })
  })

  it('of real captures, all of them as one stream', SLOW, async context => {
    if (!hasCorpus) context.skip('the corpus of real captures does not lie beside the repository')
    const policy = policyOf(
      [
        'version: 1',
        'site: Anywhere',
        'zones:',
        '  - {id: ten, level: 2, networks: [10.0.0.0/8, "fc00::/7"]}',
        '  - {id: home, level: 1, networks: [192.168.0.0/16, 172.16.0.0/12, "fe80::/10"]}',
        'conduits:',
        '  - {id: C-1, from: ten, to: home, channels: [{id: m, tcp: [502, 102, 20000, 44818]}]}',
      ].join('\n'),
    )
    expect((await expectSame({ captures: [CORPUS] })).length).toBeGreaterThan(10_000)
    expect((await expectSame({ captures: [CORPUS], policy, maxFlows: 1024 })).length).toBeGreaterThan(10_000)
  })
})

describe('memory that threads share', () => {
  it('holds records that are larger than its blocks, and waits for nobody in vain', SLOW, async () => {
    const capture = join(folder, 'jumbo.pcap')
    const sizes = Array.from({ length: 150 }, (_, i) => (i % 3 === 0 ? 400_000 : 300_000 + i * 500))
    writeFileSync(capture, records(sizes, 1 << 20))
    for (let i = 0; i < 4; i++) await expectSame({ captures: [capture] })
  })

  it('is not filled anew while it is read: damaged files between good ones', SLOW, async () => {
    const many = mkdtempSync(join(folder, 'many-'))
    for (let file = 0; file < 6; file++) {
      const good = records(new Array(9_000).fill(60), 1 << 18, file)
      const broken = Buffer.alloc(16, 0xff)
      writeFileSync(join(many, `f${file}.pcap`), file === 3 ? good : Buffer.concat([good, broken]))
    }
    expect((await expectSame({ captures: [many] })).length).toBe(54_000)
  })
})

/** A pcap file of UDP frames of these sizes, each of a flow of its own, a millisecond apart. */
function records(sizes: readonly number[], snapLength: number, file = 0): Buffer {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(snapLength, 16)
  header.writeUInt32LE(1, 20)
  const parts = [header]
  for (const [i, size] of sizes.entries()) {
    const record = Buffer.alloc(16 + size)
    record.writeUInt32LE(1_790_000_000 + file * 100 + Math.floor(i / 1000), 0)
    record.writeUInt32LE((i % 1000) * 1000, 4)
    record.writeUInt32LE(size, 8)
    record.writeUInt32LE(size, 12)
    const frame = record.subarray(16)
    frame.writeUInt16BE(0x0800, 12)
    frame[14] = 0x45
    frame.writeUInt16BE(Math.min(size - 14, 1_000), 16)
    frame[23] = 17
    frame.writeUInt32BE(((10 << 24) | (file << 16) | i) >>> 0, 26)
    frame.writeUInt32BE(0x0aff0001, 30)
    frame.writeUInt16BE(40_000, 34)
    frame.writeUInt16BE(502, 36)
    frame.writeUInt16BE(Math.min(size - 34, 980), 38)
    parts.push(record)
  }
  return Buffer.concat(parts)
}

describe('what ends a run in threads', () => {
  const capture = join(folder, 'many.pcap')

  it('nothing to read is told as ever', SLOW, async () => {
    const captures = [join(folder, 'none.pcap')]
    const none = withThreads(3, crew => everything({ captures, crew }))
    await expect(none).rejects.toThrow(CaptureError)
    await expect(none).rejects.toThrow(/no such file/)
  })

  it('a thread that needs more memory than there is ends it with a sentence', SLOW, async () => {
    writeLoad(capture, { frames: 400_000, flows: 200_000, size: 64 })
    const options = { captures: [capture], activeTimeout: 0 }
    const broken = withThreads(3, crew => everything({ ...options, crew }), 12)
    await expect(broken).rejects.toThrow(ThreadError)
    await expect(broken).rejects.toThrow(
      /has died before the captures were judged to their end: it needed more memory/,
    )
  })

  it('so does an error where records are taken', SLOW, async () => {
    writeLoad(capture, { frames: 50_000, flows: 20_000, size: 64 })
    let lines = 0
    const onLines = (): void => {
      if (++lines === 100) throw new Error('the disk is full')
    }
    const full = withThreads(3, crew => everything({ captures: [capture], crew, onLines }))
    await expect(full).rejects.toThrow('the disk is full')
  })

  it('damage does not: what came before it is judged', SLOW, async () => {
    writeLoad(capture, { frames: 20_000, flows: 100, size: 64 })
    const cut = join(folder, 'cut.pcap')
    writeFileSync(cut, readFileSync(capture).subarray(0, 24 + 80 * 15_000 + 30))
    const { summary } = await withThreads(3, crew => everything({ captures: [cut], crew }))
    expect(summary.frames.received).toBe(15_000)
    expect(summary.complete).toBe(false)
    expect(summary.files[0].damage).toHaveLength(1)
  })
})
