import type { InterfaceFacts, OffloadName } from './interface-facts.ts'

/** How a mirror comes: plainly to a port that sends nothing, or wrapped (ERSPAN, GRE, VXLAN) to the sensor's address. */
export type ListenMode = 'mirror' | 'terminated'

/** `info` is told, everything above should be fixed. */
export type FitnessSeverity = 'info' | 'low' | 'medium' | 'high'

export interface FitnessNote {
  code: string
  severity: FitnessSeverity
  /** one sentence, with what was read */
  message: string
  /** a command line for root; absent where no command on this machine helps */
  remedy?: string
}

const ORDER: readonly FitnessSeverity[] = ['high', 'medium', 'low', 'info']

/** Orders notes, the gravest first. */
export const byGravity = (a: FitnessNote, b: FitnessNote): number =>
  ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity)

/** Ethernet's usual size of a packet; a mirror of such frames delivers all of it. */
const USUAL_MTU = 1500
/**
 * The same wrapped: 18 bytes of Ethernet with a tag, up to 40 of IPv6, 8 of GRE or UDP, up to 20 of ERSPAN III with its
 * sub-header, and some for the options of GENEVE.
 */
const WRAPPED_MTU = 1600
const JUMBO_MTU = 9000

/** Kinds of hardware whose frames are not decoded (ARPHRD_ of if_arp.h). */
const HARDWARE: Readonly<Record<number, string>> = {
  24: 'IEEE 1394',
  32: 'InfiniBand',
  280: 'CAN',
  512: 'PPP',
  768: 'an IP-in-IP tunnel',
  769: 'an IPv6 tunnel',
  776: 'an IPv6-in-IPv4 tunnel',
  778: 'a GRE tunnel without Ethernet',
  801: 'wireless LAN',
  802: 'wireless LAN',
  803: 'wireless LAN in monitor mode',
  823: 'a GRE tunnel without Ethernet',
}

/** The kernel's switches: what comes in at a port of theirs leaves at the others. */
const SWITCHES = new Set(['bridge', 'openvswitch'])

const JOINING: readonly { offload: OffloadName; name: string; option: string }[] = [
  { offload: 'gro', name: 'GRO', option: 'gro' },
  { offload: 'lro', name: 'LRO', option: 'lro' },
  { offload: 'groHw', name: 'GRO in hardware', option: 'rx-gro-hw' },
]

/** Notes whose remedy leaves the machine's own connections alone. */
const HARMLESS = new Set(['joined', 'rx-fcs', 'rx-all'])

/** What keeps an interface from being a good place to watch a mirror from, the gravest first. */
export function fitness(facts: InterfaceFacts, mode: ListenMode): FitnessNote[] {
  if (facts.isLoopback) return [...place(facts, mode)]
  const notes = [
    ...place(facts, mode),
    ...link(facts),
    ...(mode === 'mirror' ? mute(facts) : reachable(facts)),
    ...ipv6(facts, mode),
    ...joined(facts),
    ...altered(facts),
    ...room(facts, mode),
    ...history(facts, mode),
  ]
  // whoever follows a remedy must not cut the machine off
  if (facts.hasDefaultRoute) for (const note of notes) if (!HARMLESS.has(note.code)) delete note.remedy
  return notes.sort(byGravity)
}

/** Whether something should be fixed. */
export const isUnfit = (notes: readonly FitnessNote[]): boolean =>
  notes.some(({ severity }) => severity !== 'info')

/** What kind of place in the machine it is. */
function* place(facts: InterfaceFacts, mode: ListenMode): Iterable<FitnessNote> {
  const { name, linkType, hardware, isLoopback, master, uppers, kind, hasDefaultRoute } = facts
  if (isLoopback)
    yield {
      code: 'loopback',
      severity: 'high',
      message: `${name} is the loopback interface: only this machine's talk with itself is seen there, never a mirror`,
    }
  if (linkType === undefined)
    yield {
      code: 'link-type',
      severity: 'high',
      message: `frames of ${name} are of a kind that is not decoded: ${HARDWARE[hardware] ?? 'hardware type'} (ARPHRD ${hardware})`,
    }
  if (hasDefaultRoute)
    yield {
      code: 'default-route',
      severity: mode === 'mirror' ? 'high' : 'medium',
      message: `the default route of this machine leads through ${name}: it is its own way to the network, and cannot be silent; give the mirror an interface of its own (no remedy is given that could cut the machine off)`,
    }
  if (master !== undefined) {
    const isSwitch = SWITCHES.has(master.kind)
    yield {
      code: isSwitch ? 'switch-port' : 'member',
      severity: isSwitch ? 'high' : 'medium',
      message: isSwitch
        ? `${name} is a port of ${master.name} (${master.kind}): what comes from the mirror is forwarded, and other traffic leaves here`
        : `${name} is a member of ${master.name} (${master.kind || 'unknown kind'}), which may send through it`,
      remedy: `ip link set dev ${shellWord(name)} nomaster`,
    }
  }
  if (kind === 'vlan')
    yield {
      code: 'vlan-device',
      severity: 'low',
      message: `${name} shows one VLAN of the interface below it, and the tag is lost; watch the interface below to see all with their tags`,
    }
  if (uppers.length > 0)
    yield {
      code: 'uppers',
      severity: 'medium',
      message: `${uppers.join(', ')} ${uppers.length === 1 ? 'stands' : 'stand'} on ${name}: what is sent there leaves here`,
      remedy: uppers.map(upper => `ip link set dev ${shellWord(upper)} down`).join(' && '),
    }
}

