import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const PROGRAM = fileURLToPath(new URL('../support/count-collections.ts', import.meta.url))
/** With the smallest young generation there is, a byte a frame would fill it within the run. */
const FLAGS = ['--max-semi-space-size=1', '--disable-warning=ExperimentalWarning']
const FRAMES = 1_000_000

interface Count {
  collections: number
  received: number
  inFlows: number
  flows: number
  records: number
}

async function count(...given: string[]): Promise<Count> {
  const { stdout } = await promisify(execFile)(process.execPath, [...FLAGS, PROGRAM, ...given])
  return JSON.parse(stdout)
}

describe('garbage collections while frames of known flows are counted', () => {
  it.each(['short', 'general'])('there are none in a million frames on the %s way', async way => {
    const result = await count('all', way, String(FRAMES))
    expect(result.received).toBeGreaterThan(2 * FRAMES)
    expect(result.inFlows).toBeGreaterThan(FRAMES)
    expect(result.flows).toBeGreaterThan(300)
    expect(result.collections).toBe(0)
  })

  it('would be noticed', async () => {
    expect((await count('tcp', 'short', String(FRAMES), 'control')).collections).toBeGreaterThan(5)
  })
})
