import { serviceOfPort } from '../../src/net/ports.ts'
import type {
  Action,
  AddressRange,
  Channel,
  Ends,
  MacPrefix,
  Model,
  Transport,
  Zone,
} from '../../src/policy/model.ts'
import type { Question, Verdict } from '../../src/policy/question.ts'

/**
 * The judgements of contract.md once more, written for plainness: no tables, no compiling, everything looked up by
 * going through the model from top to bottom, addresses as bigint. Only the model and the question are shared with src.
 */

/** A channel of a conduit, or an exception. */
export interface NaiveLine {
  conduit: number
  channel: number
  exception: number
}

export interface NaiveAnswer {
  verdict: Verdict
  reason: string | undefined
  origZone: number
  respZone: number
  inferred: boolean
  /** any of these may be cited for a channel and for an exception; empty = none is */
  channels: NaiveLine[]
  exceptions: NaiveLine[]
  /** nearest lines of an unsanctioned flow, each with the sets of dimensions that may be said to fail */
  nearest: { line: NaiveLine; failed: string[][] }[]
  /** a zone end may be cited with `opaque` only if the cited line restricts actions */
  opaqueIfRestricted: boolean
  /** covered neither way, and only ports tell who opened it */
  portsTell: boolean
}

interface Line extends NaiveLine {
  item: Channel
  from: number[]
  to: number[]
  starts: number
  expires: number
}

interface Place {
  zone: number | 'none' | 'unknown'
  asset: number
}

interface Party extends Place {
  version: number
  address: bigint
  port: number
  mac: bigint
  /** ARP, ND or DHCP bound the address to the MAC */
  bound: boolean
  kind: 'plain' | 'own' | 'behind' | 'masquerade' | 'group-scope'
  boundary: number
  hides: number[]
}

type Where = Pick<Question, 'vlans' | 'vlanCount' | 'vni' | 'tap'>

/** a place of which nothing is known, not even that it has no tag: behind an address translation */
const NOWHERE: Where = { vlans: new Uint16Array(0) as Question['vlans'], vlanCount: 0, vni: -1, tap: -1 }
const TCP = 6
const UDP = 17
const SCTP = 132

/** Judges a flow against a model. `parent` is the answer for the conversation that announced it. */
export function naiveJudge(model: Model, q: Question, parent?: NaiveAnswer): NaiveAnswer {
  const judge = new Naive(model, q)
  const answer = judge.answer()
  return parent === undefined ? answer : inherit(model, answer, parent, q)
}

class Naive {
  private readonly model: Model
  private readonly q: Question
  private readonly lines: Line[]
  private readonly icmp: boolean
  private readonly isGroup: boolean
  private lenient = false

  constructor(model: Model, q: Question) {
    this.model = model
    this.q = q
    this.lines = [
      ...model.conduits.flatMap((conduit, c) =>
        conduit.channels.map((item, channel) => ({
          item,
          conduit: c,
          channel,
          exception: -1,
          from: conduit.from,
          to: conduit.to,
          starts: Number.NEGATIVE_INFINITY,
          expires: Number.POSITIVE_INFINITY,
        })),
      ),
      ...model.exceptions.map(({ channel: item, from, to, starts, expires }, exception) => ({
        item,
        conduit: -1,
        channel: -1,
        exception,
        from,
        to,
        starts,
        expires,
      })),
    ]
    this.icmp = (q.version === 4 && q.proto === 1) || (q.version === 6 && q.proto === 58)
    const resp = big(q.resp)
    this.isGroup =
      q.version === 0
        ? (q.respMacHigh & 0x100) !== 0
        : q.version === 4
          ? within(resp, '224.0.0.0/4') || resp === 0xffffffffn
          : resp >> 120n === 0xffn
  }

  answer(): NaiveAnswer {
    const orig = this.party('orig')
    this.placeParty(orig)
    if (this.isLinkScope()) return result('intra-zone', 'link-scope', orig, { ...orig })
    this.settle(orig)
    const resp = this.party('resp')
    if (this.isGroup) this.placeGroup(resp, orig)
    else {
      this.placeParty(resp)
      this.settle(resp)
    }
    if (typeof orig.zone === 'number' && orig.zone === resp.zone && this.isNeighbourDiscovery())
      return result('intra-zone', 'link-scope', orig, resp)
    if (this.isOwnBusiness(orig, resp) || this.isOwnBusiness(resp, orig))
      return result('intra-zone', 'boundary-own', orig, resp)
    for (const end of [orig, resp])
      if (end.zone === 'none' && end.kind !== 'behind') return result('unzoned', undefined, orig, resp)
    if (orig.kind === 'behind' || resp.kind === 'behind' || resp.kind === 'masquerade')
      return this.behind(orig, resp)
    if (orig.zone === 'unknown' || resp.zone === 'unknown')
      return result('undetermined', 'context-unknown', orig, resp)
    if (orig.kind !== 'masquerade') return this.betweenZones(orig, resp)
    const answers = orig.hides.flatMap(zone =>
      [false, true].map(lenient => {
        this.lenient = lenient
        return this.betweenZones({ ...orig, zone }, resp)
      }),
    )
    if (new Set(answers.map(({ verdict }) => verdict)).size > 1) return this.behind(orig, resp)
    return answers[0]
  }

