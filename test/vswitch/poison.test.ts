import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { GapRecord, Summary } from '../../src/records.ts'
import { until } from './lab/command.ts'
import { flood, send, udpFlows } from './lab/traffic.ts'
import { useLab } from './lab/use-lab.ts'
import { Wire } from './lab/wire.ts'
import { sumOf } from './support/watching.ts'

const GUEST = join(import.meta.dirname, 'guest')
const PAYLOAD = 42
const POISON = 0x66

let wire: Wire
const used = useLab('wire')
used.prepare(lab => {
  wire = new Wire(lab)
})

describe('a frame that is the death of whoever looks at it', () => {
  it('is passed over after two have died of it, and all others are judged', async () => {
    chmodSync(used.lab.folder, 0o755)
    const running = wire.sensor.namespace.start([process.execPath, join(GUEST, 'supervise.ts'), 'eth0'], {
      WORKER: 'poisoned-worker.ts',
      FATE: '/nonexistent',
    })
    const told = (): { type: string }[] =>
      running.stdout
        .slice(0, running.stdout.lastIndexOf('\n') + 1)
        .split('\n')
        .filter(Boolean)
        .map(line => JSON.parse(line))
    await running.says(/"started"/, 30_000)
    const frames = udpFlows(500)
    frames[123][PAYLOAD] = POISON
    frames[400][PAYLOAD] = POISON
    await send(wire.sender, frames, { rate: 5000 })
    const deaths = (): GapRecord[] =>
      told().filter(
        (record): record is GapRecord => record.type === 'gap' && (record as GapRecord).end !== undefined,
      )
    const passedOver = (): number =>
      told().reduce((most, record) => {
        const { frames } = record as { frames?: { worker_lost?: number } }
        return Math.max(most, frames?.worker_lost ?? 0)
      }, 0)
    await until('both to be passed over', () => passedOver() === 2, 60_000)
    const later = await flood(wire.sender, { frames: udpFlows(100), count: 100_000 })
    await until(
      'the frames after it',
      () =>
        (
          told()
            .filter(({ type }) => type === 'status')
            .at(-1) as { frames?: { decoded: number } } | undefined
        )?.frames?.decoded ===
        498 + later.frames,
      60_000,
    )
    running.child.stdin!.end()
    await running.ended
    const summary = told().find(({ type }) => type === 'summary') as unknown as Summary
    expect(summary.frames).toMatchObject({
      received: 500 + later.frames,
      decoded: 498 + later.frames,
      worker_lost: 2,
      ring_lost: 0,
    })
    expect(sumOf(summary)).toBe(500 + later.frames)
    expect(summary.complete).toBe(false)
    // whoever meets one in a burst, and those who meet it alone
    expect(deaths().length).toBeGreaterThanOrEqual(2)
    for (const { message } of deaths()) expect(message).toMatch(/poisoned/)
    expect(told().filter(record => 'kind' in record && record.kind === 'mirror-unaccounted')).toEqual([])
  })
})
