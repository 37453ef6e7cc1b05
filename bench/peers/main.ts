/**
 * The same capture through other programs and through the built command, in turns, wall time with start-up:
 * `node bench/peers/main.ts [--frames N] [--slow-frames N] [--runs N] [--capture FILE [--policy FILE]] [--write]`.
 * Without a capture it makes one (removed at the end). Programs that take minutes read only its first --slow-frames frames, and
 * conduitwatch reads the same for them. --write puts the result into docs/performance.md and docs/performance.svg. On Debian
 * the peers come with `apt-get install argus-server argus-client nfdump softflowd libndpi-bin tcpdump tshark gcc libc6-dev`; those that
 * are missing are left out. Nothing else should run meanwhile.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { writeLoad } from '../support/load.ts'
import { DEFAULT_SITE, sitePolicy } from '../support/site.ts'
import { type Bar, chart } from './chart.ts'
import { type Contender, cLoop, ourselves, PEERS } from './contenders.ts'
import { cutCapture } from './cut.ts'
import { buildCLoop, busy, machine, ownVersion, versionOf } from './environment.ts'
import { type Given, LEAST_RUNS, measure, median } from './measure.ts'
import { type Group, markdown, plainText, type Report, replaceMeasured } from './report.ts'
import { locate, run } from './run.ts'

const ROOT = join(import.meta.dirname, '../..')
const PAGE = join(ROOT, 'docs/performance.md')
const PICTURE = 'performance.svg'
const LOAD = { flows: 10_000, size: 64 }
const MADE = `The capture is made up: frames of ${LOAD.size} bytes in ${LOAD.flows.toLocaleString('en')} flows of TCP and UDP, from the page cache; the policy has ${DEFAULT_SITE.zones} zones and ${DEFAULT_SITE.conduits} conduits.`
/** a machine that does more than this besides is not fit to measure on */
const BUSY = 0.5

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '20000000' },
    'slow-frames': { type: 'string', default: '4000000' },
    runs: { type: 'string', default: String(LEAST_RUNS) },
    capture: { type: 'string' },
    policy: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
})
const times = Number(values.runs)
const slowFrames = Number(values['slow-frames'])
if (!(times >= 1 && Number(values.frames) >= 1 && slowFrames >= 1)) {
  console.error('--runs, --frames and --slow-frames are numbers from 1 on')
  process.exit(2)
}
if (!existsSync(join(ROOT, 'dist/main.js'))) {
  console.error('conduitwatch is not built here; run "npm run build" first')
  process.exit(2)
}
// a page without its marks is better known now than after the runs
if (values.write) replaceMeasured(readFileSync(PAGE, 'utf8'), '')
if (times < LEAST_RUNS) console.error(`fewer than ${LEAST_RUNS} runs: good for a look only`)
if (busy() > BUSY) console.error(`something else is running (load ${busy().toFixed(1)}): expect noise`)

const scratch = mkdtempSync(join(tmpdir(), 'conduitwatch-peers-'))
// an interrupt does not leave gigabytes behind
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    rmSync(scratch, { recursive: true, force: true })
    process.exit(130)
  })
