import { conduitOf, prefixesOfZone, type Site } from './site.ts'
import type { Ends } from './traffic.ts'

const HOSTS = 250
/** clients bind from here on (RFC 6335's dynamic ports), below the one known service up there */
const FIRST_CLIENT_PORT = 49_152
const CLIENT_PORTS = 12_000
/** one conversation in so many goes to a port that nothing declares */
const UNDECLARED_EVERY = 8
const UNDECLARED_PORT = 9_999
const UDP_EVERY = 4
const FIRST_VLAN = 100
const MAC = 0x0200_0000_0000

/** A locally administered MAC of each address. */
export const macOf = (prefix: number, host: number): number => MAC + prefix * 0x1_0000 + host

/**
 * Conversations spread evenly over the conduits, prefixes and hosts of a site, one in four over UDP, one in eight in no
 * conduit's channel. No two have the same ends while a conduit has fewer than 62,500 * 12,000 of them.
 */
export function siteEnds(site: Site): (flow: number, into: Ends) => void {
  const slots = prefixesOfZone(site)
  return (flow, into) => {
    const { from, to, port } = conduitOf(site, flow % site.conduits)
    const round = Math.floor(flow / site.conduits)
    const slot = Math.floor(flow / site.zones)
    const client = round % HOSTS
    const far = Math.floor(round / HOSTS)
    into.udp = flow % UDP_EVERY === 1
    into.declared = flow % UNDECLARED_EVERY !== UNDECLARED_EVERY - 1
    into.clientPrefix = from + (slot % slots) * site.zones
    into.clientHost = 1 + client
    into.clientPort = FIRST_CLIENT_PORT + ((round * 13 + Math.floor(far / HOSTS)) % CLIENT_PORTS)
    into.clientMac = macOf(into.clientPrefix, into.clientHost)
    into.serverPrefix = to + ((slot * 7 + 3) % slots) * site.zones
    // 7 * client spreads the first rounds; for one client `far` alone decides, so ends do not repeat
    into.serverHost = 1 + ((far + 7 * client) % HOSTS)
    into.serverPort = into.declared ? port : UNDECLARED_PORT
    into.serverMac = macOf(into.serverPrefix, into.serverHost)
    into.vlan = FIRST_VLAN + from
  }
}
