import { type CaptureFile, pour, SECOND, Trace } from '../support/captures.ts'
import type { Host, View } from '../support/conversations.ts'
import { carriedUdp, vxlan } from '../support/frames.ts'
import { pcap } from '../support/pcap.ts'
import * as session from '../support/sessions.ts'

const edge: Host = { ip: '10.36.2.20', mac: '06:1a:36:02:00:14' }
const broker: Host = { ip: '10.36.2.30', mac: '06:1a:36:02:00:1e' }
const soft1: Host = { ip: '10.36.1.11', mac: '06:1a:36:01:00:0b' }
const soft2: Host = { ip: '10.36.1.12', mac: '06:1a:36:01:00:0c' }
const build: Host = { ip: '10.36.9.70', mac: '06:1a:36:09:00:46' }
const ROUTER = '06:1a:36:00:00:01'
const sensor = {
  src: '10.36.250.40',
  dst: '10.36.250.9',
  srcMac: '06:1a:36:fa:00:28',
  dstMac: '06:1a:36:fa:00:09',
}

/** A cloud's traffic mirror: every frame of the guests in VXLAN to the sensor, no tags, no ARP. */
export function make(): CaptureFile[] {
  const trace = new Trace('2026-10-15T12:00:00Z')
  const guests = new Trace('2026-10-15T12:00:00Z')
  const plan = session.planner(guests)
  const mirror: View = { origMac: ROUTER, origHops: 1 }
  const inner: View = {}
  session.opcua(plan(edge, soft1, mirror, 1, 40))
  session.modbusPolling(plan(edge, soft2, mirror, 2, 45, { midstream: true }))
  session.https(plan(edge, broker, inner, 4, 10, { period: 3 * SECOND }), 'broker')
  session.ssh(plan(build, soft1, mirror, 10, 25))
  session.snmp(plan(broker, soft2, mirror, 3, 5))

  let count = 0
  pour(guests, trace, frame => {
    count++
    const inside = vxlan(7001, frame)
    // half of the headers have a reserved bit set, as some senders do
    if (count % 2) inside[7] = 1
    // the source port is a hash of the inner addresses
    return carriedUdp(sensor, 49152 + ((frame[33] * 251 + frame[29]) & 0x3fff), 4789, inside, count)
  })
  return [{ name: 'traffic.pcap', bytes: pcap(trace) }]
}
