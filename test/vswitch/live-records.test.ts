import { describe, expect, it } from 'vitest'
import { until } from './lab/command.ts'
import { scan } from './lab/conversation.ts'
import { type Mirror, mirrorToPort } from './lab/mirror.ts'
import { send, settled } from './lab/traffic.ts'
import { useLab } from './lab/use-lab.ts'
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
import { sumOf, Watching } from './support/watching.ts'

let plant: Plant
let mirror: Mirror
let policy: string

const used = useLab('switch')
used.prepare(lab => {
  plant = plantIn(lab)
  mirror = mirrorToPort(plant.network)
  policy = site(lab)
})

/** Milliseconds since 1970. */
const at = (time: string): number => Date.parse(time)

describe('guests in a VLAN', () => {
  it('are held against the policy while the run goes on', async () => {
    const watching = await Watching.begin(mirror.sensor, { policy, withFlows: true })
    const declared = await modbus(plant)
    await declared.exchange(3)
    const undeclared = await ssh(plant)
    await undeclared.exchange()
    const found = await watching.record('finding', ({ severity }) => severity === 'high')
    expect(found).toMatchObject({
      kind: 'unsanctioned-flow',
      orig_zone: 'supervision',
      resp_zone: 'control',
      subject: { orig_addr: HMI, resp_addr: PLC, port: 'tcp/22', service: 'ssh', reason: 'service' },
      evidence: [{ interface: 'eth0' }],
    })
    expect(watching.running.isOver).toBe(false)
    await undeclared.close('rst')
    await declared.close()

    const { summary, findings, flows, status } = await watching.stop()
    expect(status).toBe(0)
    expect(findings.map(({ finding_id, count }) => [finding_id, count])).toEqual([[found.finding_id, 1]])
    const last = (port: number) => flows.filter(flow => flow.resp_port === port && flow.final)
    expect(last(502)).toEqual([
      expect.objectContaining({
        context: { vlans: [VLAN] },
        direction: 'handshake',
        verdict: 'sanctioned',
        conduit: 'C-01',
        channel: 'modbus',
        orig_payload_bytes: 3 * READ.length,
        resp_payload_bytes: 3 * VALUE.length,
        end_reason: 'fin',
      }),
    ])
    expect(last(22)).toEqual([
      expect.objectContaining({ context: { vlans: [VLAN] }, verdict: 'unsanctioned', end_reason: 'rst' }),
    ])
    expect(found.evidence[0].flow_id).toBe(last(22)[0].flow_id)
    expect(summary.conduits).toMatchObject([{ conduit: 'C-01', state: 'observed' }])
    expect(summary.complete).toBe(true)
  })

  it('that try many ports are one scan', async () => {
    const ports = Array.from({ length: 300 }, (_, i) => 1000 + i)
    const watching = await Watching.begin(mirror.sensor, { policy, withFlows: true })
    await scan(plant.hmi.namespace, PLC, ports)
    const found = await watching.record('finding', ({ kind }) => kind === 'scan')
    expect(found).toMatchObject({ subject: { orig_addr: HMI }, orig_zone: 'supervision' })
    // few tries were told for themselves before there were enough of them
    expect(watching.records('finding').length).toBeLessThan(20)
    await settled(mirror.sensor)
    const { findings, flows, summary } = await watching.stop()
    expect(findings.map(({ kind, finding_id }) => [kind, finding_id])).toEqual([['scan', found.finding_id]])
    expect(findings[0].count).toBe(ports.length)
    const tried = flows.filter(flow => flow.final && flow.attempt === 'refused')
    expect(new Set(tried.map(flow => flow.resp_port))).toEqual(new Set(ports))
    expect(summary.flows.verdicts).toEqual({ unsanctioned: ports.length })
  })
})

