import { type CaptureFile, SECOND, Trace } from '../support/captures.ts'
import { atResponder, type Host, inVlan, resolve } from '../support/conversations.ts'
import { pcap } from '../support/pcap.ts'
import * as session from '../support/sessions.ts'

const GATEWAY = '00:00:5e:00:01:28'
const hmi1: Host = { ip: '10.31.2.10', mac: '00:50:56:31:02:0a', ttl: 64 }
const hmi2: Host = { ip: '10.31.2.11', mac: '00:50:56:31:02:0b', ttl: 64 }
const station: Host = { ip: '10.31.3.40', mac: '00:50:56:31:03:28' }
const jumpHost: Host = { ip: '10.31.35.30', mac: '00:50:56:31:35:1e' }
const mailRelay: Host = { ip: '10.31.35.25', mac: '00:50:56:31:35:19' }
const supervision = atResponder([{ vlan: 120 }], GATEWAY)

/** Shells on HMIs: from the jump host as declared, and from three places that are not. */
export function make(): CaptureFile[] {
  const trace = new Trace('2026-10-08T13:30:00Z')
  const plan = session.planner(trace)
  resolve(trace, 0.2 * SECOND, hmi1, { ip: '10.31.2.1', mac: GATEWAY }, [{ vlan: 120 }])
  session.ssh(plan(jumpHost, hmi1, supervision, 1, 30, { close: true }))
  session.opcua(plan(station, hmi1, supervision, 2, 30, { period: 2 * SECOND }))
  session.https(plan(station, hmi2, supervision, 6, 8, { period: 3 * SECOND, close: true }), 'hmi-2')
  session.ssh(plan(hmi1, hmi2, inVlan(120), 8, 10))
  // the service is not in the conduit
  session.ssh(plan(station, hmi1, supervision, 15, 30))
  // the service is, the originator is not
  session.ssh(plan(mailRelay, hmi2, supervision, 22, 12, { close: true }))
  // a shell on another port, in a range declared for nothing
  session.ssh(plan(station, hmi2, supervision, 30, 15, { respPort: 2022 }))
  return [{ name: 'traffic.pcap', bytes: pcap(trace, { nanoseconds: true }) }]
}
