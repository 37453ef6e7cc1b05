import { type CaptureFile, MILLISECOND, SECOND, Trace } from '../support/captures.ts'
import { atResponder, type Host, inVlan, ping, resolve, Tcp } from '../support/conversations.ts'
import { BROADCAST, ETHERTYPE, ethernet, profinetCyclic } from '../support/frames.ts'
import { smbNegotiate } from '../support/it.ts'
import { pcap } from '../support/pcap.ts'
import * as session from '../support/sessions.ts'

const GATEWAY = '00:00:5e:00:01:14'
/** the report server's second network card, in the control network: one click in the hypervisor */
const secondNic: Host = { ip: '10.20.1.240', mac: '00:50:56:b7:4c:f0' }
const officePc: Host = { ip: '10.24.7.33', mac: '3c:52:82:6e:07:21', ttl: 128 }
const plc11: Host = { ip: '10.20.1.11', mac: '00:80:f4:20:01:0b' }
const plc12: Host = { ip: '10.20.1.12', mac: '00:0e:8c:20:01:0c', ttl: 30 }
const plc13: Host = { ip: '10.20.1.13', mac: '00:00:bc:20:01:0d' }
const safety1: Host = { ip: '10.20.9.5', mac: '00:d0:7c:20:09:05' }
const hmi1: Host = { ip: '10.20.2.10', mac: '00:50:56:b7:02:0a', ttl: 128 }
const hmi2: Host = { ip: '10.20.2.11', mac: '00:50:56:b7:02:0b', ttl: 128 }
const scada: Host = { ip: '10.20.2.20', mac: '00:50:56:b7:02:14', ttl: 128 }
const engineering: Host = { ip: '10.20.2.60', mac: '00:50:56:b7:02:3c', ttl: 128 }
const historian: Host = { ip: '10.20.3.20', mac: '00:50:56:b7:03:14', ttl: 128 }
const timeServer: Host = { ip: '10.20.3.5', mac: '00:50:56:b7:03:05' }
const replica: Host = { ip: '10.20.35.20', mac: '00:50:56:b7:35:14', ttl: 128 }
const jumpHost: Host = { ip: '10.20.35.30', mac: '00:50:56:b7:35:1e', ttl: 128 }
const planner: Host = { ip: '10.24.6.80', mac: '3c:52:82:6e:06:50', ttl: 128 }
const supplier: Host = { ip: '10.66.4.8', mac: '00:50:56:b7:42:08', ttl: 128 }
const camera: Host = { ip: '10.20.77.5', mac: '00:40:8c:77:00:05' }

const control = atResponder([{ vlan: 110 }], GATEWAY)
const supervision = atResponder([{ vlan: 120 }], GATEWAY)
const operations = atResponder([{ vlan: 130 }], GATEWAY)
const dmz = atResponder([{ vlan: 35 }], GATEWAY)
const safety = atResponder([{ vlan: 90 }], GATEWAY)
/** office traffic comes out of the report server, not out of the gateway */
const throughVm = atResponder([{ vlan: 110 }], secondNic.mac)

