import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ETHERTYPE, ethernet, ipv4, PROTO, tcp, zeros } from '../../../captures/support/frames.ts'
import { Conversation } from '../lab/conversation.ts'
import type { Lab } from '../lab/lab.ts'
import { type Guest, OpenvSwitch } from '../lab/openvswitch.ts'

/** Addresses of the guests, the VLAN they are in, and their zones. */
export const HMI = '10.10.2.10'
export const PLC = '10.10.1.11'
export const VLAN = 110
export const ZONES = ['supervision', 'control'] as const

/** Modbus: read holding register 0 of unit 1, and its answer (MODBUS Messaging on TCP/IP 3.1.3, Application Protocol 6.3). */
export const READ = Buffer.from('000100000006010300000001', 'hex')
export const VALUE = Buffer.from('000100000005010302002a', 'hex')
/** What a client of SSH says first (RFC 4253 4.2), and the server. */
const BANNER = Buffer.from('SSH-2.0-OpenSSH_9.2\r\n')

export interface Site {
  /** lines of YAML under `taps` and `exceptions` */
  taps?: readonly string[]
  exceptions?: readonly string[]
}

let policies = 0

/** Writes a policy: supervision may speak Modbus to control, and nothing else. Hands over its path. */
export function site(lab: Lab, { taps = [], exceptions = [] }: Site = {}): string {
  const list = (key: string, entries: readonly string[]): string[] =>
    entries.length === 0 ? [] : [`${key}:`, ...entries.map(entry => `  - ${entry}`)]
  const zone = (id: string, network: string): string =>
    `{id: ${id}, sl_t: 2, owner: somebody, rationale: R-1, networks: [${network}]}`
  const modbus = '{id: modbus, service: modbus}'
  const text = [
    'version: 1',
    'site: A plant in a lab',
    ...list('taps', taps),
    ...list('zones', [
      zone('supervision', '10.10.2.0/24'),
      zone('control', '10.10.1.0/24'),
      zone('collectors', '172.16.0.0/16'),
    ]),
    ...list('conduits', [
      `{id: C-01, from: supervision, to: control, owner: somebody, rationale: R-1, channels: [${modbus}]}`,
    ]),
    ...list('exceptions', exceptions),
  ]
  const path = join(lab.folder, `site${++policies}.yaml`)
  writeFileSync(path, `${text.join('\n')}\n`)
  return path
}

/** A switch with two guests that know each other's MAC, so that no ARP is among their frames. */
export interface Plant {
  network: OpenvSwitch
  hmi: Guest
  plc: Guest
}

export function plantIn(lab: Lab): Plant {
  const network = new OpenvSwitch(lab)
  const hmi = network.guest('hmi', { address: `${HMI}/16`, vlan: VLAN })
  const plc = network.guest('plc', { address: `${PLC}/16`, vlan: VLAN })
  for (const [guest, to, { mac }] of [[hmi, PLC, plc.inside] as const, [plc, HMI, hmi.inside] as const])
    guest.namespace.ip('neigh', 'replace', to, 'lladdr', mac, 'dev', 'eth0', 'nud', 'permanent')
  return { network, hmi, plc }
}

/** The HMI reads from the PLC by Modbus, which is declared. */
export const modbus = ({ hmi, plc }: Plant, port = 502): Promise<Conversation> =>
  Conversation.open(hmi.namespace, plc.namespace, { address: PLC, port, request: READ, answer: VALUE })

/** The HMI logs in to the PLC by SSH, which is not. */
export const ssh = ({ hmi, plc }: Plant): Promise<Conversation> =>
  Conversation.open(hmi.namespace, plc.namespace, { address: PLC, port: 22, request: BANNER })

export interface SegmentOptions {
  from: string
  to: string
  /** of originator and responder */
  ports: readonly [number, number]
  flags: string
  seq?: number
  ack?: number
  payload?: Uint8Array
  vlan?: number
}

const macOf = (address: string): string =>
  `02:00:${address
    .split('.')
    .map(part => Number(part).toString(16).padStart(2, '0'))
    .join(':')}`

/** A TCP segment in an Ethernet frame. MACs are made of addresses: no guest takes such a frame for its own. */
export function segment(options: SegmentOptions): Uint8Array {
  const { from, to, ports, flags, seq = 1, ack = 0, payload = zeros(0), vlan } = options
  const [srcPort, dstPort] = ports
  const header = { srcPort, dstPort, seq, ack, flags, window: 1000 }
  return ethernet(
    macOf(to),
    macOf(from),
    ETHERTYPE.ipv4,
    ipv4({ src: from, dst: to, proto: PROTO.tcp }, tcp({ src: from, dst: to }, header, payload)),
    vlan === undefined ? [] : [{ vlan }],
  )
}
