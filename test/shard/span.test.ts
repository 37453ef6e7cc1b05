import { describe, expect, it } from 'vitest'
import { Scene } from '../support/scene.ts'
import { runShard, type Seen, START } from '../support/shard-run.ts'

const spanOf = (frames: readonly Seen[]) => {
  const { any, firstSeconds, firstNanos, lastSeconds, lastNanos } = runShard(frames).dispatcher.counts()
  const millis = (seconds: number, nanos: number): number => seconds + Math.round(nanos / 1e6) / 1e3
  return { any, first: millis(firstSeconds, firstNanos), last: millis(lastSeconds, lastNanos) }
}
/** UDP frames at these seconds since 1970. */
const framesAt = (...seconds: number[]): Seen[] => {
  const scene = new Scene()
  for (const at of seconds) scene.udp(at - START, '10.0.0.1:9', '10.0.0.2:9')
  return scene.frames
}

describe('first and last moment', () => {
  // recorders without a clock begin at 1970
  it.each([
    ['in second 0 alone', [0.25, 0.5, 0.75], 0.25, 0.75],
    ['from second 0 on', [0, 0.5, 2.5], 0, 2.5],
    ['back to second 0', [1.5, 0.25], 0.25, 1.5],
    ['out of order within a second', [7.5, 7.25, 7.75, 7.5], 7.25, 7.75],
  ])('%s', (_, seconds, first, last) => {
    expect(spanOf(framesAt(...seconds))).toEqual({ any: true, first, last })
  })

  it('of nothing', () => {
    expect(spanOf([]).any).toBe(false)
  })
})
