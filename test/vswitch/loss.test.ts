import { describe, expect, it } from 'vitest'
import { until } from './lab/command.ts'
import { flood, settled, udpFlows } from './lab/traffic.ts'
import { useLab } from './lab/use-lab.ts'
import { Wire } from './lab/wire.ts'
import { sensorOf } from './support/sensor.ts'
import { sumOf, type Watched, Watching } from './support/watching.ts'

const MILLION = 1_000_000

let wire: Wire
useLab('wire').prepare(lab => {
  wire = new Wire(lab)
})

/** What `watch` made of frames that were sent, and how many there were by the sender's count and by the interface's. */
interface Load {
  sent: number
  onWire: number
  watched: Watched
  watching: Watching
}

/** A hundred frames of all kinds: conversations, VLANs, what is no IP, what is broken. */
function mixed(): Uint8Array[] {
  const frames = udpFlows(100)
  for (const [i, frame] of frames.entries()) {
    if (i % 10 === 3) frame[14] = 0x4f // a header longer than the packet
    if (i % 10 === 5) frame.set([0x88, 0xcc], 12)
    if (i % 10 === 7)
      frames[i] = Buffer.concat([
        frame.subarray(0, 12),
        Buffer.from('8100006e', 'hex'),
        frame.subarray(12, 56),
      ])
  }
  return frames
}

/** Watches while frames are sent; `work` is done as they are. */
async function load(
  frames: readonly Uint8Array[],
  options: {
    flags?: string[]
    count?: number
    work?: (watching: Watching, count: () => number) => Promise<void>
  } = {},
): Promise<Load> {
  const { flags = [], count = MILLION, work = async () => {} } = options
  const before = wire.sensor.counters().rx.packets
  const watching = await Watching.begin(wire.sensor, { flags: ['--status', '1', ...flags], withFlows: true })
  const counted = (): number => wire.sensor.counters().rx.packets - before
  const [sent] = await Promise.all([flood(wire.sender, { frames, count }), work(watching, counted)])
  await settled(wire.sensor)
  // at least one status of each run is about all frames
  await watching.record('status', status => status.frames.received === sent.frames)
  const onWire = counted()
  return { sent: sent.frames, onWire, watched: await watching.stop(), watching }
}

/** What holds of every run, whatever was lost. */
function expectExact({ sent, onWire, watched: { summary, status }, watching }: Load): void {
  expect(status).toBe(0)
  expect(onWire).toBe(sent)
  expect(summary.frames.received).toBe(sent)
  expect(sumOf(summary)).toBe(sent)
  expect(summary.frames.worker_lost).toBe(0)
  expect(summary.frames.kernel_lost).toBe(0)
  const { flows, icmp_errors, fragments_unplaced, tunnel_fragments } = summary.frames.placed
  expect(flows + icmp_errors + fragments_unplaced + tunnel_fragments).toBe(summary.frames.decoded)
  const [{ received, read, filtered, ring_lost, in_ring }] = summary.interfaces!
  expect(received).toBe(sent)
  expect(read + filtered + ring_lost + in_ring).toBe(sent)
  expect(watching.records('finding').filter(({ kind }) => kind === 'mirror-unaccounted')).toEqual([])
  for (const { frames, interfaces } of watching.records('status')) {
    const { received: all, ...classes } = frames
    expect(Object.values(classes).reduce((sum, n) => sum + n)).toBe(all)
    expect(interfaces[0].received).toBe(all)
    expect(interfaces[0].read).toBeLessThanOrEqual(all)
  }
}

describe('of a million frames', () => {
  it('each is one that was decoded, or in a class with a name', async () => {
    const result = await load(mixed(), { flags: ['--ring', '256'] })
    expectExact(result)
    const { frames } = result.watched.summary
    expect(frames.ring_lost).toBe(0)
    expect(frames.malformed).toBe(MILLION / 10)
    expect(frames.decoded).toBe(MILLION - frames.malformed)
    expect(result.watching.records('status').length).toBeGreaterThan(1)
  })

  it('each is accounted for with a filter, which leaves out most', async () => {
    const frames = udpFlows(100)
    const flags = ['--ring', '256', '--filter', 'udp and host 10.1.0.7']
    const result = await load(frames, { flags })
    expectExact(result)
    expect(result.watched.summary.frames).toMatchObject({
      decoded: MILLION / 100,
      filtered: MILLION - MILLION / 100,
    })
    expect(result.watched.summary.interfaces![0]).toMatchObject({ filter: 'udp and host 10.1.0.7' })
  })

  it('each is accounted for, and seen once, where two rings share them', async () => {
    const result = await load(mixed(), { flags: ['--ring', '256', '--rings', '2'] })
    expectExact(result)
    expect(result.watched.summary.frames).toMatchObject({ ring_lost: 0, malformed: MILLION / 10 })
  })

  it('those are lost in the ring, and told, that come while nobody reads a small one', async () => {
    const result = await load(udpFlows(100), {
      flags: ['--ring', '2'],
      async work(watching, counted) {
        const pid = await sensorOf(watching)
        await until('frames', () => counted() > MILLION / 10)
        process.kill(pid, 'SIGSTOP')
        await until('more frames', () => counted() > MILLION / 2)
        process.kill(pid, 'SIGCONT')
      },
    })
    expectExact(result)
    const { summary, findings } = result.watched
    const { ring_lost, decoded } = summary.frames
    expect(ring_lost).toBeGreaterThan(MILLION / 5)
    expect(decoded + ring_lost).toBe(result.onWire)
    expect(summary.interfaces![0].freezes).toBeGreaterThan(0)
    const lost = summary.gaps!.filter(({ cause }) => cause === 'frames-lost')
    expect(lost.reduce((sum, { frames_lost = 0 }) => sum + frames_lost, 0)).toBe(ring_lost)
    for (const { start, end, interface: name } of lost) {
      expect(name).toBe('eth0')
      expect(Date.parse(end!)).toBeGreaterThan(Date.parse(start))
    }
    expect(result.watching.records('gap').filter(({ end }) => end !== undefined)).toEqual(summary.gaps)
    const [finding] = result.watching.records('finding')
    expect(finding).toMatchObject({ kind: 'mirror-loss', subject: { interface: 'eth0' } })
    // the finding grows; how much was lost in all is in the summary's files
    expect(finding.count).toBeLessThanOrEqual(ring_lost)
    expect(findings.find(({ kind }) => kind === 'mirror-loss')!.count).toBe(ring_lost)
  })
})
