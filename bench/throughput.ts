/**
 * Frames per second of the built command on one thread, file reading, policy and start-up included:
 * `node bench/throughput.ts [--frames N] [--flows N] [--size BYTES] [--runs N] [--capture FILE [--policy FILE]]`.
 * Without a capture it makes one (removed at the end), in the page cache as it was just written. Prints the median of the runs, the
 * best, peak memory, and garbage collections of a run; nothing else should run meanwhile.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Summary } from '../src/records.ts'
import { writeLoad } from './support/load.ts'
import { sitePolicy } from './support/site.ts'

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '20000000' },
    flows: { type: 'string', default: '10000' },
    size: { type: 'string', default: '64' },
    runs: { type: 'string', default: '5' },
    capture: { type: 'string' },
    policy: { type: 'string' },
  },
})
const bin = join(import.meta.dirname, '../bin/conduitwatch.js')
const folder = mkdtempSync(join(tmpdir(), 'conduitwatch-bench-'))
const capture = values.capture ?? join(folder, 'load.pcap')
const policy = values.policy ?? (values.capture === undefined ? join(folder, 'site.yaml') : undefined)
/** tells on standard error, when the process ends, what it used */
const usage =
  'data:text/javascript,process.on("exit",()=>{const r=process.resourceUsage();process.stderr.write("\\nused "+JSON.stringify([r.userCPUTime+r.systemCPUTime,r.maxRSS])+"\\n")})'

try {
  if (values.capture === undefined) {
    writeLoad(capture, {
      frames: Number(values.frames),
      flows: Number(values.flows),
      size: Number(values.size),
    })
    writeFileSync(policy!, sitePolicy())
  }
  const seconds: number[] = []
  const cpu: number[] = []
  let memory = 0
  let frames = 0
  for (let run = 0; run < Number(values.runs); run++) {
    const { elapsed, used, summary } = analyze([])
    seconds.push(elapsed)
    cpu.push(used[0] / 1e6)
    memory = Math.max(memory, used[1])
    frames = summary.frames.received
  }
  const collections = analyze(['--trace-gc']).gc
  const median = seconds.toSorted((a, b) => a - b)[seconds.length >> 1]
  const best = Math.min(...seconds)
  const rate = (s: number): string => (frames / s / 1e6).toFixed(2)
  console.log(`${frames} frames, ${statSync(capture).size} bytes, ${seconds.length} runs`)
  console.log(
    `median ${median.toFixed(3)} s, ${rate(median)} Mframes/s; best ${best.toFixed(3)} s, ${rate(best)} Mframes/s`,
  )
  console.log(
    `CPU ${((cpu.toSorted((a, b) => a - b)[cpu.length >> 1] / frames) * 1e9).toFixed(0)} ns a frame (median), peak memory ${(memory / 1024).toFixed(0)} MiB, ${collections} collections in a whole run`,
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function analyze(flags: string[]): {
  elapsed: number
  used: [number, number]
  summary: Summary
  gc: number
} {
  const words = [...flags, '--import', usage, bin, 'analyze', capture, '-f', 'json']
  const started = performance.now()
  const { stdout, stderr } = spawnSync(
    process.execPath,
    policy === undefined ? words : [...words, '-p', policy],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 30,
    },
  )
  const elapsed = (performance.now() - started) / 1000
  const used = /\nused (\[.*\])/.exec(stderr)
  if (used === null) throw new Error(`the command failed: ${stderr}`)
  const gc = stdout.match(/^\[\d+:.*(Scavenge|Mark-Compact)/gm)?.length ?? 0
  return {
    elapsed,
    used: JSON.parse(used[1]),
    // the lines about collections stand between those of the summary
    summary: JSON.parse(flags.length === 0 ? stdout : '{}'),
    gc,
  }
}
