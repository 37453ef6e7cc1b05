import { type CaptureFile, SECOND, Trace } from '../support/captures.ts'
import { Exchange, type Host, inVlan, ping, resolve6, type View } from '../support/conversations.ts'
import {
  address,
  bytes,
  ETHERTYPE,
  ethernet,
  icmp6,
  ipv6,
  mac,
  optionsHeader,
  PROTO,
  segmentRouting,
  type Tag,
  u16,
  u32,
  udp,
} from '../support/frames.ts'
import { dns } from '../support/it.ts'
import { pcap } from '../support/pcap.ts'
import * as session from '../support/sessions.ts'

const ROUTER = '00:00:5e:00:02:64'
const plc1: Host = { ip: 'fd00:41:1::11', mac: '00:1b:1b:41:01:0b' }
const plc2: Host = { ip: 'fd00:41:1::12', mac: '00:1b:1b:41:01:0c' }
const hmi: Host = { ip: 'fd00:41:2::10', mac: '00:50:56:41:02:0a' }
const scada: Host = { ip: 'fd00:41:2::20', mac: '00:50:56:41:02:14' }
const officePc: Host = { ip: '2001:db8:41:7::33', mac: '3c:52:82:41:07:21' }
const plc1Local: Host = { ip: 'fe80::21b:1bff:fe41:10b', mac: plc1.mac }
const plc2Local: Host = { ip: 'fe80::21b:1bff:fe41:10c', mac: plc2.mac }
const inControl: Tag[] = [{ vlan: 110 }]
const control: View = { tags: inControl, origMac: ROUTER, origHops: 1 }

export function make(): CaptureFile[] {
  const trace = new Trace('2026-10-20T10:00:00Z')
  const plan = session.planner(trace)
  resolve6(trace, 0.1 * SECOND, plc1, plc2, inControl)
  resolve6(trace, 0.4 * SECOND, plc1Local, plc2Local, inControl)
  session.modbusPolling(plan(hmi, plc1, control, 1, 45))
  session.opcua(
    plan(scada, plc2, { ...control, header: { extensions: [optionsHeader(60, [1, 4, 0, 0, 0, 0])] } }, 2, 25),
  )
  session.s7Polling(
    plan(hmi, plc2, { ...control, header: { extensions: [segmentRouting('fd00:41:ff::1')] } }, 3, 20, {
      midstream: true,
    }),
  )
  ping(plan(scada, plc1, { ...control, header: { extensions: [optionsHeader(0, [5, 2, 0, 0])] } }, 5, 4))
  session.modbusPolling(plan(plc1, plc2, inVlan(110), 4, 20))
  // link-local addresses never leave their VLAN
  session.ssh(plan(plc1Local, plc2Local, inVlan(110), 6, 10))
  // the office reaches a controller's web page: nobody thought of IPv6
  session.http(plan(officePc, plc1, control, 15, 8, { close: true }), '[fd00:41:1::11]')

  // what every IPv6 link says: router advertisement, listener report, multicast DNS
  for (let i = 0; i < 4; i++) {
    const from = 'fe80::5eff:fe00:264'
    const prefix = bytes([3, 4, 64, 0xc0], u32(86400), u32(14400), u32(0), address('fd00:41:1::'))
    const advertisement = icmp6(
      { src: from, dst: 'ff02::1' },
      134,
      0,
      bytes(64, 0, u16(1800), u32(0), u32(0), prefix, [1, 1], mac(ROUTER)),
    )
    const packet = ipv6({ src: from, dst: 'ff02::1', proto: PROTO.icmp6, ttl: 255 }, advertisement)
    trace.add((3 + 12 * i) * SECOND, ethernet('33:33:00:00:00:01', ROUTER, ETHERTYPE.ipv6, packet, inControl))
  }
  const ends = { src: plc1Local.ip, dst: 'ff02::16' }
  const record = bytes(4, 0, u16(0), address('ff02::1:ff00:11'))
  const report = icmp6(ends, 143, 0, bytes(u16(0), u16(1), record))
  const alert = optionsHeader(0, [5, 2, 0, 0])
  const listener = ipv6({ ...ends, proto: PROTO.icmp6, ttl: 1, extensions: [alert] }, report)
  trace.add(0.9 * SECOND, ethernet('33:33:00:00:00:16', plc1.mac, ETHERTYPE.ipv6, listener, inControl))
  const group = { src: plc2Local.ip, dst: 'ff02::fb' }
  const names = ipv6(
    { ...group, proto: PROTO.udp, ttl: 255 },
    udp(group, 5353, 5353, dns(0, 'plc-2.local', '0.0.0.0')[0]),
  )
  trace.add(7.7 * SECOND, ethernet('33:33:00:00:00:fb', plc2.mac, ETHERTYPE.ipv6, names, inControl))
  // a packet whose transport nobody knows here: experimental protocol 253 behind two extension headers
  const odd = new Exchange(
    plan(scada, plc2, { ...control, header: { extensions: [alert, optionsHeader(60, [1, 0])] } }, 9, 1),
  )
  odd.packet('orig', 253, bytes('timing probe'))
  return [{ name: 'traffic.pcap', bytes: pcap(trace, { nanoseconds: true }) }]
}
