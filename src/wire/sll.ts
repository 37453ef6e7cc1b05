import { CUT, u16, u32 } from './bytes.ts'

/** Linux cooked capture: SLL (LINKTYPE 113) sixteen bytes, SLL2 (LINKTYPE 276) twenty. */
export const HEADER = 16
export const HEADER_2 = 20
export const check = (_b: Uint8Array, at: number, end: number): number => (end - at < HEADER ? CUT : HEADER)
export const check2 = (_b: Uint8Array, at: number, end: number): number =>
  end - at < HEADER_2 ? CUT : HEADER_2
export const hardware = (b: Uint8Array, at: number): number => u16(b, at + 2)
export const hardware2 = (b: Uint8Array, at: number): number => u16(b, at + 8)
export const protocol = (b: Uint8Array, at: number): number => u16(b, at + 14)
export const protocol2 = (b: Uint8Array, at: number): number => u16(b, at)
/** sender's link-layer address when it is six bytes long */
export const hasMac = (b: Uint8Array, at: number): boolean => u16(b, at + 4) === 6
export const hasMac2 = (b: Uint8Array, at: number): boolean => b[at + 11] === 6
export const macHigh = (b: Uint8Array, at: number): number => u16(b, at + 6)
export const macLow = (b: Uint8Array, at: number): number => u32(b, at + 8)
export const macHigh2 = (b: Uint8Array, at: number): number => u16(b, at + 12)
export const macLow2 = (b: Uint8Array, at: number): number => u32(b, at + 14)
/** Protocol values below 0x600 are not EtherTypes: 1 = 802.3 without LLC, 4 = an LLC header follows. */
export const LLC = 4
/** ARPHRD_ type of a GRE device, whose protocol field holds what GRE's does */
export const HARDWARE_GRE = 778
/** ARPHRD_ types whose payload the protocol field does not describe: frame relay, radiotap, netlink. */
export const isForeign = (hardware: number): boolean =>
  hardware === 770 || hardware === 803 || hardware === 824
