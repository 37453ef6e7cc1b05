import { CUT, u16, u24 } from './bytes.ts'

/** IEEE 802.2 LLC: DSAP(1) SSAP(1) control(1 or 2); with SAP 0xAA a SNAP header follows: OUI(3) type(2). */
export const HEADER = 3
export const SNAP_HEADER = 8
const SAP_SNAP = 0xaa
const SAP_IP = 0x06
const UNNUMBERED = 3
const OUI_ETHERNET = 0x000000
const OUI_BRIDGE_TUNNEL = 0x0000f8 // IEEE 802.1H

export const check = (_b: Uint8Array, at: number, end: number): number => (end - at < HEADER ? CUT : HEADER)
export const dsap = (b: Uint8Array, at: number): number => b[at]
export const ssap = (b: Uint8Array, at: number): number => b[at + 1]
export const isSnap = (b: Uint8Array, at: number): boolean =>
  b[at] === SAP_SNAP && b[at + 1] === SAP_SNAP && b[at + 2] === UNNUMBERED
/** LLC straight over IPv4, RFC 948. */
export const isIp = (b: Uint8Array, at: number): boolean =>
  b[at] === SAP_IP && b[at + 1] === SAP_IP && b[at + 2] === UNNUMBERED
/** The SNAP protocol number is an EtherType only under these two organisation codes. */
export const snapIsEthertype = (b: Uint8Array, at: number): boolean => {
  const oui = u24(b, at + 3)
  return oui === OUI_ETHERNET || oui === OUI_BRIDGE_TUNNEL
}
export const snapType = (b: Uint8Array, at: number): number => u16(b, at + 6)
