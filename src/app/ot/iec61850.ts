/**
 * What GOOSE, GSE management and Sampled Values have in common on Ethernet: IEC 61850-8-1 annex C and IEC 61850-9-2 annex A.
 * APPID, length (from the APPID on), two words, then one PDU in BER.
 */
import { u16 } from '../../wire/bytes.ts'
import { isPadding } from './datagram.ts'

/** the only area: what publishers of one kind are told apart by */
export const APPIDS = 0
const HEADER = 8
const LENGTH_AT = 2
const FLAGS_AT = 4
/** a simulator sent the message (edition 2) */
const SIMULATED = 0x8000

/** Where the content of the BER element at `at` begins, or -1: its length is not here, or has no definite form. */
export function berStart(b: Uint8Array, at: number, end: number): number {
  if (at + 2 > end) return -1
  const bytes = b[at + 1]
  if (bytes < 0x80) return at + 2
  if (bytes < 0x81 || bytes > 0x83 || at + 2 + (bytes & 3) > end) return -1
  return at + 2 + (bytes & 3)
}

/** Where the BER element at `at` ends, whose content begins at `start`: perhaps behind what is here. */
export function berEnd(b: Uint8Array, at: number, start: number): number {
  if (b[at + 1] < 0x80) return start + b[at + 1]
  let length = 0
  for (let i = at + 2; i < start; i++) length = (length << 8) | b[i]
  return start + length
}

/** The first four bytes of an INTEGER, as a word: those of an unsigned one of 32 bits follow a zero. */
export function berWord(b: Uint8Array, start: number, end: number): number {
  let value = 0
  for (let i = end - start > 4 ? end - 4 : start; i < end; i++) value = (value << 8) | b[i]
  return value
}

/**
 * Where the content of the PDU begins, or -1 where APPID, length and `tag` do not hold together. Ethernet pads short frames:
 * the payload may be longer than the length says, never shorter.
 */
export function pduContent(b: Uint8Array, at: number, end: number, length: number, tag: number): number {
  if (end - at < HEADER + 2 || b[at + HEADER] !== tag) return -1
  const stated = u16(b, at + LENGTH_AT)
  if (stated > length) return -1
  const content = berStart(b, at + HEADER, end)
  return content < 0 || berEnd(b, at + HEADER, content) > at + stated ? -1 : content
}

/** Where that content ends as stated. */
export const pduEnd = (b: Uint8Array, at: number, content: number): number => berEnd(b, at + HEADER, content)

/** bytes behind the PDU that sign it are counted in the second byte of the flags (IEC 62351-6) */
const EXTENSION_AT = 5

/** Whether nothing but a signature and what fills up a frame follows the PDU whose content begins at `content`. */
export function isAlone(b: Uint8Array, at: number, content: number, end: number, length: number): boolean {
  const pdu = pduEnd(b, at, content) + b[at + EXTENSION_AT]
  const stated = at + u16(b, at + LENGTH_AT)
  return pdu >= stated ? isPadding(b, at, stated, end, length) : isPadding(b, at, pdu, end, length)
}

/** Whether too little of a message is here to read its PDU, because the capture cut it. */
export const isCutShort = (at: number, end: number, length: number): boolean =>
  end - at < length && end - at < HEADER + 5

export const isSimulated = (b: Uint8Array, at: number): boolean => (u16(b, at + FLAGS_AT) & SIMULATED) !== 0

export const appidText = (_area: number, first: number, last: number): string =>
  `APPID ${first === last ? inHex(first) : `${inHex(first)}-${inHex(last)}`}`
const inHex = (n: number): string => `0x${n.toString(16).padStart(4, '0')}`