  private behind(orig: Party, resp: Party): NaiveAnswer {
    const shown = (end: Party): Party =>
      end.kind === 'behind' || (end.kind === 'masquerade' && end.hides.length > 1)
        ? { ...end, zone: 'none' }
        : end
    return result('undetermined', 'behind-boundary', shown(orig), shown(resp))
  }

  private party(side: 'orig' | 'resp'): Party {
    const { q } = this
    const orig = side === 'orig'
    return {
      version: q.version,
      address: big(orig ? q.orig : q.resp),
      port: orig ? q.origPort : q.respPort,
      mac: orig ? bigMac(q.origMacHigh, q.origMacLow) : bigMac(q.respMacHigh, q.respMacLow),
      bound: orig ? q.origMacBound : q.respMacBound,
      zone: 'none',
      asset: -1,
      kind: 'plain',
      boundary: -1,
      hides: [],
    }
  }

  // Which zone an end is in

  private placeParty(end: Party): void {
    const { q } = this
    const local = end.version === 0 || isLocal(end.version, end.address)
    if (end.version !== 0) Object.assign(end, this.byAddress(end.version, end.address, q))
    if (end.zone === 'none' && end.asset < 0 && (local || end.bound)) {
      const by = this.byMac(end.mac)
      if (local || by.asset < 0 || !this.model.assets[by.asset].boundary) Object.assign(end, by)
    }
    if (end.zone === 'none' && local) {
      const zone = this.vlanZone()
      if (typeof zone === 'number') end.zone = zone
    }
  }

  private byAddress(version: number, address: bigint, where: Where): Place {
    const { zones, assets } = this.model
    const candidates: { zone: number; asset: number; size: bigint }[] = []
    for (const [asset, { addresses, zone, boundary }] of assets.entries())
      for (const range of addresses)
        if (inRange(range, version, address))
          candidates.push({ zone: boundary ? -1 : zone, asset, size: sizeOf(range) })
    candidates.sort((a, b) => (a.size < b.size ? -1 : a.size > b.size ? 1 : 0))
    const networks: typeof candidates = []
    if (!isLocal(version, address))
      for (const [zone, { networks: ranges, kind }] of zones.entries())
        for (const range of ranges)
          if (inRange(range, version, address) && !(kind === 'external' && isNeverExternal(version, address)))
            networks.push({ zone, asset: -1, size: sizeOf(range) })
    networks.sort((a, b) => (a.size < b.size ? -1 : a.size > b.size ? 1 : 0))
    return this.choose([...candidates, ...networks], where)
  }

  private byMac(mac: bigint): Place {
    if (mac === 0n) return { zone: 'none', asset: -1 }
    const { zones, assets } = this.model
    const longest = (a: { size: bigint }, b: { size: bigint }) =>
      a.size < b.size ? -1 : a.size > b.size ? 1 : 0
    const held = (macs: MacPrefix[], zone: number, asset: number) =>
      macs
        .filter(prefix => inMac(prefix, mac))
        .map(({ bits }) => ({ zone, asset, size: 1n << BigInt(48 - bits) }))
    const ofAssets = assets.flatMap(({ macs, zone, boundary }, asset) =>
      held(macs, boundary ? -1 : zone, asset),
    )
    const found = this.choose(ofAssets.sort(longest), this.q)
    if (found.zone !== 'none' || found.asset >= 0) return found
    return this.choose(zones.flatMap(({ macs }, zone) => held(macs, zone, -1)).sort(longest), this.q)
  }

