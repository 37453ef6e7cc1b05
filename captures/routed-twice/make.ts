import { type CaptureFile, MICROSECOND, SECOND, Trace } from '../support/captures.ts'
import { atOriginator, atResponder, type Host, resolve, type View } from '../support/conversations.ts'
import { pcapng } from '../support/pcapng.ts'
import * as session from '../support/sessions.ts'

const routerAbove = '00:00:5e:00:01:78'
const routerBelow = '00:00:5e:00:01:6e'
const scada: Host = { ip: '10.34.2.20', mac: '00:50:56:34:02:14', ttl: 128 }
const hmi: Host = { ip: '10.34.2.10', mac: '00:50:56:34:02:0a', ttl: 128 }
const plc1: Host = { ip: '10.34.1.11', mac: '00:80:f4:34:01:0b' }
const plc2: Host = { ip: '10.34.1.12', mac: '00:00:bc:34:01:0c' }
const historian: Host = { ip: '10.34.3.20', mac: '00:50:56:34:03:14', ttl: 128 }

/** The mirror shows a packet before the router (VLAN 120) and 40 microseconds later behind it (VLAN 110). */
const both: View[] = [
  atOriginator([{ vlan: 120 }], routerAbove),
  { ...atResponder([{ vlan: 110 }], routerBelow), delay: 40 * MICROSECOND },
]
/** Between the two routers of the site the traffic of any zone runs in VLAN 900. */
const threeTimes: View[] = [
  { tags: [{ vlan: 130 }], respMac: '00:00:5e:00:01:82', respHops: 2 },
  {
    tags: [{ vlan: 900 }],
    origMac: '00:1b:54:90:00:01',
    respMac: '00:1b:54:90:00:02',
    origHops: 1,
    respHops: 1,
    delay: 35e3,
  },
  { tags: [{ vlan: 110 }], origMac: routerBelow, origHops: 2, delay: 70e3 },
]

export function make(): CaptureFile[] {
  const trace = new Trace('2026-10-13T16:45:00Z')
  const plan = session.planner(trace)
  resolve(trace, 0.1 * SECOND, scada, { ip: '10.34.2.1', mac: routerAbove }, [{ vlan: 120 }])
  resolve(trace, 0.2 * SECOND, plc1, { ip: '10.34.1.1', mac: routerBelow }, [{ vlan: 110 }])
  session.modbusPolling(plan(scada, plc1, both, 1, 45))
  session.enipPolling(plan(hmi, plc2, both, 2, 20, { period: 2 * SECOND }))
  session.modbusPolling(plan(historian, plc1, threeTimes, 5, 30, { close: true }))
  return [
    {
      name: 'traffic.pcapng',
      bytes: pcapng(trace, { bigEndian: true, interfaces: [{ name: 'span1', resolution: 9 }] }),
    },
  ]
}
