import { readFileSync } from 'node:fs'
import { formatAddress, formatMac } from '../net/address.ts'
import {
  type AdapterRing,
  type Driver,
  type Duplex,
  Ethtool,
  type Offload,
  type OffloadName,
} from './ethtool.ts'
import { type InterfaceCounters, type Link, type LinkAddress, link, linkAddresses, links } from './netlink.ts'
import { InterfaceProbe } from './packet-socket.ts'

export type { AdapterRing, Duplex, Offload, OffloadName } from './ethtool.ts'
export type { InterfaceCounters } from './netlink.ts'

/** if.h and rtnetlink.h of Linux */
const IFF_UP = 1
const IFF_LOOPBACK = 8
const IFF_RUNNING = 0x40
const IFF_NOARP = 0x80
const SCOPE_LINK = 253
const SCOPE_HOST = 254
const NO_INDEX = 0
/** route.h: a route that is there to refuse */
const RTF_REJECT = 0x200
/** values of arp_ignore with which an interface answers for addresses of other interfaces (ip-sysctl.rst) */
const ARP_FOR_OTHERS = new Set([0, 3, 4, 5, 6, 7])

export interface InterfaceAddress {
  version: 4 | 6
  text: string
  prefix: number
  isLinkLocal: boolean
}

/** Everything about an interface of this network namespace that matters to watching it. */
export interface InterfaceFacts {
  name: string
  index: number
  /** kind of a virtual interface (veth, bridge, bond, vlan ...), '' for hardware */
  kind: string
  driver: Driver | undefined
  /** ARPHRD_ number of if_arp.h, and LINKTYPE_ number of its frames: undefined = of a kind that is not decoded */
  hardware: number
  linkType: number | undefined
  /** undefined where frames have no addresses of their own */
  mac: string | undefined
  /** bytes of a packet without its link header, and how far that can be raised (0 = not known) */
  mtu: number
  maxMtu: number
  isLoopback: boolean
  isUp: boolean
  /** up, and its other end is, too */
  isRunning: boolean
  /** somebody has asked it for the frames of others already */
  isPromiscuous: boolean
  /** Mbit/s, -1 = unknown */
  speed: number
  duplex: Duplex
  adapterRing: AdapterRing | undefined
  offloads: Partial<Record<OffloadName, Offload>>
  addresses: InterfaceAddress[]
  /** absent = this kernel or container has no IPv6 */
  ipv6: 'on' | 'off' | 'absent'
  /** ARP requests that come in here for these addresses of other interfaces would be answered */
  answersFor: { address: string; interface: string }[]
  /** what it is a port of, for example a bridge */
  master: { name: string; kind: string } | undefined
  /** interfaces that stand on it, for example VLANs: what they send leaves here */
  uppers: string[]
  /** a program takes frames before anybody can see them */
  hasXdp: boolean
  /** the machine's way to everything it has no nearer way to */
  hasDefaultRoute: boolean
  counters: InterfaceCounters
}

/** What an interface has counted; undefined = there is none of that name. Four system calls. Throws SystemError. */
export const interfaceCounters = (name: string): InterfaceCounters | undefined => link(name)?.counters

/** The facts about one interface; undefined = there is none of that name. Needs no capability. Throws SystemError. */
export const interfaceFacts = (name: string): InterfaceFacts | undefined =>
  factsOf(links().filter(one => one.name === name))[0]

/** The facts about all interfaces, in the kernel's order. Needs no capability. Throws SystemError. */
export const allInterfaces = (): InterfaceFacts[] => factsOf(links())

function factsOf(wanted: readonly Link[]): InterfaceFacts[] {
  if (wanted.length === 0) return []
  const all = links()
  const addresses = linkAddresses()
  const gateways = defaultInterfaces(read('/proc/net/route'), read('/proc/net/ipv6_route'))
  const ethtool = new Ethtool()
  const probe = new InterfaceProbe()
  try {
    return wanted.map(one => {
      const { name } = one
      return {
        ...describe(one, all, addresses, settingsOf(name)),
        driver: ethtool.driver(name),
        linkType: probe.state(name)?.linkType,
        ...(ethtool.speed(name) ?? { speed: -1, duplex: 'unknown' }),
        adapterRing: ethtool.ring(name),
        offloads: ethtool.offloads(name),
        hasDefaultRoute: gateways.has(name),
      }
    })
  } finally {
    ethtool.close()
    probe.close()
  }
}

/** Values of /proc/sys/net for an interface; NaN = not there. */
export interface Settings {
  disableIpv6: number
  /** the stricter one of the interface's and everybody's, as the kernel takes them */
  arpIgnore: number
  rpFilter: number
}

