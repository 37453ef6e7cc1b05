import type { Burst } from '../shared/burst.ts'

const TWO_32 = 2 ** 32
const LAST_SECOND = TWO_32 - 1

/**
 * Turns the time stamps of one pcapng interface (64 bits, as two words) into seconds and nanoseconds, exactly and without
 * BigInt: that would allocate for every frame (draft-ietf-opsawg-pcapng section 4.2, if_tsresol and if_tsoffset).
 */
export class Clock {
  /** stamps so far that do not fit 1970 to 2106 and were moved to the nearest end */
  clamped = 0
  private readonly stamp: (high: number, low: number) => void
  /** seconds added to every stamp */
  private readonly offset: number
  /** result of `stamp` */
  private seconds = 0
  private nanos = 0
  /** result of `divide` */
  private top = 0
  private bottom = 0
  private rest = 0
  /** units of a second: 10^digits or 2^digits */
  private readonly digits: number
  /** ticks in a second, where these are few enough, and nanoseconds in a tick */
  private readonly ticks: number
  private readonly unit: number

  /** `resolution` as in if_tsresol: the top bit says power of two; 6 means microseconds. */
  constructor(resolution: number, offset: number) {
    this.offset = offset
    this.digits = resolution & 0x7f
    this.ticks = 10 ** Math.min(this.digits, 9)
    this.unit = 10 ** (9 - Math.min(this.digits, 9))
    if (resolution >= 0x80) this.stamp = this.digits <= 32 ? this.binary : this.fineBinary
    else this.stamp = this.digits <= 9 ? this.decimal : this.fineDecimal
  }

  /** Writes the time of the stamp into row `row` of `burst`. */
  put(burst: Burst, row: number, high: number, low: number): void {
    this.stamp(high, low)
    const seconds = this.seconds + this.offset
    if (seconds >= 0 && seconds <= LAST_SECOND) {
      burst.seconds[row] = seconds
      burst.nanos[row] = this.nanos
    } else {
      this.clamped++
      burst.seconds[row] = seconds < 0 ? 0 : LAST_SECOND
      burst.nanos[row] = seconds < 0 ? 0 : 999_999_999
    }
  }

  /** Down to nanoseconds. The quotient of doubles is off by one at most, and 32-bit arithmetic shows by how much. */
  private decimal(high: number, low: number): void {
    const { ticks } = this
    let seconds = Math.floor((high * TWO_32 + low) / ticks)
    if (seconds > LAST_SECOND) {
      this.late(high, low)
      return
    }
    let rest = (low - Math.imul(seconds, ticks)) | 0
    if (rest < 0) {
      seconds--
      rest += ticks
    } else if (rest >= ticks) {
      seconds++
      rest -= ticks
    }
    this.seconds = seconds
    this.nanos = rest * this.unit
  }

  /** After 2106, from where a negative offset may lead back: doubles may be off by more here. */
  private late(high: number, low: number): void {
    this.divide(high, low, this.ticks)
    this.seconds = this.top * TWO_32 + this.bottom
    this.nanos = this.rest * this.unit
  }

  /** Finer than nanoseconds: first to nanoseconds. */
  private fineDecimal(high: number, low: number): void {
    const divisor = 10 ** (this.digits - 9)
    if (this.digits > 20) {
      // 2^64 ticks are less than a second
      this.seconds = 0
      this.nanos = Math.floor((high * TWO_32 + low) / divisor)
      return
    }
    this.divide(high, low, divisor)
    this.decimal(this.top, this.bottom)
  }

  /** Long division in digits of 16 bits, exact for divisors up to 2^37: `top` and `bottom` are words of the quotient. */
  private divide(high: number, low: number, divisor: number): void {
    this.rest = 0
    this.top = this.digit(high >>> 16, divisor) * 65536 + this.digit(high & 0xffff, divisor)
    this.bottom = this.digit(low >>> 16, divisor) * 65536 + this.digit(low & 0xffff, divisor)
  }

  private digit(bits: number, divisor: number): number {
    const value = this.rest * 65536 + bits
    const quotient = Math.floor(value / divisor)
    this.rest = value - quotient * divisor
    return quotient
  }

  /** Powers of two down to 2^-32. */
  private binary(high: number, low: number): void {
    const scale = 2 ** this.digits
    this.seconds = high * (TWO_32 / scale) + Math.floor(low / scale)
    const rest = low % scale
    if (this.digits <= 16) this.nanos = Math.floor((rest * 1e9) / scale)
    else {
      // in two halves: the product itself would not fit 53 bits
      const upper = Math.floor(rest / 65536) * 1e9 + Math.floor(((rest % 65536) * 1e9) / 65536)
      this.nanos = Math.floor(upper / (scale / 65536))
    }
  }

  /** Finer powers of two: the bits below a quarter of a nanosecond are cut off. */
  private fineBinary(high: number, low: number): void {
    const finer = this.digits - 32
    this.seconds = finer >= 32 ? 0 : Math.floor(high / 2 ** finer)
    const rest = finer >= 32 ? high / 2 ** finer : (high % 2 ** finer) / 2 ** finer
    this.nanos = Math.min(999_999_999, Math.floor((rest + low / 2 ** this.digits) * 1e9))
  }
}
