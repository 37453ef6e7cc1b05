import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { FlowRecord } from '../../src/records.ts'
import { sleep, until } from './lab/command.ts'
import { flood, send, settled, udpFlows } from './lab/traffic.ts'
import { useLab } from './lab/use-lab.ts'
import { Wire } from './lab/wire.ts'
import { type PolicyRecord, processesOf, sumOf, Watching } from './support/watching.ts'

const MANY = 3_000_000

/** A policy of two zones, between which the frames of `udpFlows` go; one of its rules may be missing. */
const policy = (options: { isOpen?: boolean; taps?: string; site?: string } = {}): string => `
version: 1
site: ${options.site ?? 'Dairy'}
timezone: UTC
${options.taps ?? ''}
zones:
  - { id: left, networks: [10.1.0.0/16], level: 2, sl_t: 1, owner: a, rationale: b }
  - { id: right, networks: [10.2.0.0/16], level: 1, sl_t: 1, owner: a, rationale: b }
conduits:
  - id: C-1
    from: left
    to: right
    owner: a
    rationale: b
    channels:
      - { id: data, udp: [${options.isOpen === false ? 5001 : 5000}] }
`

let wire: Wire
let path: string
let runs = 0
const used = useLab('wire')
used.prepare(lab => {
  wire = new Wire(lab)
})

const write = (text: string): void => writeFileSync(path, text)

/** Watches by a policy of its own, in `path`. `hangUp` sends SIGHUP. */
async function begin(text = policy()): Promise<{ watching: Watching; hangUp: () => void }> {
  path = join(used.lab.folder, `site${++runs}.yaml`)
  write(text)
  const flags = ['--status', '1', '--ring', '256']
  const watching = await Watching.begin(wire.sensor, { policy: path, withFlows: true, flags })
  return { watching, hangUp: () => watching.running.child.kill('SIGHUP') }
}

/** Waits for the n-th record of a policy, from 1. */
const policyRecord = (watching: Watching, n: number): Promise<PolicyRecord> =>
  until(`policy record ${n}`, () => watching.records('policy')[n - 1], 30_000)

