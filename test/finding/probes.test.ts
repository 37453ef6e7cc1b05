import { expect, it } from 'vitest'
import { Findings } from '../../src/finding/findings.ts'
import type { PolicySketch } from '../support/policy-models.ts'
import { Scene } from '../support/scene.ts'
import { runShard } from '../support/shard-run.ts'

const POLICY: PolicySketch = {
  zones: [
    { id: 'office', networks: ['10.0.2.0/24'] },
    { id: 'plc', networks: ['10.0.1.0/24'] },
  ],
}

function findingsOf(scene: Scene) {
  const findings = new Findings({ site: 'Plant' })
  for (const facts of runShard(scene.frames, { policy: POLICY }).facts) findings.observe(facts)
  return findings.result().map(({ kind, severity, count }) => ({ kind, severity, count }))
}

/** One segment to each of many ports, answered by a reset or not at all. */
function probes(ports: number, flags: string, answer: string | undefined): Scene {
  const scene = new Scene()
  for (let i = 0; i < ports; i++) {
    const [from, to] = ['10.0.2.10:40000', `10.0.1.11:${20_000 + i}`]
    scene.tcp(i, from, to, flags)
    if (answer !== undefined) scene.tcp(i + 0.1, to, from, answer)
  }
  return scene
}

// FIN, NULL, XMAS and Maimon scans tell open ports by silence, ACK scans filtered ones
it.each([
  ['S', undefined],
  ['F', undefined],
  ['', undefined],
  ['FPU', undefined],
  ['FA', undefined],
  ['A', undefined],
  ['S', 'RA'],
  ['F', 'RA'],
  ['A', 'R'],
])('segments with the flags "%s", answered by %s, are a scan from the 17th on', (flags, answer) => {
  expect(findingsOf(probes(17, flags, answer))).toEqual([{ kind: 'scan', severity: 'medium', count: 17 }])
  const single = { kind: 'unsanctioned-flow', severity: 'medium', count: 1 }
  expect(findingsOf(probes(16, flags, answer))).toEqual(Array(16).fill(single))
})

it('conversations met in the middle are none, though one end alone is seen', () => {
  const scene = new Scene()
  for (let i = 0; i < 20; i++)
    scene.tcp(i, '10.0.2.10:40000', `10.0.1.11:${20_000 + i}`, 'PA', { seq: 1, ack: 1, data: 12 })
  const single = { kind: 'unsanctioned-flow', severity: 'high', count: 1 }
  expect(findingsOf(scene)).toEqual(Array(20).fill(single))
})
