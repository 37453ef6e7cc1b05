import { type CaptureFile, SECOND, Trace } from '../support/captures.ts'
import { atResponder, type Host, resolve, type View } from '../support/conversations.ts'
import { ETHERTYPE, ethernet, goose, profinetCyclic, type Tag } from '../support/frames.ts'
import { pcapng } from '../support/pcapng.ts'
import * as session from '../support/sessions.ts'

const GATEWAY = '00:00:5e:00:01:5a'
const plc1: Host = { ip: '10.39.1.11', mac: '00:0e:8c:39:01:0b', ttl: 30 }
const plc2: Host = { ip: '10.39.1.12', mac: '00:0e:8c:39:01:0c', ttl: 30 }
const io: Host = { ip: '10.39.1.31', mac: '00:30:de:39:01:1f' }
const relay: Host = { ip: '10.39.1.50', mac: '00:02:a3:39:01:32' }
const hmi: Host = { ip: '10.39.2.10', mac: '00:50:56:39:02:0a', ttl: 128 }
const camera: Host = { ip: '10.39.4.9', mac: '00:40:8c:39:04:09' }
const panel: Host = { ip: '10.39.5.2', mac: '00:0e:8c:39:05:02' }
const panelIo: Host = { ip: '10.39.5.3', mac: '00:30:de:39:05:03' }

/** The carrier's tag of the site (IEEE 802.1ad) around the plant's own tag. */
const through = (vlan: number, priority = 0): Tag[] => [
  { vlan: 500, tpid: ETHERTYPE.serviceVlan },
  { vlan, priority },
]
/** Older switches stack two 802.1Q tags. */
const stacked = (vlan: number): Tag[] => [{ vlan: 501 }, { vlan }]
/** VID 0: a priority, no VLAN. */
const priorityOnly: Tag[] = [{ vlan: 0, priority: 6 }]

export function make(): CaptureFile[] {
  const trace = new Trace('2026-10-19T05:40:00Z')
  const plan = session.planner(trace)
  const control: View = atResponder(through(110), GATEWAY)
  const controlStacked: View = atResponder(stacked(110), GATEWAY)
  resolve(trace, 0.1 * SECOND, plc1, io, through(110))
  resolve(trace, 0.3 * SECOND, panel, panelIo)
  session.s7Polling(plan(hmi, plc1, control, 1, 40))
  session.modbusPolling(plan(hmi, plc2, controlStacked, 2, 40, { midstream: true }))
  session.http(plan(camera, plc2, controlStacked, 12, 8, { close: true }), 'plc-2')
  session.opcua(plan(plc1, plc2, { tags: through(110, 3) }, 4, 25))
  session.modbusPolling(plan(panel, panelIo, { tags: priorityOnly }, 3, 30))
  for (let cycle = 0; cycle < 60; cycle++) {
    const at = 0.5 * SECOND + cycle * 0.7 * SECOND
    const data = profinetCyclic(0x8000, Uint8Array.of(cycle & 1, 0x80), cycle * 64)
    trace.add(at, ethernet(io.mac, plc1.mac, ETHERTYPE.profinet, data, through(110, 6)))
    trace.add(at + 200e3, ethernet(panelIo.mac, panel.mac, ETHERTYPE.profinet, data, priorityOnly))
  }
  // GOOSE of the relay, in its own VLAN, then leaking into the cameras' VLAN of the same carrier tag
  for (let i = 0; i < 20; i++) {
    const pdu = goose(3, 'FEEDER_1', 4, i, true)
    trace.add(
      2 * SECOND + i * SECOND,
      ethernet('01:0c:cd:01:00:03', relay.mac, ETHERTYPE.goose, pdu, through(110, 4)),
    )
    if (i >= 10)
      trace.add(
        2 * SECOND + i * SECOND + 9e3,
        ethernet('01:0c:cd:01:00:03', relay.mac, ETHERTYPE.goose, pdu, through(140, 4)),
      )
  }
  return [
    { name: 'traffic.pcapng', bytes: pcapng(trace, { interfaces: [{ name: 'carrier', resolution: 9 }] }) },
  ]
}
