/**
 * The npm package cap and our own ring, each feeding the same decoder (with policy and flows), side by side on a pair of virtual
 * interfaces: `node bench/live/cap/main.ts --cap FOLDER [--with ring,libpcap,cap] [--rates 50000,200000,max] [--seconds N]
 * [--rounds N]`. FOLDER is where `npm install cap` was run (also CAP_FOLDER). Frames of 64 bytes in 10,000 flows, by tcpreplay at a rate,
 * as it spreads them evenly, and by trafgen (netsniff-ng) as fast as it goes. Needs root, ip and the two.
 * Tells nanoseconds of processor time a frame (user and system, all threads) and what was lost. Nothing else should run meanwhile.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { build } from 'rolldown'
import { writeLoad } from '../../support/load.ts'
import type { Taken } from './read.ts'

const { values } = parseArgs({
  options: {
    cap: { type: 'string', default: process.env.CAP_FOLDER ?? '' },
    with: { type: 'string', default: 'ring,libpcap,cap' },
    rates: { type: 'string', default: '50000,200000,max' },
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
  },
})
const FOLDER = resolve(values.cap)
const HAS_CAP = values.cap !== '' && existsSync(join(FOLDER, 'node_modules/cap'))
const SENDER = `kp-s${process.pid}`
const READER = `kp-r${process.pid}`
const FROM = 'kp0'
const TO = 'kp1'
/** what trafgen manages on one core, for how many frames it is to send */
const MOST_A_SECOND = 500_000
const WARM_UP = { frames: 300_000, rate: 100_000 }
const FLOWS = 10_000
/** UDP of as many flows between two machines, for trafgen */
const TRAFFIC = `{
  eth(da=02:00:00:00:00:02, sa=02:00:00:00:00:01, proto=0x0800)
  ipv4(id=drnd(), ttl=64, proto=17, sa=10.0.2.10, da=10.0.1.11)
  udp(sp=dinc(1024,11023), dp=4711)
  fill('A', 18)
}
`
/** without the frame check sequence, which virtual interfaces do not have */
const FRAME_BYTES = 60
/** frames in the capture that is sent over and over */
const REPLAYED = 50_000

interface Measured extends Taken {
  sent: number
  rate: number
}

if (!HAS_CAP)
  console.error(
    'cap is not there: run "npm install cap" in a folder of its own and name it with --cap; without it',
  )
const contenders = values.with.split(',').filter(name => name !== 'cap' || HAS_CAP)
const rates = values.rates.split(',').map(rate => (rate === 'max' ? Number.POSITIVE_INFINITY : Number(rate)))
const ROOT = join(import.meta.dirname, '../../..')
// where koffi is found from
const scratch = mkdtempSync(join(ROOT, 'node_modules/.conduitwatch-cap-'))
const reader = join(scratch, 'read.js')
const traffic = join(scratch, 'traffic.cfg')
const capture = join(scratch, 'traffic.pcap')
writeFileSync(traffic, TRAFFIC)
writeLoad(capture, { frames: REPLAYED, flows: FLOWS, size: FRAME_BYTES })
const children = new Set<ChildProcess>()
process.on('exit', cleanUp)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))
await build({
  input: join(import.meta.dirname, 'read.ts'),
  platform: 'node',
  external: [/^node:/, 'koffi'],
  output: { file: reader, format: 'esm', codeSplitting: false },
  logLevel: 'warn',
})
connect()
for (const rate of rates) await compare(rate)
if (HAS_CAP) console.log(`\ncap in a worker thread: ${inWorker()}`)

