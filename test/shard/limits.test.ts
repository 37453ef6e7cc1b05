import { describe, expect, it } from 'vitest'
import { SummaryBuilder } from '../../src/summary.ts'
import { Scene } from '../support/scene.ts'
import { runShard } from '../support/shard-run.ts'

const { frames } = runShard(new Scene().udp(0, '10.0.0.1:9', '10.0.0.2:9').frames)
const limitsOf = (facts: Partial<Parameters<SummaryBuilder['build']>[0]>): string =>
  new SummaryBuilder({ version: '0' })
    .build({ frames, files: [], bytes: 0, span: 0, findings: [], ...facts })
    .limits.join('\n')

describe('the limits of a run', () => {
  it.each([
    ['tunnels', /^7 frames came through more tunnels than are kept apart/m],
    ['places', /^7 frames came from more VLANs, VNIs, taps and tunnels/m],
    ['bindings', /^7 bindings of addresses to MACs found no room/m],
  ] as const)('say that there was no room for more %s', (key, sentence) => {
    const none = { places: 0, tunnels: 0, bindings: 0 }
    expect(limitsOf({ beyond: { ...none, [key]: 7 } })).toMatch(sentence)
    expect(limitsOf({ beyond: none })).toBe(limitsOf({}))
    expect(limitsOf({})).not.toMatch(sentence)
  })

  it('name the wrapping that was taken off without being declared', () => {
    expect(limitsOf({ undeclaredMirrors: ['vxlan 10.0.0.1 -> 10.0.0.2'] })).toContain(
      '1 tunnel counted as a mirror’s wrapping and was not judged, though no tap declares it: vxlan 10.0.0.1 -> 10.0.0.2.',
    )
  })
})
