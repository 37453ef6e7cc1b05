import { type CaptureFile, MILLISECOND, SECOND, Trace } from '../support/captures.ts'
import { atResponder, type Host, Tcp, Udp, type View } from '../support/conversations.ts'
import { bytes } from '../support/frames.ts'
import { finsRead } from '../support/ot.ts'
import { pcap } from '../support/pcap.ts'
import * as session from '../support/sessions.ts'

const GATEWAY = '00:00:5e:00:01:96'
const plc1: Host = { ip: '10.46.1.11', mac: '00:80:f4:46:01:0b' }
const plc2: Host = { ip: '10.46.1.12', mac: '00:0e:8c:46:01:0c', ttl: 30 }
const plc3: Host = { ip: '10.46.1.13', mac: '00:00:0a:46:01:0d' }
const hmi: Host = { ip: '10.46.2.10', mac: '00:50:56:46:02:0a', ttl: 128 }
const scada: Host = { ip: '10.46.2.20', mac: '00:50:56:46:02:14', ttl: 128 }
const alarms: Host = { ip: '10.46.3.20', mac: '00:50:56:46:03:14' }
const office: Host = { ip: '10.46.7.33', mac: '3c:52:82:46:07:21', ttl: 128 }
const control = atResponder([{ vlan: 110 }], GATEWAY)
const supervision = atResponder([{ vlan: 120 }], GATEWAY)
const operations = atResponder([{ vlan: 130 }], GATEWAY)
/** port 7 of the switch is mirrored in one direction only: what the controllers there send, or what they get */
const sent = (view: View): View => ({ ...view, only: 'resp' })
const received = (view: View): View => ({ ...view, only: 'orig' })

/** Half a minute out of conversations that began long ago and end long after: not one handshake. */
export function make(): CaptureFile[] {
  const trace = new Trace('2026-10-24T14:02:00Z')
  const plan = session.planner(trace)
  const midstream = { midstream: true, period: 500 * MILLISECOND }

  session.modbusPolling(plan(hmi, plc1, control, 0.1, 55, midstream))
  session.s7Polling(plan(scada, plc2, control, 0.3, 55, midstream))
  // one direction of each: only answers, only questions
  session.modbusPolling(plan(scada, plc1, sent(control), 0.2, 50, midstream))
  session.dnp3Polling(plan(scada, plc3, received(control), 0.5, 50, midstream))
  session.syslog(plan(plc2, alarms, operations, 1, 5), 'plc-2 kiln 1 temperature')
  // ports nobody knows, in one zone
  peer(plan(hmi, scada, { tags: [{ vlan: 120 }] }, 2, 20), 51_000, 52_000)
  // a port that only the policy knows
  peer(plan(plc1, scada, supervision, 3, 20), 53_411, 45_010)
  // the same port at both ends, declared whichever end opens: nothing needs to tell
  session.enipIo(plan(scada, plc2, control, 6, 30, { period: 600 * MILLISECOND }))

  // a controller polls an HMI: against the declared direction, as its requests tell
  session.modbusPolling(plan(plc2, hmi, supervision, 0.4, 50, midstream))
  // only the HMI's answers of the same thing
  session.modbusPolling(plan(plc1, scada, sent(supervision), 0.6, 50, midstream))
  // the same port at both ends, declared one way: FINS commands tell
  const fins = new Udp({ ...plan(hmi, plc3, control, 1, 0), origPort: 9600, respPort: 9600 })
  for (let i = 0; i < 12; i++) fins.until((1 + 2 * i) * SECOND).ask(...finsRead(i, 200, [i]))
  // ports nobody knows at both ends, and no conduit covers them in either direction
  peer(plan(scada, plc2, control, 4, 20), 50_123, 50_456)
  // an office that has no conduit to the controllers, seen answering only; it ends with a FIN, and a reset elsewhere
  session.http(plan(office, plc2, sent(control), 5, 10, { ...midstream, close: true }), 'plc-2')
  const ended = new Tcp({ ...plan(office, plc1, control, 8, 0), respPort: 22 })
  ended.send('orig', ended.random.bytes(52)).turn().send('resp', ended.random.bytes(84)).turn().reset('resp')
  // nobody can read these. One port at both ends, declared one way: nothing tells
  const gauges = new Udp({ ...plan(hmi, plc3, control, 2, 0), origPort: 9700, respPort: 9700 })
  for (let i = 0; i < 12; i++)
    gauges.until((2 + 2 * i) * SECOND).ask(bytes(`gauge ${i}?\n`), bytes(`${i} 981\n`))
  // a port that is declared the other way round
  peer(plan(hmi, plc3, control, 3, 20), 53_977, 45_010)
  return [{ name: 'traffic.pcap', bytes: pcap(trace) }]
}

/** Values go back and forth between two programs on ports of their own. */
function peer(setting: session.Session, origPort: number, respPort: number): void {
  const c = new Tcp({ ...setting, origPort, respPort })
  for (let i = 0; i < setting.times; i++)
    c.until(setting.at + i * SECOND).ask(bytes(`recipe ${i}?\n`), bytes(`${i} 2100 450\n`))
}
