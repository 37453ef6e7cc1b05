import { address as addressBytes, bytes, Random, u16, u32, zeros } from './bytes.ts'
import { MICROSECOND, MILLISECOND, type Trace } from './captures.ts'
import { echo, fragments, type IpHeader, icmp, icmp6, ip, PROTO, tcp, udp } from './internet.ts'
import { arp, BROADCAST, ETHERTYPE, ethernet, type Tag } from './link.ts'

/** Conversations with real sequence numbers, put into a trace frame by frame, as a mirror port would show them. */

export interface Host {
  ip: string
  mac: string
  /** TTL it sends with: 64 (default), 128 on Windows, 255 on some controllers */
  ttl?: number
}

/** One place where the mirror sees the conversation. Several of them = the mirror shows copies. */
export interface View {
  tags?: Tag[]
  /** MACs seen here when a router stands between this place and an end */
  origMac?: string
  respMac?: string
  /** routers that the originator's (responder's) packets have passed when seen here */
  origHops?: number
  respHops?: number
  /** nanoseconds later than the first place */
  delay?: number
  interface?: number
  /** the trace of the mirror session that sees this place, when it is not the sensor's own: see `pour` */
  into?: Trace
  /** the mirror shows only what this end sends */
  only?: 'orig' | 'resp'
  /** packets above it are fragmented on the way here */
  mtu?: number
  /** IPv6 extension headers or IPv4 options put in front of everything */
  header?: Partial<IpHeader>
}

export type Side = 'orig' | 'resp'
const other = (side: Side): Side => (side === 'orig' ? 'resp' : 'orig')

/** Seen in one VLAN, both ends there. */
export const inVlan = (vlan: number, priority = 0): View => ({ tags: [{ vlan, priority }] })
/** Seen in the responder's VLAN behind a router. */
export const atResponder = (tags: Tag[], gateway: string): View => ({ tags, origMac: gateway, origHops: 1 })
/** Seen in the originator's VLAN in front of a router. */
export const atOriginator = (tags: Tag[], gateway: string): View => ({ tags, respMac: gateway, respHops: 1 })

export interface Setting {
  trace: Trace
  orig: Host
  resp: Host
  views?: View[]
  /** nanoseconds since the start of the trace */
  at: number
  seed: number
}

/** Packets between two ends, on a clock of their own that only moves forward. */
export class Exchange {
  now: number
  /** the mirror keeps so many bytes of each frame from now on */
  snap: number | undefined
  /** packets above it are fragmented on the way from now on, wherever they are seen */
  mtu: number | undefined
  readonly random: Random
  readonly #setting: Setting
  readonly #ids: Record<Side, number>

  constructor(setting: Setting) {
    this.#setting = setting
    this.now = setting.at
    this.random = new Random(setting.seed)
    this.#ids = { orig: this.random.word() & 0xffff, resp: this.random.word() & 0xffff }
  }

  wait(nanoseconds: number): this {
    this.now += nanoseconds
    return this
  }

  /** Moves the clock to a moment of the trace (never back). */
  until(at: number): this {
    this.now = Math.max(this.now, at)
    return this
  }

  host(side: Side): Host {
    return this.#setting[side]
  }

  ends(from: Side): { src: string; dst: string } {
    return { src: this.host(from).ip, dst: this.host(other(from)).ip }
  }

  /** Sends one IP payload now; answers the packet as it left the sender. */
  packet(from: Side, proto: number, payload: Uint8Array): Uint8Array {
    const sender = this.host(from)
    const ends = this.ends(from)
    this.#ids[from] = (this.#ids[from] + 1) & 0xffff
    const header: IpHeader = {
      ...ends,
      proto,
      id: this.#ids[from],
      ttl: sender.ttl ?? 64,
      dontFragment: true,
    }
    for (const view of this.#setting.views ?? [{}]) {
      if (view.only !== undefined && view.only !== from) continue
      const hops = (from === 'orig' ? view.origHops : view.respHops) ?? 0
      const macs = {
        orig: view.origMac ?? this.host('orig').mac,
        resp: view.respMac ?? this.host('resp').mac,
      }
      const seen = { ...header, ttl: (header.ttl ?? 64) - hops, ...view.header }
      const whole = ip(seen, payload)
      const mtu = this.mtu ?? view.mtu
      const packets = mtu !== undefined && whole.length > mtu ? fragments(seen, payload, mtu) : [whole]
      packets.forEach((packet, i) => {
        const type = ends.src.includes(':') ? ETHERTYPE.ipv6 : ETHERTYPE.ipv4
        const frame = ethernet(macs[other(from)], macs[from], type, packet, view.tags)
        const at = this.now + (view.delay ?? 0) + i * 12 * MICROSECOND
        const options = view.interface === undefined ? {} : { interface: view.interface }
        const trace = view.into ?? this.#setting.trace
        const kept = frame.subarray(0, this.snap ?? frame.length)
        trace.add(at, kept, { ...options, wire: frame.length })
      })
    }
    return ip(header, payload)
  }

