import { mayTunnel } from '../decode/tunnel-ports.ts'
import * as R from '../flow/row.ts'
import { partitionOf } from '../flow/table.ts'
import { mix, pairHash } from '../net/hash.ts'
import type { Batch, LaneMemory } from '../shared/batch.ts'
import type { Burst } from '../shared/burst.ts'
import * as L from '../shared/lane.ts'
import * as ethernet from '../wire/ethernet.ts'
import * as ethertype from '../wire/ethertype.ts'
import * as ip from '../wire/ip.ts'
import * as ipv4 from '../wire/ipv4.ts'
import * as ipv6 from '../wire/ipv6.ts'
import * as tcp from '../wire/tcp.ts'
import * as udp from '../wire/udp.ts'
import * as vlan from '../wire/vlan.ts'
import { foldSix, isLess } from './six.ts'
import type { Span } from './span.ts'
import type { Wrappers } from './wrappers.ts'
import type { Wrapping } from './wrapping.ts'

const ETHERNET = 1
const DHCP_SERVER = 67
/** a frame that may not be shorter: Ethernet, IPv4, UDP */
const SHORTEST = ethernet.HEADER + ipv4.HEADER + udp.HEADER
/** words of the IPv4 header as they stand: version, length of the header, (service), total length; and fragment, (TTL), protocol */
const PLAIN_IPV4 = 0x45
const FRAGMENTED = (ipv4.MORE_FRAGMENTS | ipv4.OFFSET_MASK) << 16
/** the first multicast address: what is above goes to groups, to nobody, or to all */
const FIRST_GROUP = 0xe0000000

/** What the reader works on. */
export interface ReaderParts {
  memory: LaneMemory
  wrapping: Wrapping
  wrappers: Wrappers
  shardByPartition: Int32Array
  /** LINKTYPE_ by port; grows */
  linkTypes: readonly number[]
  /** frames outside [since, until) seconds are left out */
  since: number
  until: number
  /** no frame takes the short way */
  generalOnly: boolean
  span: Span
  /** takes row `n` of the burst into lane `lane` of the batch the general way */
  general: (batch: Batch, burst: Burst, n: number, lane: number) => void
}

/** What became of the rows of a burst. */
export interface ReaderCounts {
  /** frames read the short way, and left out for their time */
  common: number
  filtered: number
  /** wire bytes of all frames that were not left out */
  bytes: number
}

/**
 * Makes the loop over frames that fills lanes: rows [start, start + count) of a burst whose bytes are `view` go into the
 * lanes of a batch. Frames of the common stack are read here: Ethernet, at most one 802.1Q tag, IPv4 without options or
 * fragments or IPv6 without extension headers, TCP or UDP on ports that carry neither tunnels nor addresses being given
 * out, nothing cut before the payload, to a single machine; as they are, or inside a wrapper that is known. All others
 * are handed to `general`. Reads only inside the captured bytes of a frame, whole words at a time; agrees with the general
 * walk (tests hold one against the other).
 *
 * It is made once for its lanes: code compiled for arrays it knows is a third faster, and a call for each frame would cost
 * as much as reading it (docs/decisions/0008).
 */