describe('another policy', () => {
  it('judges what is open at once, and what was worst stays on record', async () => {
    const { watching, hangUp } = await begin()
    await send(wire.sender, udpFlows(1))
    const first = await watching.flow(({ type }) => type === 'flow')
    expect(first).toMatchObject({ seq: 0, final: false, verdict: 'sanctioned' })

    write(policy({ isOpen: false }))
    hangUp()
    const stricter = await policyRecord(watching, 1)
    expect(stricter).toMatchObject({ accepted: true })
    expect(stricter.policy_id).not.toBe(first.policy_id)
    const ofFlow = (policyId: string | undefined) => (flow: FlowRecord) =>
      flow.flow_id === first.flow_id && flow.policy_id === policyId
    // no frame has come since
    expect(await watching.flow(ofFlow(stricter.policy_id))).toMatchObject({
      seq: 1,
      final: false,
      verdict: 'unsanctioned',
      worst_verdict: 'unsanctioned',
      verdict_changes: 1,
      orig_packets: 1,
    })
    const finding = await watching.record('finding')
    expect(finding).toMatchObject({ kind: 'unsanctioned-flow', policy_id: stricter.policy_id })

    // without a signal
    write(policy({ site: 'Dairy, again open' }))
    const looser = await policyRecord(watching, 2)
    expect(await watching.flow(ofFlow(looser.policy_id))).toMatchObject({
      seq: 2,
      verdict: 'sanctioned',
      worst_verdict: 'unsanctioned',
      verdict_changes: 2,
    })
    await watching.record('status', status => status.policy_id === looser.policy_id)
    const { summary, flows, findings } = await watching.stop()
    expect(summary.policy_id).toBe(looser.policy_id)
    expect(summary.gaps).toEqual([])
    expect(findings.map(({ kind }) => kind)).toEqual(['unsanctioned-flow'])
    expect(flows.map(({ seq, final, verdict }) => [seq, final, verdict])).toEqual([
      [0, false, 'sanctioned'],
      [1, false, 'unsanctioned'],
      [2, false, 'sanctioned'],
      [3, true, 'sanctioned'],
    ])
  })

  it('that has mistakes is refused with all of them, and the one before stays', async () => {
    const { watching, hangUp } = await begin()
    const before = (await watching.record('status')).policy_id
    write(policy({ isOpen: false }).replace('to: right', 'to: nowhere').replace('level: 2', 'level: 77'))
    hangUp()
    const refused = await policyRecord(watching, 1)
    expect(refused).toMatchObject({ type: 'policy', accepted: false, mistakes: 2 })
    expect(refused).not.toHaveProperty('policy_id')
    const { stderr } = watching.running
    expect(stderr).toMatch(/nowhere/)
    expect(stderr).toMatch(/77/)
    expect(stderr).toMatch(/2 mistakes.*the one before stays in force/)
    await send(wire.sender, udpFlows(1))
    expect(await watching.flow(() => true)).toMatchObject({ verdict: 'sanctioned', policy_id: before })
    // and it is no harm to the next one
    write(policy({ isOpen: false }))
    hangUp()
    const { policy_id } = await policyRecord(watching, 2)
    await watching.flow(flow => flow.verdict === 'unsanctioned' && flow.policy_id === policy_id)
    const { summary, status } = await watching.stop()
    expect(status).toBe(0)
    expect(summary.policy_id).toBe(policy_id)
  })

  it('that says other things of the taps begins every conversation anew, and no frame is lost by it', async () => {
    const { watching, hangUp } = await begin()
    await send(wire.sender, udpFlows(1))
    const first = await watching.flow(() => true)
    write(
      policy({ taps: 'taps:\n  - { id: esx-a, host: a, type: local, interface: eth0, directions: both }\n' }),
    )
    hangUp()
    const { policy_id } = await policyRecord(watching, 1)
    const gap = await watching.record('gap', ({ end }) => end !== undefined)
    expect(gap.cause).toBe('taps-changed')
    await watching.flow(({ flow_id, final }) => flow_id === first.flow_id && final)
    await send(wire.sender, udpFlows(1))
    const second = await watching.flow(({ flow_id }) => flow_id !== first.flow_id)
    expect(second).toMatchObject({ policy_id, seq: 0, context: { tap: 'esx-a' } })
    const { summary } = await watching.stop()
    expect(summary.frames).toMatchObject({ received: 2, decoded: 2 })
    expect(summary.gaps!.map(({ cause }) => cause)).toEqual(['taps-changed'])
  })

  it('that cannot be reached is refused, whatever stands in its place, and taken once it is there', async () => {
    const { watching } = await begin()
    rmSync(path)
    symlinkSync(path, path)
    expect(await policyRecord(watching, 1)).toMatchObject({ accepted: false, mistakes: 1 })
    rmSync(path)
    mkdirSync(path)
    expect(await policyRecord(watching, 2)).toMatchObject({ accepted: false, mistakes: 1 })
    rmSync(path, { recursive: true })
    write(policy({ site: 'Elsewhere' }))
    expect(await policyRecord(watching, 3)).toMatchObject({ accepted: true })
    const { summary, status } = await watching.stop()
    expect(status).toBe(0)
    expect(summary.site).toBe('Elsewhere')
  })

  it('that is a pipe nobody writes to does not keep the run from its end', async () => {
    const { watching } = await begin()
    rmSync(path)
    execFileSync('mkfifo', [path])
    // two looks, and then its reader waits
    await until('a process that reads the policy', () => processesOf(watching.running.pid).length > 2)
    const { status } = await watching.stop()
    expect(status).toBe(0)
  })

  it('every second under load loses no frame', async () => {
    const { watching, hangUp } = await begin()
    let isOver = false
    const flooding = flood(wire.sender, { frames: udpFlows(1000), count: MANY }).finally(() => {
      isOver = true
    })
    let reloads = 0
    while (!isOver) {
      write(policy({ isOpen: ++reloads % 2 === 0 }))
      hangUp()
      await sleep(1000)
    }
    const { frames } = await flooding
    await settled(wire.sensor)
    await policyRecord(watching, 3)
    const { summary, findings, flows } = await watching.stop()
    expect(summary.frames).toMatchObject({ received: frames, decoded: frames, ring_lost: 0, worker_lost: 0 })
    expect(sumOf(summary)).toBe(frames)
    expect(summary.gaps).toEqual([])
    expect(findings.filter(({ kind }) => kind.startsWith('mirror'))).toEqual([])
    expect(watching.records('policy').every(({ accepted }) => accepted)).toBe(true)
    const last = flows.filter(({ final }) => final)
    expect(last.reduce((sum, flow) => sum + flow.orig_packets + flow.resp_packets, 0)).toBe(frames)
    const known = new Set(watching.records('policy').map(record => record.policy_id))
    expect(new Set(last.map(flow => flow.policy_id))).toEqual(new Set([summary.policy_id]))
    expect(known).toContain(summary.policy_id)
  })
})
