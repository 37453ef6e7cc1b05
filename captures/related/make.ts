import { bytes } from '../support/bytes.ts'
import { type CaptureFile, MILLISECOND, SECOND, Trace } from '../support/captures.ts'
import { atResponder, type Host, Tcp, Udp, type View } from '../support/conversations.ts'
import * as it from '../support/it.ts'
import * as ot from '../support/ot.ts'
import { pcap } from '../support/pcap.ts'
import * as session from '../support/sessions.ts'

const GATEWAY = '00:00:5e:00:01:be'
const at = (net: number, n: number): Host => ({
  ip: `10.51.${net}.${n}`,
  mac: `00:50:56:51:0${net}:${n.toString(16).padStart(2, '0')}`,
})
const control = atResponder([{ vlan: 110 }], GATEWAY)
const supervision = atResponder([{ vlan: 120 }], GATEWAY)
const operations = atResponder([{ vlan: 130 }], GATEWAY)

/** What a login says before anything is transferred. */
const LOGIN: [string, string][] = [
  ['USER brew', '331 Password required'],
  ['PASS malt', '230 Logged in'],
  ['TYPE I', '200 Binary'],
]

/** Conversations that others announce: transfers, media, ports that a mapper hands out. And some that only look like it. */
export function make(): CaptureFile[] {
  const trace = new Trace('2026-11-18T04:00:00Z')
  const plan = session.planner(trace)
  const station = at(2, 60)
  const neighbour = at(2, 99)
  const scada = at(2, 20)
  const historian = at(3, 20)

  /** An FTP conversation: `before` are the command and reply that announce, `between` what comes of it. */
  const ftp = (
    orig: Host,
    resp: Host,
    second: number,
    before: [string, string],
    between: (c: Tcp) => void,
  ): void => {
    const c = new Tcp({ ...plan(orig, resp, control, second, 0), respPort: 21 })
    c.open().send('resp', bytes('220 Controller FTP server ready\r\n')).turn()
    for (const line of [...LOGIN, before]) c.ask(...it.ftp(...line))
    c.send('orig', bytes('RETR recipe.bin\r\n')).turn()
    between(c)
    c.send('resp', bytes('150 Opening\r\n')).wait(200 * MILLISECOND)
    c.send('resp', bytes('226 Done\r\n'))
      .turn()
      .ask(...it.ftp('QUIT', '221 Bye'))
      .close()
  }
  /** A connection in which one end sends a file; the other answers nothing. */
  const transfer = (
    orig: Host,
    resp: Host,
    view: View,
    when: number,
    ports: { origPort?: number; respPort: number },
    from: 'orig' | 'resp' = 'resp',
  ): void => {
    const c = new Tcp({ ...plan(orig, resp, view, 0, 0), at: when, ...ports })
    c.open().send(from, c.random.bytes(4000)).turn().close(from)
  }
  const passive = (ip: string, port: number): [string, string] => [
    'PASV',
    `227 Entering Passive Mode (${it.ftpAddress(ip, port)})`,
  ]
  const port = (ip: string, number: number): [string, string] => [
    `PORT ${it.ftpAddress(ip, number)}`,
    '200 PORT',
  ]

  // the station fetches: to a port of the controller, from the controller to a port of its own, and both in the newer way
  ftp(station, at(1, 11), 1, passive('10.51.1.11', 50_100), c =>
    transfer(station, at(1, 11), control, c.now, { respPort: 50_100 }),
  )
  ftp(station, at(1, 12), 2, port('10.51.2.60', 51_500), c =>
    transfer(at(1, 12), station, supervision, c.now, { origPort: 20, respPort: 51_500 }, 'orig'),
  )
  ftp(station, at(1, 13), 3, ['EPSV', '229 Entering Extended Passive Mode (|||50300|)'], c =>
    transfer(station, at(1, 13), control, c.now, { respPort: 50_300 }),
  )
  ftp(station, at(1, 14), 4, ['EPRT |1|10.51.2.60|51600|', '200 EPRT'], c =>
    transfer(at(1, 14), station, supervision, c.now, { origPort: 20, respPort: 51_600 }, 'orig'),
  )
  // it names its neighbour; and the neighbour helps itself to a port that was announced to the station
  ftp(station, at(1, 15), 5, port('10.51.2.99', 51_700), c =>
    transfer(at(1, 15), neighbour, supervision, c.now, { origPort: 20, respPort: 51_700 }, 'orig'),
  )
  ftp(station, at(1, 16), 6, passive('10.51.1.16', 50_600), c =>
    transfer(neighbour, at(1, 16), control, c.now, { respPort: 50_600 }),
  )
  // whose channel covers nothing but itself; who has no channel at all
  ftp(at(6, 50), at(1, 12), 7, passive('10.51.1.12', 50_700), c =>
    transfer(at(6, 50), at(1, 12), control, c.now, { respPort: 50_700 }),
  )
  ftp(at(7, 33), at(1, 13), 8, passive('10.51.1.13', 50_800), c =>
    transfer(at(7, 33), at(1, 13), control, c.now, { respPort: 50_800 }),
  )

  // the server answers from a port of its own choice
  const boot = new Udp({ ...plan(at(1, 11), at(3, 30), operations, 10, 0), origPort: 50_010, respPort: 69 })
  boot.send('orig', it.tftpRead('plc-1/startup.cfg'))
  const blocks = new Udp({
    ...plan(at(3, 30), at(1, 11), control, 10.001, 0),
    ...{ origPort: 37_218, respPort: 50_010 },
  })
  for (let block = 1; block <= 5; block++)
    blocks.ask(...it.tftpData(block, blocks.random.bytes(block < 5 ? 512 : 90)))

  // a call, and one whose media somebody else gets
  call(plan(at(2, 70), at(3, 70), operations, 12, 0), 'a1', '10.51.2.70')
  call(plan(at(2, 71), at(3, 71), operations, 13, 0), 'b2', '10.51.2.72')
  media(plan(at(2, 70), at(3, 70), operations, 12.5, 50))
  media(plan(at(2, 72), at(3, 71), operations, 13.5, 50))

  // OPC: the mapper hands out a port; another client knows one from before the capture
  const mapper = new Tcp({ ...plan(historian, scada, supervision, 15, 0), respPort: 135 })
  mapper
    .open()
    .ask(...it.rpcBind())
    .ask(...it.endpointMap(it.OPC_SERVER, scada.ip, 49_700))
    .close()
  opc(plan(historian, scada, supervision, 15.5, 10), 49_700)
  opc(plan(at(3, 21), scada, supervision, 16, 10), 49_710)

  // EtherNet/IP: a connection of class 1; and one that nobody was seen to open
  const link = session.enipPolling(plan(scada, at(1, 15), control, 18, 2))
  link.ask(...ot.cipForwardOpen(0x0badcafe, 7))
  session.enipIo(plan(scada, at(1, 15), control, 21, 30))
  session.enipIo(plan(scada, at(1, 16), control, 21, 30))
  return [{ name: 'traffic.pcap', bytes: pcap(trace) }]
}

