import { readSync, writeSync } from 'node:fs'
import { failure, system } from './system.ts'

/** socket.h, netlink.h, rtnetlink.h, if_link.h and if_addr.h of Linux */
const AF_NETLINK = 16
const SOCK_RAW_CLOEXEC = 0o2000003
const NETLINK_ROUTE = 0
const HEADER = 16
const REQUEST = 1
const DUMP = 0x300
const ERROR = 2
const DONE = 3
const NEW_LINK = 16
const GET_LINK = 18
const NEW_ADDRESS = 20
const GET_ADDRESS = 22
const LINK_HEADER = 16
const ADDRESS_HEADER = 8
const ATTRIBUTE_HEADER = 4
/** two bits of an attribute's number say how it is written */
const ATTRIBUTE_TYPE = 0x3fff
const ENODEV = 19
const IFNAMSIZ = 16
/** the kernel fills at most 32 KiB at once */
const ROOM = 1 << 16

const ADDRESS = 1
const IFNAME = 3
const MTU = 4
const LINK = 5
const MASTER = 10
const LINKINFO = 18
const KIND = 1
const STATS64 = 23
const PROMISCUITY = 30
const LINK_NAMESPACE = 37
const XDP = 43
const XDP_ATTACHED = 2
const MAX_MTU = 51
const IFA_ADDRESS = 1
const IFA_LOCAL = 2

/** What an interface has counted since it was made; 64 bits each (struct rtnl_link_stats64). */
export interface InterfaceCounters {
  rxPackets: number
  rxBytes: number
  /** damaged frames, of all kinds */
  rxErrors: number
  /** frames the kernel had no use or no memory for */
  rxDropped: number
  /** frames the adapter had no room for */
  rxMissed: number
  /** frames its queue had no room for; some drivers count here what others count as missed */
  rxFifo: number
  txPackets: number
  txBytes: number
  txErrors: number
  txDropped: number
}

/** An interface as the kernel's list of links (rtnetlink(7)) describes it. */
export interface Link {
  name: string
  index: number
  /** ARPHRD_ number of if_arp.h */
  hardware: number
  /** IFF_ bits of if.h */
  flags: number
  /** hardware address, empty where there is none */
  mac: Uint8Array
  mtu: number
  /** 0 = not known, or none */
  maxMtu: number
  /** how many want all frames of it */
  promiscuity: number
  /** kind of a virtual interface (veth, bridge, bond, vlan ...), '' for hardware */
  kind: string
  /** index of the interface it is a port of, 0 = none */
  master: number
  /** index of the interface it stands on, 0 = none or in another namespace */
  lower: number
  hasXdp: boolean
  counters: InterfaceCounters
}

/** An address of an interface. */
export interface LinkAddress {
  index: number
  version: 4 | 6
  bytes: Uint8Array
  prefix: number
  /** RT_SCOPE_ number: 0 anywhere, 253 this link, 254 this machine */
  scope: number
}

/** All interfaces of this network namespace. Throws SystemError. */
export function links(): Link[] {
  return ask(message(GET_LINK, DUMP, new Uint8Array(LINK_HEADER)), NEW_LINK).map(linkOf)
}

/** The interface of that name; undefined = there is none. Throws SystemError. */
export function link(name: string): Link | undefined {
  const text = Buffer.from(`${name}\0`)
  if (name === '' || text.length > IFNAMSIZ) return undefined
  const body = new Uint8Array(LINK_HEADER + ATTRIBUTE_HEADER + ((text.length + 3) & ~3))
  const view = new DataView(body.buffer)
  view.setUint16(LINK_HEADER, ATTRIBUTE_HEADER + text.length, true)
  view.setUint16(LINK_HEADER + 2, IFNAME, true)
  body.set(text, LINK_HEADER + ATTRIBUTE_HEADER)
  const [answer] = ask(message(GET_LINK, 0, body), NEW_LINK)
  return answer === undefined ? undefined : linkOf(answer)
}

/** The addresses of all interfaces, of those that are down, too. Throws SystemError. */
export function linkAddresses(): LinkAddress[] {
  return ask(message(GET_ADDRESS, DUMP, new Uint8Array(ADDRESS_HEADER)), NEW_ADDRESS).flatMap(addressOf)
}

function message(type: number, flags: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER + body.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, bytes.length, true)
  view.setUint16(4, type, true)
  view.setUint16(6, REQUEST | flags, true)
  view.setUint32(8, 1, true)
  bytes.set(body, HEADER)
  return bytes
}

