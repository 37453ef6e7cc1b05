import { type CaptureFile, SECOND, Trace } from '../support/captures.ts'
import { atResponder, type Host } from '../support/conversations.ts'
import { pcap } from '../support/pcap.ts'
import * as session from '../support/sessions.ts'

const GATEWAY = '00:00:5e:00:01:1e'
const plc1: Host = { ip: '10.30.1.11', mac: '00:1b:1b:30:01:0b', ttl: 64 }
const plc2: Host = { ip: '10.30.1.12', mac: '00:80:f4:30:01:0c', ttl: 64 }
const hmi1: Host = { ip: '10.30.2.10', mac: '00:0c:29:30:02:0a', ttl: 128 }
const hmi2: Host = { ip: '10.30.2.11', mac: '00:0c:29:30:02:0b', ttl: 128 }
const toControl = atResponder([{ vlan: 110 }], GATEWAY)
const toSupervision = atResponder([{ vlan: 120 }], GATEWAY)

/** A controller opens conversations that only an HMI may open. */
export function make(): CaptureFile[] {
  const trace = new Trace('2026-10-07T09:00:00Z')
  const plan = session.planner(trace)
  // as declared
  session.opcua(plan(hmi1, plc1, toControl, 1, 40))
  session.modbusPolling(plan(hmi2, plc2, toControl, 0.5, 55, { midstream: true }))
  // alarm push and time, declared the other way round
  session.syslog(plan(plc1, hmi1, toSupervision, 5, 8), 'plc-1 pump 3 tripped')
  session.https(plan(plc2, hmi1, toSupervision, 12, 5, { period: 4 * SECOND, close: true }), 'hmi-1')
  // against the declared direction: the opening is seen
  session.opcua(plan(plc1, hmi1, toSupervision, 20, 20))
  // against it, in the middle: the requests tell
  session.modbusPolling(plan(plc2, hmi2, toSupervision, 3, 50, { midstream: true }))
  // FINS has the same port at both ends: its commands tell
  session.fins(plan(hmi1, plc2, toControl, 7, 12))
  return [{ name: 'traffic.pcap', bytes: pcap(trace, { bigEndian: true }) }]
}
