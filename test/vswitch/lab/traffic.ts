import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Trace } from '../../../captures/support/captures.ts'
import { ETHERTYPE, ethernet, ipv4, PROTO, udp, zeros } from '../../../captures/support/frames.ts'
import { pcap } from '../../../captures/support/pcap.ts'
import { until } from './command.ts'
import type { Interface } from './namespace.ts'

/** What a generator says it sent. */
export interface Sent {
  frames: number
}

export interface FlowFrames {
  fromMac?: string
  toMac?: string
  /** bytes with the check sequence, as rates are quoted: 64 is the smallest */
  size?: number
}

/** One UDP frame each of so many flows, 10.1.x.y -> 10.2.0.z port 5000; 64 bytes on a wire, 60 without the check sequence. */
export function udpFlows(count: number, options: FlowFrames = {}): Uint8Array[] {
  const { fromMac = '02:00:00:00:00:01', toMac = '02:00:00:00:00:02', size = 64 } = options
  return Array.from({ length: count }, (_, i) => {
    const [src, dst] = [`10.1.${(i >> 8) & 255}.${i & 255}`, `10.2.0.${(i >> 16) & 255}`]
    const datagram = udp({ src, dst }, 1024 + (i % 60_000), 5000, zeros(size - 4 - 14 - 20 - 8))
    return ethernet(
      toMac,
      fromMac,
      ETHERTYPE.ipv4,
      ipv4({ src, dst, proto: PROTO.udp, id: i & 0xffff }, datagram),
    )
  })
}

let files = 0
const fileFor = (from: Interface, ending: string): string =>
  join(from.namespace.lab.folder, `traffic${++files}.${ending}`)

export interface FloodOptions {
  frames: readonly Uint8Array[]
  /** how many are sent in all, each of `frames` in turn; a whole number of turns for each processor used */
  count: number
  /** microseconds between two frames, which come evenly (about 40,000 a second at most); as fast as it goes without */
  gap?: number
  processors?: number
}

/**
 * Sends frames with trafgen from a ring: about 600,000 a second and processor over a veth, counted by the receiver's end too.
 * Its own `--rate` is not offered: it sends a second's worth in bursts, which a switch in user space loses.
 */
export async function flood(from: Interface, options: FloodOptions): Promise<Sent> {
  const config = fileFor(from, 'trafgen')
  const text = options.frames.map(frame => `{ ${Array.from(frame, b => `0x${b.toString(16)}`).join(', ')} }`)
  writeFileSync(config, `${text.join('\n')}\n`)
  // without the last two it would tune sockets and interrupts of the whole machine
  const words = ['--num', String(options.count), '--cpus', String(options.processors ?? 1)]
  if (options.gap !== undefined) words.push('--gap', `${options.gap}us`)
  const running = from.namespace.start([
    ...['trafgen', '--conf', config, '--out', from.name, '--no-sock-mem', '--notouch-irq'],
    ...words,
  ])
  const { stdout, stderr } = await running.succeeded()
  const said = /(\d+) packets outgoing/.exec(stdout + stderr)
  if (said === null) throw new Error(`trafgen does not say what it sent: ${stdout}${stderr}`)
  return { frames: Number(said[1]) }
}

export interface ReplayOptions {
  /** frames a second; as fast as it goes unless told, or in the file's own time */
  rate?: number | 'as-recorded'
  /** how often the file is sent, once unless told */
  times?: number
}

/** Sends a capture file (pcap, pcapng) with tcpreplay. Throws if a frame could not be sent, as one longer than the MTU. */
export async function replay(from: Interface, capture: string, options: ReplayOptions = {}): Promise<Sent> {
  const { rate, times = 1 } = options
  const pace = rate === 'as-recorded' ? [] : rate === undefined ? ['--topspeed'] : [`--pps=${rate}`]
  const running = from.namespace.start([
    ...['tcpreplay', `--intf1=${from.name}`, '--preload-pcap', `--loop=${times}`, ...pace, capture],
  ])
  const { stdout, stderr } = await running.succeeded()
  const count = (what: string): number => {
    const said = new RegExp(`${what} packets:\\s+(\\d+)`).exec(stdout)
    if (said === null) throw new Error(`tcpreplay does not say what it sent: ${stdout}${stderr}`)
    return Number(said[1])
  }
  if (count('Failed') > 0) throw new Error(`tcpreplay could not send ${count('Failed')} frames: ${stderr}`)
  return { frames: count('Successful') }
}

/** Sends frames once, in order. */
export function send(
  from: Interface,
  frames: readonly Uint8Array[],
  options: ReplayOptions = {},
): Promise<Sent> {
  const capture = fileFor(from, 'pcap')
  const trace = new Trace('2026-03-02T06:00:00Z')
  frames.forEach((frame, i) => {
    trace.add(i * 1e6, frame)
  })
  writeFileSync(capture, pcap(trace))
  return replay(from, capture, options)
}

/** Waits until nothing has been received for a quarter of a second: what a switch still held is through. */
export async function settled(...interfaces: Interface[]): Promise<void> {
  let last = ''
  let since = Date.now()
  await until('traffic to end', () => {
    const now = interfaces.map(i => i.counters().rx.packets).join()
    if (now !== last) {
      last = now
      since = Date.now()
    }
    return Date.now() - since > 250
  })
}

/** Sends echo requests; hands over how many were answered. */
export async function ping(from: Interface, to: string, count = 3): Promise<number> {
  const words = ['ping', '-n', '-c', String(count), '-i', '0.05', '-W', '1', '-I', from.name, to]
  const { stdout, stderr } = await from.namespace.start(words).ended
  const said = /(\d+) received/.exec(stdout)
  if (said === null) throw new Error(`ping: ${stdout}${stderr}`)
  return Number(said[1])
}