  /**
   * The smallest that counts here. One that counts perhaps, because the tag that would decide is missing, leaves it open
   * as long as another zone could be meant; a zone that counts nowhere but where a smaller one does cannot be meant.
   */
  private choose(candidates: readonly { zone: number; asset: number; size: bigint }[], where: Where): Place {
    const perhaps: number[] = []
    let asset = -1
    let first = true
    let boundary = false
    let settled: { size: bigint; asset: boolean } | undefined
    const meant = new Set<number>()
    const sureAt = (size: bigint, ofAssets: boolean) =>
      candidates.some(
        c =>
          c.size === size &&
          c.asset >= 0 === ofAssets &&
          (c.zone < 0 || this.counts(c.zone, where) === 'yes'),
      )
    for (const candidate of candidates) {
      const ofAssets = candidate.asset >= 0
      if (settled !== undefined && (settled.size !== candidate.size || settled.asset !== ofAssets)) break
      if (candidate.zone < 0) {
        if (first) {
          asset = candidate.asset
          boundary = true
        }
        first = false
        continue
      }
      // the networks say where a boundary is, not other assets
      if (ofAssets && boundary) continue
      const counts = this.counts(candidate.zone, where)
      if (counts === 'no') continue
      const sure = sureAt(candidate.size, ofAssets)
      if (sure && counts === 'perhaps') continue
      if (counts === 'perhaps') {
        if (!meant.has(candidate.zone) && perhaps.some(zone => this.covers(zone, candidate.zone))) continue
        perhaps.push(candidate.zone)
      } else settled = { size: candidate.size, asset: ofAssets }
      if (first) asset = candidate.asset
      first = false
      meant.add(candidate.zone)
    }
    const zone = meant.size === 0 ? 'none' : meant.size === 1 ? [...meant][0] : 'unknown'
    return { zone, asset: zone === 'unknown' && !boundary ? -1 : asset }
  }

  /** Whether the context of `inner` holds only where that of `outer` does. */
  private covers(outer: number, inner: number): boolean {
    const [a, b] = [this.model.zones[outer].context!, this.model.zones[inner].context]
    if (b === undefined) return false
    return (['vlans', 'vnis', 'taps'] as const).every(
      kind => a[kind].length === 0 || (b[kind].length > 0 && b[kind].every(value => a[kind].includes(value))),
    )
  }

  private counts(zone: number, where: Where): 'yes' | 'no' | 'perhaps' {
    const { context } = this.model.zones[zone]
    if (context === undefined) return 'yes'
    if (where === NOWHERE) return 'perhaps'
    const vlan = this.contextVlan(where)
    const open = vlan === undefined || vlan === 0 || this.model.transitVlans.includes(vlan)
    const dimension = (list: number[], value: number | undefined, missing: boolean) =>
      list.length === 0 || (value !== undefined && list.includes(value)) ? 'yes' : missing ? 'perhaps' : 'no'
    const all = [
      dimension(context.vlans, vlan, open),
      dimension(context.vnis, where.vni, where.vni < 0),
      dimension(context.taps, where.tap, where.tap < 0),
    ]
    return all.includes('no') ? 'no' : all.includes('perhaps') ? 'perhaps' : 'yes'
  }

  /** The VLAN that decides a context: the innermost tag some context or `transit_vlans` names; -1 = another one. */
  private contextVlan(where: Where): number | undefined {
    const named = [
      ...this.model.zones.flatMap(({ context }) => context?.vlans ?? []),
      ...this.model.transitVlans,
    ]
    const tags = tagsOf(where)
    if (tags.length > 0) return tags.findLast(tag => named.includes(tag)) ?? -1
    const native = where.tap < 0 ? undefined : this.model.taps[where.tap].nativeVlan
    if (native !== undefined && named.includes(native)) return native
    if (named.includes(0)) return 0
    return native === undefined ? undefined : -1
  }

  /** The zone that alone has the VLAN of the frame; 'transit' for one of several zones, undefined for nobody's. */
  private vlanZone(): number | 'transit' | undefined {
    const { zones, transitVlans } = this.model
    const owners = (vlan: number) =>
      zones.flatMap((zone, index) => (vlansOf(zone).includes(vlan) ? [index] : []))
    const meaning = (vlan: number): number | 'transit' | undefined => {
      if (transitVlans.includes(vlan)) return 'transit'
      const who = owners(vlan)
      return who.length > 1 ? 'transit' : who[0]
    }
    const tags = tagsOf(this.q)
    if (tags.length > 0) {
      for (const tag of tags.toReversed()) {
        const means = meaning(tag)
        if (means !== undefined) return means
      }
      return undefined
    }
    const native = this.q.tap < 0 ? undefined : this.model.taps[this.q.tap].nativeVlan
    return (native === undefined ? undefined : meaning(native)) ?? meaning(0)
  }

  private placeGroup(end: Party, orig: Party): void {
    if (this.model.zones.every(zone => vlansOf(zone).length === 0)) {
      end.zone = orig.zone
      end.kind = 'group-scope'
      return
    }
    const zone = this.vlanZone()
    end.zone = typeof zone === 'number' ? zone : 'unknown'
  }

