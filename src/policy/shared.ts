import { holds } from './addresses.ts'
import type { Model } from './model.ts'

/** A MAC address as its first 16 and last 32 bits. */
interface Mac {
  macHigh: number
  macLow: number
}

/**
 * MACs that stand for whichever router of a group is at work, by their first bits: VRRP for IPv4 and IPv6 (RFC 9568
 * section 7.3), HSRP versions 1 and 2 and for IPv6, GLBP (Cisco).
 */
const VIRTUAL: readonly { high: number; low: number; bits: number }[] = [
  { high: 0x0000, low: 0x5e000100, bits: 40 },
  { high: 0x0000, low: 0x5e000200, bits: 40 },
  { high: 0x0000, low: 0x0c07ac00, bits: 40 },
  { high: 0x0000, low: 0x0c9ff000, bits: 36 },
  { high: 0x0005, low: 0x73a00000, bits: 36 },
  { high: 0x0007, low: 0xb4000000, bits: 24 },
]

/** Those of the MACs that took turns at an address which are no shared ones: neither a router group's nor declared as shared. */
export function ownMacs<T extends Mac>(model: Model, macs: readonly T[]): T[] {
  const { sharedMacs } = model
  return macs.filter(mac => ![...VIRTUAL, ...sharedMacs].some(prefix => hasPrefix(mac, prefix)))
}

/** Whether the policy says that several machines share an address, given as four words. */
export function isSharedAddress(model: Model, version: 4 | 6, words: ArrayLike<number>): boolean {
  const first: [number, number, number, number] = [words[0], words[1], words[2], words[3]]
  const address = { version, first, last: first, text: '', prefix: version === 4 ? 32 : 128 }
  return model.sharedAddresses.some(range => holds(range, address))
}

function hasPrefix(mac: Mac, prefix: { high: number; low: number; bits: number }): boolean {
  const highBits = Math.min(16, prefix.bits)
  if ((mac.macHigh ^ prefix.high) & 0xffff & (0xffff << (16 - highBits))) return false
  const lowBits = prefix.bits - highBits
  return lowBits === 0 || ((mac.macLow ^ prefix.low) & (-1 << (32 - lowBits))) === 0
}