function settingsOf(name: string): Settings {
  const value = (path: string): number => Number.parseInt(read(`/proc/sys/net/${path}`), 10)
  const stricter = (key: string): number =>
    Math.max(value(`ipv4/conf/all/${key}`), value(`ipv4/conf/${name}/${key}`))
  return {
    disableIpv6: value(`ipv6/conf/${name}/disable_ipv6`),
    arpIgnore: stricter('arp_ignore'),
    rpFilter: stricter('rp_filter'),
  }
}

type Described = Omit<
  InterfaceFacts,
  'driver' | 'linkType' | 'speed' | 'duplex' | 'adapterRing' | 'offloads' | 'hasDefaultRoute'
>

/** What follows from the kernel's lists alone. */
export function describe(
  one: Link,
  all: readonly Link[],
  addresses: readonly LinkAddress[],
  settings: Settings,
): Described {
  const { name, index, kind, hardware, mtu, maxMtu, flags, hasXdp, counters } = one
  const own = addresses.filter(address => address.index === index).map(addressOf)
  const master = all.find(other => other.index === one.master)
  const hasNoArp = (flags & (IFF_NOARP | IFF_LOOPBACK)) !== 0
  // without an address of its own an interface answers wherever the way back is not checked (fib_frontend.c)
  const isWeak = !hasNoArp && ARP_FOR_OTHERS.has(settings.arpIgnore) && settings.rpFilter === 0
  const answers = isWeak && !own.some(({ version }) => version === 4)
  return {
    name,
    index,
    kind,
    hardware,
    mac: macOf(one),
    mtu,
    maxMtu,
    isLoopback: (flags & IFF_LOOPBACK) !== 0,
    isUp: (flags & IFF_UP) !== 0,
    isRunning: (flags & (IFF_UP | IFF_RUNNING)) === (IFF_UP | IFF_RUNNING),
    isPromiscuous: one.promiscuity > 0,
    addresses: own,
    ipv6: Number.isNaN(settings.disableIpv6) ? 'absent' : settings.disableIpv6 === 0 ? 'on' : 'off',
    answersFor: answers ? othersOf(one, all, addresses) : [],
    master: master && { name: master.name, kind: master.kind },
    uppers: all.filter(other => standsOn(other, one)).map(other => other.name),
    hasXdp,
    counters,
  }
}

/** IPv4 addresses of the other interfaces that are not for this machine alone. */
function othersOf(
  one: Link,
  all: readonly Link[],
  addresses: readonly LinkAddress[],
): InterfaceFacts['answersFor'] {
  return addresses
    .filter(({ index, version, scope }) => index !== one.index && version === 4 && scope < SCOPE_HOST)
    .map(address => ({
      address: addressOf(address).text,
      interface: all.find(({ index }) => index === address.index)?.name ?? '',
    }))
}

/** Pairs of veth name each other, and neither stands on the other. */
const standsOn = (upper: Link, lower: Link): boolean =>
  upper.lower === lower.index && upper.lower !== NO_INDEX && upper !== lower && upper.kind !== 'veth'

function macOf({ mac, flags }: Link): string | undefined {
  if (mac.length !== 6 || (flags & IFF_LOOPBACK) !== 0) return undefined
  const view = new DataView(mac.buffer, mac.byteOffset, mac.length)
  return formatMac(view.getUint16(0), view.getUint32(2))
}

function addressOf({ version, bytes, prefix, scope }: LinkAddress): InterfaceAddress {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const word = (i: number): number => view.getUint32(i * 4)
  const text =
    version === 4 ? formatAddress(4, 0, 0, 0, word(0)) : formatAddress(6, word(0), word(1), word(2), word(3))
  return { version, text, prefix, isLinkLocal: scope === SCOPE_LINK }
}

/** Names of interfaces with a default route, from the texts of /proc/net/route and /proc/net/ipv6_route. */
export function defaultInterfaces(four: string, six: string): Set<string> {
  const found = new Set<string>()
  for (const line of four.split('\n').slice(1)) {
    const [name, destination, , flags, , , , mask] = line.split(/\s+/)
    const isDefault = destination === '00000000' && mask === '00000000'
    if (isDefault && (Number.parseInt(flags, 16) & RTF_REJECT) === 0) found.add(name)
  }
  for (const line of six.split('\n')) {
    const words = line.trim().split(/\s+/)
    const [destination, prefix] = words
    const isDefault = prefix === '00' && /^0{32}$/.test(destination)
    // the loopback interface holds what is refused
    if (isDefault && (Number.parseInt(words[8], 16) & RTF_REJECT) === 0 && words[9] !== 'lo')
      found.add(words[9])
  }
  return found
}

/** '' where there is no such file: a kernel without the feature has none. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
