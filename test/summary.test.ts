import { describe, expect, it } from 'vitest'
import type { FileReport } from '../src/capture/source.ts'
import type { Summary } from '../src/records.ts'
import { exitStatus, type RunFacts, SummaryBuilder } from '../src/summary.ts'
import { plantRun } from './support/plant-run.ts'
import { flow, frames, plant, timeAt } from './support/records.ts'

const file = (rest: Partial<FileReport> = {}): FileReport => ({
  name: 'plant.pcap',
  bytes: 100,
  format: 'pcap',
  frames: 5,
  wireBytes: 90,
  reportedLost: 0,
  names: new Map(),
  comments: [],
  damage: [],
  notes: [],
  ...rest,
})
const damage = { file: 'plant.pcap', offset: 24, reason: 'the record is cut' }
const facts = (rest: Partial<RunFacts> = {}): RunFacts => ({
  frames: frames(),
  files: [file()],
  bytes: 90,
  start: timeAt(0),
  end: timeAt(60),
  span: 60,
  findings: [],
  ...rest,
})
const build = (flows: ReturnType<typeof flow>[], rest: Partial<RunFacts> = {}, model = plant()): Summary => {
  const builder = new SummaryBuilder({ version: '0.1.0', model })
  for (const f of flows) builder.flow(f)
  return builder.build(facts(rest))
}
const modbus = {
  verdict: 'sanctioned',
  reason: undefined,
  nearest: undefined,
  conduit: 'C-01',
  channel: 'reads',
  orig_zone: 'supervision',
  resp_zone: 'control',
} as const
const open = { verdict: 'undetermined', reason: 'direction', nearest: undefined } as const

