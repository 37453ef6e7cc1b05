import { type CaptureFile, MILLISECOND, SECOND, Trace } from '../support/captures.ts'
import { atResponder, type Host, inVlan, resolve, Udp, type View } from '../support/conversations.ts'
import { BROADCAST } from '../support/frames.ts'
import { bacnetRead, iAm, whoIs } from '../support/ot.ts'
import { pcap } from '../support/pcap.ts'
import * as session from '../support/sessions.ts'

const GATEWAY = '00:00:5e:00:01:7a'
const BACNET = 47808
const workstation: Host = { ip: '10.43.2.10', mac: '00:50:56:43:02:0a', ttl: 128 }
const trends: Host = { ip: '10.43.2.30', mac: '00:50:56:43:02:1e' }
const serviceLaptop: Host = { ip: '10.43.7.60', mac: '54:ee:75:43:07:3c', ttl: 128 }
const doors: Host = { ip: '10.43.5.8', mac: '00:06:8e:43:05:08' }
const plant = (number: number): Host => ({
  ip: `10.43.1.2${number}`,
  mac: `00:40:ae:43:01:0${number}`,
})

/** everybody in the operators' VLAN, and everybody in the network of the air handling units */
const limited: Host = { ip: '255.255.255.255', mac: BROADCAST }
const unitsBroadcast: Host = { ip: '10.43.1.255', mac: BROADCAST }

const OPERATORS = 120
const UNITS = 110
/** what comes from other networks has passed the router, a directed broadcast too */
const routed: View = atResponder([{ vlan: UNITS }], GATEWAY)

/** BACnet/IP has one port, 47808, at both ends: nothing but the question tells who began. */
export function make(): CaptureFile[] {
  const trace = new Trace('2026-10-22T06:30:00Z')
  const plan = session.planner(trace)
  // what `orig` begins, whoever of the two is seen first
  const on = (orig: Host, resp: Host, view: View, at: number, seed: number): Udp =>
    new Udp({ trace, orig, resp, views: [view], at, seed, origPort: BACNET, respPort: BACNET })
  const asks = (host: Host, everybody: Host, view: View, seconds: number): void => {
    on(host, everybody, { ...view, only: 'orig' }, seconds * SECOND, seconds * 31).send('orig', whoIs())
  }

  session.switchHellos(trace, { mac: '00:40:ae:43:01:fe', name: 'sw-units', seconds: 60, every: 10 })
  resolve(trace, 0.3 * SECOND, plant(1), { ip: '10.43.1.1', mac: GATEWAY }, [{ vlan: UNITS }])
  resolve(trace, 0.4 * SECOND, workstation, { ip: '10.43.2.1', mac: GATEWAY }, [{ vlan: OPERATORS }])

  // the operators' workstation asks in its own VLAN; the trend server there answers, and a door controller that
  // somebody plugged in with a second cable
  asks(workstation, limited, inVlan(OPERATORS), 5)
  on(workstation, trends, inVlan(OPERATORS), 5 * SECOND + 40 * MILLISECOND, 11).send('resp', iAm(230, 260))
  on(workstation, doors, inVlan(OPERATORS), 5 * SECOND + 120 * MILLISECOND, 12).send('resp', iAm(508, 36))

  // then it asks in the units' network; three controllers answer, and are polled from then on
  asks(workstation, unitsBroadcast, routed, 7)
  for (const number of [1, 2, 3]) {
    const c = on(workstation, plant(number), routed, 7 * SECOND + number * 55 * MILLISECOND, 20 + number)
    c.send('resp', iAm(1200 + number, 7))
    for (let i = 0; i < 8; i++)
      c.until((12 + 5 * i) * SECOND + number * 100 * MILLISECOND).ask(
        ...bacnetRead(i + 1, number, 19.5 + (i % 4) / 4),
      )
  }
  // a fourth one was starting up, and answers far too late for its message to be told as an answer
  on(workstation, plant(4), routed, 31 * SECOND, 24).send('resp', iAm(1204, 7))

  // the controllers look for each other as well
  asks(plant(2), unitsBroadcast, inVlan(UNITS), 15)
  on(plant(2), plant(3), inVlan(UNITS), 15 * SECOND + 30 * MILLISECOND, 31).send('resp', iAm(1203, 7))

  // a service laptop in the tenants' network asks the units by directed broadcast, and two of them answer
  asks(serviceLaptop, unitsBroadcast, routed, 40)
  for (const number of [1, 2])
    on(serviceLaptop, plant(number), routed, 40 * SECOND + number * 70 * MILLISECOND, 40 + number).send(
      'resp',
      iAm(1200 + number, 7),
    )

  session.https(plan(workstation, trends, inVlan(OPERATORS), 9, 6, { period: 5 * SECOND }), 'trends')
  session.ntp(plan(plant(1), trends, atResponder([{ vlan: OPERATORS }], GATEWAY), 10, 3))
  return [{ name: 'traffic.pcap', bytes: pcap(trace) }]
}