  /** A short pause as between a request and its answer: 0.2 to 0.9 ms. */
  turn(): this {
    return this.wait(this.random.between(200, 900) * MICROSECOND)
  }
}

export interface TcpSetting extends Setting {
  origPort: number
  respPort: number
  mss?: number
  /** numbers of the first bytes, random unless told */
  first?: Record<Side, number>
}

/** of a TCP segment (RFC 9293, section 3.1) */
const CHECKSUM_AT = 16

/** A TCP connection. Without `open` it is one the mirror picks up in the middle. */
export class Tcp extends Exchange {
  readonly #ports: Record<Side, number>
  readonly #next: Record<Side, number>
  readonly #mss: number
  #damaged = false

  constructor(setting: TcpSetting) {
    super(setting)
    this.#ports = { orig: setting.origPort, resp: setting.respPort }
    this.#next = { orig: this.random.word(), resp: this.random.word(), ...setting.first }
    this.#mss = setting.mss ?? 1460
  }

  segment(
    from: Side,
    flags: string,
    payload: Uint8Array = zeros(0),
    options: Uint8Array = zeros(0),
  ): Uint8Array {
    const to = other(from)
    const ack = flags.includes('A') ? this.#next[to] : 0
    const header = {
      srcPort: this.#ports[from],
      dstPort: this.#ports[to],
      seq: this.#next[from],
      ack,
      flags,
      options,
      window: 8192,
    }
    const sent = tcp(this.ends(from), header, payload)
    if (this.#damaged) sent[CHECKSUM_AT] ^= 0xff
    const packet = this.packet(from, PROTO.tcp, sent)
    const counted = payload.length + (/[SF]/.test(flags) ? 1 : 0)
    this.#next[from] = (this.#next[from] + counted) >>> 0
    return packet
  }

  /** SYN, SYN ACK, ACK. */
  open(): this {
    const options = bytes(2, 4, u16(this.#mss), 1, 3, 3, 7, 1, 1, 4, 2)
    this.segment('orig', 'S', zeros(0), options)
    this.turn().segment('resp', 'SA', zeros(0), options)
    this.wait(90 * MICROSECOND).segment('orig', 'A')
    return this.turn()
  }

  /** SYN, and nobody answers: sent again after 1 s and 3 s. */
  openUnanswered(again = 2): this {
    const first = this.#next.orig
    for (let i = 0; i <= again; i++) {
      this.#next.orig = first
      this.segment('orig', 'S', zeros(0), bytes(2, 4, u16(this.#mss)))
      this.wait(MILLISECOND * 1000 * 2 ** i)
    }
    return this
  }

  /** SYN, answered by a reset. */
  openRefused(): this {
    this.segment('orig', 'S', zeros(0), bytes(2, 4, u16(this.#mss)))
    this.turn()
    this.#next.resp = 0
    this.segment('resp', 'RA')
    return this
  }

  /** Data, cut into segments, the last one pushed; the acknowledgement rides on the next packet back. */
  send(from: Side, data: Uint8Array): this {
    for (let at = 0; at < data.length; at += this.#mss) {
      const piece = data.subarray(at, at + this.#mss)
      this.segment(from, at + this.#mss >= data.length ? 'PA' : 'A', piece)
      this.wait(15 * MICROSECOND)
    }
    return this
  }

  /**
   * Bytes that do not stand where the next ones are due but `ahead` of that (behind it when negative): early, again, or in
   * place of others. What is due does not change. `damaged`: the checksum is wrong, so that no receiver takes it.
   */
  stray(from: Side, ahead: number, data: Uint8Array, flags = 'PA', damaged = false): this {
    const due = this.#next[from]
    this.#next[from] = (due + ahead) >>> 0
    this.#damaged = damaged
    this.segment(from, flags, data)
    this.#damaged = false
    this.#next[from] = due
    return this.wait(15 * MICROSECOND)
  }

  /** So many bytes were sent that nobody was shown. */
  unseen(from: Side, bytes: number): this {
    this.#next[from] = (this.#next[from] + bytes) >>> 0
    return this
  }

  ack(from: Side): this {
    this.segment(from, 'A')
    return this
  }

  /** A request and its answer, then the asker's acknowledgement. */
  ask(request: Uint8Array, answer: Uint8Array): this {
    this.send('orig', request).turn().send('resp', answer)
    return this.wait(200 * MICROSECOND)
      .ack('orig')
      .turn()
  }

  /** FIN both ways, begun by `by`. */
  close(by: Side = 'orig'): this {
    const answering = other(by)
    this.segment(by, 'FA')
    this.turn().segment(answering, 'A')
    this.turn().segment(answering, 'FA')
    this.turn().segment(by, 'A')
    return this
  }

  reset(by: Side): this {
    this.segment(by, 'RA')
    return this
  }
}

export interface UdpSetting extends Setting {
  origPort: number
  respPort: number
}

/** Datagrams between two sockets; to a group, `resp` carries the group's address and MAC. */
export class Udp extends Exchange {
  readonly #ports: Record<Side, number>

  constructor(setting: UdpSetting) {
    super(setting)
    this.#ports = { orig: setting.origPort, resp: setting.respPort }
  }

  send(from: Side, data: Uint8Array): this {
    this.packet(from, PROTO.udp, udp(this.ends(from), this.#ports[from], this.#ports[other(from)], data))
    return this
  }

  ask(request: Uint8Array, answer: Uint8Array): this {
    return this.send('orig', request).turn().send('resp', answer).turn()
  }
}

/** Echo requests and their replies, one a second. */
export function ping(setting: Setting, times = 4, answered = true): void {
  const exchange = new Exchange(setting)
  const id = exchange.random.between(1, 0xffff)
  const six = setting.orig.ip.includes(':')
  for (let i = 1; i <= times; i++) {
    const [request, reply] = six
      ? [icmp6(exchange.ends('orig'), 128, 0, echo(id, i)), icmp6(exchange.ends('resp'), 129, 0, echo(id, i))]
      : [icmp(8, 0, echo(id, i)), icmp(0, 0, echo(id, i))]
    const proto = six ? PROTO.icmp6 : PROTO.icmp
    exchange.packet('orig', proto, request)
    exchange.turn()
    if (answered) exchange.packet('resp', proto, reply)
    exchange.wait(1000 * MILLISECOND)
  }
}

/** `asker` asks for the MAC of `target`, who answers. */
export function resolve(
  trace: Trace,
  at: number,
  asker: Host,
  target: Host,
  tags: Tag[] = [],
  interfaceId = 0,
): void {
  const on = { interface: interfaceId }
  trace.add(at, ethernet(BROADCAST, asker.mac, ETHERTYPE.arp, arp('request', asker, target), tags), on)
  const reply = ethernet(asker.mac, target.mac, ETHERTYPE.arp, arp('reply', target, asker), tags)
  trace.add(at + 180 * MICROSECOND, reply, on)
}

/** IPv6 neighbour solicitation and advertisement, RFC 4861 sections 4.3 and 4.4. */
export function resolve6(trace: Trace, at: number, asker: Host, target: Host, tags: Tag[] = []): void {
  const last = target.ip.split(':').at(-1)!.padStart(4, '0')
  const node = `ff02::1:ff00:${last}`
  const option = (type: number, mac: string): Uint8Array =>
    bytes(type, 1, ...mac.split(':').map(part => Number.parseInt(part, 16)))
  const ask = { src: asker.ip, dst: node }
  const solicitation = icmp6(ask, 135, 0, bytes(u32(0), addressBytes(target.ip), option(1, asker.mac)))
  const groupMac = `33:33:ff:00:${last.slice(0, 2)}:${last.slice(2)}`
  trace.add(
    at,
    ethernet(
      groupMac,
      asker.mac,
      ETHERTYPE.ipv6,
      ip({ ...ask, proto: PROTO.icmp6, ttl: 255 }, solicitation),
      tags,
    ),
  )
  const answer = { src: target.ip, dst: asker.ip }
  const advertisement = icmp6(
    answer,
    136,
    0,
    bytes(u32(0x60000000), addressBytes(target.ip), option(2, target.mac)),
  )
  const frame = ethernet(
    asker.mac,
    target.mac,
    ETHERTYPE.ipv6,
    ip({ ...answer, proto: PROTO.icmp6, ttl: 255 }, advertisement),
    tags,
  )
  trace.add(at + 200 * MICROSECOND, frame)
}
