/**
 * The made-up site that load is measured on: `zones` networks of one /24 in 10.0.0.0/9, joined by `conduits` conduits
 * (each one TCP and one UDP channel). Equal numbers give equal sites.
 */
export interface Site {
  zones: number
  conduits: number
}

export const DEFAULT_SITE: Site = { zones: 50, conduits: 500 }

/** TCP ports of the conduits' channels; the UDP channel has the same number. */
const FIRST_PORT = 2000
const PORTS = 40

/** Zones and server port of a conduit. */
export function conduitOf(site: Site, index: number): { from: number; to: number; port: number } {
  const from = index % site.zones
  const to = (from + 1 + ((index / site.zones) | 0)) % site.zones
  return { from, to, port: FIRST_PORT + (index % PORTS) }
}

/** First 24 bits of a zone's network, e.g. 10.0.7 */
export const networkOf = (zone: number): number => ((10 << 24) | (zone << 8)) >>> 0

/** The site policy as text. */
export function sitePolicy(site: Site = DEFAULT_SITE): string {
  const lines = ['version: 1', 'site: Load', 'zones:']
  for (let zone = 0; zone < site.zones; zone++) {
    const net = networkOf(zone)
    const text = [net >>> 24, (net >>> 16) & 255, (net >>> 8) & 255].join('.')
    lines.push(`  - {id: z${zone}, level: ${zone % 4}, networks: [${text}.0/24]}`)
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