  // Boundary assets and address translation

  private settle(end: Party): void {
    if (end.version === 0) return
    const { assets } = this.model
    const boundary = end.asset >= 0 && assets[end.asset].boundary ? end.asset : -1
    const entries = assets.flatMap(({ nat }, asset) => nat.map(entry => ({ asset, entry })))
    const outside = entries.filter(
      ({ entry }) => entry.outside !== undefined && inRange(entry.outside.range, end.version, end.address),
    )
    end.boundary = boundary
    const byPort = outside.find(({ entry }) => entry.outside!.port !== 0 && entry.outside!.port === end.port)
    const whole = outside.find(({ entry }) => entry.outside!.port === 0)
    const own = boundary >= 0 && this.isOwn(boundary)
    const substitute = byPort ?? (own ? undefined : whole)
    if (substitute !== undefined) {
      const { outside, inside } = substitute.entry
      end.address += bigOf(inside!.range.first) - bigOf(outside!.range.first)
      end.version = inside!.range.version
      if (inside!.port !== 0) end.port = inside!.port
      Object.assign(end, this.byAddress(end.version, end.address, NOWHERE))
      end.boundary = -1
      return
    }
    if (own) {
      end.kind = 'own'
      return
    }
    const hiding = entries.find(
      ({ entry }) =>
        entry.masquerade !== undefined &&
        entry.hides.length > 0 &&
        inRange(entry.masquerade, end.version, end.address),
    )
    if (hiding !== undefined) {
      end.kind = 'masquerade'
      end.hides = hiding.entry.hides
      end.zone = end.hides[0]
    } else if (boundary >= 0) {
      end.kind = 'behind'
      end.zone = 'none'
    }
  }

  /** Whether a boundary offers or uses the service: told by the responder's port, or by either while that is open. */
  private isOwn(asset: number): boolean {
    const { q } = this
    const ports = this.isFirm() ? [q.respPort] : [q.respPort, q.origPort]
    const types = [q.icmpType, ...(this.icmp ? requestOf(q.version, q.icmpType) : [])]
    return this.model.assets[asset].own.some(transport =>
      ports.some(port => types.some(type => this.carries(transport, port, type))),
    )
  }

  private isOwnBusiness(end: Party, other: Party): boolean {
    if (end.kind !== 'own' || typeof other.zone !== 'number') return false
    const zones = this.model.assets[end.boundary].addresses.map(
      range => this.byAddress(range.version, bigOf(range.first), NOWHERE).zone,
    )
    if (other.kind === 'masquerade') return other.hides.every(zone => zones.includes(zone))
    return other.zone === end.zone || zones.includes(other.zone)
  }

  // What covers a flow

  private betweenZones(orig: Party, resp: Party): NaiveAnswer {
    const { q } = this
    const [a, b] = [orig.zone as number, resp.zone as number]
    if (resp.kind === 'group-scope') return result('intra-zone', 'group-scope', orig, resp)
    const defaultDeny = this.model.conduits.some(
      ({ from, to, anyFrom, anyTo }) => !anyFrom && !anyTo && from.includes(a) && to.includes(a),
    )
    if (a === b && !defaultDeny) return result('intra-zone', undefined, orig, resp)
    const asked = this.icmp ? requestOf(q.version, q.icmpType)[0] : undefined
    if (asked !== undefined)
      return this.conclude(orig, resp, this.cover(resp, orig, asked), false, () => this.miss(orig, resp))
    const forward = this.cover(orig, resp, q.icmpType)
    if (this.icmp || this.isGroup || this.isFirm())
      return this.conclude(orig, resp, forward, false, () => this.miss(orig, resp))
    const reverse = this.cover(resp, orig, q.icmpType)
    const oneWay = (forward.verdict === 'unsanctioned') !== (reverse.verdict === 'unsanctioned')
    if (q.direction === 'port' || (!oneWay && forward.verdict === 'unsanctioned'))
      return {
        ...this.conclude(orig, resp, forward, oneWay, () => this.miss(orig, resp)),
        portsTell: q.direction === 'port' && !oneWay,
      }
    if (oneWay) {
      const covering = forward.verdict === 'unsanctioned' ? reverse : forward
      return {
        ...covering,
        origZone: a,
        respZone: b,
        verdict: 'undetermined',
        reason: 'direction',
        opaqueIfRestricted: false,
      }
    }
    const open = reverse.verdict === 'undetermined' && forward.verdict !== 'undetermined'
    return this.conclude(orig, resp, open ? reverse : forward, false, () => this.miss(orig, resp))
  }