/** Two minutes of a dairy in which a dual-homed virtual machine routes the office into the control network. */
export function make(): CaptureFile[] {
  const trace = new Trace('2026-10-06T06:10:00Z')
  const plan = session.planner(trace)

  session.switchHellos(trace, { mac: '00:80:63:20:01:02', name: 'sw-filling', seconds: 120, every: 4 })
  resolve(trace, 0.3 * SECOND, plc11, { ip: '10.20.1.1', mac: GATEWAY }, [{ vlan: 110 }])
  resolve(trace, 30.1 * SECOND, hmi1, { ip: '10.20.2.1', mac: GATEWAY }, [{ vlan: 120 }])

  // daily business
  session.modbusPolling(plan(hmi1, plc11, control, 0.2, 115, { midstream: true }), 30)
  session.s7Polling(plan(scada, plc12, control, 2.4, 55, { period: 2 * SECOND }))
  session.enipPolling(plan(scada, plc13, control, 4.1, 50, { period: 2 * SECOND }))
  session.opcua(plan(historian, scada, supervision, 6, 50, { period: 2 * SECOND }))
  session.sql(plan(historian, replica, dmz, 12, 8, { period: 10 * SECOND }))
  session.https(plan(planner, replica, dmz, 22, 6, { period: 4 * SECOND, close: true }), 'replica.dairy')
  session.rdp(plan(planner, jumpHost, dmz, 25, 40, { period: 1500 * MILLISECOND }))
  session.rdp(plan(jumpHost, engineering, supervision, 33, 40, { period: 1500 * MILLISECOND }))
  session.ntp(plan(plc11, timeServer, operations, 3, 6))
  session.ntp(plan(plc12, timeServer, operations, 4, 6))
  session.ntp(plan(hmi1, timeServer, operations, 5, 6))
  session.syslog(
    plan(hmi2, historian, operations, 9, 20),
    'hmi-2 alarm list: tank 4 level high, acknowledged',
  )
  session.dns(
    plan(historian, timeServer, inVlan(130), 5.5, 1),
    ['scada.dairy', 'replica.dairy'],
    '10.20.35.20',
  )
  session.opcua(plan(hmi2, hmi1, inVlan(120), 8, 20, { period: 5 * SECOND }))
  ping(plan(scada, plc13, control, 60, 4))
  for (let cycle = 0; cycle < 100; cycle++) {
    const data = profinetCyclic(0x8000, Uint8Array.of(cycle & 1, 0x80, 0x80), cycle * 64)
    const frame = ethernet('00:30:de:20:01:1f', plc12.mac, ETHERTYPE.profinet, data, [
      { vlan: 110, priority: 6 },
    ])
    trace.add(0.7 * SECOND + cycle * 1.19 * SECOND, frame)
  }

  // a supplier commissions line 4 under an exception
  session.s7Polling(plan(supplier, plc12, control, 15, 30, { period: 3 * SECOND }), {
    write: 12,
    download: 20,
  })
  // I/O data with the same port at both ends, running since last week: who opened it cannot be seen
  session.enipIo(plan(scada, plc13, control, 1, 100, { period: SECOND }))
  // a camera in a network nobody declared delivers into the historian's web service
  session.https(plan(camera, historian, operations, 40, 10, { period: 5 * SECOND }), 'historian.dairy')

  // the undeclared path: the report server asks for the PLC's MAC, then forwards for an office PC
  resolve(trace, 47.8 * SECOND, secondNic, plc11, [{ vlan: 110 }])
  session.modbusPolling(plan(officePc, plc11, throughVm, 48, 40, { midstream: false, close: true }), 10)
  // the same PC tries the safety controller; nobody answers
  const attempt = plan(officePc, safety1, safety, 70, 0)
  new Tcp({ ...attempt, respPort: 102 }).openUnanswered(3)
  // an HMI keeps a shell open on a controller: the conduit is there, the service is not in it
  session.ssh(plan(hmi2, plc12, control, 80, 15, { period: 1500 * MILLISECOND, close: true }))

  // the report server itself looks around in the control network by broadcast: inside one zone
  const lookup = plan(secondNic, { ip: '10.20.1.255', mac: BROADCAST }, inVlan(110), 90, 0, { origPort: 137 })
  session.dns(
    { ...lookup, respPort: 137, views: [{ tags: [{ vlan: 110 }], only: 'orig' }] },
    ['REPORTS'],
    secondNic.ip,
  )
  const share = new Tcp({ ...plan(engineering, hmi1, inVlan(120), 95, 0), respPort: 445 }).open()
  share.ask(smbNegotiate(share.random), smbNegotiate(share.random)).close()

  return [{ name: 'traffic.pcap', bytes: pcap(trace) }]
}