/** SIP between two telephones, the first of which wants its media at an address. */
function call(setting: session.Session, id: string, ip: string): void {
  const c = new Udp({ ...setting, origPort: 5060, respPort: 5060 })
  const ends = { asked: [ip, 40_000], answered: [setting.resp.ip, 41_000] } as const
  c.ask(
    ...it.sipInvite(setting.orig.ip, setting.resp.ip, id, {
      asked: [...ends.asked],
      answered: [...ends.answered],
    }),
  )
}

function media(setting: session.Session): void {
  const c = new Udp({ ...setting, origPort: 40_000, respPort: 41_000 })
  for (let i = 0; i < setting.times; i++)
    c.until(setting.at + i * 20 * MILLISECOND).ask(it.rtp(1, i), it.rtp(2, i))
}

/** OPC Data Access over DCOM: bound to the server, its state asked for once a second. */
function opc(setting: session.Session, respPort: number): void {
  const c = new Tcp({ ...setting, respPort })
  c.open().ask(...it.rpcBind(it.OPC_SERVER, 0))
  for (let i = 0; i < setting.times; i++)
    c.until(setting.at + (i + 1) * SECOND).ask(
      ...it.rpcCall(i + 2, 6, c.random.bytes(32), c.random.bytes(80)),
    )
}
