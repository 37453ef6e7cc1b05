import { type CaptureFile, MILLISECOND, SECOND, Trace } from '../support/captures.ts'
import { atResponder, type Host, inVlan, ping, resolve } from '../support/conversations.ts'
import { address, dcpIdentify, dcpResponse, ETHERTYPE, ethernet, profinetCyclic } from '../support/frames.ts'
import { pcapng } from '../support/pcapng.ts'
import * as session from '../support/sessions.ts'

const GATEWAY = '00:00:5e:00:01:0a'
const plc11: Host = { ip: '10.10.1.11', mac: '00:80:f4:11:02:0b', ttl: 64 }
const plc12: Host = { ip: '10.10.1.12', mac: '00:0e:8c:83:11:0c', ttl: 30 }
const plc13: Host = { ip: '10.10.1.13', mac: '00:00:bc:2a:61:0d', ttl: 64 }
const rtu14: Host = { ip: '10.10.1.14', mac: '00:a0:45:1e:90:0e' }
const remoteIo: Host = { ip: '10.10.1.31', mac: '00:30:de:41:22:1f' }
const cellSwitch: Host = { ip: '10.10.1.2', mac: '00:80:63:70:00:02' }
const hmi1: Host = { ip: '10.10.2.10', mac: '00:50:56:a1:02:0a', ttl: 128 }
const hmi2: Host = { ip: '10.10.2.11', mac: '00:50:56:a1:02:0b', ttl: 128 }
const scada: Host = { ip: '10.10.2.20', mac: '00:50:56:a1:02:14', ttl: 128 }
const historian: Host = { ip: '10.10.3.20', mac: '00:50:56:a1:03:14', ttl: 128 }
const manager: Host = { ip: '10.10.3.30', mac: '00:50:56:a1:03:1e' }
const timeServer: Host = { ip: '10.10.3.5', mac: '00:50:56:a1:03:05' }
const web: Host = { ip: '10.10.35.10', mac: '00:50:56:a1:35:0a' }

const control = atResponder([{ vlan: 110 }], GATEWAY)
const supervision = atResponder([{ vlan: 120 }], GATEWAY)
const operations = atResponder([{ vlan: 130 }], GATEWAY)
const dmz = atResponder([{ vlan: 35 }], GATEWAY)

/** One quiet minute of a waterworks: everything is declared, or stays in its zone. */
export function make(): CaptureFile[] {
  const trace = new Trace('2026-10-06T05:58:00Z')
  const at = (seconds: number): number => seconds * SECOND

  session.switchHellos(trace, { mac: cellSwitch.mac, name: 'sw-control', seconds: 60 })
  resolve(trace, at(0.4), plc11, { ip: '10.10.1.1', mac: GATEWAY }, [{ vlan: 110 }])
  resolve(trace, at(0.9), plc12, remoteIo, [{ vlan: 110 }])
  resolve(trace, at(12.5), hmi1, { ip: '10.10.2.1', mac: GATEWAY }, [{ vlan: 120 }])
  resolve(trace, at(31.2), historian, timeServer, [{ vlan: 130 }])

  const plan = session.planner(trace)
  session.modbusPolling(plan(hmi1, plc11, control, 0.1, 58, { midstream: true }), 20)
  session.s7Polling(plan(hmi2, plc12, control, 3.3, 24, { period: at(2), close: true }))
  session.enipPolling(plan(scada, plc13, control, 5.2, 26, { period: at(2) }))
  session.dnp3Polling(plan(scada, rtu14, control, 1.7, 11, { period: at(5), midstream: true }))
  session.opcua(plan(historian, scada, supervision, 8, 20, { period: at(2) }))
  session.https(plan(historian, web, dmz, 20, 5, { period: at(3), close: true }), 'reports.plant')
  session.ntp(plan(plc11, timeServer, operations, 6, 4))
  session.ntp(plan(scada, timeServer, operations, 9, 3))
  session.snmp(plan(manager, cellSwitch, control, 2, 6))
  ping(plan(manager, plc13, control, 40, 4))
  session.dns(
    plan(historian, timeServer, inVlan(130), 19, 1),
    ['reports.plant', 'scada.plant'],
    '10.10.35.10',
  )
  session.enipIo(plan(plc13, plc11, inVlan(110), 10, 60, { period: 500 * MILLISECOND }))

  // PROFINET between controller and remote I/O: no IP, both ends in the control VLAN
  for (let cycle = 0; cycle < 120; cycle++) {
    const when = at(0.25) + cycle * 496 * MILLISECOND
    const output = profinetCyclic(0x8000, Uint8Array.of(cycle & 1, 0x80, 0x80), (cycle * 64) & 0xffff)
    const input = profinetCyclic(0x8001, Uint8Array.of(0x17, cycle & 0xff, 0x80), (cycle * 64) & 0xffff)
    trace.add(
      when,
      ethernet(remoteIo.mac, plc12.mac, ETHERTYPE.profinet, output, [{ vlan: 110, priority: 6 }]),
    )
    trace.add(
      when + 300e3,
      ethernet(plc12.mac, remoteIo.mac, ETHERTYPE.profinet, input, [{ vlan: 110, priority: 6 }]),
    )
  }
  const ask = ethernet('01:0e:cf:00:00:00', plc12.mac, ETHERTYPE.profinet, dcpIdentify(0x1001), [
    { vlan: 110 },
  ])
  const answer = dcpResponse(0x1001, 'filter-io-1', remoteIo.ip, '255.255.255.0', '10.10.1.1')
  trace.add(at(15), ask)
  trace.add(at(15.02), ethernet(plc12.mac, remoteIo.mac, ETHERTYPE.profinet, answer, [{ vlan: 110 }]))

  const file = pcapng(trace, {
    application: 'plant sensor',
    comment: 'Waterworks, hall 1, one minute',
    interfaces: [{ name: 'mirror0', lost: 0 }],
    names: [
      { address: address(plc11.ip), name: 'plc-11.plant' },
      { address: address(historian.ip), name: 'historian.plant' },
    ],
  })
  return [{ name: 'traffic.pcapng', bytes: file }]
}
