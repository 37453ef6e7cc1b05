import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Clock } from '../../src/capture/clock.ts'
import { Burst } from '../../src/shared/burst.ts'

const burst = new Burst(new Uint8Array(0), 1)

/** What the definition says, in whole numbers of any size. */
function expected(resolution: number, offset: bigint, ticks: bigint): { seconds: bigint; nanos: bigint } {
  const perSecond = resolution >= 0x80 ? 1n << BigInt(resolution & 0x7f) : 10n ** BigInt(resolution)
  const seconds = ticks / perSecond + offset
  if (seconds < 0n) return { seconds: 0n, nanos: 0n }
  if (seconds > 0xffffffffn) return { seconds: 0xffffffffn, nanos: 999_999_999n }
  return { seconds, nanos: ((ticks % perSecond) * 1_000_000_000n) / perSecond }
}

function read(resolution: number, offset: bigint, ticks: bigint): { seconds: bigint; nanos: bigint } {
  const clock = new Clock(resolution, Number(offset))
  clock.put(burst, 0, Number(ticks >> 32n), Number(ticks & 0xffffffffn))
  return { seconds: BigInt(burst.seconds[0]), nanos: BigInt(burst.nanos[0]) }
}

const stamps = fc.oneof(
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  // near whole seconds of our days, where rounding would show
  fc
    .tuple(
      fc.bigInt({ min: 0n, max: 4_294_967_295n }),
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: -2, max: 2 }),
    )
    .map(([seconds, digits, near]) => {
      const ticks = seconds * 10n ** BigInt(digits) + BigInt(near)
      return ticks < 0n || ticks >= 1n << 64n ? seconds : ticks
    }),
)

describe('time stamps of pcapng', () => {
  it('are exact in every power of ten a stamp can hold', () => {
    const resolutions = fc.integer({ min: 0, max: 20 })
    fc.assert(
      fc.property(
        resolutions,
        fc.bigInt({ min: -(1n << 40n), max: 1n << 40n }),
        stamps,
        (resolution, offset, ticks) => {
          expect(read(resolution, offset, ticks)).toEqual(expected(resolution, offset, ticks))
        },
      ),
      { numRuns: 5000 },
    )
  })

  it('are exact in powers of two down to 2^-32, and within a nanosecond below', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 63 }), stamps, (power, ticks) => {
        const got = read(0x80 | power, 0n, ticks)
        const want = expected(0x80 | power, 0n, ticks)
        expect(got.seconds).toBe(want.seconds)
        const off = got.nanos - want.nanos
        expect(off >= (power > 32 ? -1n : 0n) && off <= (power > 32 ? 1n : 0n)).toBe(true)
      }),
      { numRuns: 5000 },
    )
  })

  it('keep their nanoseconds where an offset leads back from after 2106', () => {
    // found by the property above: 5,841,013,467 s and 4.542 ms, less 4,332,495,458 s
    expect(read(6, -4_332_495_458n, 5_841_013_467_004_542n)).toEqual({
      seconds: 1_508_518_009n,
      nanos: 4_542_000n,
    })
    expect(read(0x80 | 10, -5_000_000_000n, (5_000_000_007n << 10n) | 512n)).toEqual({
      seconds: 7n,
      nanos: 500_000_000n,
    })
  })

  it('stand still in absurd resolutions', () => {
    for (const resolution of [21, 60, 127, 0x80 | 64, 0xff]) {
      const { seconds, nanos } = read(resolution, 5n, (1n << 64n) - 1n)
      expect([resolution, seconds, nanos < 1_000_000_000n]).toEqual([resolution, 5n, true])
    }
  })

  it('are counted where they do not fit', () => {
    const clock = new Clock(6, -10)
    clock.put(burst, 0, 0, 9_000_000)
    clock.put(burst, 0, 0, 10_000_000)
    clock.put(burst, 0, 0xffffffff, 0)
    expect(clock.clamped).toBe(2)
  })
})
