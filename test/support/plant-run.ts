import type { FlowFacts } from '../../src/finding/facts.ts'
import { Findings } from '../../src/finding/findings.ts'
import type { FindingRecord, Summary } from '../../src/records.ts'
import { SummaryBuilder } from '../../src/summary.ts'
import { flow, frames, plant, restartIds, timeAt } from './records.ts'

/** A hand-made hour in a plant that shows something of every part of the report. */
export function plantFlows(): FlowFacts[] {
  restartIds()
  const flows: FlowFacts[] = []
  const reads = {
    service: 'modbus',
    verdict: 'sanctioned',
    reason: 'no-action-seen',
    conduit: 'C-01',
    channel: 'reads',
  } as const
  const hmi = { orig_addr: '10.10.2.10', orig_zone: 'supervision', orig_asset: 'hmi-1' } as const
  const plc = { resp_addr: '10.10.1.11', resp_zone: 'control', resp_asset: 'plc-11', resp_port: 502 } as const
  for (let i = 0; i < 1204; i++)
    flows.push(flow({ ...reads, ...hmi, ...plc, at: i, inferred: i < 3 ? true : undefined }))
  // SSH into the HMI, answered
  flows.push(flow({ at: 843, frame: 15_321 }))
  // the HMI opens SSH to a PLC three times, which refuses
  for (let i = 0; i < 3; i++) {
    flows.push(
      flow({
        ...hmi,
        ...plc,
        at: 1200 + i,
        frame: 20_100 + i,
        resp_port: 22,
        attempt: 'refused',
        reason: 'service',
        orig_packets: 1,
        resp_packets: 1,
        orig_bytes: 74,
        resp_bytes: 60,
        nearest: { conduit: 'C-01', channel: 'reads', failed: ['service'] },
      }),
    )
  }
  // a write where reads are declared
  flows.push(
    flow({
      ...hmi,
      ...plc,
      at: 1300,
      frame: 21_004,
      service: 'modbus',
      reason: 'action',
      actions: { 'modbus:read': 40, 'modbus:write': 3 },
      nearest: { conduit: 'C-01', channel: 'reads', failed: ['action'] },
      respSlT: 3,
    }),
  )
  // a vendor after the end of its exception
  flows.push(
    flow({
      at: 1500,
      frame: 22_001,
      orig_addr: '10.66.0.9',
      orig_zone: 'vendor',
      ...plc,
      resp_port: 102,
      service: 's7comm',
      reason: 'expired',
      nearest: { exception: 'EX-2025-02', failed: ['expired'] },
    }),
  )
  // a valid exception, somebody unknown, and what could not be judged
  for (let i = 0; i < 2; i++) {
    flows.push(
      flow({
        at: 1600 + i,
        ...plc,
        resp_port: 102,
        service: 's7comm',
        verdict: 'exception',
        reason: undefined,
        exception: 'EX-2026-07',
      }),
    )
  }
  flows.push(
    flow({
      at: 1700,
      frame: 23_010,
      orig_addr: '192.0.2.7',
      orig_zone: undefined,
      service: 'https',
      resp_port: 443,
      verdict: 'unzoned',
      reason: undefined,
    }),
  )
  for (let i = 0; i < 12; i++) {
    flows.push(
      flow({
        ...hmi,
        ...plc,
        at: 1800 + i,
        resp_port: 5000 + i,
        service: undefined,
        direction: 'first',
        verdict: 'undetermined',
        reason: 'direction',
      }),
    )
  }
  // a scan of the supervision zone
  for (let i = 0; i < 40; i++) {
    const answered = i === 22
    flows.push(
      flow({
        at: 2000 + i,
        frame: 30_000 + i,
        orig_addr: '10.20.0.99',
        resp_addr: '10.10.2.11',
        resp_asset: undefined,
        resp_port: i + 1,
        service: answered ? 'telnet' : undefined,
        attempt: answered ? 'established' : 'unanswered',
        orig_packets: 1,
        resp_packets: answered ? 1 : 0,
        orig_bytes: 60,
        resp_bytes: answered ? 60 : 0,
      }),
    )
  }
  return flows
}

/** The run of `plantFlows`, through findings and summary. */
export function plantRun(): { summary: Summary; findings: FindingRecord[] } {
  const model = plant()
  const findings = new Findings({ site: model.site!, policyId: model.policyId, model })
  const builder = new SummaryBuilder({ version: '0.1.0', model })
  for (const facts of plantFlows()) {
    findings.observe(facts)
    builder.flow(facts)
  }
  const found = findings.result()
  const summary = builder.build({
    frames: frames({ received: 48_210, decoded: 48_190, malformed: 3, truncated: 17 }),
    files: [
      {
        name: 'captures/plant.pcap',
        bytes: 9_811_221,
        format: 'pcap',
        frames: 48_210,
        wireBytes: 9_039_837,
        reportedLost: 4,
        names: new Map(),
        comments: [],
        damage: [
          {
            file: 'captures/plant.pcap',
            offset: 9_811_100,
            reason: 'the record header says 3,000,000,000 bytes',
          },
        ],
        notes: [],
      },
    ],
    bytes: 9_039_837,
    start: timeAt(0),
    end: timeAt(3600),
    span: 3600,
    findings: found,
  })
  return { summary, findings: found }
}