export function makeCommonReader(
  parts: ReaderParts,
): (batch: Batch, burst: Burst, view: DataView, start: number, count: number) => ReaderCounts {
  const { wrapping, wrappers, shardByPartition, linkTypes, since, until, generalOnly, span, general } = parts
  const { lanes, lists, counts, shards, capacity } = parts.memory
  const isFiltering = since > 0 || until < Number.MAX_SAFE_INTEGER
  const sum: ReaderCounts = { common: 0, filtered: 0, bytes: 0 }

  return (batch, burst, view, start, count) => {
    const { offset, captured, wire, seconds, nanos, port } = burst
    const firstLane = batch.at * L.LANE_WORDS
    const firstCount = batch.slot * shards
    const firstList = batch.at * shards
    for (let shard = 0; shard < shards; shard++) counts[firstCount + shard] = 0
    let common = 0
    let bytes = 0
    // signed words, as the columns hold them: unsigned ones would be checked for what a word cannot hold
    let lastSecond = span.lastSeconds | 0
    let lastNano = span.lastNanos | 0
    let isSeen = span.any
    let filtered = 0
    // frames of one place come in runs
    let lastTag = -1
    let lastPort = -1
    let lastPlace = -1
    let isEthernet = false
    for (let i = 0; i < count; i++) {
      const n = start + i
      const lane = firstLane + (i << 4)
      const second = seconds[n] | 0
      if (isFiltering && (second >>> 0 < since || second >>> 0 >= until)) {
        filtered++
        continue
      }
      const nano = nanos[n] | 0
      if (isSeen && second === lastSecond && nano >= lastNano) lastNano = nano
      else {
        if (isSeen) span.note(lastSecond >>> 0, lastNano)
        isSeen = true
        span.note(second >>> 0, nano)
        lastSecond = span.lastSeconds | 0
        lastNano = span.lastNanos | 0
      }
      const from = port[n]
      if (from !== lastPort) {
        lastPort = from
        lastTag = -1
        isEthernet = !generalOnly && linkTypes[from] === ETHERNET
      }
      let frame = offset[n] | 0
      let there = captured[n] | 0
      let length = wire[n] | 0
      bytes += length
      lanes[lane | L.SECONDS] = second
      lanes[lane | L.NANOS] = nano
      // the wrapper the frame came in, -1 = none
      let wrapper = -1
      // traffic to a group is judged by where it is seen: the general way
      while (isEthernet && there >= SHORTEST && (view.getUint8(frame) & 1) === 0) {
        const end = frame + there
        let at = frame + ethernet.HEADER
        let type = view.getUint16(frame + 12)
        let tag = 0
        if (type === ethertype.VLAN) {
          const word = view.getInt32(at)
          tag = 0x10000 | ((word >>> 16) & 0xfff)
          type = word & 0xffff
          at += vlan.HEADER
          if (at + ipv4.HEADER + udp.HEADER > end) break
        }
        let l4: number
        let total: number
        let proto: number
        let src = 0
        let dst = 0
        if (type === ethertype.IPV4) {
          const first = view.getInt32(at)
          const middle = view.getInt32(at + 6)
          dst = view.getInt32(at + 16)
          if (first >>> 24 !== PLAIN_IPV4 || (middle & FRAGMENTED) !== 0 || dst >>> 0 >= FIRST_GROUP) break
          src = view.getInt32(at + 12)
          total = first & 0xffff
          proto = middle & 0xff
          l4 = at + ipv4.HEADER
        } else if (type === ethertype.IPV6) {
          l4 = at + ipv6.HEADER
          if (l4 + udp.HEADER > end) break
          const middle = view.getInt32(at + 4)
          // a length of 0 was left to an offload engine, or stands in an extension header
          if (view.getUint8(at) >>> 4 !== 6 || view.getUint8(at + 24) === 0xff || middle >>> 16 === 0) break
          total = ipv6.HEADER + (middle >>> 16)
          proto = (middle >>> 8) & 0xff
        } else break
        const packetEnd = at + total
        const ports = view.getInt32(l4)
        // what may carry another frame is stepped over where it is known
        if (proto === ip.UDP ? mayTunnel(ports & 0xffff) || mayTunnel(ports >>> 16) : proto === ip.GRE) {
          if (wrapper >= 0 || type !== ethertype.IPV4) break
          wrapper = wrappers.match(view, frame, there, length, from)
          if (wrapper < 0) break
          const header = wrappers.lengthOf(wrapper)
          frame += header
          there -= header
          length -= header
          continue
        }
        let payload: number
        let control = 0
        if (proto === ip.TCP) {
          if (l4 + tcp.HEADER > end) break
          control = view.getInt32(l4 + 12)
          const header = (control >>> 28) << 2
          if (header < tcp.HEADER) break
          payload = l4 + header
          lanes[lane | L.TCP_SEQ] = view.getInt32(l4 + 4)
        } else if (proto === ip.UDP) {
          // addresses are given out
          if (ports >>> 16 === DHCP_SERVER) break
          // a length of its own that differs ends the payload elsewhere
          if (view.getInt32(l4 + 4) >>> 16 !== packetEnd - l4) break
          payload = l4 + udp.HEADER
        } else break
        if (packetEnd > frame + length || payload > packetEnd || payload > end) break
        let side: number
        let way: number
        if (type === ethertype.IPV4) {
          // without branches: which end is the smaller is anybody's guess, and a wrong guess costs more than the sum
          side = src === dst ? isLess(ports & 0xffff, ports >>> 16) : isLess(dst, src)
          const other = (src ^ dst) & -side
          src ^= other
          dst ^= other
          lanes[lane | L.K0] = src
          lanes[lane | L.K1] = dst
          way = (R.KIND_V4 << R.KIND_SHIFT) | proto
        } else {
          side = foldSix(view, at + 8, ports, lanes, lane)
          src = lanes[lane | L.K0]
          dst = lanes[lane | L.K1]
          way = (R.KIND_V6 << R.KIND_SHIFT) | proto
        }
        const turned = (ports << (side << 4)) | (ports >>> (side << 4))
        const pair = pairHash(src, dst)
        const partition = partitionOf(pair)
        const shard = shardByPartition[partition]
        const where = tag | ((wrapper + 1) << 17)
        if (where !== lastTag) {
          lastPlace = wrapper < 0 ? wrapping.taggedPlace(tag, from) : wrappers.placeOf(wrapper, tag)
          lastTag = where
        }
        if (lastPlace === wrapping.places.unknown) wrapping.framesBeyond++
        if (wrapper >= 0) wrappers.count(wrapper, length, second >>> 0, nano)
        lanes[lane | L.K2] = turned
        lanes[lane | L.K3] = way
        lanes[lane | L.HASH] = mix(mix(pair, turned), way)
        lanes[lane | L.WHERE] =
          lastPlace |
          (partition << L.PARTITION_SHIFT) |
          (shard << L.OWNER_SHIFT) |
          (side << L.SIDE_SHIFT) |
          (there < length ? L.CUT : 0) |
          ((type === ethertype.IPV4 ? L.WAY_V4 : tag === 0 ? L.WAY_V6 : L.WAY_V6_TAGGED) << L.WAY_SHIFT)
        lanes[lane | L.FRAME_BYTES] = length
        lanes[lane | L.IP_BYTES] = total
        lanes[lane | L.PAYLOAD_BYTES] = packetEnd - payload
        lanes[lane | L.TCP_CONTROL] = control
        lanes[lane | L.OFFSET] = frame
        lanes[lane | L.CAPTURED] = there
        lanes[lane | L.PAYLOAD_AT] = payload
        const place = counts[firstCount + shard]
        lists[firstList + shard * capacity + place] = i
        counts[firstCount + shard] = place + 1
        common++
        wrapper = DONE
        break
      }
      if (wrapper !== DONE) {
        general(batch, burst, n, i)
        // it may have put another wrapper in the place of one
        lastTag = -1
      }
    }
    if (isSeen) span.note(lastSecond >>> 0, lastNano)
    sum.common = common
    sum.filtered = filtered
    sum.bytes = bytes
    return sum
  }
}

/** in place of a wrapper: the frame was read */
const DONE = -2
