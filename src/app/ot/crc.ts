/**
 * The check sequences of 16 bits that industrial protocols carry, a table each. All take the bytes [at, end).
 */

/** The table of a polynomial whose bits are sent lowest first. */
function reflected(polynomial: number): Uint16Array {
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let value = byte
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >> 1) ^ polynomial : value >> 1
    return value
  })
}

/** The table of a polynomial whose bits are sent highest first. */
function forward(polynomial: number): Uint16Array {
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let value = byte << 8
    for (let bit = 0; bit < 8; bit++) value = value & 0x8000 ? (value << 1) ^ polynomial : value << 1
    return value
  })
}

const DNP = reflected(0xa6bc)
const ARC = reflected(0xa001)
/** what a byte comes to when another one follows it */
const ARC_BEFORE = ARC.map(value => (value >> 8) ^ ARC[value & 0xff])
const CCITT = forward(0x1021)

/** IEEE 1815, section 9.2.7: starts at 0 and is sent inverted, low byte first. */
export function crcDnp(b: Uint8Array, at: number, end: number): number {
  let value = 0
  for (let i = at; i < end; i++) value = (value >> 8) ^ DNP[(value ^ b[i]) & 0xff]
  return value ^ 0xffff
}

/** One more byte of a CRC-16 that starts at 0xffff (Modbus RTU, Genisys): sent low byte first. */
export const crc16Step = (value: number, byte: number): number => (value >> 8) ^ ARC[(value ^ byte) & 0xff]

/** CRC-16 from `start` on, two bytes at a time. */
export function crc16(b: Uint8Array, at: number, end: number, start: number): number {
  let value = start
  let i = at
  for (; i + 1 < end; i += 2) {
    value ^= b[i] | (b[i + 1] << 8)
    value = ARC_BEFORE[value & 0xff] ^ ARC[value >> 8]
  }
  return i < end ? crc16Step(value, b[i]) : value
}

/** Whether bytes end with the CRC-16 of those before them, as Modbus RTU has it: one that is right leaves nothing. */
export const endsWithCrc16 = (b: Uint8Array, at: number, end: number): boolean =>
  crc16(b, at, end, 0xffff) === 0

/** CRC-CCITT that starts at 0xffff (IEEE C37.118.2, annex B): sent high byte first. */
export function crcCcitt(b: Uint8Array, at: number, end: number): number {
  let value = 0xffff
  for (let i = at; i < end; i++) value = ((value << 8) & 0xffff) ^ CCITT[(value >> 8) ^ b[i]]
  return value
}
