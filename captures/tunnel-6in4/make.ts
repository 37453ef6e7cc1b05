import { type CaptureFile, pour, SECOND, Trace } from '../support/captures.ts'
import { atResponder, type Host, inVlan, resolve } from '../support/conversations.ts'
import { carried, ETHERTYPE, gre, type Outer, PROTO } from '../support/frames.ts'
import { pcap } from '../support/pcap.ts'
import * as session from '../support/sessions.ts'

const GATEWAY = '00:00:5e:00:01:50'
const START = '2026-10-16T19:05:00Z'
const plc1: Host = { ip: '10.37.1.11', mac: '00:80:f4:37:01:0b' }
const hmi: Host = { ip: '10.37.2.10', mac: '00:50:56:37:02:0a', ttl: 128 }
const scada: Host = { ip: '10.37.2.20', mac: '00:50:56:37:02:14', ttl: 128 }
const station: Host = { ip: '10.64.8.10', mac: '00:02:a3:64:08:0a' }

/** the ends of the undeclared tunnel: an office PC, and a small computer somebody left in the control cabinet */
const officePc = { ip: '10.38.7.33', mac: '3c:52:82:38:07:21' }
const leftBehind = { ip: '10.37.1.77', mac: 'b8:27:eb:37:01:4d' }
const inner6: Record<'pc' | 'plc', Host> = {
  pc: { ip: 'fd00:38::33', mac: officePc.mac },
  plc: { ip: 'fd00:37:1::12', mac: leftBehind.mac },
}
/** the ends of the declared tunnel: the routers of plant and outstation */
const plantRouter = { ip: '10.37.30.1', mac: '00:1b:54:37:30:01' }
const farRouter = { ip: '10.64.0.1', mac: '00:1b:54:64:00:01' }

/** What goes into a tunnel is built as plain frames, then each loses its Ethernet header and gets the outer ones. */
function throughTunnel(
  inside: Trace,
  sensor: Trace,
  ends: [typeof officePc, typeof officePc],
  vlan: number,
  asGre: boolean,
): void {
  let id = 0x4000
  pour(inside, sensor, frame => {
    const six = frame[12] === 0x86
    const length = six ? 40 + ((frame[18] << 8) | frame[19]) : (frame[16] << 8) | frame[17]
    const packet = frame.subarray(14, 14 + length)
    const forth = Buffer.from(frame.subarray(6, 12)).toString('hex') === ends[0].mac.replaceAll(':', '')
    const [from, to] = forth ? ends : [ends[1], ends[0]]
    const outer: Outer = {
      src: from.ip,
      dst: to.ip,
      srcMac: forth ? GATEWAY : from.mac,
      dstMac: forth ? to.mac : GATEWAY,
      tags: [{ vlan }],
    }
    const payload = asGre ? gre(ETHERTYPE.ipv4, packet) : packet
    return carried(outer, asGre ? PROTO.gre : PROTO.ipv6, payload, ++id, 63)
  })
}

export function make(): CaptureFile[] {
  const trace = new Trace(START)
  const plan = session.planner(trace)
  resolve(trace, 0.1 * SECOND, leftBehind, { ip: '10.37.1.1', mac: GATEWAY }, [{ vlan: 110 }])
  session.modbusPolling(plan(hmi, plc1, atResponder([{ vlan: 110 }], GATEWAY), 1, 55))
  session.opcua(plan(hmi, scada, inVlan(120), 2, 40))
  session.s7Polling(plan(scada, plc1, atResponder([{ vlan: 110 }], GATEWAY), 3, 25, { period: 2 * SECOND }))

  // undeclared: Modbus over IPv6 inside 6in4
  const six = new Trace(START)
  session.modbusPolling(plan(inner6.pc, inner6.plc, { into: six }, 10, 30, { close: true }), 5)
  throughTunnel(six, trace, [officePc, leftBehind], 110, false)

  // declared: the outstation's telecontrol through the routers' GRE tunnel
  const far = new Trace(START)
  const inGre = { into: far, origMac: plantRouter.mac, respMac: farRouter.mac, origHops: 1, respHops: 1 }
  session.iec104(plan(scada, station, inGre, 5, 30, { midstream: false }))
  // ... in which a shell runs too, and that is not declared
  session.ssh(plan(hmi, station, inGre, 20, 8, { close: true }))
  throughTunnel(far, trace, [plantRouter, farRouter], 30, true)
  return [{ name: 'traffic.pcap', bytes: pcap(trace) }]
}
