/**
 * What watching a live interface costs, on a wire between two network namespaces: `node bench/live/main.ts [load] [idle] [latency]
 * [--runs N] [--frames N]`. As root, with tcpreplay and tcpdump installed, after `npm run build`; nothing else may run meanwhile.
 *
 * - load: 64-byte frames, 10,000 conversations, 500 conduits, as fast as one tcpreplay sends them. Frames lost, and processor time
 *   a frame of all our processes; beside it, in turns, `tcpdump -i IF -w /dev/null`.
 * - idle: processor time and memory over half a minute without a frame.
 * - latency: undeclared conversations one by one; from the time of a frame to the line that tells the finding.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Lab } from '../../test/vswitch/lab/lab.ts'
import { replay, send, udpFlows } from '../../test/vswitch/lab/traffic.ts'
import { Wire } from '../../test/vswitch/lab/wire.ts'
import { writeLoad } from '../support/load.ts'
import { DEFAULT_SITE, sitePolicy } from '../support/site.ts'
import { cpuSeconds, memoryOf } from './processes.ts'
import { Watched } from './watched.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '5' },
    frames: { type: 'string', default: '4000000' },
  },
})
const parts = positionals.length > 0 ? positionals : ['load', 'idle', 'latency']
const IDLE_SECONDS = 30
const LATENCY_FLOWS = 500

const sleep = (milliseconds: number): Promise<void> =>
  new Promise(resolve => setTimeout(resolve, milliseconds))
const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]

const lab = new Lab()
try {
  const wire = new Wire(lab)
  const policy = join(lab.folder, 'site.yaml')
  writeFileSync(policy, sitePolicy(DEFAULT_SITE))
  if (parts.includes('load')) await load(wire, policy)
  if (parts.includes('idle')) await idle(wire, policy)
  if (parts.includes('latency')) await latency(wire, policy)
} finally {
  lab.close()
}

async function load({ sender, sensor }: Wire, policy: string): Promise<void> {
  const capture = join(lab.folder, 'load.pcap')
  // not the same frames again and again: their TCP would be nothing but retransmissions
  writeLoad(capture, { frames: Number(values.frames), flows: 10_000, size: 60, site: DEFAULT_SITE })
  const ours: number[] = []
  const theirs: number[] = []
  for (let run = 0; run < Number(values.runs); run++) {
    const watched = await Watched.start(sensor, ['-p', policy, '-f', 'jsonl'])
    await sleep(2000)
    const { pids } = watched
    const before = cpuSeconds(pids)
    const begun = performance.now()
    const sent = await replay(sender, capture)
    const seconds = (performance.now() - begun) / 1000
    await sleep(300)
    const cpu = cpuSeconds(pids) - before
    const { frames } = await watched.stop()
    ours.push((cpu * 1e9) / sent.frames)
    const lost = sent.frames - frames.decoded

    const tcpdump = sensor.namespace.start([
      ...['tcpdump', '-i', sensor.name, '-n', '-B', '32768', '-w', '/dev/null'],
    ])
    await tcpdump.says(/listening/)
    await sleep(500)
    const base = cpuSeconds([tcpdump.pid])
    const sentAgain = await replay(sender, capture)
    await sleep(1500)
    const cost = cpuSeconds([tcpdump.pid]) - base
    theirs.push((cost * 1e9) / sentAgain.frames)
    tcpdump.child.kill('SIGINT')
    const { stderr } = await tcpdump.ended
    const dropped = /(\d+) packets dropped by kernel/.exec(stderr)?.[1]
    console.log(
      `${Math.round(sent.frames / seconds / 1000)} kframes/s: conduitwatch ${Math.round(ours.at(-1)!)} ns a frame, ` +
        `${lost} of ${sent.frames} lost (${JSON.stringify(frames)}); tcpdump ${Math.round(theirs.at(-1)!)} ns, ${dropped} lost`,
    )
  }
  console.log(
    `median: conduitwatch ${Math.round(median(ours))} ns a frame, tcpdump -w /dev/null ${Math.round(median(theirs))} ns, ` +
      `ratio ${(median(ours) / median(theirs)).toFixed(2)}`,
  )
}

async function idle({ sensor }: Wire, policy: string): Promise<void> {
  const watched = await Watched.start(sensor, ['-p', policy])
  await sleep(5000)
  const { pids } = watched
  const before = cpuSeconds(pids)
  await sleep(IDLE_SECONDS * 1000)
  const share = (100 * (cpuSeconds(pids) - before)) / IDLE_SECONDS
  const each = pids.map(pid => memoryOf([pid]))
  const { resident, share: memory } = memoryOf(pids)
  console.log(
    `idle: ${share.toFixed(2)} % of a core, ${Math.round(memory)} MB (proportional share; resident ${Math.round(resident)} MB: ` +
      `${each.map(one => Math.round(one.resident)).join(' + ')})`,
  )
  process.kill(pids[0], 'SIGINT')
}

async function latency({ sender, sensor }: Wire, policy: string): Promise<void> {
  const watched = await Watched.start(sensor, ['-p', policy, '-f', 'jsonl'])
  await sleep(2000)
  const delays: number[] = []
  let heard = 0
  const timer = setInterval(() => {
    const { output } = watched
    if (output.length === heard) return
    const now = Date.now()
    for (const line of output.slice(heard).split('\n')) {
      if (!line.startsWith('{"type":"finding"')) continue
      const { first } = JSON.parse(line)
      delays.push(now - Date.parse(first))
    }
    heard = output.length
  }, 2)
  const frames = udpFlows(LATENCY_FLOWS)
  // each between addresses of its own, so that each is a finding of its own
  for (let i = 0; i < frames.length; i += 10) await send(sender, frames.slice(i, i + 10), { rate: 200 })
  await sleep(1500)
  clearInterval(timer)
  await watched.stop()
  delays.sort((a, b) => a - b)
  const at = (share: number): number => delays[Math.min(delays.length - 1, Math.floor(delays.length * share))]
  console.log(
    `latency: ${delays.length} findings of ${frames.length}; frame to finding: half within ${at(0.5)} ms, 99 % within ${at(0.99)} ms, all within ${at(1)} ms`,
  )
}
