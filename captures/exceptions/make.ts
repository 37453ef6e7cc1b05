import { type CaptureFile, SECOND, Trace } from '../support/captures.ts'
import { atResponder, type Host, inVlan, resolve } from '../support/conversations.ts'
import { pcapng } from '../support/pcapng.ts'
import * as session from '../support/sessions.ts'

const GATEWAY = '00:00:5e:00:01:32'
const supplier1: Host = { ip: '10.66.4.8', mac: '00:50:56:66:04:08', ttl: 128 }
const supplier2: Host = { ip: '10.67.9.3', mac: '00:50:56:67:09:03', ttl: 128 }
const plc1: Host = { ip: '10.32.1.11', mac: '00:0e:8c:32:01:0b', ttl: 30 }
const plc2: Host = { ip: '10.32.1.12', mac: '00:0e:8c:32:01:0c', ttl: 30 }
const plc3: Host = { ip: '10.32.1.13', mac: '00:0e:8c:32:01:0d', ttl: 30 }
const hmi: Host = { ip: '10.32.2.10', mac: '00:50:56:32:02:0a', ttl: 128 }
const control = atResponder([{ vlan: 110 }], GATEWAY)

/** Six minutes around midnight (Europe/Berlin) of the day an exception ends: 22:00 UTC is the 180th second. */
export function make(): CaptureFile[] {
  const trace = new Trace('2026-10-05T21:57:00Z')
  const plan = session.planner(trace)
  resolve(trace, 0.2 * SECOND, plc1, { ip: '10.32.1.1', mac: GATEWAY }, [{ vlan: 110 }])
  session.s7Polling(plan(hmi, plc1, control, 1, 70, { period: 5 * SECOND, midstream: true }))
  session.opcua(plan(plc1, plc2, inVlan(110), 3, 30, { period: 10 * SECOND }))
  // valid for the whole capture; from minute two on with a download
  session.s7Polling(plan(supplier1, plc1, control, 10, 80, { period: 4 * SECOND }), { download: 30 })
  // runs across the end of its exception
  session.s7Polling(plan(supplier2, plc2, control, 20, 80, { period: 4 * SECOND }), { write: 50 })
  // over before the end
  session.s7Polling(plan(supplier2, plc3, control, 30, 20, { period: 4 * SECOND, close: true }))
  // begins after it
  session.s7Polling(plan(supplier2, plc3, control, 240, 20, { period: 4 * SECOND, close: true }))
  // never covered: the exception is for another service
  session.ssh(plan(supplier1, plc1, control, 100, 8))
  return [{ name: 'traffic.pcapng', bytes: pcapng(trace, { interfaces: [{ name: 'span0' }] }) }]
}