  private conclude(
    orig: Party,
    resp: Party,
    outcome: NaiveAnswer,
    inferred: boolean,
    miss: () => NaiveAnswer,
  ): NaiveAnswer {
    const answer = outcome.verdict === 'unsanctioned' ? miss() : outcome
    return { ...answer, inferred, origZone: orig.zone as number, respZone: resp.zone as number }
  }

  /** What the policy says if `opener` opened it. */
  private cover(opener: Party, responder: Party, type: number): NaiveAnswer {
    const covering = this.lines.filter(line =>
      this.sides(line, opener, responder).some(
        swapped =>
          this.matches(line, responder.port, type) &&
          this.misfits(line, opener, responder, opener.port, swapped).length === 0,
      ),
    )
    return this.weigh(covering)
  }

  private weigh(lines: Line[]): NaiveAnswer {
    const { q } = this
    const channels = lines.filter(({ exception }) => exception < 0)
    const exceptions = lines.filter(({ exception }) => exception >= 0)
    const none = result('unsanctioned', undefined)
    if (lines.length === 0) return none
    const opaque = q.opaque || q.payload === 'opaque'
    const unread = (): NaiveAnswer => {
      const accepts = ({ item }: Line) => !restricted(item) || item.opaque === 'accept'
      const [a, b] = [channels.filter(accepts), exceptions.filter(accepts)]
      if (a.length > 0) return { ...result('sanctioned', undefined), channels: a, opaqueIfRestricted: true }
      if (b.length > 0) return { ...result('exception', undefined), exceptions: b, opaqueIfRestricted: true }
      return cite(result('undetermined', 'opaque'), channels.length > 0 ? channels : exceptions)
    }
    if (q.actions.length > 0) {
      const seen = this.weighActions(channels, exceptions)
      if (!opaque || seen.verdict === 'unsanctioned') return seen
      const rest = unread()
      return rest.verdict === 'undetermined' ? rest : seen
    }
    if (opaque) return unread()
    const freeChannels = channels.filter(({ item }) => !restricted(item))
    const freeExceptions = exceptions.filter(({ item }) => !restricted(item))
    if (freeChannels.length > 0) return cite(result('sanctioned', undefined), freeChannels)
    if (q.payload !== 'unparsed') {
      if (channels.length > 0) return cite(result('sanctioned', 'no-action-seen'), channels)
      if (freeExceptions.length > 0) return cite(result('exception', undefined), freeExceptions)
      return cite(result('exception', 'no-action-seen'), exceptions)
    }
    if (freeExceptions.length > 0) return cite(result('exception', undefined), freeExceptions)
    return cite(result('undetermined', 'action-not-parsed'), channels.length > 0 ? channels : exceptions)
  }

  private weighActions(channels: Line[], exceptions: Line[]): NaiveAnswer {
    const lists =
      (action: Action) =>
      ({ item }: Line) =>
        covers(item, action)
    const sure = ({ item }: Line) => !narrowed(item)
    let byException = false
    let open: Line[] | undefined
    const cited = { channels: [] as Line[], exceptions: [] as Line[] }
    for (const action of this.q.actions) {
      const ofChannels = channels.filter(lists(action))
      const ofExceptions = exceptions.filter(lists(action))
      if (ofChannels.some(sure)) cited.channels.push(...ofChannels.filter(sure))
      else if (ofExceptions.some(sure)) {
        byException = true
        cited.exceptions.push(...ofExceptions.filter(sure))
      } else if (ofChannels.length + ofExceptions.length > 0)
        open = [...(open ?? []), ...(ofChannels.length > 0 ? ofChannels : ofExceptions)]
      else return result('unsanctioned', undefined)
    }
    if (open !== undefined) return cite(result('undetermined', 'action-not-parsed'), open)
    return { ...result(byException ? 'exception' : 'sanctioned', undefined), ...cited }
  }

  /** The ways round in which a line lets `opener` open to `responder`: as written, or (true) from its other side. */
  private sides({ item, from, to }: Line, opener: Party, responder: Party): boolean[] {
    const ahead = from.includes(opener.zone as number) && to.includes(responder.zone as number)
    const back = to.includes(opener.zone as number) && from.includes(responder.zone as number)
    if (item.initiator === 'from') return ahead ? [false] : []
    if (item.initiator === 'to') return back ? [false] : []
    return [...(ahead ? [false] : []), ...(back ? [true] : [])]
  }

  /** Whether the service fits, by the recognised application or by port. */
  private matches({ item }: Line, port: number, type: number): boolean {
    const { application } = this.q
    const service = item.service === undefined ? undefined : this.model.services[item.service]
    if (service?.builtIn && application !== '') return service.id === application
    return item.transports.some(transport => this.carries(transport, port, type))
  }