/** All contenders at one rate, in turns. */
async function compare(rate: number): Promise<void> {
  const all = new Map<string, Measured[]>(contenders.map(name => [name, []]))
  for (let round = 0; round < Number(values.rounds); round++)
    for (const name of contenders) all.get(name)!.push(await measure(name, rate))
  console.log(
    `\n${rate === Number.POSITIVE_INFINITY ? 'as fast as one generator goes' : `${rate} frames/s asked for`}`,
  )
  console.log(
    'contender  frames/s sent  lost %  lost  CPU ns a frame: all (each)  user  system  times the ring',
  )
  const cpu = (taken: Taken): number => (taken.user + taken.system) / taken.frames
  for (const [name, rounds] of all) {
    const lost = rounds.reduce((sum, { sent, frames }) => sum + sent - frames, 0)
    const sent = rounds.reduce((sum, round) => sum + round.sent, 0)
    const times = rounds.map((round, i) => cpu(round) / cpu((all.get('ring') ?? rounds)[i]))
    const figures = [
      name.padEnd(9),
      median(rounds.map(round => round.rate))
        .toFixed(0)
        .padStart(13),
      ((100 * lost) / sent).toFixed(2).padStart(7),
      String(lost).padStart(7),
      `${median(rounds.map(cpu)).toFixed(0).padStart(7)} (${rounds.map(round => cpu(round).toFixed(0)).join(' ')})`,
      median(rounds.map(taken => taken.user / taken.frames))
        .toFixed(0)
        .padStart(6),
      median(rounds.map(taken => taken.system / taken.frames))
        .toFixed(0)
        .padStart(6),
      `${median(times).toFixed(1)}x`.padStart(8),
    ]
    console.log(figures.join('  '))
    for (const { inFlows, frames } of rounds)
      if (inFlows !== frames) console.log(`  ${frames - inFlows} frames were not decoded`)
  }
}

async function measure(name: string, rate: number): Promise<Measured> {
  const words = ['netns', 'exec', READER, process.execPath, reader, name, TO, FOLDER]
  const child = spawn('ip', words, { stdio: ['ignore', 'pipe', 'inherit'] })
  children.add(child)
  const ended = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async (): Promise<string> => {
    const next = await lines.next()
    if (next.done) throw new Error(`${name} ended early`)
    return next.value
  }
  await line()
  generate(WARM_UP.frames, WARM_UP.rate)
  await line()
  const before = transmitted()
  const started = performance.now()
  generate(Math.round(Number(values.seconds) * Math.min(rate, MOST_A_SECOND)), rate)
  const seconds = (performance.now() - started) / 1000
  const taken = JSON.parse(await line()) as Taken
  await ended
  children.delete(child)
  const sent = transmitted() - before
  return { ...taken, sent, rate: sent / seconds }
}

/** Sends about so many frames; returns once they are sent. */
function generate(frames: number, rate: number): void {
  const loops = Math.ceil(frames / REPLAYED)
  const words =
    rate === Number.POSITIVE_INFINITY
      ? ['trafgen', '-i', traffic, '-o', FROM, '-P1', '-n', String(frames)]
      : ['tcpreplay', '-i', FROM, '-K', `--pps=${rate}`, `--loop=${loops}`, capture]
  execFileSync('ip', ['netns', 'exec', SENDER, ...words], { stdio: 'ignore' })
}

function transmitted(): number {
  const words = ['-n', SENDER, '-s', '-j', 'link', 'show', FROM]
  return JSON.parse(execFileSync('ip', words, { encoding: 'utf8' }))[0].stats64.tx.packets
}

/** How cap fares in a thread other than the main one. */
function inWorker(): string {
  const script = join(import.meta.dirname, 'in-worker.cjs')
  const words = ['netns', 'exec', READER, process.execPath, script, TO, FOLDER]
  const sender = spawn(
    'ip',
    ['netns', 'exec', SENDER, 'tcpreplay', '-i', FROM, '--pps=1000', '--limit=3000', capture],
    { stdio: 'ignore' },
  )
  children.add(sender)
  const { status, signal, stdout, stderr } = spawnSync('ip', words, { encoding: 'utf8', timeout: 20_000 })
  const why = stderr.split('\n').find(text => /assert|error/i.test(text)) ?? ''
  return `${stdout.trim()} status ${status}${signal ? `, ${signal}` : ''} ${why}`.trim()
}

function connect(): void {
  const ip = (...words: string[]) => execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'inherit'] })
  for (const space of [SENDER, READER]) ip('netns', 'add', space)
  ip('link', 'add', FROM, 'netns', SENDER, 'type', 'veth', 'peer', 'name', TO, 'netns', READER)
  for (const [space, name] of [
    [SENDER, FROM],
    [READER, TO],
  ]) {
    // no frame but those of the generator
    ip('-n', space, 'link', 'set', name, 'addrgenmode', 'none')
    ip('-n', space, 'link', 'set', name, 'up')
  }
}

function cleanUp(): void {
  for (const child of children) child.kill()
  for (const space of [SENDER, READER]) spawnSync('ip', ['netns', 'del', space])
  rmSync(scratch, { recursive: true, force: true })
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}
