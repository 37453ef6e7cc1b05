import { type CaptureFile, MILLISECOND, SECOND, Trace } from '../support/captures.ts'
import { atResponder, type Host, Tcp, type View } from '../support/conversations.ts'
import { tlsData, tlsHello } from '../support/it.ts'
import * as ot from '../support/ot.ts'
import { pcap } from '../support/pcap.ts'
import * as session from '../support/sessions.ts'

const GATEWAY = '00:00:5e:00:01:a0'
const plc1: Host = { ip: '10.48.1.11', mac: '00:80:f4:48:01:0b' }
const plc2: Host = { ip: '10.48.1.12', mac: '00:80:f4:48:01:0c' }
const plc3: Host = { ip: '10.48.1.13', mac: '00:0e:8c:48:01:0d', ttl: 30 }
const station: Host = { ip: '10.48.1.14', mac: '00:30:a7:48:01:0e' }
const panel = (n: number): Host => ({
  ip: `10.48.2.${n}`,
  mac: `00:50:56:48:02:${n.toString(16).padStart(2, '0')}`,
})
const scada: Host = { ip: '10.48.2.20', mac: '00:50:56:48:02:14', ttl: 128 }
const notebook: Host = { ip: '10.48.6.50', mac: '3c:52:82:48:06:32', ttl: 128 }
const control = atResponder([{ vlan: 110 }], GATEWAY)
const answersOnly: View = { ...control, only: 'resp' }

type Turn = [Uint8Array, Uint8Array]
const LEVELS = [2010, 2020, 2030, 2040]
const DOSES = [10, 11, 12, 13, 14, 15, 16, 17, 18, 19]

/** A minute in which panels look at the dosing as declared, and some do more than look. */
export function make(): CaptureFile[] {
  const trace = new Trace('2026-11-12T05:20:00Z')
  const plan = session.planner(trace)
  /** A Modbus conversation: reads, with other turns before the read number that is their key. */
  const modbus = (
    orig: Host,
    resp: Host,
    second: number,
    reads: number,
    others: Record<number, Turn> = {},
    view = control,
  ) => {
    const c = new Tcp({ ...plan(orig, resp, view, second, 0), respPort: 502 })
    c.open()
    for (let i = 0; i < reads; i++) {
      c.until((second + 1 + i) * SECOND)
      if (others[i] !== undefined) c.ask(...others[i])
      c.ask(...ot.modbusRead(100 + i, 1, 0, LEVELS))
    }
    c.wait(20 * MILLISECOND).close()
  }

  // as declared
  modbus(panel(11), plc1, 0.4, 50)
  modbus(scada, plc1, 0.6, 40, { 10: ot.modbusWrite(9, 1, 200, 750), 30: ot.modbusWrite(9, 1, 200, 760) })
  session.s7Polling(plan(panel(11), plc3, control, 0.8, 30))
  session.dnp3Polling(plan(panel(11), station, control, 1.2, 20))
  modbus(notebook, plc1, 12, 8, { 4: ot.modbusWriteMany(9, 1, 300, [1, 2]) })
  // opened, and nothing asked
  const idle = new Tcp({ ...plan(panel(17), plc1, control, 4, 0), respPort: 502 })
  idle
    .open()
    .wait(30 * SECOND)
    .close()

  // a panel writes ten registers, three times
  const doses = ot.modbusWriteMany(9, 1, 9, DOSES)
  modbus(panel(12), plc1, 2, 40, { 12: doses, 20: doses, 28: doses })
  // another one tries, and the controller refuses
  const refused: Turn = [doses[0], ot.modbusRefusal(9, 1, 16, 2)]
  modbus(panel(13), plc1, 3, 30, { 15: refused, 16: refused })
  // registers beyond those that may be read, half of them; and input registers, which are none of them
  modbus(panel(14), plc1, 5, 20, { 8: ot.modbusRead(9, 1, 96, [1, 2, 3, 4, 5, 6, 7, 8]) })
  modbus(panel(15), plc1, 6, 20, { 8: ot.modbusReadInputs(9, 1, 0, [1, 2]) })
  // another unit behind the same address
  modbus(panel(16), plc1, 7, 20, { 8: ot.modbusRead(9, 2, 0, LEVELS) })
  // reads and writes in one request; a function nobody declared, and nobody knows
  modbus(panel(11), plc2, 8, 20, { 8: ot.modbusReadWrite(9, 1, 0, 4, 40, [7]) })
  modbus(panel(12), plc2, 9, 20, { 8: [ot.modbus(9, 1, 101, [0, 1]), ot.modbusRefusal(9, 1, 101, 1)] })
  // the set point may be set, but by SCADA, with function 6, and at that register
  modbus(scada, plc2, 10, 20, { 8: ot.modbusWriteMany(9, 1, 200, [750]) })
  // the mirror shows the controller's answers only
  modbus(panel(13), plc2, 11, 20, { 8: doses }, answersOnly)
  // there, what is read can be told, but not from where
  modbus(panel(14), plc2, 11.5, 20, {}, answersOnly)
  // maintenance touches a unit that its exception does not name
  modbus(notebook, plc2, 13, 20, { 8: ot.modbusWrite(9, 3, 300, 1) })

  // S7: a block that is written, one that is not to be read, logic that is loaded
  session.s7Polling(plan(panel(12), plc3, control, 14, 20), { write: 10 })
  const blocks = session.s7Polling(plan(panel(13), plc3, control, 15, 5))
  blocks.ask(...ot.s7read(80, 99, 0, Uint8Array.of(1, 2)))
  session.s7Polling(plan(panel(14), plc3, control, 16, 20), { download: 10 })
  // DNP3: a relay is operated
  session.dnp3Polling(plan(panel(12), station, control, 17, 20), 10)

  // encrypted
  for (const [orig, port] of [
    [panel(11), 802],
    [panel(12), 4843],
  ] as const) {
    const c = new Tcp({ ...plan(orig, plc1, control, 20, 0), respPort: port })
    c.open().ask(...tlsHello(c.random, 'plc-1'))
    for (let i = 0; i < 10; i++) c.wait(SECOND).ask(tlsData(c.random, 40), tlsData(c.random, 60))
  }
  return [{ name: 'traffic.pcap', bytes: pcap(trace) }]
}
