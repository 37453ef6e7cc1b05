import { type CaptureFile, SECOND, Trace } from '../support/captures.ts'
import { atOriginator, type Host, inVlan, resolve } from '../support/conversations.ts'
import { pcap } from '../support/pcap.ts'
import * as session from '../support/sessions.ts'

/** Both skids came from one supplier: the same addresses, other MACs. */
const skid = (number: number): Record<'plc' | 'panel' | 'gateway', Host> => ({
  plc: { ip: '192.168.0.1', mac: `00:0e:8c:c0:0${number}:01`, ttl: 30 },
  panel: { ip: '192.168.0.10', mac: `00:0e:8c:c0:0${number}:0a` },
  gateway: { ip: '192.168.0.20', mac: `00:90:e8:c0:0${number}:14` },
})
const ROUTER = '00:00:5e:00:01:3c'
const scada: Host = { ip: '10.33.2.20', mac: '00:50:56:33:02:14', ttl: 128 }

/** The same five-tuples in VLAN 201 and 202, and once without a tag. */
export function make(): CaptureFile[] {
  const trace = new Trace('2026-10-09T07:15:00Z')
  const plan = session.planner(trace)
  for (const [number, vlan] of [
    [1, 201],
    [2, 202],
  ]) {
    const { plc, panel, gateway } = skid(number)
    resolve(trace, (number / 10) * SECOND, panel, plc, [{ vlan }])
    resolve(trace, (1 + number / 10) * SECOND, gateway, plc, [{ vlan }])
    // equal addresses and equal ports in both skids
    session.s7Polling(plan(panel, plc, inVlan(vlan), 2 + number / 7, 50, { origPort: 50123 }))
    session.modbusPolling(
      plan(gateway, plc, inVlan(vlan), 3 + number / 7, 45, { origPort: 50777, midstream: true }),
    )
    const out = atOriginator([{ vlan }], ROUTER)
    // each gateway reports to SCADA; only skid 1 may do so by OPC UA

    session.https(plan(gateway, scada, out, 10 + number, 4), 'scada')
    session.opcua(plan(gateway, scada, out, 20 + number, 20, { origPort: 51888 }))
  }
  // a mirror of an access port takes the tag away: whose conversation is it?
  const { plc, panel } = skid(2)
  session.s7Polling(plan(panel, plc, {}, 5, 20, { origPort: 50999, period: 2 * SECOND }))
  return [{ name: 'traffic.pcap', bytes: pcap(trace) }]
}
