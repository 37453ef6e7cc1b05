import { expect, it } from 'vitest'
import { Scene } from '../support/scene.ts'
import { runShard } from '../support/shard-run.ts'

const C = '10.0.2.10:50000'
const S = '10.0.1.11:502'

type Step = [from: 'c' | 's', flags: string]

function stateOf(steps: Step[]) {
  const scene = new Scene()
  const all: Step[] = [['c', 'S'], ['s', 'SA'], ['c', 'A'], ...steps]
  all.forEach(([from, flags], i) => {
    scene.tcp(i / 100, from === 'c' ? C : S, from === 'c' ? S : C, flags)
  })
  const { finals } = runShard(scene.frames)
  expect(finals).toHaveLength(1)
  return finals[0]
}

// an end that has closed answers late data with a reset; when the peer then closes, both have closed (Zeek's SF)
it.each<[string, string, Step[]]>([
  [
    'SF',
    'the originator closes, resets late data, and the responder closes',
    [
      ['c', 'FA'],
      ['c', 'R'],
      ['s', 'FA'],
    ],
  ],
  [
    'SF',
    'the responder closes, resets late data, and the originator closes',
    [
      ['s', 'FA'],
      ['s', 'R'],
      ['c', 'FA'],
    ],
  ],
  [
    'RSTO',
    'the originator closes and resets, and nothing follows',
    [
      ['c', 'FA'],
      ['c', 'R'],
    ],
  ],
  [
    'RSTO',
    'a reset without a FIN before it',
    [
      ['c', 'R'],
      ['s', 'FA'],
    ],
  ],
  [
    'RSTO',
    'a FIN after the reset of the same end does not count',
    [
      ['c', 'R'],
      ['c', 'FA'],
      ['s', 'FA'],
    ],
  ],
  [
    'RSTR',
    'a FIN with a reset is no close',
    [
      ['s', 'FA'],
      ['s', 'R'],
      ['c', 'FR'],
    ],
  ],
])('%s: %s', (state, _, steps) => {
  expect(stateOf(steps).conn_state).toBe(state)
})
