import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { cutCapture } from '../../bench/peers/cut.ts'
import { writeLoad } from '../../bench/support/load.ts'
import { bytes, zeros } from '../../captures/support/bytes.ts'
import { Trace } from '../../captures/support/captures.ts'
import { pcap } from '../../captures/support/pcap.ts'
import { readAll, Scratch } from '../capture/support.ts'

const scratch = new Scratch()
afterAll(() => scratch.remove())
const to = `${scratch.path}/cut.pcap`

describe('the beginning of a capture', () => {
  it.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])('big-endian %s, nanoseconds %s', async (bigEndian, nanoseconds) => {
    const trace = new Trace('2026-03-01T12:00:00Z')
    for (let i = 0; i < 9; i++) trace.add(i, bytes(i, zeros(20 + i)))
    const from = scratch.file('some.pcap', pcap(trace, { bigEndian, nanoseconds }))
    expect(cutCapture(from, to, 4)).toBe(4)
    const whole = await readAll(from)
    const cut = await readAll(to)
    expect(cut.frames).toEqual(whole.frames.slice(0, 4))
    expect(cut.files[0]).toMatchObject({ frames: 4, damage: [] })
    expect(cutCapture(from, to, 100)).toBe(9)
    expect(readFileSync(to)).toEqual(readFileSync(from))
  })

  it('is the same as a load made with fewer frames, over many pieces', () => {
    const from = `${scratch.path}/long.pcap`
    const short = `${scratch.path}/short.pcap`
    writeLoad(from, { frames: 130_000, flows: 100, size: 70 })
    writeLoad(short, { frames: 110_001, flows: 100, size: 70 })
    expect(cutCapture(from, to, 110_001)).toBe(110_001)
    expect(readFileSync(to).equals(readFileSync(short))).toBe(true)
  })

  it('stops at a record that goes beyond the end', () => {
    const trace = new Trace('2026-03-01T12:00:00Z')
    for (let i = 0; i < 3; i++) trace.add(i, zeros(60))
    const whole = pcap(trace)
    expect(cutCapture(scratch.file('cut-off.pcap', whole.subarray(0, whole.length - 1)), to, 9)).toBe(2)
    expect(readFileSync(to)).toHaveLength(24 + 2 * 76)
  })

  it('leaves other kinds of files alone', () => {
    expect(cutCapture(scratch.file('other', bytes(0x0a, 0x0d, 0x0d, 0x0a, zeros(40))), to, 4)).toBeUndefined()
    expect(cutCapture(scratch.file('short', bytes(0xd4, 0xc3, 0xb2, 0xa1)), to, 4)).toBeUndefined()
  })
})