/** Bodies of all answers of a type. A name that nobody has gives none. */
function ask(request: Uint8Array, type: number): DataView[] {
  const fd = system().socket(AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_ROUTE)
  if (fd < 0) throw failure('socket')
  try {
    const isList = (new DataView(request.buffer).getUint16(6, true) & DUMP) !== 0
    // an unconnected netlink socket writes to the kernel
    writeSync(fd, request)
    const bodies: DataView[] = []
    for (;;) {
      const bytes = new Uint8Array(ROOM)
      const length = readSync(fd, bytes)
      const view = new DataView(bytes.buffer, 0, length)
      for (let at = 0; at + HEADER <= length; ) {
        const size = view.getUint32(at, true)
        const kind = view.getUint16(at + 4, true)
        if (size < HEADER || at + size > length) break
        if (kind === DONE) return bodies
        if (kind === ERROR) {
          const errno = -view.getInt32(at + HEADER, true)
          if (errno === 0 || errno === ENODEV) return bodies
          throw new Error(`netlink: error ${errno}`)
        }
        if (kind === type) bodies.push(new DataView(bytes.buffer, at + HEADER, size - HEADER))
        at += (size + 3) & ~3
      }
      if (!isList) return bodies
    }
  } finally {
    system().close(fd)
  }
}

/** Attributes behind `start` bytes, by number; one that does not fit ends them. */
function attributes(body: DataView, start: number): Map<number, DataView> {
  const found = new Map<number, DataView>()
  for (let at = start; at + ATTRIBUTE_HEADER <= body.byteLength; ) {
    const length = body.getUint16(at, true)
    if (length < ATTRIBUTE_HEADER || at + length > body.byteLength) break
    const value = new DataView(
      body.buffer,
      body.byteOffset + at + ATTRIBUTE_HEADER,
      length - ATTRIBUTE_HEADER,
    )
    found.set(body.getUint16(at + 2, true) & ATTRIBUTE_TYPE, value)
    at += (length + 3) & ~3
  }
  return found
}

/** An answer to `GET_LINK`, behind its netlink header. */
export function linkOf(body: DataView): Link {
  const found = attributes(body, LINK_HEADER)
  const info = found.get(LINKINFO)
  const xdp = found.get(XDP)
  return {
    name: text(found.get(IFNAME)),
    index: body.getInt32(4, true),
    hardware: body.getUint16(2, true),
    flags: body.getUint32(8, true),
    mac: bytesOf(found.get(ADDRESS)),
    mtu: word(found.get(MTU)),
    maxMtu: word(found.get(MAX_MTU)),
    promiscuity: word(found.get(PROMISCUITY)),
    kind: info === undefined ? '' : text(attributes(info, 0).get(KIND)),
    master: word(found.get(MASTER)),
    lower: found.has(LINK_NAMESPACE) ? 0 : word(found.get(LINK)),
    hasXdp: xdp !== undefined && (attributes(xdp, 0).get(XDP_ATTACHED)?.getUint8(0) ?? 0) !== 0,
    counters: countersOf(found.get(STATS64)),
  }
}

function addressOf(body: DataView): LinkAddress[] {
  const version = body.getUint8(0) === 2 ? 4 : 6
  const found = attributes(body, ADDRESS_HEADER)
  // on a point-to-point link the other one is the peer's
  const bytes = bytesOf(found.get(IFA_LOCAL) ?? found.get(IFA_ADDRESS))
  if (bytes.length !== (version === 4 ? 4 : 16)) return []
  return [
    { index: body.getUint32(4, true), version, bytes, prefix: body.getUint8(1), scope: body.getUint8(3) },
  ]
}

function countersOf(value: DataView | undefined): InterfaceCounters {
  const at = (i: number): number =>
    value === undefined || value.byteLength < (i + 1) * 8 ? 0 : Number(value.getBigUint64(i * 8, true))
  return {
    rxPackets: at(0),
    rxBytes: at(2),
    rxErrors: at(4),
    rxDropped: at(6),
    rxMissed: at(15),
    rxFifo: at(14),
    txPackets: at(1),
    txBytes: at(3),
    txErrors: at(5),
    txDropped: at(7),
  }
}

const word = (value: DataView | undefined): number => value?.getUint32(0, true) ?? 0

const bytesOf = (value: DataView | undefined): Uint8Array =>
  value === undefined
    ? new Uint8Array(0)
    : new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength)

const text = (value: DataView | undefined): string =>
  new TextDecoder().decode(bytesOf(value)).replace(/\0.*$/s, '')
