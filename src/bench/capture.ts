import { FrameWriter, wrapBytes } from './frame.ts'
import { blankEnds, type Step, type Traffic } from './traffic.ts'

const FILE_HEADER = 24
const RECORD_HEADER = 16
const BLOCK = 1 << 20
const FIRST_SECOND = 1_790_000_000
const FIRST_SEQUENCE = 1000

/** What was written. */
export interface Written {
  frames: number
  /** bytes of the file */
  bytes: number
  /** conversations that have a frame, and those of them that nothing declares */
  flows: number
  undeclared: number
}

/** The first bytes of a classic pcap file of Ethernet frames: microseconds, little-endian (draft-ietf-opsawg-pcap). */
export function pcapHeader(): Uint8Array {
  const header = new DataView(new ArrayBuffer(FILE_HEADER))
  header.setUint32(0, 0xa1b2c3d4, true)
  header.setUint16(4, 2, true)
  header.setUint16(6, 4, true)
  header.setUint32(16, 262_144, true)
  header.setUint32(20, 1, true)
  return new Uint8Array(header.buffer)
}

/**
 * The bytes of a pcap file with `frames` frames of this traffic, piece by piece; a piece is good until the next is asked
 * for. Returns what was written. Memory does not grow with frames, and by 9 bytes with each conversation: what measures
 * itself beside a large process would measure that.
 */
export function* captureBlocks(traffic: Traffic, frames: number): Generator<Uint8Array, Written> {
  const { flows, spacing } = traffic
  const header = pcapHeader()
  const written: Written = { frames: 0, bytes: header.length, flows: 0, undeclared: 0 }
  yield header
  const block = new Uint8Array(BLOCK)
  const view = new DataView(block.buffer)
  const writer = new FrameWriter(block, traffic)
  const ends = blankEnds()
  const step: Step = { flow: 0, toServer: true, size: 0, payload: undefined }
  const next = traffic.steps()
  const sequences = new Uint32Array(flows * 2).fill(FIRST_SEQUENCE)
  const seen = new Uint8Array(flows)
  let at = 0
  for (let i = 0; i < frames; i++) {
    next(i, step)
    traffic.ends(step.flow, ends)
    const size = step.size + wrapBytes(traffic.wrap)
    if (at + RECORD_HEADER + size > BLOCK) {
      yield block.subarray(0, at)
      at = 0
    }
    const micros = i * spacing
    view.setUint32(at, FIRST_SECOND + Math.floor(micros / 1e6), true)
    view.setUint32(at + 4, micros % 1e6, true)
    view.setUint32(at + 8, size, true)
    view.setUint32(at + 12, size, true)
    const own = step.flow * 2 + (step.toServer ? 0 : 1)
    at = writer.write(at + RECORD_HEADER, step, ends, sequences[own], sequences[own ^ 1])
    sequences[own] += writer.payloadBytes(step, ends)
    written.frames++
    written.bytes += RECORD_HEADER + size
    if (seen[step.flow] === 1) continue
    seen[step.flow] = 1
    written.flows++
    if (!ends.declared) written.undeclared++
  }
  yield block.subarray(0, at)
  return written
}
