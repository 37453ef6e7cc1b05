import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { FindingRecord, GapRecord, Summary } from '../../src/records.ts'
import type { Fate } from './guest/fate.ts'
import { type Running, sleep, until } from './lab/command.ts'
import { type Interface, join as joined } from './lab/namespace.ts'
import { flood, send, settled, udpFlows } from './lab/traffic.ts'
import { useLab } from './lab/use-lab.ts'
import { Wire } from './lab/wire.ts'
import { sensorOf } from './support/sensor.ts'
import { sumOf, Watching } from './support/watching.ts'

const FLOWS = 100
const MANY = 1_000_000
const FLAGS = ['--ring', '256', '--status', '1']
const GUEST = join(import.meta.dirname, 'guest')

let wire: Wire
const used = useLab('wire')
used.prepare(lab => {
  wire = new Wire(lab)
})

/** Counts frames of an interface from here on. */
function counter(of: Interface): () => number {
  const before = of.counters().rx.packets
  return () => of.counters().rx.packets - before
}

const load = (count = MANY, from = wire.sender): ReturnType<typeof flood> =>
  flood(from, { frames: udpFlows(FLOWS), count })

/** Every frame that was sent has come, and is in a class; none was left behind anywhere. */
function expectAll(summary: Summary, sent: number, findings: readonly FindingRecord[], kernelLost = 0): void {
  const { decoded, ring_lost } = summary.frames
  expect(summary.frames.received).toBe(sent)
  expect(sumOf(summary)).toBe(sent)
  expect(summary.frames).toMatchObject({ worker_lost: 0, kernel_lost: kernelLost })
  expect(decoded + ring_lost + kernelLost).toBe(sent)
  expect(findings.filter(({ kind }) => kind === 'mirror-unaccounted')).toEqual([])
}

const records = <T>(running: Running, type: string): T[] =>
  running.stdout
    .slice(0, running.stdout.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line))
    .filter(record => record.type === type)

/** A supervisor of tests, with a worker that dies when it is told to. */
async function supervised(
  env: Record<string, string>,
): Promise<{ running: Running; over: () => GapRecord[] }> {
  const flags = ['--max-old-space-size=200', '--import', join(GUEST, 'terminator.ts')]
  const words = [process.execPath, ...flags, join(GUEST, 'supervise.ts'), 'eth0']
  const running = wire.sensor.namespace.start(words, env)
  await running.says(/"started"/, 30_000)
  return { running, over: () => records<GapRecord>(running, 'gap').filter(({ end }) => end !== undefined) }
}

describe('a worker that dies under load', () => {
  it('is replaced, however it died, and no frame is unaccounted for', async () => {
    const fate = join(used.lab.folder, 'fate')
    // the sensor is no more than any user of this machine
    chmodSync(used.lab.folder, 0o755)
    const { running, over } = await supervised({ FATE: fate })
    let sent = 0
    const fates: [how: Fate, cause: GapRecord['cause'], reason: RegExp][] = [
      ['throw', 'worker-died', /the test says so/],
      ['exit', 'worker-died', /code: 3/],
      ['heap', 'worker-died', /more memory/],
      ['terminate', 'worker-died', /code: 1/],
      ['table', 'sensor-died', /SIGABRT/],
    ]
    for (const [i, [how, cause, reason]] of fates.entries()) {
      const counted = counter(wire.sensor)
      const flooding = load()
      await until('frames', () => counted() > MANY / 10)
      writeFileSync(fate, `${how} ${i + 1}`)
      await until(`the gap of ${how}`, () => over().length > i, 30_000)
      const gap = over()[i]
      expect(gap).toMatchObject({ cause, conversations_lost: FLOWS })
      expect(gap.message).toMatch(reason)
      sent += (await flooding).frames
      await settled(wire.sensor)
    }
    expect(records(running, 'started')).toHaveLength(1 + fates.length)
    running.child.stdin!.end()
    await running.succeeded()
    const [summary] = records<Summary>(running, 'summary')
    expectAll(summary, sent, records(running, 'finding'))
    expect(summary.gaps!.map(({ cause }) => cause)).toEqual(fates.map(([, cause]) => cause))
    expect(summary.complete).toBe(false)
  })
})