  private carries(transport: Transport, port: number, type: number): boolean {
    const { q } = this
    switch (transport.kind) {
      case 'ethertype':
        return transport.ethertype === (q.version === 4 ? 0x0800 : q.version === 6 ? 0x86dd : q.ethertype)
      case 'ip_proto':
        return q.version !== 0 && transport.proto === q.proto
      case 'icmp':
        return (
          this.icmp &&
          (transport.all || transport.types.some(t => t.version === q.version && t.type === type))
        )
      default:
        return (
          q.version !== 0 &&
          q.proto === { tcp: TCP, udp: UDP, sctp: SCTP }[transport.kind] &&
          transport.ports.some(({ first, last }) => port >= first && port <= last)
        )
    }
  }

  /** What a line holds against the flow, its ports and actions apart. */
  private misfits(
    line: Line,
    opener: Party,
    responder: Party,
    openerPort: number,
    swapped: boolean,
  ): string[] {
    const { item } = line
    const { q } = this
    const failed = new Set<string>()
    if (item.srcPorts.length > 0) {
      const fits = item.srcPorts.some(({ first, last }) => openerPort >= first && openerPort <= last)
      if (!(opener.kind === 'masquerade' ? this.lenient : fits)) failed.add('service')
    }
    if (item.vlans.length > 0) {
      const tags = tagsOf(q)
      const native = q.tap < 0 ? undefined : this.model.taps[q.tap].nativeVlan
      const fits =
        tags.length > 0
          ? tags.some(tag => item.vlans.includes(tag))
          : [0, native].some(v => item.vlans.includes(v!))
      if (!fits) failed.add('endpoint')
    }
    if (!this.isAmong(swapped ? item.resp : item.orig, opener)) failed.add('endpoint')
    const answerer = swapped ? item.orig : item.resp
    const { ranges, macs } = item.groups
    if (!this.isGroup) {
      if (ranges.length + macs.length > 0 || !this.isAmong(answerer, responder)) failed.add('endpoint')
    } else if (ranges.length + macs.length > 0) {
      const resp = big(q.resp)
      const listed =
        (q.version !== 0 && ranges.some(range => inRange(range, q.version, resp))) ||
        macs.some(mac => inMac(mac, bigMac(q.respMacHigh, q.respMacLow)))
      if (!listed) failed.add('endpoint')
    } else {
      // groups of traffic without IP need not be listed
      const free = q.version === 0 && item.transports.every(({ kind }) => kind === 'ethertype')
      if (!free || answerer.ranges.length + answerer.assets.length > 0) failed.add('endpoint')
    }
    if (item.when !== undefined && !isWithin(item.when, q.seconds, this.model.timezone))
      failed.add('schedule')
    if (q.seconds < line.starts || q.seconds >= line.expires) failed.add('expired')
    return [...failed]
  }

  private isAmong(ends: Ends, end: Party): boolean {
    if (ends.ranges.length + ends.assets.length === 0) return true
    if (end.kind === 'masquerade') return this.lenient
    if (end.asset >= 0 && ends.assets.includes(end.asset)) return true
    return end.version !== 0 && ends.ranges.some(range => inRange(range, end.version, end.address))
  }

  /** Not covered: perhaps a related conversation whose parent was not seen; else the nearest lines. */
  private miss(orig: Party, resp: Party): NaiveAnswer {
    const parents = this.announcers(orig, resp)
    if (parents.length > 0) return cite(result('undetermined', 'parent-not-seen'), parents)
    const asked = this.icmp ? requestOf(this.q.version, this.q.icmpType)[0] : undefined
    const [opener, responder] = asked === undefined ? [orig, resp] : [resp, orig]
    const type = asked ?? this.q.icmpType
    const found = this.lines.flatMap(line => {
      const sets: string[][] = []
      for (const swapped of this.sides(line, opener, responder)) {
        const served = this.matches(line, responder.port, type) ? [] : ['service']
        sets.push([...served, ...this.misfits(line, opener, responder, opener.port, swapped)])
      }
      for (const swapped of this.sides(line, responder, opener)) {
        // the wrong end opened it: the port of the service may be at either end
        for (const [port, other] of [
          [responder.port, opener.port],
          [opener.port, responder.port],
        ]) {
          const served = this.matches(line, port, type) ? [] : ['service']
          sets.push(['direction', ...served, ...this.misfits(line, responder, opener, other, swapped)])
        }
      }
      const lacking = this.q.actions.some(action => !covers(line.item, action))
      const all = sets.map(set => [...new Set([...set, ...(lacking ? ['action'] : [])])].sort())
      const least = Math.min(...all.map(({ length }) => length))
      return all.length === 0 ? [] : [{ line, failed: all.filter(({ length }) => length === least) }]
    })
    const least = Math.min(...found.map(({ failed }) => failed[0].length))
    const nearest = found.filter(({ failed }) => failed[0].length === least)
    return { ...result('unsanctioned', found.length === 0 ? 'no-conduit' : undefined), nearest }
  }