describe('summary', () => {
  it('has its keys in the order of the record', () => {
    expect(Object.keys(plantRun().summary)).toEqual([
      'type',
      'version',
      'site',
      'policy_id',
      'complete',
      'start',
      'end',
      'span',
      'bytes',
      'frames',
      'flows',
      'tunnels',
      'findings',
      'conduits',
      'exceptions',
      'zones',
      'zone_pairs',
      'services',
      'talkers',
      'limits',
      'files',
    ])
  })

  it('counts a flow once, by its worst verdict', () => {
    const { flows, zone_pairs } = build([
      flow({ flow_id: 'x', final: false, ...modbus }),
      flow({ flow_id: 'x', seq: 1, final: false }),
      flow({ flow_id: 'x', seq: 2, ...modbus, worst_verdict: 'unsanctioned' }),
      flow(modbus),
      flow(open),
    ])
    expect(flows).toEqual({
      total: 3,
      verdicts: { unsanctioned: 1, undetermined: 1, sanctioned: 1 },
      evicted: 0,
      inferred: 0,
      reasons: { 'undetermined:direction': 1 },
    })
    expect(zone_pairs).toEqual([
      { orig_zone: 'office', resp_zone: 'supervision', verdicts: { undetermined: 1 } },
      { orig_zone: 'supervision', resp_zone: 'control', verdicts: { unsanctioned: 1, sanctioned: 1 } },
    ])
  })

  it('counts tunnels apart from flows', () => {
    const { flows, tunnels } = build([flow({ type: 'tunnel', tunnel: 'gre' }), flow(modbus)], {
      mirrorWrapping: ['erspan a -> b'],
    })
    expect(flows.total).toBe(1)
    expect(tunnels).toEqual({ total: 1, verdicts: { unsanctioned: 1 }, mirror_wrapping: ['erspan a -> b'] })
  })

  it('says of each conduit whether it was observed, could have been, or could not', () => {
    const { conduits } = build([flow({ ...modbus, final: false }), flow(modbus), flow({})])
    expect(conduits.map(c => [c.conduit, c.state])).toEqual([
      ['C-01', 'observed'],
      ['C-02', 'not-observable'],
      ['C-03', 'never-observed'],
    ])
    expect(conduits[0].channels).toEqual([
      { channel: 'reads', state: 'observed', flows: 1 },
      { channel: 'logix', state: 'never-observed', flows: 0 },
      { channel: 'maintenance', state: 'never-observed', flows: 0 },
    ])
  })

  it('believes taps that say which VLANs they see', () => {
    const model = plant()
    const tap = {
      id: 'a',
      type: 'local',
      vlans: [120],
      directions: 'both',
      portGroups: new Map(),
      at: { line: 1, column: 1 },
    } as const
    Object.assign(model.zones[0], { vlans: [20] })
    const flows = [flow({}), flow({ ...modbus })]
    const state = (taps: object[]) => build(flows, {}, { ...model, taps: taps as never }).conduits[2].state
    expect(state([tap])).toBe('not-observable')
    expect(state([tap, { ...tap, vlans: [] }])).toBe('never-observed')
    expect(state([tap, { ...tap, vlans: [20] }])).toBe('never-observed')
  })

  it('tells what is left of exceptions', () => {
    const use = flow({ verdict: 'exception', exception: 'EX-2026-07', nearest: undefined })
    expect(build([use, use]).exceptions).toEqual([
      { exception: 'EX-2026-07', used: 2, expires: '2026-11-08', expired: false, days_left: 38 },
      { exception: 'EX-2025-02', used: 0, expires: '2026-09-29', expired: true },
    ])
  })

  it('lists the services and talkers with the most bytes', () => {
    const { services, talkers } = build([flow({}), flow({ service: 'smb', orig_bytes: 1e6 })])
    expect(services.map(s => s.service)).toEqual(['smb', 'ssh'])
    expect(talkers[0]).toEqual({ address: '10.10.2.10', flows: 2, bytes: 1_017_200 })
  })

  it('lists twenty talkers, those with as many bytes by name', () => {
    const hosts = Array.from({ length: 30 }, (_, i) => `10.20.0.${100 + ((i * 7) % 30)}`)
    const { talkers } = build([
      ...hosts.map(orig_addr => flow({ orig_addr, resp_addr: orig_addr })),
      flow({ orig_addr: '10.20.0.129', resp_addr: '10.20.0.128', orig_bytes: 1 }),
    ])
    expect(talkers.map(t => t.address)).toEqual([
      '10.20.0.128',
      '10.20.0.129',
      ...Array.from({ length: 18 }, (_, i) => `10.20.0.${100 + i}`),
    ])
    expect(talkers[1]).toEqual({ address: '10.20.0.129', flows: 2, bytes: 17_201 })
  })

  it('is not complete when a file is damaged, the run was stopped or a worker lost frames', () => {
    expect(build([]).complete).toBe(true)
    expect(build([], { files: [file(), file({ damage: [damage] })] }).complete).toBe(false)
    expect(build([], { interrupted: true }).complete).toBe(false)
    expect(build([], { frames: frames({ worker_lost: 1 }) }).complete).toBe(false)
  })

  it('says everything that was not seen or not judged, and nothing when all was', () => {
    expect(build([flow(modbus)], {}).limits.filter(l => !l.includes('could not be observed'))).toEqual([])
    const { limits } = build(
      [flow({ ...open, inferred: true, truncated_frames: 2, end_reason: 'evicted' })],
      {
        interrupted: true,
        files: [
          file({
            damage: [damage],
            reportedLost: 3,
            notes: ['12 frames had a wire length below their captured length'],
          }),
        ],
        frames: frames({
          received: 100,
          filtered: 25,
          unsupported_linktype: 1,
          malformed: 2,
          truncated: 3,
          too_deep: 4,
          kernel_lost: 5,
          ring_lost: 6,
          placed: { flows: 0, copies: 0, icmp_errors: 0, fragments_unplaced: 8, tunnel_fragments: 0 },
        }),
        crowded: 9,
        assetsLeftOut: 1,
        notes: ['A sentence of the caller.'],
      },
    )
    expect(limits).toEqual([
      'The run was stopped before the end of its input; what was read until then was judged.',
      'plant.pcap is damaged at byte 24: the record is cut.',
      '1 conversation could not be judged: the opening was not seen, and only one direction is declared.',
      '11 frames were lost before they could be looked at.',
      'The capture files say that 3 frames were lost while capturing; nothing is known of them.',
      '1 frame was of a link type that is not decoded.',
      '3 frames were cut before their addresses and belong to no conversation.',
      '2 frames were malformed below the addresses and belong to no conversation.',
      '4 frames were wrapped deeper than is unwrapped.',
      '25 frames were outside the span asked for and left out (25 %).',
      '8 fragments could not be joined to a conversation.',
      '1 conversation had to leave the flow table early because it was full. It was judged until then; later frames count as a new conversation.',
      '1 conversation had frames cut by the mirror: sizes are right, contents are partly unseen.',
      'The direction of 1 judged conversation was inferred from port numbers; the opening was not seen.',
      '3 conduits could not be observed from here: C-01, C-02 and C-03.',
      '9 conversations came after the limit of distinct findings and were folded by zone pair only.',
      'There were more addresses than asset records are kept for; the rest is missing there.',
      'plant.pcap: 12 frames had a wire length below their captured length.',
      'A sentence of the caller.',
    ])
  })

  it('says that nothing was judged without a policy', () => {
    const summary = new SummaryBuilder({ version: '0.1.0' }).build(facts())
    expect(summary.limits).toEqual([
      'No policy was given, so nothing was judged: give one with --policy FILE.',
    ])
    expect('policy_id' in summary || 'site' in summary).toBe(false)
  })
})

