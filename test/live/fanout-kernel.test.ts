import { expect, it } from 'vitest'
import { Random } from '../../captures/support/frames.ts'
import { PARTITIONS } from '../../src/flow/table.ts'
import { keepAll } from '../../src/live/capture-filter.ts'
import { fanoutProgram } from '../../src/live/fanout.ts'
import { ringOf } from '../support/classic-bpf.ts'
import { randomEnds, randomError, randomFrame, randomWrapping } from '../support/stacked-frames.ts'
import { hex, useRings } from './wire-rings.ts'

const captured = useRings()
const fanout = fanoutProgram()
const frames: Uint8Array[] = []
for (let seed = 1; seed <= 400; seed++) {
  const { src, dst } = randomEnds(new Random(seed))
  for (const [a, b] of [
    [src, dst],
    [dst, src],
  ]) {
    const frame = randomFrame(new Random(seed), a, b)
    frames.push(frame, randomWrapping(new Random(seed), frame))
  }
  const router = src.includes(':') ? 'fd00::ffff' : '10.255.255.1'
  frames.push(randomError(new Random(seed), router, src, dst))
  const twice = randomWrapping(new Random(seed + 1), randomWrapping(new Random(seed), frames.at(-5)!))
  frames.push(twice)
}

it.each([1, 2, 4, PARTITIONS])(
  'the kernel deals out every frame once, among %i rings as the program says',
  async rings => {
    const filters = new Array<string>(rings).fill(hex(keepAll(65535)))
    const answers = await captured(frames, { filters, fanout: hex(fanout) })
    const expected: string[][] = Array.from({ length: rings }, () => [])
    for (const frame of frames) expected[ringOf(fanout, frame, rings)].push(hex(frame))
    expect(answers.map(answer => answer.frames)).toEqual(expected)
    for (const [i, { counts, received, lost }] of answers.entries())
      expect({ ...counts, received, lost }).toEqual({
        read: expected[i].length,
        received: expected[i].length,
        filtered: 0,
        outgoing: 0,
        lost: 0,
      })
    if (rings > 1) expect(Math.min(...answers.map(({ received }) => received))).toBeGreaterThan(0)
  },
)