  private announcers(orig: Party, resp: Party): Line[] {
    const { q } = this
    if (q.parentJudgement >= 0 || this.isGroup || q.version === 0) return []
    const kind = q.proto === TCP ? 'tcp' : q.proto === UDP ? 'udp' : q.proto === SCTP ? 'sctp' : undefined
    const ports = this.isFirm() ? [resp.port] : [resp.port, orig.port]
    return this.lines.filter(line => {
      const service = line.item.service === undefined ? undefined : this.model.services[line.item.service]
      if (service === undefined || !line.item.related || !service.transports.some(t => t.kind === kind))
        return false
      const names = service.transports.flatMap(t =>
        'ports' in t ? t.ports.map(({ first }) => serviceOfPort(t.kind as 'tcp', first)) : [],
      )
      if (q.application !== '' && q.application !== service.id && !names.includes(q.application)) return false
      if (!ports.some(port => service.dynamic.some(({ first, last }) => port >= first && port <= last)))
        return false
      return [
        [orig, resp],
        [resp, orig],
      ].some(([opener, responder]) =>
        this.sides(line, opener, responder).some(swapped =>
          this.misfits(line, opener, responder, 0, swapped).every(what => what === 'service'),
        ),
      )
    })
  }

  private isFirm(): boolean {
    return this.q.direction === 'handshake' || this.q.direction === 'request'
  }

  // One to many

  private isLinkScope(): boolean {
    const { q } = this
    const mac = bigMac(q.respMacHigh, q.respMacLow)
    if (q.version === 0) {
      if ([0x0806, 0x8035].includes(q.ethertype)) return true
      if ([0x88cc, 0x8809].includes(q.ethertype) && (mac >> 40n) % 2n === 1n) return true
      return mac >> 4n === 0x0180c200000n || mac === 0x01000cccccccn || mac === 0x01000ccccccdn
    }
    const resp = big(q.resp)
    if (q.version === 4) {
      const dhcp = [67, 68].includes(q.origPort) || [67, 68].includes(q.respPort)
      return (
        within(resp, '224.0.0.0/24') ||
        (q.proto === 2 && within(resp, '224.0.0.0/4')) ||
        (resp === 0xffffffffn && q.proto === UDP && dhcp)
      )
    }
    const scope = (resp >> 112n) & 0xfn
    if (resp >> 120n === 0xffn && (scope === 1n || scope === 2n)) return true
    const onLink = (end: bigint): boolean => end === 0n || end >> 118n === 0x3fan
    const near = resp >> 120n === 0xffn || onLink(big(q.orig)) || onLink(resp)
    return near && this.isNeighbourDiscovery()
  }

  private isNeighbourDiscovery(): boolean {
    const { version, proto, icmpType } = this.q
    return version === 6 && proto === 58 && ((icmpType >= 130 && icmpType <= 137) || icmpType === 143)
  }
}

/** A conversation that another one announced takes over its verdict between the same zones. */
function inherit(model: Model, answer: NaiveAnswer, parent: NaiveAnswer, q: Question): NaiveAnswer {
  if (answer.verdict !== 'unsanctioned' && answer.verdict !== 'undetermined') return answer
  const zones = [answer.origZone, answer.respZone]
  const theirs = [parent.origZone, parent.respZone]
  if (zones.includes(-1)) return answer
  if (String(zones) !== String(theirs) && String(zones) !== String(theirs.toReversed())) return answer
  if (!['sanctioned', 'exception', 'undetermined'].includes(parent.verdict)) return answer
  const items = [...parent.channels, ...parent.exceptions].map(line =>
    line.exception >= 0
      ? model.exceptions[line.exception].channel
      : model.conduits[line.conduit].channels[line.channel],
  )
  if (items.some(({ related }) => !related)) return answer
  // the channel is inherited: it has to cover what was done, and to accept what cannot be read
  const isOpaque = q.opaque || q.payload === 'opaque'
  const [deciding] = parent.exceptions.length > 0 ? items.slice(parent.channels.length) : items
  if (deciding !== undefined) {
    if (q.actions.some(action => !covers(deciding, action))) return answer
    if (isOpaque && restricted(deciding) && deciding.opaque !== 'accept') return answer
  }
  return {
    ...parent,
    origZone: answer.origZone,
    respZone: answer.respZone,
    reason: parent.verdict === 'undetermined' ? parent.reason : 'related',
    opaqueIfRestricted: false,
  }
}

