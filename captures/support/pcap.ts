import { bytes, l16, l32, u16, u32 } from './bytes.ts'
import type { Trace } from './captures.ts'

export interface PcapOptions {
  /** byte order of the machine that wrote it */
  bigEndian?: boolean
  nanoseconds?: boolean
  /** LINKTYPE_ number, 1 = Ethernet */
  linkType?: number
  snapLength?: number
}

/** A classic pcap file of a trace (draft-ietf-opsawg-pcap). Times are cut to microseconds unless told. */
export function pcap(trace: Trace, options: PcapOptions = {}): Uint8Array {
  const [w16, w32] = options.bigEndian ? [u16, u32] : [l16, l32]
  const snap = options.snapLength ?? 262144
  const magic = options.nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4
  const records = trace.frames().map(frame => {
    const { seconds, nanos } = trace.time(frame)
    const fraction = options.nanoseconds ? nanos : Math.floor(nanos / 1000)
    const kept = frame.bytes.subarray(0, snap)
    return bytes(w32(seconds), w32(fraction), w32(kept.length), w32(frame.wire), kept)
  })
  return bytes(w32(magic), w16(2), w16(4), w32(0), w32(0), w32(snap), w32(options.linkType ?? 1), ...records)
}
