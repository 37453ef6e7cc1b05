import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../support/command.ts'
import { type Mirror, mirrorToAddress, mirrorToPort, type Wrapping } from './lab/mirror.ts'
import type { Counters, Interface } from './lab/namespace.ts'
import { flood, replay, send, settled, udpFlows } from './lab/traffic.ts'
import { useLab } from './lab/use-lab.ts'
import { Wire } from './lab/wire.ts'
import { analyzed, findingsOf, flowsOf, seenIn } from './support/answers.ts'
import { Beside } from './support/beside.ts'
import {
  HMI,
  modbus,
  PLC,
  type Plant,
  plantIn,
  READ,
  segment,
  site,
  ssh,
  VALUE,
  VLAN,
} from './support/plant.ts'
import { sumOf, type Watched, Watching } from './support/watching.ts'

const captureOf = (name: string): string => join(ROOT, 'captures', name, 'traffic.pcap')
const policyOf = (name: string): string => join(ROOT, 'captures', name, 'site.yaml')

let plant: Plant
const used = useLab('switch')
used.prepare(lab => {
  plant = plantIn(lab)
})

/** A declared conversation and an undeclared one, from their opening to their end. */
async function talk(): Promise<void> {
  const [declared, undeclared] = [await modbus(plant), await ssh(plant)]
  await declared.exchange(4)
  await undeclared.exchange(2)
  await declared.close()
  await undeclared.close()
}

/** Final records by the responder's port. */
const last = ({ flows }: Watched, port: number) => flows.filter(flow => flow.final && flow.resp_port === port)

/** Findings on what was mirrored, not on the mirror. */
const ofPlant = ({ findings }: Watched) => findings.filter(({ kind }) => !kind.startsWith('mirror-'))

describe('a mirror in a wrapping', () => {
  const SESSION = 0x2a5
  const tap = (type: string, { from, to }: Mirror, id: string, number = SESSION): string =>
    `{id: esx-a, type: ${type}, source: ${from}, destination: ${to}, ${id}: ${number}, vlans: [${VLAN}]}`
  const named: Record<Wrapping['in'], { tap: (mirror: Mirror) => string; wrapping: string }> = {
    // with a key it is NVGRE, whose network is the upper 24 bits of it (RFC 7637 3.2)
    gre: { tap: mirror => tap('gre', mirror, 'vni', SESSION >>> 8), wrapping: 'nvgre' },
    erspan1: { tap: mirror => tap('erspan', mirror, 'session'), wrapping: 'erspan' },
    erspan2: { tap: mirror => tap('erspan', mirror, 'session'), wrapping: 'erspan' },
    vxlan: { tap: mirror => tap('vxlan', mirror, 'vni'), wrapping: 'vxlan' },
    geneve: { tap: mirror => tap('geneve', mirror, 'vni'), wrapping: 'geneve' },
  }

  it.each(Object.keys(named) as Wrapping['in'][])('says what a plain one says: %s', async kind => {
    const wrapped = mirrorToAddress(plant.network, { in: kind, session: SESSION })
    const plain = mirrorToPort(plant.network)
    const flags = ['--mode', 'terminated']
    const taps = [named[kind].tap(wrapped)]
    const undeclared = site(used.lab)
    const runs = await Promise.all([
      Watching.begin(wrapped.sensor, { policy: site(used.lab, { taps }), flags, withFlows: true }),
      Watching.begin(wrapped.sensor, { policy: undeclared, flags, withFlows: true }),
      Watching.begin(plain.sensor, { policy: undeclared, withFlows: true }),
    ])
    await talk()
    await settled(wrapped.sensor, plain.sensor)
    wrapped.remove()
    plain.remove()
    const [withTap, without, reference] = await Promise.all(runs.map(run => run.stop()))

    const wrapping = `${named[kind].wrapping} ${wrapped.from} -> ${wrapped.to}`
    expect(last(reference, 502)).toMatchObject([{ verdict: 'sanctioned', context: { vlans: [VLAN] } }])
    expect(last(reference, 22)).toMatchObject([{ verdict: 'unsanctioned', context: { vlans: [VLAN] } }])
    for (const [run, context] of [
      [withTap, { vlans: [VLAN], tap: 'esx-a' }],
      [without, { vlans: [VLAN] }],
    ] as const) {
      for (const port of [502, 22]) {
        const [flow] = last(run, port)
        expect(flow.context).toMatchObject(context)
        // what was in the wrapping is told as it would be without
        const seen = (flow: object) => flowsOf([{ ...flow, context: undefined, policy_id: '' } as never])
        expect(seen(flow)).toEqual(seen(last(reference, port)[0]))
      }
      expect(run.flows.filter(({ type }) => type === 'tunnel')).toEqual([])
      expect(ofPlant(run)).toMatchObject([{ kind: 'unsanctioned-flow', subject: { port: 'tcp/22' } }])
      expect(run.summary.tunnels).toEqual({ total: 0, verdicts: {}, mirror_wrapping: [wrapping] })
      expect(run.summary.interfaces).toMatchObject([{ mode: 'terminated', kernel_lost: 0, ring_lost: 0 }])
      expect(sumOf(run.summary)).toBe(run.summary.frames.received)
    }
  })
})