function result(verdict: Verdict, reason: string | undefined, orig?: Place, resp?: Place): NaiveAnswer {
  const index = (place: Place | undefined) => (typeof place?.zone === 'number' ? place.zone : -1)
  return {
    verdict,
    reason,
    origZone: index(orig),
    respZone: index(resp),
    inferred: false,
    channels: [],
    exceptions: [],
    nearest: [],
    opaqueIfRestricted: false,
    portsTell: false,
  }
}

function cite(answer: NaiveAnswer, lines: Line[]): NaiveAnswer {
  return {
    ...answer,
    channels: lines.filter(({ exception }) => exception < 0),
    exceptions: lines.filter(({ exception }) => exception >= 0),
  }
}

/** Whether a channel lists an action; whoever may do something may connect for it. */
function covers({ actions }: Channel, action: Action): boolean {
  return actions === undefined || actions.has(action) || (action === 'session' && actions.size > 0)
}

function restricted(item: Channel): boolean {
  return item.actions !== undefined || narrowed(item)
}

function narrowed(item: Channel): boolean {
  return item.units !== undefined || item.functions !== undefined || item.addresses !== undefined
}

function vlansOf(zone: Zone): number[] {
  return zone.vlans.length > 0 ? zone.vlans : (zone.context?.vlans ?? [])
}

/** VLAN tags from the outside in; a priority tag is none. */
function tagsOf({ vlans, vlanCount }: Where): number[] {
  return [...vlans].slice(0, vlanCount).filter(vlan => vlan !== 0)
}

/** The request an ICMP answer belongs to; none where it is no answer. */
function requestOf(version: number, type: number): number[] {
  const pairs =
    version === 4
      ? [
          [0, 8],
          [14, 13],
          [16, 15],
          [18, 17],
        ]
      : [
          [129, 128],
          [140, 139],
        ]
  return pairs.filter(([reply]) => reply === type).map(([, request]) => request)
}

/** Whether a moment is in a schedule, on the clock of the site; a night belongs to the day it begins on. */
function isWithin(when: NonNullable<Channel['when']>, seconds: number, timezone: string): boolean {
  const local = (at: number) => {
    const text = new Date(at * 1000).toLocaleString('sv-SE', { timeZone: timezone })
    const [date, time] = text.split(' ')
    const [hour, minute] = time.split(':').map(Number)
    return { day: new Date(`${date}T12:00:00Z`).getUTCDay(), minute: hour * 60 + minute }
  }
  const { day, minute } = local(seconds)
  const on = (d: number) => when.days.length === 0 || when.days.includes(d)
  if (when.hours === undefined) return on(day)
  const { from, to } = when.hours
  if (from <= to) return on(day) && minute >= from && minute < to
  return minute >= from ? on(day) : minute < to && on((day + 6) % 7)
}

function big(words: ArrayLike<number>): bigint {
  return Array.from(words).reduce((value, word) => (value << 32n) | BigInt(word >>> 0), 0n)
}

function bigOf(words: readonly number[]): bigint {
  return big(words)
}

function bigMac(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low >>> 0)
}

function inMac({ high, low, bits }: MacPrefix, mac: bigint): boolean {
  const rest = BigInt(48 - bits)
  return bigMac(high, low) >> rest === mac >> rest
}

function inRange(range: AddressRange, version: number, address: bigint): boolean {
  return range.version === version && address >= bigOf(range.first) && address <= bigOf(range.last)
}

function sizeOf(range: AddressRange): bigint {
  return bigOf(range.last) - bigOf(range.first) + 1n
}

/** Whether an IPv4 address is in a prefix, both as text and numbers of this file only. */
function within(address: bigint, prefix: string): boolean {
  const [text, bits] = prefix.split('/')
  const base = text.split('.').reduce((value, part) => value * 256n + BigInt(part), 0n)
  const rest = 32n - BigInt(bits)
  return address >> rest === base >> rest
}

function isLocal(version: number, address: bigint): boolean {
  if (version === 4) return address === 0n || within(address, '169.254.0.0/16')
  return address === 0n || address >> 118n === 0xfe80n >> 6n
}

function isNeverExternal(version: number, address: bigint): boolean {
  if (version === 6) return isLocal(6, address) || address === 1n || address >> 120n === 0xffn
  const never = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4']
  return never.some(prefix => within(address, prefix)) || address === 0xffffffffn
}