function* link({ name, isUp, isRunning, duplex, speed }: InterfaceFacts): Iterable<FitnessNote> {
  if (!isUp)
    yield {
      code: 'down',
      severity: 'high',
      message: `${name} is down: nothing is seen; bring it up when everything else is fixed, or it sends at once`,
      remedy: `ip link set dev ${shellWord(name)} up`,
    }
  else if (!isRunning)
    yield {
      code: 'no-carrier',
      severity: 'high',
      message: `${name} is up, but its other end is not (no carrier): check the cable, or the port of the switch`,
    }
  if (duplex === 'half')
    yield {
      code: 'half-duplex',
      severity: 'medium',
      message: `${name} runs in half duplex${speed > 0 ? ` at ${speed} Mbit/s` : ''}: a mirror in full flow loses frames in collisions`,
      remedy: `ethtool -s ${shellWord(name)} autoneg on`,
    }
}

/** A mirror port must not be heard. */
function* mute(facts: InterfaceFacts): Iterable<FitnessNote> {
  const { name, answersFor } = facts
  const device = shellWord(name)
  const addresses = facts.addresses.filter(({ isLinkLocal }) => !isLinkLocal)
  if (addresses.length > 0)
    yield {
      code: 'address',
      severity: 'medium',
      message: `${name} has an address (${addresses.map(({ text, prefix }) => `${text}/${prefix}`).join(', ')}): the sensor can be reached through the mirror, and answers ARP and pings there`,
      remedy: `ip addr flush dev ${device}`,
    }
  if (answersFor.length > 0) {
    const others = answersFor.map(other => `${other.address} of ${other.interface}`)
    yield {
      code: 'arp',
      severity: 'medium',
      message: `who asks by ARP on ${name} for ${others.slice(0, 3).join(', ')}${others.length > 3 ? ` or ${others.length - 3} more` : ''} gets an answer there (arp_ignore 0, rp_filter 0, ARP on)`,
      remedy: `ip link set dev ${device} arp off`,
    }
  }
}

/** A wrapped mirror is sent to an address. */
function* reachable({ name, addresses, answersFor }: InterfaceFacts): Iterable<FitnessNote> {
  if (!addresses.some(({ isLinkLocal }) => !isLinkLocal))
    yield {
      code: 'no-address',
      severity: 'high',
      message: `${name} has no address that a mirror could be sent to`,
      remedy: `ip addr add ADDRESS/PREFIX dev ${shellWord(name)}`,
    }
  else if (answersFor.length > 0)
    yield {
      code: 'arp',
      severity: 'low',
      message: `ARP requests on ${name} for addresses of other interfaces are answered, too (arp_ignore 0, rp_filter 0)`,
      remedy: `sysctl -w ${sysctl('ipv4', name, 'arp_ignore')}=1`,
    }
}

function* ipv6(facts: InterfaceFacts, mode: ListenMode): Iterable<FitnessNote> {
  const { name, addresses } = facts
  if (facts.ipv6 !== 'on') return
  const isWanted = mode === 'terminated' && addresses.some(a => a.version === 6 && !a.isLinkLocal)
  const remedy = `sysctl -w ${sysctl('ipv6', name, 'disable_ipv6')}=1`
  yield isWanted
    ? {
        code: 'ipv6',
        severity: 'info',
        message: `IPv6 is on at ${name}, and a mirror may come to its address: router solicitations and listener reports are sent unless a rule holds them back`,
      }
    : {
        code: 'ipv6',
        severity: mode === 'mirror' ? 'medium' : 'low',
        message: `IPv6 is on at ${name} (disable_ipv6 is 0): router solicitations, neighbour discovery and listener reports are sent by the kernel`,
        remedy,
      }
}

