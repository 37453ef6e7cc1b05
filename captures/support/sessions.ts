import { Random } from './bytes.ts'
import { MILLISECOND, MINUTE, SECOND, type Trace } from './captures.ts'
import { type Host, type Setting, Tcp, Udp, type View } from './conversations.ts'
import * as it from './it.ts'
import { ETHERTYPE, ethernet, lldp, stp, type Tag } from './link.ts'
import * as ot from './ot.ts'

/** Whole conversations as machines hold them, made of the PDUs of ot.ts and it.ts. */

export interface Session extends Setting {
  origPort: number
  /** where the service is not on its usual port */
  respPort?: number
  /** polls or turns */
  times: number
  /** nanoseconds from one poll to the next */
  period?: number
  /** opened long before the capture: no handshake is seen */
  midstream?: boolean
  /** ends in the capture */
  close?: boolean
}

/** Makes the settings of one session after another in a trace, each with its own seed and ephemeral port. */
export function planner(trace: Trace) {
  let count = 0
  return (
    orig: Host,
    resp: Host,
    view: View | View[],
    second: number,
    times: number,
    more: Partial<Session> = {},
  ): Session => {
    count++
    const views = Array.isArray(view) ? view : [view]
    const origPort = 49152 + ((count * 7919) % 16000)
    return { trace, orig, resp, views, at: second * SECOND, seed: count * 7919, origPort, times, ...more }
  }
}

/** Opens (unless midstream), runs `each` on the clock of the polls, closes when asked to. */
function tcpSession(
  s: Session,
  port: number,
  begin: (c: Tcp) => void,
  each: (c: Tcp, i: number) => void,
): Tcp {
  const c = new Tcp({ ...s, respPort: s.respPort ?? port })
  if (!s.midstream) {
    c.open()
    begin(c)
  }
  for (let i = 0; i < s.times; i++) {
    c.until(s.at + (i + 1) * (s.period ?? SECOND) + c.random.between(0, 4000) * 1000)
    each(c, i)
  }
  if (s.close) c.wait(20 * MILLISECOND).close()
  return c
}

const nothing = (): void => {}

/** Reads four registers a turn; `writeEvery` n: each n-th turn writes a set point too. */
export function modbusPolling(s: Session, writeEvery = 0, unit = 1): Tcp {
  let transaction = s.seed & 0xfff
  return tcpSession(s, 502, nothing, (c, i) => {
    const level = 2000 + ((i * 37) % 400)
    c.ask(...ot.modbusRead(++transaction, unit, 100, [level, 1, 0, 4711]))
    if (writeEvery && i % writeEvery === writeEvery - 1)
      c.ask(...ot.modbusWrite(++transaction, unit, 200, level))
  })
}

/** Connects, sets up and reads a data block a turn. `write` and `download`: the turn in which that happens. */
export function s7Polling(s: Session, more: { write?: number; download?: number } = {}): Tcp {
  let reference = 1
  const begin = (c: Tcp): void => {
    c.ask(...ot.s7connect(1)).ask(...ot.s7setup(reference))
  }
  return tcpSession(s, 102, begin, (c, i) => {
    c.ask(...ot.s7read(++reference, 10, 0, Uint8Array.of(0x42, 0x28, i & 0xff, 0x66, 0, 1, 0, 0)))
    if (i === more.write) c.ask(...ot.s7write(++reference, 10, 4, Uint8Array.of(0, 7)))
    if (i === more.download) c.ask(...ot.s7download(++reference, 35))
  })
}

/** Registers a session, asks who is there, then reads a tag a turn. */
export function enipPolling(s: Session): Tcp {
  const session = new Random(s.seed ^ 0x5e55).word()
  const begin = (c: Tcp): void => {
    c.ask(...ot.enipRegister(session)).ask(...ot.cipIdentity(session, 'Press controller'))
  }
  return tcpSession(s, 44818, begin, (c, i) => c.ask(...ot.cipReadTag(session, 'LineSpeed', 800 + (i % 9))))
}

/** Class 1 I/O on UDP 2222 at both ends, each end sending at its own pace. */
export function enipIo(s: Session): Udp {
  const c = new Udp({ ...s, origPort: 2222, respPort: 2222 })
  for (let i = 0; i < s.times; i++) {
    c.until(s.at + i * (s.period ?? 100 * MILLISECOND))
    c.send('orig', ot.enipCyclic(0x00110001, i, Uint8Array.of(1, 0, 0, 0, i & 0xff, 0)))
    c.turn().send('resp', ot.enipCyclic(0x00110002, i, Uint8Array.of(i & 0xff, 0x10)))
  }
  return c
}

/** OMRON FINS memory area reads over UDP, port 9600 at both ends. */
export function fins(s: Session): Udp {
  const c = new Udp({ ...s, origPort: 9600, respPort: 9600 })
  for (let i = 0; i < s.times; i++)
    c.until(s.at + i * (s.period ?? SECOND)).ask(...ot.finsRead(i & 0xff, 100, [i, 2 * i]))
  return c
}

/** Class 0 reads of a substation computer. */
export function dnp3Polling(s: Session, operate = -1): Tcp {
  return tcpSession(s, 20000, nothing, (c, i) => {
    c.ask(...ot.dnp3Read(1, 10, i, [230 + (i % 3), 231, 50, 17]))
    if (i === operate) c.ask(...ot.dnp3Operate(1, 10, i + 1, 3))
  })
}