describe('a sensor process', () => {
  it('that is killed under load is replaced, and no frame is unaccounted for', async () => {
    const watching = await Watching.begin(wire.sensor, { flags: FLAGS })
    const counted = counter(wire.sensor)
    const flooding = load()
    let pid = await sensorOf(watching)
    const killed = [pid]
    for (const turn of [1, 2]) {
      await until('frames', () => counted() > (turn * MANY) / 5)
      process.kill(pid, 'SIGKILL')
      const gap = await watching.record(
        'gap',
        ({ cause, end, gap }) => cause === 'sensor-died' && end !== undefined && gap >= turn,
      )
      expect(gap.message).toMatch(/SIGKILL/)
      // the second one may have met only some of them again
      expect(gap.conversations_lost).toBeLessThanOrEqual(FLOWS)
      if (turn === 1) expect(gap.conversations_lost).toBe(FLOWS)
      pid = await sensorOf(watching, killed.at(-1))
      killed.push(pid)
    }
    const { frames } = await flooding
    await settled(wire.sensor)
    const { summary, findings, status } = await watching.stop()
    expect(status).toBe(0)
    expectAll(summary, frames, findings)
    expect(new Set(killed).size).toBe(3)
  })

  it('that is killed while much waits in the ring leaves all of it to the next one', async () => {
    const watching = await Watching.begin(wire.sensor, { flags: FLAGS })
    let pid = await sensorOf(watching)
    const flooding = load()
    for (const turn of [1, 2, 3]) {
      process.kill(pid, 'SIGSTOP')
      await sleep(500)
      process.kill(pid, 'SIGCONT')
      await sleep(20 + 10 * turn)
      process.kill(pid, 'SIGKILL')
      await watching.record(
        'gap',
        ({ cause, end, gap }) => cause === 'sensor-died' && end !== undefined && gap >= turn,
      )
      pid = await sensorOf(watching, pid)
    }
    const { frames } = await flooding
    await settled(wire.sensor)
    await watching.record('status', status => status.frames.decoded === frames)
    const { summary, findings } = await watching.stop()
    expectAll(summary, frames, findings)
  })

  it('that has died when the run is told to stop is no reason to leave frames unjudged', async () => {
    const watching = await Watching.begin(wire.sensor, { flags: FLAGS })
    const pid = await sensorOf(watching)
    process.kill(pid, 'SIGSTOP')
    const { frames } = await send(wire.sender, udpFlows(500), { rate: 5000 })
    await settled(wire.sensor)
    process.kill(pid, 'SIGKILL')
    const { summary, findings } = await watching.stop()
    expectAll(summary, frames, findings)
    expect(summary.frames.decoded).toBe(frames)
  })

  it('that stands still for five seconds on a quiet port loses nothing of it', async () => {
    // a ring of the usual size: a block with little in it must not cost as much of it as a full one
    const watching = await Watching.begin(wire.sensor, { flags: ['--status', '1'] })
    const pid = await sensorOf(watching)
    const sending = send(wire.sender, udpFlows(700), { rate: 100 })
    process.kill(pid, 'SIGSTOP')
    await sleep(5000)
    process.kill(pid, 'SIGCONT')
    const { frames } = await sending
    await settled(wire.sensor)
    const { summary, findings } = await watching.stop()
    expectAll(summary, frames, findings)
    expect(summary.frames.ring_lost).toBe(0)
    expect(summary.gaps).toEqual([])
  })

  it('that is killed again and again while nothing comes costs no frame that comes then', async () => {
    const watching = await Watching.begin(wire.sensor, { flags: FLAGS })
    let pid = await sensorOf(watching)
    for (const turn of [1, 2, 3]) {
      process.kill(pid, 'SIGKILL')
      await watching.record(
        'gap',
        ({ cause, end, gap }) => cause === 'sensor-died' && end !== undefined && gap >= turn,
      )
      pid = await sensorOf(watching, pid)
      await sleep(300)
    }
    const { frames } = await send(wire.sender, udpFlows(3))
    await settled(wire.sensor)
    const { summary, findings } = await watching.stop()
    expectAll(summary, frames, findings)
    expect(summary.frames.decoded).toBe(3)
  })

  it('that is killed before it has begun is no reason to pass over a frame', async () => {
    const watching = await Watching.begin(wire.sensor, { flags: FLAGS })
    let pid = await sensorOf(watching)
    process.kill(pid, 'SIGSTOP')
    const { frames } = await load(10_000)
    for (let turn = 0; turn < 4; turn++) {
      process.kill(pid, 'SIGKILL')
      pid = await sensorOf(watching, pid)
    }
    await watching.record('gap', ({ cause, end }) => cause === 'sensor-died' && end !== undefined)
    await settled(wire.sensor)
    const { summary, findings } = await watching.stop()
    expectAll(summary, frames, findings)
  })

  it('that stands still for five seconds under load goes on, and nothing was lost', async () => {
    const watching = await Watching.begin(wire.sensor, { flags: FLAGS })
    const pid = await sensorOf(watching)
    const counted = counter(wire.sensor)
    const flooding = flood(wire.sender, { frames: udpFlows(FLOWS), count: 300_000, gap: 20 })
    await until('frames', () => counted() > 10_000)
    process.kill(pid, 'SIGSTOP')
    await sleep(8000)
    const meanwhile = watching.records('status').at(-1)!
    process.kill(pid, 'SIGCONT')
    expect(meanwhile.frames.in_ring).toBeGreaterThan(10_000)
    const { frames } = await flooding
    await settled(wire.sensor)
    const { summary, findings } = await watching.stop()
    expect(await sensorOf(watching).catch(() => pid)).toBe(pid)
    expectAll(summary, frames, findings)
    expect(summary.frames.ring_lost).toBe(0)
    expect(summary.gaps).toEqual([])
    expect(findings).toEqual([])
  })

  it('that goes round no more is ended and replaced, and no frame is unaccounted for', async () => {
    const { running, over } = await supervised({ HUNG_AFTER: '5000' })
    const first = await load(100_000)
    await settled(wire.sensor)
    const pid = await sensorOf({ running })
    process.kill(pid, 'SIGSTOP')
    const second = await load(100_000)
    await until('the gap', () => over().length > 0, 30_000)
    expect(over()).toMatchObject([{ cause: 'sensor-died', conversations_lost: FLOWS }])
    expect(over()[0].message).toMatch(/had not answered for 5 s/)
    await settled(wire.sensor)
    running.child.stdin!.end()
    await running.succeeded()
    const [summary] = records<Summary>(running, 'summary')
    expectAll(summary, first.frames + second.frames, records(running, 'finding'))
  })

  it('is not taken for one where all of them stood still', async () => {
    const { running } = await supervised({ HUNG_AFTER: '5000' })
    const { frames } = await load(100_000)
    await settled(wire.sensor)
    const pid = await sensorOf({ running })
    const all = [running.pid, pid]
    for (const one of all) process.kill(one, 'SIGSTOP')
    await sleep(8000)
    const before = records(running, 'status').length
    for (const one of all.toReversed()) process.kill(one, 'SIGCONT')
    await until('status', () => records(running, 'status').length > before + 3)
    expect(await sensorOf({ running })).toBe(pid)
    running.child.stdin!.end()
    await running.succeeded()
    const [summary] = records<Summary>(running, 'summary')
    expect(summary.gaps).toEqual([])
    expectAll(summary, frames, records(running, 'finding'))
  })
})

