/**
 * Whether memory stays flat: `node bench/live/soak.ts [--minutes 60] [--flows 1000000] [--out FILE]`. As root, with tcpreplay
 * installed, after `npm run build`. Declared UDP conversations of four frames each go through the flow table in real time, one in a
 * thousand is undeclared. Memory of all our processes (resident; the proportional share beside it depends on who else runs Node.js)
 * is read every ten seconds; told are the means of each quarter, without the first minute, in which code is compiled.
 */
import { appendFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ETHERTYPE, ethernet, ipv4, PROTO, udp, zeros } from '../../captures/support/frames.ts'
import { Lab } from '../../test/vswitch/lab/lab.ts'
import { replay } from '../../test/vswitch/lab/traffic.ts'
import { Wire } from '../../test/vswitch/lab/wire.ts'
import { conduitOf, DEFAULT_SITE, sitePolicy } from '../support/site.ts'
import { cpuSeconds, memoryOf } from './processes.ts'
import { Watched } from './watched.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    flows: { type: 'string', default: '1000000' },
    out: { type: 'string' },
  },
})
const minutes = Number(values.minutes)
const flowsAMinute = Math.ceil(Number(values.flows) / minutes)
const FRAMES = 4
const SAMPLE_EVERY = 10_000
const WARM_UP = 60_000

const lab = new Lab()
const say = (line: string): void => {
  console.log(line)
  if (values.out !== undefined) appendFileSync(values.out, `${line}\n`)
}

/** A minute's conversations as a capture: the frames of each lie half a second apart. */
function minute(number: number): Uint8Array {
  const spread = Math.ceil(flowsAMinute / 120)
  const frames: Uint8Array[] = []
  for (let step = 0; step < flowsAMinute + spread * FRAMES; step += spread)
    for (let turn = 0; turn < FRAMES; turn++)
      for (let i = 0; i < spread; i++) {
        const flow = step - turn * spread + i
        if (flow >= 0 && flow < flowsAMinute)
          frames.push(frameOf(number * flowsAMinute + flow, turn % 2 === 0))
      }
  return pcapOf(frames)
}

function frameOf(flow: number, toServer: boolean): Uint8Array {
  const { from, to, port } = conduitOf(DEFAULT_SITE, flow % DEFAULT_SITE.conduits)
  const host = Math.floor(flow / DEFAULT_SITE.conduits)
  const client = `10.0.${from}.${1 + (host % 250)}`
  const server = `10.0.${to}.1`
  const clientPort = 10_000 + (Math.floor(host / 250) % 50_000)
  const serverPort = flow % 1000 === 999 ? 9 : port
  const ends = toServer ? { src: client, dst: server } : { src: server, dst: client }
  const datagram = udp(
    ends,
    toServer ? clientPort : serverPort,
    toServer ? serverPort : clientPort,
    zeros(18),
  )
  return ethernet(
    '02:00:00:00:00:02',
    '02:00:00:00:00:01',
    ETHERTYPE.ipv4,
    ipv4({ ...ends, proto: PROTO.udp, id: 0 }, datagram),
  )
}

function pcapOf(frames: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(24 + frames.reduce((sum, frame) => sum + 16 + frame.length, 0))
  const view = new DataView(bytes.buffer)
  const head = [0xa1b2c3d4, 0x00040002, 0, 0, 262_144, 1]
  for (const [i, word] of head.entries()) view.setUint32(i * 4, word, true)
  let at = 24
  for (const [i, frame] of frames.entries()) {
    view.setUint32(at, Math.floor(i / 1e6), true)
    view.setUint32(at + 4, i % 1e6, true)
    view.setUint32(at + 8, frame.length, true)
    view.setUint32(at + 12, frame.length, true)
    bytes.set(frame, at + 16)
    at += 16 + frame.length
  }
  return bytes
}

try {
  const { sender, sensor } = new Wire(lab)
  const policy = join(lab.folder, 'site.yaml')
  writeFileSync(policy, sitePolicy(DEFAULT_SITE))
  const watched = await Watched.start(sensor, ['-p', policy, '-f', 'jsonl'])
  const begun = Date.now()
  const samples: { at: number; share: number; resident: number }[] = []
  const timer = setInterval(() => {
    const at = Date.now() - begun
    samples.push({ at, ...memoryOf(watched.pids) })
  }, SAMPLE_EVERY)
  let sent = 0
  for (let number = 0; number < minutes; number++) {
    const capture = join(lab.folder, `minute${number}.pcap`)
    const bytes = minute(number)
    writeFileSync(capture, bytes)
    const frames = flowsAMinute * FRAMES
    const started = Date.now()
    sent += (await replay(sender, capture, { rate: Math.ceil(frames / 58) })).frames
    rmSync(capture)
    await new Promise(resolve => setTimeout(resolve, Math.max(0, 60_000 - (Date.now() - started))))
    const last = samples.at(-1)
    say(
      `minute ${number + 1}: ${sent} frames, ${last?.resident.toFixed(1)} MB (share ${last?.share.toFixed(1)})`,
    )
  }
  clearInterval(timer)
  const cpu = cpuSeconds(watched.pids)
  const { frames } = await watched.stop()
  const counted = samples.filter(({ at }) => at > WARM_UP)
  const quarter = (i: number): number => {
    const part = counted.slice(
      Math.floor((counted.length * i) / 4),
      Math.floor((counted.length * (i + 1)) / 4),
    )
    return part.reduce((sum, { resident }) => sum + resident, 0) / part.length
  }
  const quarters = [0, 1, 2, 3].map(quarter)
  say(
    `${sent} frames sent, ${frames.decoded} decoded; quarters ${quarters.map(q => q.toFixed(1)).join(', ')} MB; ` +
      `last to first ${(quarters[3] / quarters[0]).toFixed(3)}; ${cpu.toFixed(0)} s of processor time in ${minutes} minutes`,
  )
} finally {
  lab.close()
}
