import { parseAddress, parseMac } from '../net/address.ts'
import type { Action, Model, Transport } from './model.ts'
import { Question } from './question.ts'
import { hasActions, OWN_KEY, parseServiceText } from './services.ts'
import { icmpRequestOf, isGroup, isLinkScope } from './special.ts'
import { isIcmp } from './transport.ts'

/** A conversation as a person describes it: of the `expect` table, or of `policy explain`. */
export interface Described {
  /** both addresses, or both MACs (then it is traffic without IP) */
  from: string
  to: string
  /** name of a service or PROTO/PORT; without one, whatever the policy tells apart */
  service?: string | undefined
  action?: Action | undefined
  /** 0 = untagged */
  vlan?: number | undefined
  /** of the originator, taken as bound to its address */
  mac?: string | undefined
  srcPort?: number | undefined
  /** seconds since 1970 UTC */
  at: number
}

/** One question of those a description stands for, with its service in words: `tcp/502`, `icmp/8`. */
export interface Asked {
  question: Question
  text: string
}

/** Why a description cannot be asked. */
export interface NotAsked {
  fault: string
  hint?: string
}

const PROTO = { tcp: 6, udp: 17, sctp: 132 } as const
/** where a client's port usually lies (RFC 6335 section 6) */
const CLIENT_PORT = 49_152
const ECHO = { 4: 8, 6: 128 } as const
/** RFC 3692: for experiments, so never declared by name */
const OTHER_PROTO = 253
/** IEEE 802: local experimental ethertype 1 */
const OTHER_ETHERTYPE = 0x88b5
const OTHER_ICMP_TYPE = 253

/** Turns descriptions into questions; knows the ports between which the policy makes a difference. */
export class Asker {
  private readonly model: Model
  /** first ports of the stretches in which the policy judges all ports alike */
  private readonly borders = { tcp: [0], udp: [0], sctp: [0] }
  private readonly transports: Transport[]

  constructor(model: Model) {
    this.model = model
    const channels = [
      ...model.conduits.flatMap(conduit => conduit.channels),
      ...model.exceptions.map(exception => exception.channel),
    ]
    this.transports = [
      ...channels.flatMap(({ transports }) => transports),
      ...model.assets.flatMap(({ own }) => own),
    ]
    const found = { tcp: new Set([0]), udp: new Set([0]), sctp: new Set([0]) }
    const add = (kind: 'tcp' | 'udp' | 'sctp', first: number, last: number) =>
      found[kind].add(first).add(last + 1)
    for (const transport of this.transports)
      if ('ports' in transport)
        for (const { first, last } of transport.ports) add(transport.kind, first, last)
    for (const kind of ['tcp', 'udp', 'sctp'] as const) {
      for (const { service } of channels)
        if (service !== undefined)
          for (const { first, last } of model.services[service].dynamic) add(kind, first, last)
      for (const { outside } of model.assets.flatMap(({ nat }) => nat))
        if (outside !== undefined && outside.port !== 0) add(kind, outside.port, outside.port)
      this.borders[kind] = [...found[kind]].filter(port => port <= 65_535).sort((a, b) => a - b)
    }
  }

  /**
   * The questions a description stands for: one for each transport of a service, and for each stretch of its ports
   * that the policy may judge differently. The originator is the one who opens it, so the direction is firm. A built-in
   * service is asked as a recognised application, PROTO/PORT as one that is not.
   */
  questions(described: Described): Asked[] | NotAsked {
    const base = this.base(described)
    if (!(base instanceof Question)) return base
    const { service: text } = described
    if (text === undefined)
      return described.action === undefined ? this.whatever(base) : this.everyProtocol(base)
    const named = parseServiceText(text, this.model.services)
    if (named === undefined)
      return { fault: `there is no service "${text}"`, hint: 'a name, or PROTO/PORT like tcp/502' }
    if (named.transports.length === 0)
      return { fault: `${text} has no port of its own`, hint: 'give the port it is at, like tcp/443' }
    const own = named.transports.find(
      transport => transport.kind === 'ip_proto' && transport.proto in OWN_KEY,
    )
    if (own?.kind === 'ip_proto')
      return { fault: `"${text}" leaves the port open`, hint: `write ${OWN_KEY[own.proto]}/PORT` }
    const service = named.service === undefined ? undefined : this.model.services[named.service]
    const asked = this.each(base, named.transports, service?.builtIn ? service.id : '')
    if (asked.length > 0) return asked
    if (base.version === 0)
      return { fault: `${text} is carried by IP, and "${described.from}" is a MAC address` }
    const only = named.transports.every(({ kind }) => kind === 'ethertype')
    return only
      ? { fault: `${text} is not carried by IP`, hint: 'give MAC addresses for both ends' }
      : { fault: `${text} does not exist in IPv${base.version}` }
  }