describe('an interface', () => {
  it('that is down is waited for, and what comes then is seen', async () => {
    const watching = await Watching.begin(wire.sensor, { flags: FLAGS })
    const first = await load(1000)
    await settled(wire.sensor)
    wire.sensor.set('down')
    const begun = await watching.record('gap')
    expect(begun).toMatchObject({ cause: 'interface-down', interface: 'eth0' })
    expect(begun).not.toHaveProperty('end')
    await watching.record('status', ({ interfaces }) => interfaces[0].state === 'down')
    const finding = await watching.record('finding')
    expect(finding).toMatchObject({ kind: 'mirror-down', subject: { interface: 'eth0' } })
    wire.sensor.set('up')
    const over = await watching.record('gap', ({ end }) => end !== undefined)
    expect(over).toMatchObject({ gap: begun.gap, start: begun.start })
    expect(Date.parse(over.end!)).toBeGreaterThan(Date.parse(over.start))
    const second = await load(3000)
    await settled(wire.sensor)
    const { summary, findings } = await watching.stop()
    expectAll(summary, first.frames + second.frames, findings)
    expect(summary.gaps).toEqual([over])
  })

  it('that goes down and up under load loses nothing that is not accounted for', async () => {
    const watching = await Watching.begin(wire.sensor, { flags: FLAGS })
    const counted = counter(wire.sensor)
    const flooding = load().catch(() => undefined)
    for (const turn of [1, 2, 3]) {
      await until('frames', () => counted() > (turn * MANY) / 10)
      wire.sensor.set('down')
      await watching.record('gap', ({ gap, end }) => gap === turn && end === undefined)
      wire.sensor.set('up')
      await watching.record('gap', ({ gap, end }) => gap === turn && end !== undefined)
      if ((await Promise.race([flooding, sleep(10)])) !== undefined) break
    }
    await flooding
    await settled(wire.sensor)
    const { summary, findings } = await watching.stop()
    // what the interface had counted when it went down has not always reached a socket
    expectAll(summary, counted(), findings, summary.frames.kernel_lost)
    expect(summary.frames.kernel_lost).toBeLessThan(MANY / 100)
  })

  it('that is removed is waited for, and one of its name is watched in its place', async () => {
    const watching = await Watching.begin(wire.sensor, { flags: FLAGS })
    const first = await load(1000)
    await settled(wire.sensor)
    let sent = first.frames
    for (const turn of [1, 2]) {
      wire.unplug()
      await watching.record('gap', ({ cause, gap }) => cause === 'interface-gone' && gap === turn)
      await watching.record('status', ({ interfaces }) => interfaces[0].state === 'gone')
      wire.plug()
      await watching.record('gap', ({ end, gap }) => end !== undefined && gap === turn)
      sent += (await load(2000)).frames
      await settled(wire.sensor)
    }
    const { summary, findings } = await watching.stop()
    expectAll(summary, sent, findings)
    expect(summary.frames.decoded).toBe(5000)
    expect(summary.gaps).toHaveLength(2)
    expect(findings.map(({ kind }) => kind)).toEqual(['mirror-down'])
  })

  it('that comes back while the sensor dies is watched nevertheless', async () => {
    const watching = await Watching.begin(wire.sensor, { flags: FLAGS })
    const first = await load(1000)
    await settled(wire.sensor)
    const pid = await sensorOf(watching)
    wire.unplug()
    await watching.record('gap', ({ cause }) => cause === 'interface-gone')
    // it hears nothing of what it is told now
    process.kill(pid, 'SIGSTOP')
    wire.plug()
    await sleep(1000)
    process.kill(pid, 'SIGKILL')
    await watching.record('gap', ({ cause, end }) => cause === 'sensor-died' && end !== undefined)
    await watching.record('gap', ({ cause, end }) => cause === 'interface-gone' && end !== undefined)
    const second = await load(2000)
    await settled(wire.sensor)
    const { summary, findings } = await watching.stop()
    expectAll(summary, first.frames + second.frames, findings)
  })

  it('that comes back under load hides nothing of what it had counted before it was watched', async () => {
    const watching = await Watching.begin(wire.sensor, { flags: FLAGS })
    await load(1000)
    await settled(wire.sensor)
    wire.unplug()
    await watching.record('gap', ({ cause }) => cause === 'interface-gone')
    wire.plug()
    const { frames } = await send(wire.sender, udpFlows(3000), { rate: 1000 })
    await watching.record('gap', ({ cause, end }) => cause === 'interface-gone' && end !== undefined)
    await settled(wire.sensor)
    await sleep(1500)
    const { summary } = await watching.stop()
    expect(sumOf(summary)).toBe(1000 + frames)
    expect(summary.frames.decoded + summary.frames.kernel_lost).toBe(1000 + frames)
  })

  it('that is down from the start is waited for', async () => {
    wire.sensor.set('down')
    const watching = await Watching.begin(wire.sensor, { flags: FLAGS })
    await watching.record('gap', ({ cause, end }) => cause === 'interface-down' && end === undefined)
    wire.sensor.set('up')
    await watching.record('gap', ({ cause, end }) => cause === 'interface-down' && end !== undefined)
    const { frames } = await load(1000)
    await settled(wire.sensor)
    const { summary, findings } = await watching.stop()
    expectAll(summary, frames, findings)
  })

  it('that is removed under load is no loss to another one', async () => {
    const { sender, sensor } = wire
    const [from, to] = joined(
      { namespace: sender.namespace, name: 'eth1' },
      { namespace: sensor.namespace, name: 'eth1' },
    )
    const watching = await Watching.begin([wire.sensor, to], { flags: FLAGS })
    const [counted, countedThere] = [counter(to), counter(wire.sensor)]
    const flooding = load(MANY, from)
    const broken = load().catch(() => undefined)
    await until('frames', () => counted() > MANY / 10 && countedThere() > MANY / 20)
    wire.unplug()
    await watching.record('gap', ({ cause }) => cause === 'interface-gone')
    await broken
    wire.plug()
    await watching.record('gap', ({ cause, end }) => cause === 'interface-gone' && end !== undefined)
    const { frames } = await flooding
    await settled(to)
    const { summary, findings } = await watching.stop()
    from.remove()
    expect(sumOf(summary)).toBe(summary.frames.received)
    expect(summary.frames).toMatchObject({ worker_lost: 0, kernel_lost: 0 })
    expect(summary.interfaces![1]).toMatchObject({ interface: 'eth1', received: frames, in_ring: 0 })
    expect(summary.interfaces![0].received).toBeGreaterThan(MANY / 20)
    expect(findings.filter(({ kind }) => kind === 'mirror-unaccounted')).toEqual([])
  })
})
