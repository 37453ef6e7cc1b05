import { expect } from 'vitest'
import { bytes, zeros } from '../../captures/support/bytes.ts'
import { CUT } from '../../src/wire/bytes.ts'

/**
 * A header is CUT in every shorter piece and tells its `length` when `needed` bytes are there; wherever it lies, and
 * whatever lies behind it.
 */
export function expectCutBelow(
  check: (b: Uint8Array, at: number, end: number) => number,
  header: Uint8Array,
  length: number,
  needed = length,
): void {
  for (const before of [0, 7]) {
    for (const fill of [0x00, 0xff]) {
      const block = bytes(zeros(before), header, new Uint8Array(300).fill(fill))
      for (let have = 0; have < needed; have++)
        expect(check(block, before, before + have), `${have} bytes of ${needed}`).toBe(CUT)
      expect(check(block, before, before + needed)).toBe(length)
      expect(check(block, before, block.length)).toBe(length)
    }
  }
}