describe('a mirror that is removed and restored', () => {
  it('leaves a gap in a conversation, and no frame unaccounted for', async () => {
    const { sensor, remove, restore } = mirrorToPort(plant.network)
    const policy = site(used.lab)
    const before = sensor.counters().rx.packets
    const watching = await Watching.begin(sensor, { policy, withFlows: true })
    const open = await modbus(plant)
    await open.exchange(3)
    await settled(sensor)
    remove()
    const halted = sensor.counters().rx.packets
    await open.exchange(5)
    await settled(sensor)
    expect(sensor.counters().rx.packets).toBe(halted)
    restore()
    await open.exchange(2)
    await open.close()
    await settled(sensor)
    const watched = await watching.stop()
    const received = sensor.counters().rx.packets - before
    remove()
    expect(watched.summary.interfaces).toMatchObject([
      { received, read: received, kernel_lost: 0, ring_lost: 0 },
    ])
    expect(sumOf(watched.summary)).toBe(received)
    expect(last(watched, 502)).toMatchObject([
      {
        verdict: 'sanctioned',
        direction: 'handshake',
        orig_payload_bytes: 5 * READ.length,
        resp_payload_bytes: 5 * VALUE.length,
        missed_bytes: 5 * (READ.length + VALUE.length),
        end_reason: 'fin',
      },
    ])
    expect(watched.findings).toEqual([])
  })
})

describe('what an interface counts', () => {
  const received = ({ rx }: Counters): number => rx.packets

  it('is what was received from a mirror under load', async () => {
    const { sensor, remove } = mirrorToPort(plant.network)
    const watching = await Watching.begin(sensor, { policy: policyOf('it-to-plc') })
    const frames = udpFlows(100, { fromMac: plant.hmi.inside.mac, toMac: plant.plc.inside.mac })
    const before = received(sensor.counters())
    await Promise.all([
      replay(plant.hmi.inside, captureOf('it-to-plc'), { times: 5 }),
      flood(plant.plc.inside, { frames, count: 20_000 }),
    ])
    await settled(sensor)
    const { summary } = await watching.stop()
    const count = received(sensor.counters()) - before
    remove()
    // a switch in user space loses most of a burst, before its mirror
    expect(count).toBeGreaterThan(0)
    expect(summary.frames.received).toBe(count)
    expect(summary.interfaces).toMatchObject([{ received: count, kernel_lost: 0 }])
    expect(sumOf(summary)).toBe(count)
    expect(watching.records('finding').filter(({ kind }) => kind === 'mirror-unaccounted')).toEqual([])
  })

  it('is what was received from a wire under load, of two senders', async () => {
    const wire = new Wire(used.lab)
    const watching = await Watching.begin(wire.sensor, { policy: policyOf('it-to-plc') })
    const [played, made] = await Promise.all([
      replay(wire.sender, captureOf('it-to-plc'), { times: 20 }),
      flood(wire.sender, { frames: udpFlows(1000), count: 200_000 }),
    ])
    await settled(wire.sensor)
    const { summary } = await watching.stop()
    const count = received(wire.sensor.counters())
    expect(count).toBe(played.frames + made.frames)
    expect(summary.frames.received).toBe(count)
    expect(summary.interfaces).toMatchObject([{ received: count, kernel_lost: 0 }])
    expect(sumOf(summary)).toBe(count)
    expect(watching.records('finding').filter(({ kind }) => kind === 'mirror-unaccounted')).toEqual([])
  })
})