describe('a conversation under way', () => {
  it('is told when it begins, every active timeout, and when it ends', async () => {
    const watching = await Watching.begin(mirror.sensor, {
      policy,
      withFlows: true,
      flags: ['--active', '2'],
    })
    const long = await modbus(plant)
    await long.exchange()
    // nothing more has to come for its first record
    const begun = await watching.flow(({ final }) => !final)
    expect(begun).toMatchObject({ seq: 0, resp_port: 502, verdict: 'sanctioned' })
    expect(at(begun.end) - at(begun.start)).toBeLessThan(1000)
    let exchanged = 1
    await until('two interim records more', async () => {
      await long.exchange(5)
      exchanged += 5
      return watching.flows().length >= 3
    })
    await long.close()
    const { flows, summary } = await watching.stop()
    expect(flows.map(({ seq }) => seq)).toEqual(flows.map((_, i) => i))
    expect(flows.map(({ final }) => final)).toEqual([...flows.slice(1).map(() => false), true])
    expect(new Set(flows.map(({ flow_id, start }) => `${flow_id} ${start}`)).size).toBe(1)
    for (const [i, { orig_packets, resp_packets, end }] of flows.slice(1).entries()) {
      expect(orig_packets).toBeGreaterThanOrEqual(flows[i].orig_packets)
      expect(resp_packets).toBeGreaterThanOrEqual(flows[i].resp_packets)
      expect(at(end)).toBeGreaterThanOrEqual(at(flows[i].end))
    }
    expect(new Set(flows.slice(1, -1).map(({ end_reason }) => end_reason))).toEqual(new Set(['active']))
    const last = flows.at(-1)!
    expect(last).toMatchObject({
      end_reason: 'fin',
      orig_payload_bytes: exchanged * READ.length,
      resp_payload_bytes: exchanged * VALUE.length,
      missed_bytes: 0,
    })
    // a conversation counts once, however often it is told
    expect(summary.flows.total).toBe(1)
    expect(last.orig_packets + last.resp_packets).toBe(summary.frames.placed.flows)
  })

  it('that nobody answered becomes graver when somebody does', async () => {
    const watching = await Watching.begin(mirror.sensor, { policy })
    const [from, to, port] = ['10.10.2.77', '10.10.1.77', 40_000]
    const ask = { from, to, ports: [port, 23] as const, seq: 100 }
    const answer = { from: to, to: from, ports: [23, port] as const, seq: 500 }
    await send(plant.hmi.inside, [segment({ ...ask, flags: 'S' })])
    const tried = await watching.record('finding')
    expect(tried).toMatchObject({ severity: 'medium', subject: { orig_addr: from, resp_addr: to } })
    await send(plant.plc.inside, [segment({ ...answer, flags: 'SA', ack: 101 })])
    await send(plant.hmi.inside, [segment({ ...ask, flags: 'A', seq: 101, ack: 501 })])
    const answered = await watching.record('finding', ({ severity }) => severity !== 'medium')
    expect(answered).toMatchObject({ severity: 'high', finding_id: tried.finding_id, count: 1 })
    const { summary } = await watching.stop()
    expect(summary.findings).toMatchObject({ total: 1, severities: { high: 1 } })
  })
})

describe('an exception', () => {
  it('that ends while a conversation is open and silent changes its verdict', async () => {
    // the program takes a moment to start, and the conversation is to have been tolerated
    const ends = Math.ceil(Date.now() / 1000) * 1000 + 10_000
    const until = `{id: EX-1, from: supervision, to: control, service: ssh, reason: works, expires: "${new Date(ends).toISOString()}"}`
    const watching = await Watching.begin(mirror.sensor, {
      policy: site(used.lab, { exceptions: [until] }),
      withFlows: true,
    })
    const open = await ssh(plant)
    await open.exchange(2)
    const before = await watching.flow(({ verdict }) => verdict === 'exception')
    expect(before).toMatchObject({ seq: 0, exception: 'EX-1' })
    expect(watching.records('finding')).toEqual([])
    await settled(mirror.sensor)
    const frames = mirror.sensor.counters().rx.packets

    const after = await watching.flow(({ verdict }) => verdict !== 'exception')
    expect(Date.now()).toBeGreaterThanOrEqual(ends)
    expect(mirror.sensor.counters().rx.packets).toBe(frames)
    expect(after).toMatchObject({
      flow_id: before.flow_id,
      final: false,
      verdict: 'unsanctioned',
      worst_verdict: 'unsanctioned',
      reason: 'expired',
      verdict_changes: 1,
      orig_payload_bytes: before.orig_payload_bytes,
    })
    expect(at(after.end)).toBeLessThan(ends)
    const found = await watching.record('finding')
    expect(found).toMatchObject({
      kind: 'expired-exception',
      nearest: { exception: 'EX-1', failed: ['expired'] },
    })
    await open.close()
    const { summary } = await watching.stop()
    expect(summary.exceptions).toMatchObject([{ exception: 'EX-1', expired: true }])
    expect(summary.flows).toMatchObject({ total: 1, verdicts: { unsanctioned: 1 } })
    expect(sumOf(summary)).toBe(summary.frames.received)
  })
})
