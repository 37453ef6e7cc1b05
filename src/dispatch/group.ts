import * as F from '../decode/facts.ts'
import { u32 } from '../wire/bytes.ts'
import * as ip from '../wire/ip.ts'

/** True when the destination address is a multicast group (RFC 5771, RFC 4291) or the limited broadcast address. */
export function isGroupAddress(f: Int32Array): boolean {
  if (f[F.VERSION] === 6) return f[F.DST] >>> 24 === 0xff
  const address = f[F.DST_V4]
  return address >>> 28 === 0xe || address === -1
}

/**
 * Whether the frame of these facts goes to a group: by its address; without IP by its MAC (IEEE 802, group bit); and a
 * directed broadcast by the broadcast MAC. A unicast address behind a multicast MAC is load balancing, not a group.
 */
export function isToGroup(f: Int32Array, bytes: Uint8Array): boolean {
  const at = f[F.MAC_DST_AT]
  if (f[F.VERSION] === 0) return at >= 0 && (bytes[at] & 1) === 1
  if (isGroupAddress(f)) return true
  return (
    f[F.PROTO] !== ip.TCP &&
    at >= 0 &&
    u32(bytes, at) === -1 &&
    bytes[at + 4] === 0xff &&
    bytes[at + 5] === 0xff
  )
}
