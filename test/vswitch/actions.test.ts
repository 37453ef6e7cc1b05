import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { sleep, until } from './lab/command.ts'
import { Conversation } from './lab/conversation.ts'
import { type Mirror, mirrorToPort } from './lab/mirror.ts'
import { useLab } from './lab/use-lab.ts'
import { HMI, modbus, PLC, type Plant, plantIn } from './support/plant.ts'
import { Watching } from './support/watching.ts'

/** Modbus: write 1 to holding register 40041 (offset 40) of unit 1 (Application Protocol 6.6). */
const WRITE = Buffer.from('000100000006010600280001', 'hex')
/** What both ends of SSH say first (RFC 4253 4.2). */
const BANNER = Buffer.from('SSH-2.0-OpenSSH_9.2\r\n')

/** Supervision may read from control by Modbus, and do nothing else. */
const POLICY = `
version: 1
site: A plant in a lab
zones:
  - { id: supervision, sl_t: 2, owner: somebody, rationale: R-1, networks: [10.10.2.0/24] }
  - { id: control, sl_t: 2, owner: somebody, rationale: R-1, networks: [10.10.1.0/24] }
conduits:
  - id: C-01
    from: supervision
    to: control
    owner: somebody
    rationale: R-1
    channels:
      - { id: reads, service: modbus, actions: [read] }
`

let plant: Plant
let mirror: Mirror
let policy: string

const used = useLab('switch')
used.prepare(lab => {
  plant = plantIn(lab)
  mirror = mirrorToPort(plant.network)
  policy = join(lab.folder, 'reads.yaml')
  writeFileSync(policy, POLICY)
})

/** Milliseconds since 1970. */
const at = (time: string): number => Date.parse(time)

it('a write in a conversation that was declared for reads is told while it goes on', async () => {
  const watching = await Watching.begin(mirror.sensor, { policy, withFlows: true })
  const polling = await modbus(plant)
  await polling.exchange(20)
  const begun = await watching.flow(({ final }) => !final)
  expect(begun).toMatchObject({ seq: 0, resp_port: 502, verdict: 'sanctioned', channel: 'reads' })
  expect(watching.records('finding')).toEqual([])

  await polling.exchange(1, WRITE)
  let polls = 20
  // the next polls tell how much time has passed until it was told
  const found = await until('a finding', async () => {
    await polling.exchange()
    polls++
    return watching.records('finding')[0]
  })
  expect(found).toMatchObject({
    kind: 'forbidden-action',
    severity: 'high',
    subject: { orig_addr: HMI, resp_addr: PLC, port: 'tcp/502', service: 'modbus', reason: 'action' },
    nearest: { conduit: 'C-01', channel: 'reads', failed: ['action'] },
    evidence: [{ interface: 'eth0', flow_id: begun.flow_id }],
  })
  expect(found.message).toMatch(
    /wrote holding register 40041 of unit 1 with function 6 \(write single register\) at .*, first at /,
  )
  const told = await watching.flow(({ verdict }) => verdict === 'unsanctioned')
  expect(told).toMatchObject({
    flow_id: begun.flow_id,
    final: false,
    worst_verdict: 'unsanctioned',
    reason: 'action',
    service: 'modbus',
    service_how: 'parsed',
    verdict_changes: 1,
    actions: { 'modbus:write': 1 },
  })
  const write = told.functions?.find(({ actions }) => actions.includes('write'))
  expect(write).toMatchObject({ function: 6, unit: 1, on: expect.stringMatching(/40041/), count: 1 })
  expect(at(told.end) - at(write!.time)).toBeLessThan(1000)

  // it stays on record, whatever comes after it
  await sleep(100)
  await polling.exchange(20)
  polls += 20
  await polling.close()
  const { findings, flows, summary } = await watching.stop()
  expect(findings.map(({ finding_id, count }) => [finding_id, count])).toEqual([[found.finding_id, 1]])
  expect(flows.filter(({ final }) => final)).toEqual([
    expect.objectContaining({
      flow_id: begun.flow_id,
      verdict: 'unsanctioned',
      verdict_changes: 1,
      actions: { 'modbus:read': polls, 'modbus:write': 1 },
    }),
  ])
  expect(summary.flows).toMatchObject({ total: 1, verdicts: { unsanctioned: 1 } })
})

it('a conversation that is not what its port stands for is told as soon as that is known', async () => {
  const watching = await Watching.begin(mirror.sensor, { policy, withFlows: true })
  const shell = await Conversation.open(plant.hmi.namespace, plant.plc.namespace, {
    address: PLC,
    port: 502,
    request: BANNER,
  })
  await shell.exchange()
  const found = await watching.record('finding')
  expect(found).toMatchObject({
    kind: 'service-mismatch',
    severity: 'high',
    subject: { orig_addr: HMI, resp_addr: PLC, port: 'tcp/502', service: 'ssh' },
    nearest: { conduit: 'C-01', channel: 'reads', failed: ['service'] },
  })
  const told = await watching.flow(({ verdict }) => verdict === 'unsanctioned')
  expect(told).toMatchObject({ final: false, service: 'ssh', service_how: 'parsed', reason: 'service' })
  await shell.close()
  const { summary } = await watching.stop()
  expect(summary.findings).toMatchObject({ total: 1 })
})
