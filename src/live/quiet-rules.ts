import type { ListenMode } from './fitness.ts'

/** The hook on which frames leave an interface, ARP and others without IP among them, is there from Linux 5.16 on. */
const EGRESS_SINCE = [5, 16]
const PLAIN_NAME = /^[\w.:@+-]+$/
const NEIGHBOURS = 'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept'

/**
 * What may leave: in `mirror` nothing at all; in `terminated` what answers who asks for the address (ARP, and neighbour
 * discovery of RFC 4861); in `errors` everything but the errors with which a kernel answers a mirror it knows nothing of,
 * for an interface that the machine needs for itself.
 */
export type QuietScope = ListenMode | 'errors'

/** RFC 792 and RFC 4443: no such port or protocol, no such next header, pieces that never came together */
const ERRORS = [
  'icmp type { destination-unreachable, time-exceeded } counter drop',
  'icmpv6 type { destination-unreachable, time-exceeded, parameter-problem } counter drop',
]

/** Rules for `nft -f`, and what they do not reach. */
export interface QuietRules {
  text: string
  /** ends where the rules do: for older kernels */
  isIpOnly: boolean
}

/**
 * nftables rules for what leaves through an interface. Loaded again, they take the place of themselves. `release` is that
 * of the kernel (`uname -r`). undefined = the name cannot be written in a rule.
 */
export function quietRules(name: string, scope: QuietScope, release: string): QuietRules | undefined {
  if (!PLAIN_NAME.test(name)) return undefined
  const isIpOnly = !hasEgress(release)
  const table = `${isIpOnly ? 'inet' : 'netdev'} conduitwatch-${name.replace(/[^\w.-]/g, '_')}`
  const hook = isIpOnly ? 'hook output' : `hook egress device "${name}"`
  const where = isIpOnly ? `oifname "${name}" ` : ''
  const lines = [
    `table ${table}`,
    `delete table ${table}`,
    `table ${table} {`,
    '  chain leaving {',
    `    type filter ${hook} priority 0; policy accept;`,
    ...rulesOf(scope, isIpOnly).map(rule => `    ${where}${rule}`),
    '  }',
    '}',
  ]
  return { text: `${lines.join('\n')}\n`, isIpOnly }
}

function rulesOf(scope: QuietScope, isIpOnly: boolean): string[] {
  if (scope === 'errors') return ERRORS
  if (scope === 'mirror') return ['counter drop']
  // ARP does not come by the hook of IP
  return [...(isIpOnly ? [] : ['ether type arp accept']), NEIGHBOURS, 'counter drop']
}

function hasEgress(release: string): boolean {
  const [major, minor] = release.split('.').map(part => Number.parseInt(part, 10))
  return major > EGRESS_SINCE[0] || (major === EGRESS_SINCE[0] && minor >= EGRESS_SINCE[1])
}
