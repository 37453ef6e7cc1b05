import { type CaptureFile, pour, SECOND, Trace } from '../support/captures.ts'
import { atResponder, type Host, inVlan, resolve, type View } from '../support/conversations.ts'
import { carried, erspan1, erspan2, erspan3, PROTO, untag } from '../support/frames.ts'
import { pcap } from '../support/pcap.ts'
import * as session from '../support/sessions.ts'

const GATEWAY = '00:00:5e:00:01:46'
const plc1: Host = { ip: '10.35.1.11', mac: '00:80:f4:35:01:0b' }
const plc2: Host = { ip: '10.35.1.12', mac: '00:0e:8c:35:01:0c', ttl: 30 }
const hmi1: Host = { ip: '10.35.2.10', mac: '00:50:56:35:02:0a', ttl: 128 }
const hmi2: Host = { ip: '10.35.2.11', mac: '00:50:56:35:02:0b', ttl: 128 }
const scada: Host = { ip: '10.35.2.20', mac: '00:50:56:35:02:14', ttl: 128 }
const historian: Host = { ip: '10.35.3.20', mac: '00:50:56:35:03:14', ttl: 128 }

const sensor = { ip: '10.99.0.5', mac: '00:50:56:99:00:05' }
const mirrored = (host: number): { src: string; dst: string; srcMac: string; dstMac: string } => ({
  src: `10.99.0.${host}`,
  dst: sensor.ip,
  srcMac: `00:50:56:99:00:${host}`,
  dstMac: sensor.mac,
})

export function make(): CaptureFile[] {
  const trace = new Trace('2026-10-14T08:20:00Z')
  const plan = session.planner(trace)
  const [hostA, hostB, oldSwitch, newSwitch] = Array.from(
    { length: 4 },
    () => new Trace('2026-10-14T08:20:00Z'),
  )
  const control: View = { ...atResponder([{ vlan: 110 }], GATEWAY), into: hostA }
  const supervision: View = { ...inVlan(120), into: hostB }
  const operations = atResponder([{ vlan: 130 }], GATEWAY)
  resolve(trace, 0.1 * SECOND, { ip: '10.99.0.21', mac: mirrored(21).srcMac }, sensor)
  session.modbusPolling(plan(hmi1, plc1, control, 1, 40))
  session.s7Polling(plan(scada, plc2, control, 2, 40))
  session.opcua(plan(hmi2, scada, supervision, 3, 30))
  // undeclared: the historian reads a controller, seen on host a
  session.s7Polling(plan(historian, plc2, control, 15, 20))
  // undeclared: an HMI looks into the historian; an older switch mirrors with type I
  session.https(
    plan(hmi1, historian, { ...operations, into: oldSwitch }, 20, 4, { close: true }),
    'historian',
  )
  // declared: SCADA hands data up; a newer switch mirrors with type III, every other frame with the platform sub-header
  session.opcua(plan(scada, historian, { ...operations, into: newSwitch }, 10, 12))

  // host a keeps the tag in the frame; seven of its frames never arrive
  let sent = 0
  pour(hostA, trace, frame => {
    sent += sent === 59 ? 8 : 1
    return carried(mirrored(21), PROTO.gre, erspan2(12, sent, 110, frame), sent)
  })
  // host b takes the tag off and notes the VLAN in the ERSPAN header
  let stripped = 0
  pour(hostB, trace, frame =>
    carried(mirrored(22), PROTO.gre, erspan2(13, ++stripped, 120, untag(frame)), stripped),
  )
  let old = 0
  pour(oldSwitch, trace, frame => carried(mirrored(23), PROTO.gre, erspan1(frame), ++old))
  let third = 0
  pour(newSwitch, trace, (frame, at) => {
    // 100 microsecond ticks of the switch's own clock
    const wrapped = erspan3(14, ++third, 130, 4_000_000 + Math.floor(at / 100e3), frame, third % 2 === 0)
    return carried(mirrored(24), PROTO.gre, wrapped, third)
  })
  return [{ name: 'traffic.pcap', bytes: pcap(trace) }]
}
