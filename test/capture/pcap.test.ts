import { afterAll, describe, expect, it } from 'vitest'
import { bytes, l32, zeros } from '../../captures/support/bytes.ts'
import { Trace } from '../../captures/support/captures.ts'
import { pcap } from '../../captures/support/pcap.ts'
import { pcapHeader, readAll, record, refusalOf, Scratch } from './support.ts'

const scratch = new Scratch()
afterAll(() => scratch.remove())

const read = (content: Uint8Array) => readAll(scratch.file('some.bin', content))
const data = bytes(1, 2, 3, 4, 5)

describe('classic pcap', () => {
  const trace = new Trace('2026-03-01T12:00:00Z')
  trace.add(1_234_567_891, bytes(0xaa, 0xbb), { wire: 60 })
  trace.add(2_000_000_000, data)
  const { start } = trace

  it.each([
    [false, false, 'pcap', 234_567_000],
    [true, false, 'pcap', 234_567_000],
    [false, true, 'pcap (ns)', 234_567_891],
    [true, true, 'pcap (ns)', 234_567_891],
  ])('big-endian %s, nanoseconds %s', async (bigEndian, nanoseconds, format, nanos) => {
    const { frames, files, ports } = await read(pcap(trace, { bigEndian, nanoseconds, snapLength: 96 }))
    expect(frames).toEqual([
      { hex: 'aabb', wire: 60, seconds: start + 1, nanos, file: 0, frame: 1 },
      { hex: '0102030405', wire: 5, seconds: start + 2, nanos: 0, file: 0, frame: 2 },
    ])
    expect(files[0]).toMatchObject({ format, frames: 2, wireBytes: 65, damage: [], notes: [] })
    expect(ports).toEqual([{ file: 0, interfaceId: 0, linkType: 1, snapLength: 96 }])
  })

  it('reads the modified variant, whose record headers have eight more bytes', async () => {
    const extra = zeros(8)
    const { frames, files } = await read(
      bytes(pcapHeader({ magic: 0xa1b2cd34 }), record(7, 8, data, { extra }), record(8, 9, data, { extra })),
    )
    expect(frames.map(({ hex, nanos }) => [hex, nanos])).toEqual([
      ['0102030405', 8000],
      ['0102030405', 9000],
    ])
    expect(files[0]).toMatchObject({ format: 'pcap (modified)', damage: [] })
  })

  it('takes the link type from the low bits, whatever is said of frame check sequences', async () => {
    const { ports } = await read(bytes(pcapHeader({ linkType: 0x54000071 }), record(1, 0, data)))
    expect(ports[0].linkType).toBe(113)
  })

  it('delivers frames of link types nobody knows', async () => {
    const { frames, ports } = await read(bytes(pcapHeader({ linkType: 65_000 }), record(1, 0, data)))
    expect(frames).toHaveLength(1)
    expect(ports[0].linkType).toBe(65_000)
  })

  it('turns the lengths of files before version 2.3 round, and those of 2.3 where they must be', async () => {
    const old = bytes(pcapHeader({ minor: 2 }), record(1, 0, data, { captured: 60, wire: 5 }))
    expect((await read(old)).frames).toMatchObject([{ hex: '0102030405', wire: 60 }])
    const turn = [
      record(1, 0, data, { captured: 60, wire: 5 }),
      record(1, 0, data, { captured: 5, wire: 60 }),
    ]
    expect((await read(bytes(pcapHeader({ minor: 3 }), ...turn))).frames).toMatchObject([
      { hex: '0102030405', wire: 60 },
      { hex: '0102030405', wire: 60 },
    ])
  })

  it('notes wire lengths below captured ones, and fractions above a second', async () => {
    const content = bytes(pcapHeader(), record(1, 0, data, { wire: 2 }), record(1, 1e6, data))
    const { frames, files } = await read(content)
    expect(frames).toMatchObject([
      { wire: 5, nanos: 0 },
      { wire: 5, seconds: 1, nanos: 999_999_000 },
    ])
    expect(files[0].damage).toEqual([])
    expect(files[0].notes).toEqual([
      '1 frame had a wire length below the captured length',
      '1 frame had a fraction of a second above one',
    ])
  })

  it('reads times up to 2106', async () => {
    expect((await read(bytes(pcapHeader(), record(0xffffffff, 0, data)))).frames[0].seconds).toBe(0xffffffff)
  })

  it('reads frames of 64 KiB and of the largest usual snap length, however small the blocks', async () => {
    const large = [zeros(65_535).fill(7), zeros(262_144).fill(9), data]
    const path = scratch.file('large.pcap', bytes(pcapHeader(), ...large.map(d => record(1, 0, d))))
    const { frames, files } = await readAll(path, { blockSize: 1000 })
    expect(frames.map(({ hex }) => hex.length / 2)).toEqual([65_535, 262_144, 5])
    expect(files[0].damage).toEqual([])
  })

  it('believes a larger captured length only where the file states such a limit', async () => {
    const long = zeros(262_145)
    const records = [record(1, 0, data), record(2, 0, long), record(3, 0, data)]
    const stated = await read(bytes(pcapHeader({ snapLength: 1 << 20 }), ...records))
    expect(stated.frames).toHaveLength(3)
    const unstated = await read(bytes(pcapHeader({ snapLength: 65_535 }), ...records))
    expect(unstated.frames).toHaveLength(1)
    expect(unstated.files[0].damage).toMatchObject([
      { offset: 24 + 21, reason: 'the record header says 262,145 bytes' },
    ])
    const huge = bytes(pcapHeader({ snapLength: 0xffffffff }), record(2, 0, data, { captured: 3e9 }))
    expect((await read(huge)).files[0].damage).toMatchObject([{ offset: 24, reason: /3,000,000,000/ }])
  })

  it('says where a file is cut, at every length, and delivers what was whole', async () => {
    const whole = bytes(pcapHeader(), record(1, 0, data), record(2, 0, data))
    for (let length = 4; length < whole.length; length++) {
      const { frames, files } = await read(whole.subarray(0, length))
      const isSeam = length === 24 || length === 45
      expect([length, frames.length]).toEqual([length, length < 45 ? 0 : 1])
      const offset = length < 24 ? 0 : length < 45 ? 24 : 45
      expect(files[0].damage.map(d => d.offset)).toEqual(isSeam ? [] : [offset])
    }
    const reasons = async (length: number) =>
      (await read(whole.subarray(0, length))).files[0].damage[0].reason
    expect(await reasons(10)).toBe('the file ends inside its header, after 10 bytes')
    expect(await reasons(46)).toBe('the file ends inside a record header, after 1 byte of it')
    expect(await reasons(63)).toBe('the file ends inside a record: of a frame of 5 bytes there are 2')
  })

  it('is content with a file without frames', async () => {
    const { frames, files } = await read(pcapHeader())
    expect(frames).toEqual([])
    expect(files[0]).toMatchObject({ format: 'pcap', frames: 0, bytes: 24, damage: [] })
  })

  it('leaves a version it does not know alone', async () => {
    const reason = (content: Uint8Array) => refusalOf(scratch.file('some.bin', content))
    expect(await reason(pcapHeader({ major: 3 }))).toMatch(/pcap file of version 3/)
    expect(await reason(bytes(l32(0xd4c3b2a1), zeros(20)))).toMatch(/version 0/)
  })
})