/** Frames that are put together before anybody sees them. */
function* joined({ name, offloads }: InterfaceFacts): Iterable<FitnessNote> {
  const on = JOINING.filter(({ offload }) => offloads[offload]?.isOn)
  const free = on.filter(({ offload }) => offloads[offload]?.isFixed === false)
  const fixed = on.filter(one => !free.includes(one))
  const why = 'frames of a conversation are joined, so that sizes and counts are not those of the wire'
  if (free.length > 0)
    yield {
      code: 'joined',
      severity: 'medium',
      message: `${free.map(one => one.name).join(', ')} ${free.length === 1 ? 'is' : 'are'} on at ${name}: ${why}`,
      remedy: `ethtool -K ${shellWord(name)} ${free.map(({ option }) => `${option} off`).join(' ')}`,
    }
  if (fixed.length > 0)
    yield {
      code: 'joined-fixed',
      severity: 'low',
      message: `${fixed.map(one => one.name).join(', ')} ${fixed.length === 1 ? 'is' : 'are'} on at ${name} and can only be turned off outside this machine (its hypervisor): ${why}`,
    }
}

/** Frames that are changed, or that do not come as far as we do. */
function* altered({ name, offloads, hasXdp }: InterfaceFacts): Iterable<FitnessNote> {
  const device = shellWord(name)
  if (offloads.rxFcs?.isOn)
    yield {
      code: 'rx-fcs',
      severity: 'low',
      message: `${name} hands over the check sequence of frames (rx-fcs is on): each is four bytes longer`,
      ...(offloads.rxFcs.isFixed ? {} : { remedy: `ethtool -K ${device} rx-fcs off` }),
    }
  if (offloads.rxAll?.isOn)
    yield {
      code: 'rx-all',
      severity: 'low',
      message: `${name} hands over damaged frames, too (rx-all is on): they would be judged like sound ones`,
      ...(offloads.rxAll.isFixed ? {} : { remedy: `ethtool -K ${device} rx-all off` }),
    }
  if (hasXdp)
    yield {
      code: 'xdp',
      severity: 'medium',
      message: `an XDP program sits at ${name}: frames it takes are seen by nobody else`,
      remedy: `ip link set dev ${device} xdp off`,
    }
}

/** Whether frames fit. */
function* room({ name, mtu, maxMtu, adapterRing }: InterfaceFacts, mode: ListenMode): Iterable<FitnessNote> {
  const device = shellWord(name)
  const wanted = mode === 'mirror' ? USUAL_MTU : WRAPPED_MTU
  const better = maxMtu === 0 ? JUMBO_MTU : Math.min(maxMtu, JUMBO_MTU)
  if (mtu < wanted)
    yield {
      code: 'mtu',
      severity: mode === 'mirror' ? 'medium' : 'low',
      message:
        mode === 'mirror'
          ? `the MTU of ${name} is ${mtu}: mirrored frames of usual size (${USUAL_MTU}) may be lost at the interface`
          : `the MTU of ${name} is ${mtu}: a frame of usual size with its wrapping needs about ${WRAPPED_MTU}, and else comes in pieces or not at all; the way to it needs the same`,
      ...(better >= wanted ? { remedy: `ip link set dev ${device} mtu ${better}` } : {}),
    }
  if (adapterRing !== undefined && adapterRing.now < adapterRing.most)
    yield {
      code: 'adapter-ring',
      severity: 'info',
      message: `the adapter of ${name} has room for ${adapterRing.now} frames and could have it for ${adapterRing.most}: bursts are lost earlier than need be`,
      remedy: `ethtool -G ${device} rx ${adapterRing.most}`,
    }
}

/** What has happened since the interface was made. */
function* history({ name, counters }: InterfaceFacts, mode: ListenMode): Iterable<FitnessNote> {
  const { txPackets, rxMissed, rxFifo, rxErrors } = counters
  if (mode === 'mirror' && txPackets > 0)
    yield {
      code: 'has-sent',
      severity: 'info',
      message: `frames sent through ${name} since it was made: ${txPackets}; on a mirror port this number must not grow`,
    }
  if (rxMissed + rxFifo > 0)
    yield {
      code: 'missed',
      severity: 'info',
      message: `frames the adapter of ${name} had no room for since it was made: ${rxMissed + rxFifo}`,
    }
  if (rxErrors > 0)
    yield {
      code: 'damaged',
      severity: 'info',
      message: `damaged frames at ${name} since it was made: ${rxErrors}; a cable, a connector or the switch's port may be bad`,
    }
}

/** Name of a setting for `sysctl`, with slashes because interfaces may have dots in their names. */
const sysctl = (family: string, name: string, key: string): string =>
  shellWord(name.includes('.') ? `net/${family}/conf/${name}/${key}` : `net.${family}.conf.${name}.${key}`)

/** A word as a shell takes it. */
export const shellWord = (text: string): string =>
  /^[\w.:@%+,/=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
