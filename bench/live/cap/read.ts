/**
 * One contender, run by main.ts: `read.ts NAME INTERFACE [FOLDER OF cap]`. Takes two runs of frames, each of which ends when nothing has
 * come for a while: the first warms it up. Writes a line of JSON after each.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { ANSWER, encode } from '../../../src/live/bpf.ts'
import { InterfaceProbe, PacketSocket } from '../../../src/live/packet-socket.ts'
import { mapped } from '../../../src/live/page.ts'
import { LibraryCapture } from '../../../src/live/pcap-library.ts'
import { Ring } from '../../../src/live/ring.ts'
import { memoryAt, system } from '../../../src/live/system.ts'
import { Burst } from '../../../src/shared/burst.ts'
import { newJudge } from './judge.ts'

/** Of one run of frames. */
export interface Taken {
  frames: number
  inFlows: number
  /** nanoseconds of processor time of the process, all its threads */
  user: number
  system: number
}

const BUFFER_BYTES = 32 << 20
const BLOCK_BYTES = 1 << 20
const SNAPLEN = 65_535
const BURST_BYTES = 4 << 20
const HAND_OVER = 50
/** looks without a frame, HAND_OVER milliseconds apart, after which a run is over: cap may have the kernel hold frames back for 500 */
const QUIET_LOOKS = 16
const RUNS = 2

const [name, device, folder] = process.argv.slice(2)
const judge = newJudge()
let frames = 0
let runs = 0
let latest = 0
let quiet = 0
let before = { frames: 0, inFlows: 0, cpu: process.cpuUsage() }

const CONTENDERS: Record<string, () => void> = { ring, libpcap, cap }
CONTENDERS[name]()

/** Whether the last run is over; asked when nothing is there to be read. A process that had to wait for a core sees one such look. */
function isOver(): boolean {
  quiet = frames === latest ? quiet + 1 : 0
  latest = frames
  if (frames === before.frames || quiet < QUIET_LOOKS) return false
  const cpu = process.cpuUsage(before.cpu)
  const taken: Taken = {
    frames: frames - before.frames,
    inFlows: judge.inFlows() - before.inFlows,
    user: cpu.user * 1000,
    system: cpu.system * 1000,
  }
  console.log(JSON.stringify(taken))
  before = { frames, inFlows: judge.inFlows(), cpu: process.cpuUsage() }
  return ++runs === RUNS
}

function judged(burst: Burst): void {
  frames += burst.count
  judge.take(burst)
}

function ring(): void {
  const size = { blockBytes: BLOCK_BYTES, blocks: BUFFER_BYTES / BLOCK_BYTES }
  const program = encode([{ code: ANSWER, yes: 0, no: 0, k: SNAPLEN }])
  const socket = PacketSocket.open({ ...size, retireMilliseconds: HAND_OVER, program })
  socket.bind(new InterfaceProbe().state(device)!.index, true)
  const memory = memoryAt(mapped(socket.fd, BUFFER_BYTES), BUFFER_BYTES)
  const reader = new Ring(memory, BLOCK_BYTES, 0, { block: 0, frames: 0 }, () => {})
  const burst = new Burst(new Uint8Array(0))
  const fds = Int32Array.of(socket.fd, 1)
  console.log('ready')
  for (;;)
    if (reader.next(burst)) judged(burst)
    else if (system().poll(fds, 1, HAND_OVER) === 0 && isOver()) return
}

function libpcap(): void {
  const capture = LibraryCapture.open(
    {
      name: device,
      snaplen: SNAPLEN,
      bufferBytes: BUFFER_BYTES,
      timeoutMilliseconds: HAND_OVER,
      isPromiscuous: true,
      port: 0,
    },
    () => {},
  )
  const burst = new Burst(new Uint8Array(0))
  console.log('ready')
  for (;;)
    if (capture.next(burst)) judged(burst)
    else if (!capture.wait(HAND_OVER) && isOver()) return
}

/** As its documentation has it: one event a frame, whose bytes lie in one buffer until the next. It tells no time. */
function cap(): void {
  const { Cap } = createRequire(join(folder, 'package.json'))('cap')
  const own = Buffer.alloc(BURST_BYTES)
  const burst = new Burst(own)
  burst.onePort = 0
  let at = 0
  const handOn = (): void => {
    if (burst.count === 0) return
    const now = Date.now()
    burst.seconds.fill(Math.floor(now / 1000), 0, burst.count)
    burst.nanos.fill((now % 1000) * 1e6, 0, burst.count)
    judged(burst)
    burst.count = 0
    at = 0
  }
  const buffer = Buffer.alloc(SNAPLEN)
  const capture = new Cap()
  let number = 0
  capture.on('packet', (bytes: number) => {
    const { count } = burst
    if (count === 0) setImmediate(handOn)
    buffer.copy(own, at, 0, bytes)
    burst.offset[count] = at
    burst.captured[count] = bytes
    burst.wire[count] = bytes
    burst.frame[count] = ++number
    burst.count++
    at += bytes
    if (burst.count === burst.capacity || at > BURST_BYTES - SNAPLEN) handOn()
  })
  capture.open(device, '', BUFFER_BYTES, buffer)
  const timer = setInterval(() => {
    if (!isOver()) return
    clearInterval(timer)
    capture.close()
  }, HAND_OVER)
  console.log('ready')
}