try {
  const report = await compare()
  console.log(plainText(report))
  if (values.write) write(report)
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

async function compare(): Promise<Report> {
  const { there, skipped, versions } = await whoIsThere()
  const patient = there.filter(({ slow }) => slow)
  const { capture, policy, smaller } = await captures(patient.length > 0)
  const ours = ourselves(policy !== undefined)
  for (const { name } of ours) versions.set(name, ownVersion())
  const quick = smaller === undefined ? there : there.filter(peer => !patient.includes(peer))
  const groups = [await group({ capture, policy }, ours, quick, false)]
  if (smaller !== undefined) groups.push(await group({ capture: smaller, policy }, ours, patient, true))
  return {
    date: new Date().toISOString().slice(0, 10),
    capture:
      values.capture === undefined ? MADE : `The capture is ${basename(capture)}, from the page cache.`,
    judging: policy !== undefined,
    times,
    groups,
    skipped,
    machine: machine(),
    versions,
  }
}

/** What is measured on; `smaller` is there where it is wanted and the capture has more frames than that. */
async function captures(
  wantSmaller: boolean,
): Promise<{ capture: string; policy?: string; smaller?: string }> {
  const capture = values.capture ?? join(scratch, 'load.pcap')
  const policy = values.policy ?? (values.capture === undefined ? join(scratch, 'site.yaml') : undefined)
  if (values.capture === undefined) {
    console.error(`making a capture of ${values.frames} frames`)
    writeLoad(capture, { frames: Number(values.frames), ...LOAD })
    writeFileSync(policy!, sitePolicy())
  }
  const smaller = join(scratch, 'smaller.pcap')
  const cut =
    wantSmaller &&
    cutCapture(capture, smaller, slowFrames) !== undefined &&
    statSync(smaller).size < statSync(capture).size
  // what is still being written to the disk would disturb the first runs
  await run('sync', [])
  return { capture, ...(policy !== undefined && { policy }), ...(cut && { smaller }) }
}

async function whoIsThere(): Promise<{
  there: Contender[]
  skipped: Report['skipped']
  versions: Map<string, string>
}> {
  const there: Contender[] = []
  const skipped: Report['skipped'] = []
  const versions = new Map<string, string>()
  const built = await buildCLoop(scratch)
  if (built === undefined)
    skipped.push({ name: 'C loop', reason: 'no C compiler with its library here; Debian: gcc, libc6-dev' })
  else {
    const loop = cLoop(built.program, built.command)
    there.push(loop)
    versions.set(loop.name, built.version)
  }
  for (const peer of PEERS) {
    const program = locate(peer.program)
    if (program === undefined)
      skipped.push({ name: peer.name, reason: `not installed here; Debian: ${peer.package}` })
    else {
      there.push({ ...peer, program, shown: peer.program })
      versions.set(peer.name, await versionOf(peer))
    }
  }
  return { there, skipped, versions }
}

async function group(given: Given, ours: Contender[], peers: Contender[], smaller: boolean): Promise<Group> {
  // once through the page cache
  await run('dd', [`if=${given.capture}`, 'of=/dev/null', 'bs=1M'])
  const runs = await measure(given, ours, peers, times, scratch, (name, round, { seconds }) =>
    console.error(`round ${round} of ${times}: ${seconds.toFixed(3).padStart(8)} s  ${name}`),
  )
  const { frames, flows } = runs[0].seen
  if (
    values.capture === undefined &&
    frames !== Math.min(Number(values.frames), smaller ? slowFrames : Infinity)
  )
    throw new Error(`conduitwatch saw ${frames} frames`)
  return { frames: frames!, flows: flows!, bytes: statSync(given.capture).size, smaller, runs }
}

function write(report: Report): void {
  const bars = report.groups.flatMap(({ frames, smaller, runs }) =>
    runs.flatMap<Bar>(({ contender, seconds, ratios: [ratios], failure }, i) => {
      if (failure !== undefined || (smaller && i < 2)) return []
      const name = smaller ? `${contender.name} (${frames / 1e6} M frames)` : contender.name
      const same = i === 0 ? [1] : ratios
      return {
        name,
        kind: contender.kind,
        ratio: median(same),
        least: Math.min(...same),
        most: Math.max(...same),
        seconds: median(seconds),
      }
    }),
  )
  const [{ frames }] = report.groups
  const subtitle = `${frames.toLocaleString('en')} frames, ${report.times} runs of each, ${report.machine[0][1]}, ${report.date}.`
  writeFileSync(join(ROOT, 'docs', PICTURE), chart(bars, subtitle))
  writeFileSync(PAGE, replaceMeasured(readFileSync(PAGE, 'utf8'), markdown(report, PICTURE)))
}
