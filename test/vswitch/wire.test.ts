import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from '../support/command.ts'
import { framesOf, Recording } from './lab/recording.ts'
import { flood, replay, send, udpFlows } from './lab/traffic.ts'
import { useLab } from './lab/use-lab.ts'
import { Wire } from './lab/wire.ts'

const capture = join(ROOT, 'captures/it-to-plc/traffic.pcap')

const hexes = (frames: readonly Uint8Array[]): string[] =>
  frames.map(frame => Buffer.from(frame).toString('hex'))

let wire: Wire
const used = useLab('wire')
used.prepare(lab => {
  wire = new Wire(lab)
})

/** Frames and bytes that have arrived while something was done. */
async function arrived(work: () => Promise<unknown>): Promise<{ packets: number; bytes: number }> {
  const before = wire.sensor.counters().rx
  await work()
  const after = wire.sensor.counters().rx
  return { packets: after.packets - before.packets, bytes: after.bytes - before.bytes }
}

it('carries what trafgen sends, frame for frame', async () => {
  const frames = udpFlows(100)
  expect(new Set(frames.map(frame => frame.length))).toEqual(new Set([60]))
  for (const processors of [1, 2]) {
    let sent = 0
    const { packets, bytes } = await arrived(async () => {
      sent = (await flood(wire.sender, { frames, count: 20_000, processors })).frames
    })
    expect(sent).toBe(20_000)
    expect(packets).toBe(20_000)
    expect(bytes).toBe(20_000 * 60)
  }
})

it('carries evenly spaced frames', async () => {
  const { packets } = await arrived(() => flood(wire.sender, { frames: udpFlows(3), count: 500, gap: 100 }))
  expect(packets).toBe(500)
})

it('carries a capture as it is, at any rate', async () => {
  const recording = await Recording.begin(wire.sensor)
  const frames = framesOf(capture)
  const { packets } = await arrived(async () => {
    expect(await replay(wire.sender, capture)).toEqual({ frames: frames.length })
    expect(await replay(wire.sender, capture, { times: 2, rate: 5000 })).toEqual({
      frames: 2 * frames.length,
    })
  })
  expect(packets).toBe(3 * frames.length)
  expect(hexes(await recording.end())).toEqual(hexes([...frames, ...frames, ...frames]))
})

it('carries tags of VLANs, and nothing that is longer than its MTU', async () => {
  const [frame] = udpFlows(1)
  const tagged = Buffer.concat([frame.subarray(0, 12), Buffer.from('8100006e', 'hex'), frame.subarray(12)])
  const recording = await Recording.begin(wire.sensor)
  const sent = [tagged, ...udpFlows(1, { size: 1518 })]
  await send(wire.sender, sent)
  expect(hexes(await recording.end())).toEqual(hexes(sent))
  await expect(send(wire.sender, udpFlows(1, { size: 1600 }))).rejects.toThrow(/tcpreplay/)
})

it('is mute: nothing comes from the sensor, which has no address', () => {
  expect(wire.sensor.counters().tx.packets).toBe(0)
  expect(wire.sensor.namespace.ip('-o', 'addr', 'show', 'dev', wire.sensor.name)).toBe('')
})

it('is not mute where the sensor has IPv6, as a mirror port must not', async () => {
  const talkative = new Wire(used.lab, { sensor: { ipv6: true } })
  talkative.sensor.set('down')
  const recording = await Recording.begin(talkative.sender)
  const sent = (): number => talkative.sensor.counters().tx.packets
  const before = sent()
  talkative.sensor.set('up')
  await expect.poll(sent, { timeout: 10_000 }).toBeGreaterThan(before)
  const frames = await recording.end()
  expect(new Set(frames.map(frame => frame.toString('hex', 12, 14)))).toEqual(new Set(['86dd']))
})

it('can be unplugged and laid again', async () => {
  wire.unplug()
  expect(() => wire.sensor.counters()).toThrow(/does not exist/)
  wire.plug()
  expect(await arrived(() => send(wire.sender, udpFlows(7)))).toEqual({ packets: 7, bytes: 7 * 60 })
  wire.sensor.set('down')
  expect(await arrived(() => send(wire.sender, udpFlows(7)).catch(() => {}))).toEqual({
    packets: 0,
    bytes: 0,
  })
  wire.sensor.set('up')
  expect((await arrived(() => send(wire.sender, udpFlows(7)))).packets).toBe(7)
})
