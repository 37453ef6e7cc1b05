/**
 * The made-up site that load is measured on: `prefixes` networks of one /24 in 10.0.0.0/8 (IPv6: one /64 in fd00::/32),
 * dealt out to `zones` zones, which `conduits` conduits join (each one TCP and one UDP channel). Equal numbers give
 * equal sites.
 */
export interface Site {
  zones: number
  conduits: number
  /** as many as zones unless told; a multiple of them */
  prefixes?: number
  version?: 4 | 6
  /** a line of the policy's `taps`, as YAML */
  tap?: string
}

export const DEFAULT_SITE: Site = { zones: 50, conduits: 500 }

/** TCP ports of the conduits' channels; the UDP channel has the same number. */
const FIRST_PORT = 2000
const PORTS = 40

/** Zones and server port of a conduit. No two have the same zones while there are fewer than zones * (zones - 1). */
export function conduitOf(site: Site, index: number): { from: number; to: number; port: number } {
  const from = index % site.zones
  const to = (from + 1 + Math.floor(index / site.zones)) % site.zones
  return { from, to, port: FIRST_PORT + (index % PORTS) }
}

/** How many prefixes a zone has. Its first is the zone's number, the others follow `zones` apart. */
export const prefixesOfZone = (site: Site): number => Math.floor((site.prefixes ?? site.zones) / site.zones)

/** A prefix as a policy has it, e.g. 10.0.7.0/24 or fd00:0:7::/64. */
export const prefixText = (prefix: number, version: 4 | 6): string =>
  version === 4 ? `10.${prefix >>> 8}.${prefix & 255}.0/24` : `fd00:0:${prefix.toString(16)}::/64`

/** The site policy as text. */
export function sitePolicy(site: Site = DEFAULT_SITE): string {
  const { version = 4 } = site
  const lines = ['version: 1', 'site: Load']
  if (site.tap !== undefined) lines.push('taps:', `  - ${site.tap}`)
  lines.push('zones:')
  for (let zone = 0; zone < site.zones; zone++) {
    const networks = Array.from({ length: prefixesOfZone(site) }, (_, slot) =>
      prefixText(zone + slot * site.zones, version),
    )
    lines.push(`  - {id: z${zone}, level: ${zone % 4}, networks: [${networks.join(', ')}]}`)
  }
  lines.push('conduits:')
  for (let i = 0; i < site.conduits; i++) {
    const { from, to, port } = conduitOf(site, i)
    lines.push(`  - id: C-${i}`)
    lines.push(`    from: z${from}`)
    lines.push(`    to: z${to}`)
    lines.push(`    channels: [{id: t, tcp: [${port}]}, {id: u, udp: [${port}]}]`)
  }
  return `${lines.join('\n')}\n`
}