describe('exit status', () => {
  const clean = build([flow(modbus)])
  clean.conduits = []
  const withFinding = (severity: 'low' | 'medium' | 'high'): Summary => ({
    ...clean,
    findings: { total: 1, kinds: {}, severities: { [severity]: 1 } },
  })
  const damaged = { complete: false }

  it.each([
    ['nothing found', clean, {}, 0],
    ['a medium finding', withFinding('medium'), {}, 1],
    ['a low finding', withFinding('low'), {}, 0],
    ['a low finding, --fail-on low', withFinding('low'), { failOn: 'low' }, 1],
    ['a high finding, --fail-on critical', withFinding('high'), { failOn: 'critical' }, 0],
    ['damage', { ...clean, ...damaged }, {}, 3],
    ['damage and a finding', { ...withFinding('high'), ...damaged }, {}, 1],
    ['damage and a finding below --fail-on', { ...withFinding('low'), ...damaged }, {}, 3],
    ['damage and a finding, --exit-zero', { ...withFinding('high'), ...damaged }, { exitZero: true }, 0],
    ['an undetermined flow', { ...clean, flows: { ...clean.flows, verdicts: { undetermined: 1 } } }, {}, 0],
    [
      'an undetermined flow, --strict',
      { ...clean, flows: { ...clean.flows, verdicts: { undetermined: 1 } } },
      { strict: true },
      1,
    ],
    ...(
      [
        ['fragments of no flow', {}, 0],
        ['fragments of no flow, --strict', { strict: true }, 1],
      ] as const
    ).map(
      ([name, options, status]) =>
        [
          name,
          { ...clean, frames: frames({ placed: { ...clean.frames.placed, fragments_unplaced: 1 } }) },
          options,
          status,
        ] as const,
    ),
    [
      'an undetermined tunnel, --strict',
      { ...clean, tunnels: { ...clean.tunnels, verdicts: { undetermined: 1 } } },
      { strict: true },
      1,
    ],
    [
      'a hidden conduit',
      { ...clean, conduits: [{ conduit: 'C', state: 'not-observable', channels: [] }] },
      {},
      0,
    ],
    [
      'a hidden conduit, --strict',
      { ...clean, conduits: [{ conduit: 'C', state: 'not-observable', channels: [] }] },
      { strict: true },
      1,
    ],
    [
      'a conduit never used, --strict',
      { ...clean, conduits: [{ conduit: 'C', state: 'never-observed', channels: [] }] },
      { strict: true },
      0,
    ],
  ] as const)('%s', (_name, summary, options, status) => {
    expect(exitStatus(summary as Summary, options)).toBe(status)
  })
})
