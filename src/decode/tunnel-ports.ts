/** UDP ports behind which a tunnel may start; a bit set small enough for the first-level cache. */
const bits = new Int32Array(2048)
for (const port of [
  4789,
  8472, // VXLAN: IANA, and Linux before it
  4790, // VXLAN-GPE
  6081, // GENEVE
  2152, // GTP-U
  37008, // TZSP
  3544, // Teredo, RFC 4380
  6635, // MPLS over UDP, RFC 7510
  1701, // L2TP, RFC 2661
]) {
  bits[port >>> 5] |= 1 << (port & 31)
}

/** True for a UDP port (0..65535) that a tunnel may use. */
export const mayTunnel = (port: number): boolean => ((bits[port >>> 5] >>> (port & 31)) & 1) === 1
