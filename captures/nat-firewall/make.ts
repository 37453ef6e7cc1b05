import { type CaptureFile, SECOND, Trace } from '../support/captures.ts'
import { type Host, inVlan, resolve } from '../support/conversations.ts'
import { pcap } from '../support/pcap.ts'
import * as session from '../support/sessions.ts'

const inside: Host = { ip: '10.40.1.1', mac: '00:a0:45:40:01:01', ttl: 64 }
const outside: Host = { ip: '10.40.2.1', mac: '00:a0:45:40:02:01', ttl: 64 }
/** what it lets through keeps the sender's TTL, less one */
const forwarded: Host = { ...inside, ttl: 127 }
const plc1: Host = { ip: '10.40.1.11', mac: '00:80:f4:40:01:0b' }
const plc2: Host = { ip: '10.40.1.12', mac: '00:0e:8c:40:01:0c', ttl: 30 }
const hmi: Host = { ip: '10.40.2.10', mac: '00:50:56:40:02:0a', ttl: 128 }
const scada: Host = { ip: '10.40.2.20', mac: '00:50:56:40:02:14', ttl: 128 }
const supervision = inVlan(120)
const control = inVlan(110)

/** A cell firewall translates addresses; the mirror sees its outside (VLAN 120) and its inside (VLAN 110). */
export function make(): CaptureFile[] {
  const trace = new Trace('2026-10-12T11:00:00Z')
  const plan = session.planner(trace)
  resolve(trace, 0.2 * SECOND, hmi, outside, [{ vlan: 120 }])
  resolve(trace, 0.3 * SECOND, inside, plc1, [{ vlan: 110 }])
  // port forwarding, seen outside: really HMI -> plc-1:502
  session.modbusPolling(plan(hmi, outside, supervision, 1, 45, { respPort: 5020, seed: 4001 }))
  // the same conversation inside, behind the masquerade
  session.modbusPolling(plan(forwarded, plc1, control, 1.0001, 45, { origPort: 61001, seed: 4001 }))
  // SCADA speaks S7 to plc-2 through a forwarded port that the policy does not know
  session.s7Polling(plan(forwarded, plc2, control, 12.0001, 20, { origPort: 61002, seed: 4002 }))
  session.s7Polling(plan(scada, outside, supervision, 12, 20, { respPort: 10200, seed: 4002 }))
  // the firewall's own services
  session.ssh(plan(scada, outside, supervision, 20, 10, { close: true }))
  session.ntp(plan(plc1, inside, control, 5, 4, { period: 10 * SECOND }))
  session.ntp(plan(hmi, outside, supervision, 6, 4, { period: 10 * SECOND }))
  return [{ name: 'traffic.pcap', bytes: pcap(trace, { nanoseconds: true, bigEndian: true }) }]
}
