import { type CaptureFile, SECOND, Trace } from '../support/captures.ts'
import { atResponder, type Host, Tcp } from '../support/conversations.ts'
import { bytes } from '../support/frames.ts'
import { rfb } from '../support/it.ts'
import { pcap } from '../support/pcap.ts'
import * as session from '../support/sessions.ts'

const GATEWAY = '00:00:5e:00:01:b4'
const machine = (net: number, n: number): Host => ({
  ip: `10.50.${net}.${n}`,
  mac: `00:${net === 1 ? '80:f4' : '50:56'}:50:0${net}:${n.toString(16).padStart(2, '0')}`,
})
const control = atResponder([{ vlan: 110 }], GATEWAY)
const operations = atResponder([{ vlan: 130 }], GATEWAY)

/** What is spoken is not what the port stands for; or it is, on another port. */
export function make(): CaptureFile[] {
  const trace = new Trace('2026-11-16T13:00:00Z')
  const plan = session.planner(trace)
  const station = machine(2, 10)
  const other = machine(2, 11)
  const third = machine(2, 12)
  const historian = machine(3, 20)
  const names = machine(3, 5)
  const plc = (n: number): Host => machine(1, n)

  // what the ports stand for
  session.modbusPolling(plan(station, plc(11), control, 0.5, 20))
  session.s7Polling(plan(station, plc(12), control, 0.7, 20))
  session.enipPolling(plan(station, plc(13), control, 0.9, 20))
  session.dnp3Polling(plan(station, plc(14), control, 1.1, 20))
  session.dns(plan(station, names, operations, 1.3, 1), ['mill.example', 'plc-11.mill.example'], '10.50.1.11')
  session.ntp(plan(station, names, operations, 1.5, 2))

  // other ports than theirs: the application decides
  session.modbusPolling(plan(station, plc(15), control, 2, 20, { respPort: 5020 }))
  session.s7Polling(plan(station, plc(15), control, 2.2, 20, { respPort: 10_200 }))
  session.enipPolling(plan(station, plc(15), control, 2.4, 20, { respPort: 502 }))
  // as it does where reads are declared, and a write comes
  session.modbusPolling(plan(historian, plc(15), control, 3, 20, { respPort: 5020 }), 8)
  // a port that is declared as a port
  session.ssh(plan(other, plc(16), control, 3.5, 10, { respPort: 5021 }))

  // ports of others than theirs
  session.ssh(plan(other, plc(11), control, 4, 10, { respPort: 502 }))
  session.https(plan(other, plc(13), control, 4.5, 6, { respPort: 44_818 }), 'plc-13.mill.example')
  netcat(plan(other, plc(14), control, 5, 8), 20_000)
  netcat(plan(third, plc(11), control, 5.5, 8), 502)
  session.http(plan(other, plc(12), control, 6, 5, { respPort: 102 }), 'plc-12.mill.example')
  // begins with the same bytes as S7 does
  session.rdp(plan(third, plc(12), control, 6.5, 10, { respPort: 102 }))
  const vnc = new Tcp({ ...plan(other, names, operations, 7, 0), respPort: 80 })
  vnc.open().send('resp', rfb).turn().ask(rfb, bytes(1, 2)).ask(bytes(2), vnc.random.bytes(16))
  session.ssh(plan(other, names, operations, 8, 10, { respPort: 53 }))
  session.dns(
    plan(third, plc(13), control, 9, 1, { respPort: 44_818 }),
    ['a.example', 'b.example', 'c.example'],
    '10.50.3.77',
  )
  return [{ name: 'traffic.pcap', bytes: pcap(trace) }]
}

/** Lines of a shell that somebody tied to a port. */
function netcat(setting: session.Session, respPort: number): void {
  const c = new Tcp({ ...setting, respPort })
  c.open()
  for (let i = 0; i < setting.times; i++)
    c.until(setting.at + (i + 1) * SECOND).ask(bytes('ls /data\n'), bytes(`recipe-${i}.csv\nusers.txt\n`))
}
