import { type CaptureFile, MILLISECOND, SECOND, Trace } from '../support/captures.ts'
import { atResponder, type Host, inVlan, resolve, Udp, type View } from '../support/conversations.ts'
import {
  bytes,
  ETHERTYPE,
  ethernet,
  goose,
  hex,
  icmp,
  ipv4,
  mac,
  PROTO,
  sampledValues,
  u16,
} from '../support/frames.ts'
import { ptp } from '../support/ot.ts'
import { pcapng } from '../support/pcapng.ts'
import * as session from '../support/sessions.ts'

const GATEWAY = '00:00:5e:00:01:6a'
const scada: Host = { ip: '10.42.2.20', mac: '00:50:56:42:02:14', ttl: 128 }
const gatewayPc: Host = { ip: '10.42.2.21', mac: '00:50:56:42:02:15', ttl: 128 }
const clock: Host = { ip: '10.42.3.5', mac: '00:0c:ec:42:03:05' }
const testClock: Host = { ip: '10.42.4.9', mac: '00:16:c0:42:04:09' }
const ied1: Host = { ip: '10.42.1.11', mac: '00:02:a3:42:01:0b' }
const ied2: Host = { ip: '10.42.1.12', mac: '00:02:a3:42:01:0c' }
const merging: Host = { ip: '10.42.1.40', mac: '00:21:c1:42:01:28' }
const tieIed: Host = { ip: '10.42.5.11', mac: '00:30:a7:42:05:0b' }

const STATION = 120
const TIMING = 130
const TEST = 140
const BAY_1 = 111
const BAY_2 = 112
/** what PTP goes to over IPv4 (IEEE 1588-2008 annex D): the group, and the MAC it maps to */
const ptpGroup: Host = { ip: '224.0.1.129', mac: '01:00:5e:00:01:81' }
const clockId = (host: Host): Uint8Array => {
  const six = mac(host.mac)
  return bytes(six.subarray(0, 3), 0xff, 0xfe, six.subarray(3))
}

/** Seen in its own VLAN, then in each VLAN the router forwards the group to, with the router's MAC and one hop more. */
const spread = (own: number, ...others: number[]): View[] => [
  inVlan(own, 7),
  ...others.map((vlan, i) => ({
    ...atResponder([{ vlan, priority: 7 }], GATEWAY),
    delay: (30 + 8 * i) * 1e3,
  })),
]

/** Sync on the event port, then follow-up and, every other second, announce on the general port (IEEE 1588 annex D). */
function master(trace: Trace, host: Host, views: View[], seconds: [first: number, count: number]): void {
  const common = { trace, orig: host, resp: ptpGroup, views }
  const event = new Udp({ ...common, at: 0, seed: seconds[0], origPort: 319, respPort: 319 })
  const general = new Udp({ ...common, at: 0, seed: seconds[0] + 1, origPort: 320, respPort: 320 })
  const id = clockId(host)
  for (let i = 0; i < seconds[1]; i++) {
    const at = (seconds[0] + i) * SECOND + 62 * MILLISECOND
    const second = trace.start + seconds[0] + i
    event.until(at).send('orig', ptp(0, id, i, second, 62_000_000))
    general.until(at + 400e3).send('orig', ptp(8, id, i, second, 62_012_480))
    if (i % 2 === 0) general.until(at + 500 * MILLISECOND).send('orig', ptp(11, id, i >> 1, second, 0))
  }
}

/** Delay requests of a slave, to the same group. */
function delays(trace: Trace, host: Host, views: View[], first: number, count: number): void {
  const c = new Udp({
    trace,
    orig: host,
    resp: ptpGroup,
    views,
    at: 0,
    seed: first + 70,
    origPort: 319,
    respPort: 319,
  })
  for (let i = 0; i < count; i++) {
    const at = first * SECOND + i * 4 * SECOND
    c.until(at).send('orig', ptp(1, clockId(host), i, 0, 0))
  }
}