/** Starts data transfer, interrogates, then measured values come from the station. */
export function iec104(s: Session): Tcp {
  let sent = 0
  const begin = (c: Tcp): void => {
    c.ask(...ot.iec104Start).ask(...ot.iec104Interrogation(0, 0))
    sent = 1
  }
  return tcpSession(s, 2404, begin, (c, i) => {
    c.send('resp', ot.iec104Measured(sent++, 1, 4001 + (i % 4), 49.97 + (i % 7) / 100))
    c.turn().send('orig', ot.iec104Received(sent)).turn().ack('resp')
  })
}

/** Hello, secure channel without security, then one read a turn. */
export function opcua(s: Session): Tcp {
  const begin = (c: Tcp): void => {
    c.ask(...ot.uaHello(`opc.tcp://${s.resp.ip}:${s.respPort ?? 4840}`)).ask(...ot.uaOpen(77))
  }
  return tcpSession(s, 4840, begin, (c, i) => c.ask(...ot.uaRead(77, i + 2, 5001, 61.5 + (i % 5) / 10)))
}

/** Identification and key exchange in clear, then encrypted packets both ways. */
export function ssh(s: Session): Tcp {
  const begin = (c: Tcp): void => {
    c.ask(...it.sshHello)
    c.ask(it.sshPacket(c.random, 0, true), it.sshPacket(c.random, 0, true))
  }
  return tcpSession(s, 22, begin, c => c.ask(it.sshPacket(c.random, 52), it.sshPacket(c.random, 148)))
}

/** TLS hellos, then encrypted requests and answers. */
export function https(s: Session, server: string): Tcp {
  const begin = (c: Tcp): void => {
    c.ask(...it.tlsHello(c.random, server))
  }
  return tcpSession(s, 443, begin, c => c.ask(it.tlsData(c.random, 240), it.tlsData(c.random, 1800)))
}

export function http(s: Session, server: string): Tcp {
  return tcpSession(s, 80, nothing, (c, i) =>
    c.ask(
      ...it.http(server, `/state?page=${i}`, `<html><body>Controller state page ${i}: RUN</body></html>`),
    ),
  )
}

/** Remote desktop: connection request, then TLS. */
export function rdp(s: Session): Tcp {
  const begin = (c: Tcp): void => {
    c.ask(...it.rdp)
    c.ask(...it.tlsHello(c.random, 'desktop'))
  }
  return tcpSession(s, 3389, begin, c => c.ask(it.tlsData(c.random, 60), it.tlsData(c.random, 900)))
}

/** SQL Server: what a reporting client says to a historian. */
export function sql(s: Session): Tcp {
  const begin = (c: Tcp): void => {
    c.ask(it.tdsPrelogin, it.tdsPrelogin)
  }
  return tcpSession(s, 1433, begin, c => c.ask(it.tlsData(c.random, 180), it.tlsData(c.random, 1200)))
}

export function dns(s: Session, names: string[], answer: string): Udp {
  const c = new Udp({ ...s, respPort: s.respPort ?? 53 })
  names.forEach((name, i) => {
    c.until(s.at + i * (s.period ?? SECOND)).ask(...it.dns(0x1000 + s.seed + i, name, answer))
  })
  return c
}

export function ntp(s: Session): Udp {
  const c = new Udp({ ...s, respPort: 123 })
  for (let i = 0; i < s.times; i++) {
    c.until(s.at + i * (s.period ?? 16 * SECOND))
    c.ask(...it.ntp(s.trace.start + Math.floor(c.now / SECOND)))
  }
  return c
}

export function snmp(s: Session): Udp {
  const c = new Udp({ ...s, respPort: 161 })
  for (let i = 0; i < s.times; i++) {
    c.until(s.at + i * (s.period ?? 10 * SECOND)).ask(
      ...ot.snmpGet(s.seed + i, [6, 1, 2, 1, 1, 5, 0], 'sw-cell-1'),
    )
  }
  return c
}

export function syslog(s: Session, text: string): Udp {
  const c = new Udp({ ...s, respPort: 514 })
  for (let i = 0; i < s.times; i++)
    c.until(s.at + i * (s.period ?? 5 * SECOND)).send('orig', it.syslog(`${text} ${i}`))
  return c
}

/** What a switch says on each of its ports: spanning tree every 2 s, LLDP every 30 s. */
export function switchHellos(
  trace: Trace,
  o: { mac: string; name: string; seconds: number; tags?: Tag[]; interface?: number; every?: number },
): void {
  const on = { interface: o.interface ?? 0 }
  const step = o.every ?? 2
  for (let second = 0; second < o.seconds; second += step)
    trace.add(second * SECOND + 137 * MILLISECOND, stp(o.mac, 3), on)
  for (let at = 4 * SECOND; at < o.seconds * SECOND; at += MINUTE / 2) {
    const unit = lldp(o.mac, 'port-003', o.name, 'managed industrial switch')
    trace.add(at, ethernet('01:80:c2:00:00:0e', o.mac, ETHERTYPE.lldp, unit, o.tags), on)
  }
}
