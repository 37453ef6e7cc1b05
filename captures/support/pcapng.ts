import { bytes, l16, l32, type Part, u16, u32, zeros } from './bytes.ts'
import type { Trace } from './captures.ts'

export interface PcapngInterface {
  name: string
  linkType?: number
  snapLength?: number
  /** digits of a second: 6 (default) or 9 */
  resolution?: 6 | 9
  /** frames the capturing machine says it lost, written as interface statistics at the end */
  lost?: number
}

export interface PcapngOptions {
  bigEndian?: boolean
  application?: string
  comment?: string
  interfaces: PcapngInterface[]
  /** name resolution: address bytes and names */
  names?: { address: Uint8Array; name: string }[]
}

/** A pcapng file of a trace (draft-ietf-opsawg-pcapng): one section, its interfaces, enhanced packet blocks, statistics. */
export function pcapng(trace: Trace, options: PcapngOptions): Uint8Array {
  const [w16, w32] = options.bigEndian ? [u16, u32] : [l16, l32]
  const padded = (...parts: Part[]): Uint8Array => {
    const value = bytes(...parts)
    return bytes(value, zeros((4 - (value.length % 4)) % 4))
  }
  const block = (type: number, ...parts: Part[]): Uint8Array => {
    const body = bytes(...parts)
    return bytes(w32(type), w32(12 + body.length), body, w32(12 + body.length))
  }
  const option = (code: number, ...parts: Part[]): Uint8Array => {
    const value = bytes(...parts)
    return bytes(w16(code), w16(value.length), padded(value))
  }
  const optionList = (...list: Uint8Array[]): Uint8Array => (list.length ? bytes(...list, w32(0)) : bytes())

  const sectionOptions = []
  if (options.comment) sectionOptions.push(option(1, options.comment))
  if (options.application) sectionOptions.push(option(4, options.application))
  const section = block(
    0x0a0d0d0a,
    w32(0x1a2b3c4d),
    w16(1),
    w16(0),
    w32(0xffffffff),
    w32(0xffffffff),
    optionList(...sectionOptions),
  )
  const interfaces = options.interfaces.map(i =>
    block(
      1,
      w16(i.linkType ?? 1),
      w16(0),
      w32(i.snapLength ?? 262144),
      optionList(option(2, i.name), option(9, i.resolution ?? 6)),
    ),
  )
  const names = options.names
    ? [
        block(
          4,
          ...options.names.flatMap(({ address, name }) => {
            const record = bytes(address, name, 0)
            return [w16(address.length === 4 ? 1 : 2), w16(record.length), padded(record)]
          }),
          w16(0),
          w16(0),
        ),
      ]
    : []

  const stamp = (seconds: number, nanos: number, resolution: number): Part[] => {
    const unit = BigInt(10 ** (9 - resolution))
    const ticks = (BigInt(seconds) * 1_000_000_000n + BigInt(nanos)) / unit
    return [w32(Number(ticks >> 32n)), w32(Number(ticks & 0xffffffffn))]
  }
  const frames = trace.frames()
  const packets = frames.map(frame => {
    const { seconds, nanos } = trace.time(frame)
    const on = options.interfaces[frame.interface]
    const kept = frame.bytes.subarray(0, on.snapLength ?? frame.bytes.length)
    const time = stamp(seconds, nanos, on.resolution ?? 6)
    return block(6, w32(frame.interface), ...time, w32(kept.length), w32(frame.wire), padded(kept))
  })
  const statistics = options.interfaces.flatMap((i, number) => {
    if (i.lost === undefined || frames.length === 0) return []
    const { seconds, nanos } = trace.time(frames[frames.length - 1])
    const received = frames.filter(frame => frame.interface === number).length + i.lost
    const counters = optionList(option(4, w64(received)), option(5, w64(i.lost)))
    return [block(5, w32(number), ...stamp(seconds, nanos, i.resolution ?? 6), counters)]
  })
  function w64(value: number): number[] {
    return options.bigEndian ? [...u32(0), ...u32(value)] : [...l32(value), ...l32(0)]
  }
  return bytes(section, ...interfaces, ...names, ...packets, ...statistics)
}