/** One retransmission of a GOOSE message a second, seen in each of the VLANs. */
function publish(
  trace: Trace,
  host: Host,
  group: number,
  vlans: number[],
  seconds: [first: number, count: number],
): void {
  const to = `01:0c:cd:01:00:${group.toString(16).padStart(2, '0')}`
  for (let i = 0; i < seconds[1]; i++) {
    const pdu = goose(group, `BAY_${group}`, 7, i, i % 20 < 10)
    for (const [n, vlan] of vlans.entries()) {
      const at = (seconds[0] + i) * SECOND + n * 6e3
      trace.add(at, ethernet(to, host.mac, ETHERTYPE.goose, pdu, [{ vlan, priority: 4 }]))
    }
  }
}

/** IGMPv3 report (RFC 3376 section 4.2): the sender wants the PTP group; router alert option, TTL 1. */
function joins(trace: Trace, at: number, host: Host, vlan: number): void {
  // the checksum of IGMP is made as that of ICMP
  const report = icmp(0x22, 0, bytes(u16(0), u16(1), bytes(4, 0, u16(0), [224, 0, 1, 129])))
  const header = { src: host.ip, dst: '224.0.0.22', proto: PROTO.igmp, ttl: 1, options: hex('94040000') }
  trace.add(at, ethernet('01:00:5e:00:00:16', host.mac, ETHERTYPE.ipv4, ipv4(header, report), [{ vlan }]))
}

/** One minute of a substation: time and trips go to groups, and groups do not stop at zone borders. */
export function make(): CaptureFile[] {
  const trace = new Trace('2026-10-21T08:00:00Z')
  const plan = session.planner(trace)
  session.switchHellos(trace, { mac: '00:02:a3:42:01:fe', name: 'sw-bay-1', seconds: 60, every: 10 })
  resolve(trace, 0.2 * SECOND, ied1, { ip: '10.42.1.1', mac: GATEWAY }, [{ vlan: BAY_1 }])
  joins(trace, 0.5 * SECOND, ied1, BAY_1)
  joins(trace, 0.6 * SECOND, scada, STATION)
  // the station's clock, forwarded to everybody who needs the time
  master(trace, clock, spread(TIMING, STATION, BAY_1, BAY_2), [1, 55])
  // a clock left on in the test room: the same group, forwarded to bay 1 as well
  master(trace, testClock, spread(TEST, BAY_1), [12, 30])
  // slaves ask back through the group; bay 1 may, the station level may not
  delays(trace, ied1, spread(BAY_1, TIMING), 2, 12)
  delays(trace, gatewayPc, spread(STATION, TIMING), 3, 10)

  // trip of bay 1, which the tie in bay 2 needs: declared
  publish(trace, ied1, 0x01, [BAY_1, BAY_2], [1, 50])
  // another message of bay 1, whose group nobody filters in the trunk to bay 2
  publish(trace, ied2, 0x22, [BAY_1, BAY_2], [5, 40])
  // stays where it belongs
  publish(trace, tieIed, 0x31, [BAY_2], [2, 40])
  // a message of the tie that reaches the station level, where no conduit from bay 2 leads
  publish(trace, tieIed, 0x32, [BAY_2, STATION], [20, 15])
  for (let i = 0; i < 200; i++) {
    const unit = sampledValues(0x4001, 'MU0101', i)
    const to = '01:0c:cd:04:00:01'
    trace.add(
      10 * SECOND + i * 250e3,
      ethernet(to, merging.mac, ETHERTYPE.sampledValues, unit, [{ vlan: BAY_1, priority: 4 }]),
    )
  }
  session.iec104(plan(scada, ied1, atResponder([{ vlan: BAY_1 }], GATEWAY), 4, 40))
  return [
    { name: 'traffic.pcapng', bytes: pcapng(trace, { interfaces: [{ name: 'span2', resolution: 9 }] }) },
  ]
}
