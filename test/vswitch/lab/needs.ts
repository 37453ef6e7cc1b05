import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

/** Where the lab looks for programs: root's own folders too, which a user's PATH often lacks. */
export const PATH = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin`

/** Programs of a part of the lab, with the package of Debian and Ubuntu that has each. */
const WIRE = {
  ip: 'iproute2',
  ethtool: 'ethtool',
  ping: 'iputils-ping',
  tcpdump: 'tcpdump',
  tcpreplay: 'tcpreplay',
  trafgen: 'netsniff-ng',
}
const SWITCH = {
  ...WIRE,
  'ovsdb-tool': 'openvswitch-common',
  'ovsdb-server': 'openvswitch-switch',
  'ovs-vswitchd': 'openvswitch-switch',
  'ovs-vsctl': 'openvswitch-switch',
  'ovs-appctl': 'openvswitch-common',
}

/** A wire needs no switch; a switch needs everything. */
export type Part = 'wire' | 'switch'

/** What the lab asks a machine about. */
export interface Machine {
  platform: string
  /** undefined where users have no number */
  uid: number | undefined
  has(program: string): boolean
  /** why a network namespace can't be made here; undefined if it can */
  refusal(): string | undefined
}

const isThere = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const here: Machine = {
  platform: process.platform,
  uid: process.getuid?.(),
  has: program => PATH.split(':').some(folder => folder !== '' && isThere(join(folder, program))),
  refusal() {
    const name = `cw${process.pid}-probe`
    const options = { encoding: 'utf8', env: { ...process.env, PATH } } as const
    const { status, stderr } = spawnSync('ip', ['netns', 'add', name], options)
    // taken away whatever came of it: a mount that was refused leaves the name behind
    spawnSync('ip', ['netns', 'del', name], options)
    return status === 0 ? undefined : (stderr?.trim() ?? '') || 'ip netns add failed'
  },
}

/** Why a part of the lab can't run on a machine, as a sentence to skip a test with; undefined if it can. */
export function missingFor(part: Part, machine: Machine = here): string | undefined {
  if (machine.platform !== 'linux') return 'the lab is made of network namespaces, which only Linux has'
  if (machine.uid !== 0) return 'the lab has to be run by root'
  const programs = Object.entries(part === 'wire' ? WIRE : SWITCH)
  const absent = programs.filter(([program]) => !machine.has(program))
  if (absent.length > 0) {
    const packages = [...new Set(absent.map(([, name]) => name))].toSorted().join(' ')
    return `the lab needs ${absent.map(([program]) => program).join(', ')} (apt-get install ${packages})`
  }
  const refusal = machine.refusal()
  return refusal === undefined ? undefined : `no network namespace can be made here: ${refusal}`
}
