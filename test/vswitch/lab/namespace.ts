import { type Running, type RunOptions, run } from './command.ts'
import type { Lab } from './lab.ts'

/** Frames of one direction of an interface, as the kernel counts them. */
export interface DirectionCount {
  packets: number
  /** from the destination address on, without the check sequence */
  bytes: number
  /** given to the interface, and lost there */
  dropped: number
  errors: number
}

export interface Counters {
  tx: DirectionCount
  rx: DirectionCount
}

export interface NamespaceOptions {
  /** off unless told: an interface with IPv6 sends router solicitations and listener reports by itself */
  ipv6?: boolean
}

/** A network namespace: a guest, a sensor, or the place where the switch runs. */
export class Namespace {
  readonly name: string
  readonly lab: Lab

  constructor(lab: Lab, label: string, options: NamespaceOptions = {}) {
    this.lab = lab
    this.name = lab.namespace(label)
    // `default` is for interfaces that come later
    if (!options.ipv6)
      for (const which of ['all', 'default']) this.sysctl(`net.ipv6.conf.${which}.disable_ipv6`, 1)
    this.ip('link', 'set', 'dev', 'lo', 'up')
  }

  /** Runs a command in the namespace to its end and hands over its standard output. Throws what it said if it failed. */
  run(words: readonly string[], options?: RunOptions): string {
    return run(['ip', 'netns', 'exec', this.name, ...words], options)
  }

  /** Starts a command in the namespace; its process id is the command's own. */
  start(words: readonly string[], env?: Record<string, string>): Running {
    return this.lab.start(['ip', 'netns', 'exec', this.name, ...words], env)
  }

  /** `ip` on the namespace: `ip('route', 'add', ...)`. */
  ip(...words: string[]): string {
    return run(['ip', '-n', this.name, ...words])
  }

  /** Sets a value under /proc/sys of the namespace, named with dots. */
  sysctl(name: string, value: number | string): void {
    this.run(['tee', `/proc/sys/${name.replaceAll('.', '/')}`], { input: String(value) })
  }
}

/** An interface in a namespace. */
export class Interface {
  readonly namespace: Namespace
  readonly name: string

  constructor(namespace: Namespace, name: string) {
    this.namespace = namespace
    this.name = name
  }

  /** `ip link set`: `set('down')`, `set('mtu', '9000')`. */
  set(...words: string[]): void {
    this.namespace.ip('link', 'set', 'dev', this.name, ...words)
  }

  get mac(): string {
    return this.link().address
  }

  get mtu(): number {
    return this.link().mtu
  }

  /** Adds an address with its prefix length, `10.10.2.10/16`. Usable at once, also an IPv6 one. */
  addAddress(address: string): void {
    const atOnce = address.includes(':') ? ['nodad'] : []
    this.namespace.ip('addr', 'add', address, 'dev', this.name, ...atOnce)
  }

  /** Turns an offload on or off, by the names of `ethtool -K`: `tx`, `gro`, `rxvlan`, ... */
  offload(feature: string, value: 'on' | 'off'): void {
    this.namespace.run(['ethtool', '-K', this.name, feature, value])
  }

  /** What `ip -s link` counts. On a veth, what one end transmits is what the other one receives. */
  counters(): Counters {
    const { rx, tx } = this.link().stats64
    return { rx, tx }
  }

  /** Takes the interface away; of a veth pair, both ends. */
  remove(): void {
    this.namespace.ip('link', 'del', 'dev', this.name)
  }

  private link(): { address: string; mtu: number; stats64: Counters } {
    return JSON.parse(this.namespace.ip('-s', '-j', 'link', 'show', 'dev', this.name))[0]
  }
}

export interface JoinOptions {
  /** bytes of a packet without its Ethernet header, 1500 unless told; veth goes up to 65535 */
  mtu?: number
}

/** Joins two namespaces by a veth pair with the names given; both ends are up. */
export function join(
  a: { namespace: Namespace; name: string },
  b: { namespace: Namespace; name: string },
  options: JoinOptions = {},
): [Interface, Interface] {
  const mtu = ['mtu', String(options.mtu ?? 1500)]
  const peer = ['peer', 'name', b.name, 'netns', b.namespace.name, ...mtu]
  a.namespace.ip('link', 'add', 'name', a.name, ...mtu, 'type', 'veth', ...peer)
  const ends: [Interface, Interface] = [
    new Interface(a.namespace, a.name),
    new Interface(b.namespace, b.name),
  ]
  for (const end of ends) end.set('up')
  return ends
}
