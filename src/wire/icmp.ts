import { CUT } from './bytes.ts'

/** ICMP, RFC 792, and ICMPv6, RFC 4443: type(1) code(1) checksum(2) rest(4). */
export const HEADER = 8
/** type and code alone are enough to place a frame */
export const MINIMUM = 2
export const check = (_b: Uint8Array, at: number, end: number): number => (end - at < MINIMUM ? CUT : HEADER)
export const type = (b: Uint8Array, at: number): number => b[at]
export const code = (b: Uint8Array, at: number): number => b[at + 1]

/** Errors quote the packet they answer: RFC 792 (3 unreachable, 4 quench, 5 redirect, 11 time exceeded, 12 parameter). */
export const isError = (type: number): boolean =>
  type === 3 || type === 4 || type === 5 || type === 11 || type === 12
/** RFC 4443: types below 128 are errors; 1 unreachable, 2 too big, 3 time exceeded, 4 parameter. */
export const isError6 = (type: number): boolean => type >= 1 && type <= 4

/** ICMPv6 neighbour discovery, RFC 4861 */
export const ROUTER_SOLICITATION = 133
export const ROUTER_ADVERTISEMENT = 134
export const NEIGHBOUR_SOLICITATION = 135
export const NEIGHBOUR_ADVERTISEMENT = 136

const pairs4 = new Int16Array(256).fill(-1)
const pairs6 = new Int16Array(256).fill(-1)
// echo, router, time stamp, information, address mask
for (const [ask, answer] of [
  [8, 0],
  [10, 9],
  [13, 14],
  [15, 16],
  [17, 18],
]) {
  pairs4[ask] = answer
  pairs4[answer] = ask
}
// echo, listener, router, neighbour, node information, home agent
for (const [ask, answer] of [
  [128, 129],
  [130, 131],
  [133, 134],
  [135, 136],
  [139, 140],
  [144, 145],
]) {
  pairs6[ask] = answer
  pairs6[answer] = ask
}

/** The type that answers this one, or -1 for one-way types: the pairs that Community ID v1 lists. */
export const counterpart = (type: number, v6: boolean): number => (v6 ? pairs6[type] : pairs4[type])

/** True for the half of a pair that asks: its sender opened the conversation. */
export const isRequest = (type: number, v6: boolean): boolean =>
  v6
    ? type === 128 || type === 130 || type === 133 || type === 135 || type === 139 || type === 144
    : type === 8 || type === 10 || type === 13 || type === 15 || type === 17
