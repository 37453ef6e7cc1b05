import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { flood, send, udpFlows } from './lab/traffic.ts'
import { useLab } from './lab/use-lab.ts'
import { Wire } from './lab/wire.ts'
import { sensorOf } from './support/sensor.ts'
import { sumOf, Watching } from './support/watching.ts'

const FLAGS = ['--capture-by', 'libpcap', '--status', '1']

let wire: Wire
useLab('wire').prepare(lab => {
  wire = new Wire(lab)
})

describe('watching by libpcap', () => {
  it('accounts for every frame, and says that it is slower', async () => {
    const watching = await Watching.begin(wire.sensor, { flags: FLAGS })
    expect(watching.running.stderr).toMatch(/libpcap \(slower/)
    const { frames } = await flood(wire.sender, { frames: udpFlows(100), count: 200_000 })
    await watching.record('status', status => status.frames.received === frames)
    const { summary, status } = await watching.stop()
    expect(status).toBe(0)
    expect(sumOf(summary)).toBe(frames)
    expect(summary.frames.decoded + summary.frames.ring_lost).toBe(frames)
    expect(summary.frames.worker_lost).toBe(0)
  })

  it('reads by a process without capabilities, which had opened the interface', async () => {
    const watching = await Watching.begin(wire.sensor, { flags: FLAGS })
    const sensor = await sensorOf(watching)
    const status = readFileSync(`/proc/${sensor}/status`, 'utf8')
    expect(/^CapEff:\s*(\w+)$/m.exec(status)?.[1]).toMatch(/^0+$/)
    expect(/^Uid:\s*(\d+)/m.exec(status)?.[1]).not.toBe('0')
    await watching.stop()
  })

  it('counts what a filter leaves out', async () => {
    const watching = await Watching.begin(wire.sensor, { flags: [...FLAGS, '--filter', 'src host 10.1.0.7'] })
    await send(wire.sender, udpFlows(200))
    await watching.record('status', status => status.frames.received === 200)
    const { summary } = await watching.stop()
    expect(summary.frames).toMatchObject({ received: 200, filtered: 199, decoded: 1 })
    expect(summary.interfaces?.[0].filter).toBe('src host 10.1.0.7')
  })

  it('refuses a filter that is none with one sentence', async () => {
    const watching = Watching.start(wire.sensor, { flags: [...FLAGS, '--filter', 'not a filter('] })
    const { status, stderr } = await watching.running.ended
    expect(status).toBe(2)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(stderr).toMatch(/syntax error/)
  })
})