  private base({ from, to, action, vlan, mac, srcPort, at }: Described): Question | NotAsked {
    const q = new Question()
    const [orig, resp] = [parseAddress(from), parseAddress(to)]
    const [origMac, respMac] = [parseMac(from), parseMac(to)]
    for (const [text, address, hardware] of [
      [from, orig, origMac],
      [to, resp, respMac],
    ] as const)
      if (address === undefined && hardware === undefined)
        return { fault: `"${text}" is neither an address nor a MAC address` }
    if (orig !== undefined && resp !== undefined) {
      if (orig.version !== resp.version) return { fault: `${from} and ${to} are of two IP versions` }
      q.version = orig.version
      q.orig.set(orig.words)
      q.resp.set(resp.words)
      groupMac(q)
    } else if (origMac !== undefined && respMac !== undefined) {
      q.version = 0
      q.origMacHigh = origMac.high
      q.origMacLow = origMac.low
      q.respMacHigh = respMac.high
      q.respMacLow = respMac.low
    } else return { fault: `${from} and ${to}: give two addresses or two MAC addresses` }
    if (mac !== undefined) {
      const read = parseMac(mac)
      if (read === undefined) return { fault: `"${mac}" is not a MAC address` }
      if (q.version === 0 && (read.high !== q.origMacHigh || read.low !== q.origMacLow))
        return { fault: `the originator cannot be both ${from} and ${mac}` }
      q.origMacHigh = read.high
      q.origMacLow = read.low
      q.origMacBound = q.version !== 0
    }
    if (vlan !== undefined && vlan !== 0) {
      q.vlans[0] = vlan
      q.vlanCount = 1
    }
    q.origPort = srcPort ?? CLIENT_PORT
    q.seconds = at
    q.direction = 'request'
    if (action !== undefined) {
      q.actions = [action]
      q.payload = 'parsed'
    }
    return q
  }

  private each(base: Question, transports: readonly Transport[], application: string): Asked[] {
    return transports.flatMap(transport => {
      switch (transport.kind) {
        case 'ethertype':
          if (base.version !== 0) return []
          return [ethertypeOf(base, transport.ethertype, application)]
        case 'ip_proto':
          return base.version === 0 ? [] : [protocol(base, transport.proto)]
        case 'icmp': {
          if (base.version === 0) return []
          const types = transport.types
            .filter(({ version }) => version === base.version)
            .map(({ type }) => type)
          return (transport.all ? [ECHO[base.version]] : types).map(type => icmp(base, type))
        }
        default:
          if (base.version === 0) return []
          return transport.ports.flatMap(({ first, last }) =>
            [first, ...this.borders[transport.kind].filter(port => port > first && port <= last)].map(from =>
              ported(base, transport.kind, from, application),
            ),
          )
      }
    })
  }

  /** Everything the policy may tell apart, apart from what never crosses a border and from ICMP answers. */
  private whatever(base: Question): Asked[] {
    const { version } = base
    if (version === 0) {
      const types = this.transports.flatMap(t => (t.kind === 'ethertype' ? [t.ethertype] : []))
      const asked = unique([...types, OTHER_ETHERTYPE]).map(type => ethertypeOf(base, type, ''))
      return asked.filter(({ question }) => !isLinkScope(question))
    }
    const protocols = this.transports.flatMap(t => (t.kind === 'ip_proto' ? [t.proto] : []))
    const types = this.transports.flatMap(t =>
      t.kind === 'icmp' ? t.types.filter(x => x.version === version) : [],
    )
    const asked = [
      ...(['tcp', 'udp', 'sctp'] as const).flatMap(kind =>
        this.borders[kind].map(port => ported(base, kind, port, '')),
      ),
      ...unique([...types.map(({ type }) => type), ECHO[version], OTHER_ICMP_TYPE]).map(type =>
        icmp(base, type),
      ),
      ...unique([...protocols, OTHER_PROTO]).map(proto => protocol(base, proto)),
    ]
    return asked.filter(
      ({ question: q }) => !isLinkScope(q) && !(isIcmp(q) && icmpRequestOf(q.version, q.icmpType) >= 0),
    )
  }

  /** An action without a service: by each of the protocols that have actions. */
  private everyProtocol(base: Question): Asked[] {
    return this.model.services.flatMap(({ id, transports, builtIn }) =>
      builtIn && hasActions(id) ? this.each(base, transports, id) : [],
    )
  }
}

function ported(base: Question, kind: 'tcp' | 'udp' | 'sctp', port: number, application: string): Asked {
  const question = copy(base)
  question.proto = PROTO[kind]
  question.respPort = port
  question.application = application
  if (kind === 'tcp') question.direction = 'handshake'
  return { question, text: `${kind}/${port}` }
}

function icmp(base: Question, type: number): Asked {
  const question = copy(base)
  question.proto = base.version === 4 ? 1 : 58
  question.icmpType = type
  question.origPort = 0
  return { question, text: `icmp/${type}` }
}

function protocol(base: Question, proto: number): Asked {
  const question = copy(base)
  question.proto = proto
  question.origPort = 0
  return { question, text: `ip/${proto}` }
}

function ethertypeOf(base: Question, ethertype: number, application: string): Asked {
  const question = copy(base)
  question.proto = -1
  question.ethertype = ethertype
  question.origPort = 0
  question.application = application
  return { question, text: `ethertype/0x${ethertype.toString(16).padStart(4, '0')}` }
}

/** The MAC a group is sent to (RFC 1112 section 6.4, RFC 2464 section 7). */
function groupMac(q: Question): void {
  if (!isGroup(q)) return
  const low = q.resp[3]
  if (q.version === 6) [q.respMacHigh, q.respMacLow] = [0x3333, low]
  else if (low === 0xffffffff) [q.respMacHigh, q.respMacLow] = [0xffff, 0xffffffff]
  else [q.respMacHigh, q.respMacLow] = [0x0100, (0x5e000000 | (low & 0x7fffff)) >>> 0]
}

function copy(base: Question): Question {
  const q = new Question()
  const { orig, resp, vlans } = q
  Object.assign(q, base, { orig, resp, vlans })
  orig.set(base.orig)
  resp.set(base.resp)
  vlans.set(base.vlans)
  return q
}

function unique(values: readonly number[]): number[] {
  return [...new Set(values)]
}
