import { type CaptureFile, SECOND, Trace } from '../support/captures.ts'
import { atResponder, Exchange, type Host, inVlan, resolve, Tcp } from '../support/conversations.ts'
import { bytes, PROTO, udp, unreachable } from '../support/frames.ts'
import { snmpGet } from '../support/ot.ts'
import { pcap } from '../support/pcap.ts'
import * as session from '../support/sessions.ts'

const GATEWAY = '00:00:5e:00:01:8c'
const laptop: Host = { ip: '10.45.3.66', mac: '54:ee:75:45:03:42', ttl: 128 }
const inventory: Host = { ip: '10.45.3.30', mac: '00:50:56:45:03:1e' }
const backup: Host = { ip: '10.45.3.31', mac: '00:50:56:45:03:1f' }
const historian: Host = { ip: '10.45.3.20', mac: '00:50:56:45:03:14', ttl: 128 }
const hmi: Host = { ip: '10.45.2.10', mac: '00:50:56:45:02:0a', ttl: 128 }
const scada: Host = { ip: '10.45.2.20', mac: '00:50:56:45:02:14', ttl: 128 }
const plc1: Host = { ip: '10.45.1.11', mac: '00:0e:8c:45:01:0b', ttl: 30 }
const plc2: Host = { ip: '10.45.1.12', mac: '00:80:f4:45:01:0c' }
const host = (zone: number, number: number): Host => ({
  ip: `10.45.${zone}.${number}`,
  mac: `00:1b:1b:45:0${zone}:${number.toString(16).padStart(2, '0')}`,
})
const control = atResponder([{ vlan: 110 }], GATEWAY)
const supervision = atResponder([{ vlan: 120 }], GATEWAY)

/** what a scanner tries first; 102 is declared for this laptop, 80 and 102 are open on the controller */
const SERVICES = [
  21, 22, 23, 25, 53, 80, 102, 110, 111, 135, 139, 143, 443, 445, 502, 636, 1433, 3306, 3389, 4840, 5900,
  8080, 20000, 44818,
]

/** Twenty minutes in which somebody looks around, and three machines that try much, but not that much. */
export function make(): CaptureFile[] {
  const trace = new Trace('2026-10-23T04:40:00Z')
  const plan = session.planner(trace)
  resolve(trace, 0.2 * SECOND, plc1, { ip: '10.45.1.1', mac: GATEWAY }, [{ vlan: 110 }])
  resolve(trace, 0.3 * SECOND, scada, { ip: '10.45.2.1', mac: GATEWAY }, [{ vlan: 120 }])

  // daily business
  session.modbusPolling(plan(hmi, plc2, control, 1, 110, { period: 10 * SECOND, midstream: true }))
  session.s7Polling(plan(scada, plc1, control, 3, 70, { period: 15 * SECOND }))
  session.opcua(plan(historian, scada, supervision, 5, 55, { period: 20 * SECOND }))
  session.opcua(plan(scada, hmi, inVlan(120), 9, 20, { period: 50 * SECOND }))
  // the laptop's own work: declared
  session.s7Polling(plan(laptop, plc1, control, 20, 30, { period: 2 * SECOND, close: true }))

  // many services of one controller: refused, but for an open one and a few that nobody answers
  SERVICES.forEach((respPort, i) => {
    const at = 100 + i * 0.35
    const c = new Tcp({ ...plan(laptop, plc1, control, at, 0, { origPort: 40_100 + i }), respPort })
    if (respPort === 80 || respPort === 102) c.open().reset('orig')
    else if (respPort % 10 === 3) c.openUnanswered(1)
    else c.openRefused()
  })
  // and two over UDP: one that nobody answers, one refused by ICMP
  const [getName] = snmpGet(1, [6, 1, 2, 1, 1, 5, 0], '')
  for (const [at, port, payload] of [
    [110, 161, getName],
    [111, 5000, bytes('hello')],
  ] as const) {
    const c = new Exchange(plan(laptop, plc1, control, at, 0))
    const packet = c.packet('orig', PROTO.udp, udp(c.ends('orig'), 40_200, port, payload))
    if (port === 5000) c.turn().packet('resp', PROTO.icmp, unreachable(3, packet))
  }

  // one service of many hosts of the other zone: most addresses are nobody's, two answer
  for (let number = 10; number < 40; number++) {
    const there = number === 10 ? hmi : number === 20 ? scada : host(2, number)
    const setting = plan(laptop, there, supervision, 130 + number * 0.25, 0, { origPort: 41_000 + number })
    const c = new Tcp({ ...setting, respPort: 3389 })
    if (number === 10) c.open().close()
    else if (number === 20) c.openRefused()
    else c.openUnanswered(0)
  }

  // near misses: exactly sixteen services
  for (let i = 0; i < 16; i++) {
    const setting = plan(inventory, plc2, control, 200 + i, 0, { origPort: 42_000 + i })
    new Tcp({ ...setting, respPort: 9000 + 10 * i }).openRefused()
  }
  // and twenty hosts, but never more than sixteen of them within ten minutes: one every 50 seconds
  for (let i = 0; i < 20; i++) {
    const setting = plan(backup, host(1, 40 + i), control, 150 + i * 50, 0, { origPort: 43_000 + i })
    new Tcp({ ...setting, respPort: 10_000 }).openUnanswered(0)
  }
  return [{ name: 'traffic.pcap', bytes: pcap(trace) }]
}