describe('what is left out on purpose', () => {
  const many = (count: number, flow: Omit<Parameters<typeof segment>[0], 'flags' | 'seq'>): Uint8Array[] =>
    Array.from({ length: count }, (_, i) =>
      segment({ ...flow, flags: 'PA', seq: 1 + i * READ.length, ack: 1, payload: READ }),
    )
  const conversation = { from: HMI, to: PLC, ports: [40_000, 502] as const }

  /** What a run with a filter makes of frames sent to it. */
  async function filtered(
    filter: string,
    frames: readonly Uint8Array[],
  ): Promise<Watched & { said: string }> {
    const wire = new Wire(used.lab)
    const watching = await Watching.begin(wire.sensor, {
      policy: site(used.lab),
      flags: ['--filter', filter],
      withFlows: true,
    })
    await send(wire.sender, frames)
    await settled(wire.sensor)
    const watched = await watching.stop()
    expect(received(wire.sensor)).toBe(frames.length)
    const { summary } = watched
    expect(summary.frames.received).toBe(frames.length)
    expect(summary.interfaces).toMatchObject([
      { filter, received: frames.length, kernel_lost: 0, ring_lost: 0 },
    ])
    expect(sumOf(summary)).toBe(frames.length)
    return { ...watched, said: watching.running.stderr }
  }
  const received = (on: Interface): number => on.counters().rx.packets

  it('is counted, by VLAN', async () => {
    const frames = [
      ...many(70, { ...conversation, vlan: VLAN }),
      ...many(30, { ...conversation, vlan: 120 }),
      ...many(11, conversation),
    ]
    const { summary, flows } = await filtered(`vlan ${VLAN}`, frames)
    expect(summary.frames).toMatchObject({ filtered: 41, decoded: 70 })
    expect(flows.filter(({ final }) => final)).toMatchObject([
      { context: { vlans: [VLAN] }, verdict: 'sanctioned', orig_packets: 70 },
    ])
    const others = await filtered('not vlan', frames)
    expect(others.summary.frames).toMatchObject({ filtered: 100, decoded: 11 })
  })

  it('is counted, by what tunnels are sent to; not by what is in them', async () => {
    const name = 'vxlan-mirror'
    const wire = new Wire(used.lab, { mtu: 9000 })
    const runs = await Promise.all(
      ['udp port 4789', 'not udp port 4789', 'tcp port 502'].map(async filter => ({
        filter,
        watching: await Watching.begin(wire.sensor, { policy: policyOf(name), flags: ['--filter', filter] }),
      })),
    )
    const { frames } = await replay(wire.sender, captureOf(name))
    await settled(wire.sensor)
    for (const { filter, watching } of runs) {
      expect(watching.running.stderr).toContain(`filter "${filter}"`)
      const { summary } = await watching.stop()
      expect(summary.frames.received).toBe(frames)
      expect(summary.frames.filtered).toBe(filter === 'udp port 4789' ? 0 : frames)
      expect(sumOf(summary)).toBe(frames)
    }
  })

  it('is told of frames that were cut, which are judged as in a file of the same', async () => {
    const name = 'ssh-to-hmi'
    const wire = new Wire(used.lab, { mtu: 65535 })
    // all have a tag, which is not part of what is cut
    const beside = await Beside.begin(wire.sensor, 64 + 4)
    const watching = await Watching.begin(wire.sensor, {
      policy: policyOf(name),
      flags: ['--snaplen', '64'],
      withFlows: true,
    })
    const { frames } = await replay(wire.sender, captureOf(name))
    await beside.end(frames)
    const live = await watching.stop()
    expect(live.summary.interfaces).toMatchObject([{ snap_length: 64 }])
    expect(
      live.flows.reduce((sum, flow) => sum + (flow.final ? flow.truncated_frames : 0), 0),
    ).toBeGreaterThan(0)
    const file = analyzed([beside.path], policyOf(name), join(used.lab.folder, 'cut'))
    expect(findingsOf(live.findings)).toEqual(findingsOf(file.findings))
    expect(flowsOf(live.flows)).toEqual(flowsOf(file.flows))
    expect(seenIn(live)).toEqual(seenIn(file))
    // ends and ports were kept
    const whole = analyzed([captureOf(name)], policyOf(name), join(used.lab.folder, 'whole'))
    expect(live.summary.flows).toEqual(whole.summary.flows)
    expect(live.summary.zone_pairs).toEqual(whole.summary.zone_pairs)
  })
})
