import { type Interface, Namespace, type NamespaceOptions } from './namespace.ts'
import { BRIDGE, type OpenvSwitch, type Port } from './openvswitch.ts'

export interface MirrorOptions extends NamespaceOptions {
  /** ports whose frames are mirrored as they enter and as they leave; all ports of the bridge unless told */
  ports?: { enter?: readonly Port[]; leave?: readonly Port[] }
  /** bytes of a frame the mirror keeps, 14 to 65535 */
  snapLength?: number
  /** of the sensor's interface */
  mtu?: number
}

/** What a mirror is sent in to a sensor with an address. `session` is the GRE key, the ERSPAN session or the VNI. */
export interface Wrapping extends MirrorOptions {
  in: 'gre' | 'erspan1' | 'erspan2' | 'vxlan' | 'geneve'
  session?: number
}

/** A mirror of the switch and the sensor it ends at. */
export interface Mirror {
  /** the sensor's interface; its namespace is the sensor's */
  sensor: Interface
  /** the switch's end of the sensor's wire; what it transmits is what the mirror sent */
  output: Interface
  /** addresses of an encapsulated mirror */
  from?: string
  to?: string
  /** Stops mirroring. The sensor's interface stays. */
  remove(): void
  /** Mirrors again. */
  restore(): void
}

let mirrors = 0

/** Rows of the mirror and what they refer to in one transaction: a port is named before the row that uses it. */
function mirrorRow(name: string, output: string, options: MirrorOptions): string[] {
  const { ports, snapLength } = options
  const named = [output, ...(ports?.enter ?? []).map(p => p.name), ...(ports?.leave ?? []).map(p => p.name)]
  const ids = [...new Set(named)]
  const reference = (port: string): string => `@p${ids.indexOf(port)}`
  const chosen = (column: string, of: readonly Port[] | undefined): string[] =>
    of === undefined || of.length === 0 ? [] : [`${column}=${of.map(p => reference(p.name)).join(',')}`]
  return [
    ...ids.flatMap(port => ['--', `--id=${reference(port)}`, 'get', 'port', port]),
    ...['--', '--id=@mirror', 'create', 'mirror', `name=${name}`, `output-port=${reference(output)}`],
    ...(ports === undefined ? ['select-all=true'] : []),
    ...chosen('select-src-port', ports?.enter),
    ...chosen('select-dst-port', ports?.leave),
    ...(snapLength === undefined ? [] : [`snaplen=${snapLength}`]),
    ...['--', 'add', 'bridge', BRIDGE, 'mirrors', '@mirror'],
  ]
}

function switchable(network: OpenvSwitch, output: string, options: MirrorOptions) {
  const name = `span${++mirrors}`
  const restore = (): void => {
    network.vsctl(...mirrorRow(name, output, options))
    network.settle()
  }
  const remove = (): void => {
    const row = ['--', '--id=@mirror', 'get', 'mirror', name]
    network.vsctl(...row, '--', 'remove', 'bridge', BRIDGE, 'mirrors', '@mirror')
    network.settle()
  }
  restore()
  return { remove, restore }
}

/**
 * A mirror port: frames as they are, those of access ports with the tag of their VLAN. The sensor has no address, and sends nothing
 * unless `ipv6` is asked for.
 */
export function mirrorToPort(network: OpenvSwitch, options: MirrorOptions = {}): Mirror {
  const { inside, outside, name } = network.plug(new Namespace(network.lab, 'sensor', options), {
    ...(options.mtu === undefined ? {} : { mtu: options.mtu }),
    offloads: true,
  })
  return { sensor: inside, output: outside, ...switchable(network, name, options) }
}

const UNDERLAY = 'underlay'
const PORT_TYPE: Record<Wrapping['in'], readonly string[]> = {
  gre: ['type=gre'],
  // Open vSwitch counts ERSPAN from 1; on the wire these are versions 1 and 2, called type II and type III
  erspan1: ['type=erspan', 'options:erspan_ver=1', 'options:erspan_idx=7'],
  erspan2: ['type=erspan', 'options:erspan_ver=2', 'options:erspan_dir=0', 'options:erspan_hwid=3'],
  vxlan: ['type=vxlan'],
  geneve: ['type=geneve'],
}

/** Jumbo frames, so that a full frame in a wrapper is not lost on its way: the switch forbids fragments of what it wraps. */
const JUMBO = 9000

/**
 * A mirror sent to the address of a sensor in another namespace. The switch needs a way there: a second bridge whose own interface
 * has an address in the sensor's network (its route is read from the kernel), and the sensor's MAC, given here by hand, so that no
 * ARP is on the wire and the first frame is not lost while the switch asks. The sensor's kernel does not know the protocol, so
 * it answers with ICMP unreachables.
 */
export function mirrorToAddress(network: OpenvSwitch, options: Wrapping): Mirror {
  const number = ++mirrors
  const bridge = `${UNDERLAY}${number}`
  const [from, to] = [`172.16.${number}.1`, `172.16.${number}.2`]
  network.addBridge(bridge)
  const namespace = new Namespace(network.lab, 'collector', options)
  const mtu = options.mtu ?? JUMBO
  const { inside, outside } = network.plug(namespace, { mtu, address: `${to}/24`, bridge })
  network.vsctl('set', 'interface', bridge, `mtu_request=${mtu}`)
  network.namespace.ip('addr', 'add', `${from}/24`, 'dev', bridge)
  network.namespace.ip('link', 'set', 'dev', bridge, 'up')
  const [{ address: mac }] = JSON.parse(network.namespace.ip('-j', 'link', 'show', 'dev', bridge))
  namespace.ip('neigh', 'replace', from, 'lladdr', mac, 'dev', inside.name, 'nud', 'permanent')
  network.appctl('tnl/neigh/set', bridge, to, inside.mac)

  const tunnel = `tunnel${number}`
  const remote = [
    `options:remote_ip=${to}`,
    `options:local_ip=${from}`,
    `options:key=${options.session ?? 12}`,
  ]
  network.vsctl(
    'add-port',
    BRIDGE,
    tunnel,
    '--',
    'set',
    'interface',
    tunnel,
    ...PORT_TYPE[options.in],
    ...remote,
  )
  return { sensor: inside, output: outside, from, to, ...switchable(network, tunnel, options) }
}
