import { TAG_BYTES } from '../../src/live/packet-socket.ts'

/** A frame as a kernel would put it into a ring. */
export interface Framed {
  bytes: Uint8Array
  /** bytes on the wire, where the ring holds less */
  wire?: number
  seconds?: number
  nanos?: number
  /** what the kernel has taken out of the frame: tag control information, and the EtherType of the tag where it tells it */
  vlan?: { tci: number; tpid?: number }
  isOutgoing?: boolean
}

const HEAD = 48
const FRAME_HEAD = 68
const TO_USER = 1
const HAS_VLAN = 0x10
const HAS_TPID = 0x40
const OUTGOING = 4

const padded = (bytes: number): number => (bytes + 15) & ~15

/** The kernel's side of a ring of TPACKET_V3, in memory of this process (packet_mmap.rst, if_packet.h). */
export class KernelRing {
  readonly memory: ArrayBuffer
  readonly blockBytes: number
  private readonly view: DataView
  private readonly blocks: number
  private number = 0

  constructor(blocks: number, blockBytes = 4096) {
    this.memory = new ArrayBuffer(blocks * blockBytes)
    this.view = new DataView(this.memory)
    this.blocks = blocks
    this.blockBytes = blockBytes
  }

  /** Hands over one block with these frames; false where the reader has not given back the one in its place. */
  fill(frames: readonly Framed[]): boolean {
    const at = (this.number % this.blocks) * this.blockBytes
    if (this.isReaders(at)) return false
    const { view } = this
    this.number++
    let next = at + HEAD
    for (const [i, frame] of frames.entries()) {
      const length = this.put(next, frame)
      // the last one of a block points nowhere
      if (i < frames.length - 1) view.setUint32(next, length, true)
      next += length
    }
    view.setUint32(at + 12, frames.length, true)
    view.setUint32(at + 16, HEAD, true)
    view.setUint32(at + 20, next - at, true)
    view.setBigUint64(at + 24, BigInt(this.number), true)
    view.setUint32(at + 32, frames[0]?.seconds ?? 0, true)
    view.setUint32(at + 36, frames[0]?.nanos ?? 0, true)
    view.setUint32(at + 8, TO_USER, true)
    return true
  }

  private put(at: number, frame: Framed): number {
    const { view } = this
    const { bytes, wire = bytes.length, seconds = 0, nanos = 0, vlan, isOutgoing = false } = frame
    const mac = FRAME_HEAD + TAG_BYTES
    new Uint8Array(this.memory).set(bytes, at + mac)
    const tagged = vlan === undefined ? 0 : HAS_VLAN | (vlan.tpid === undefined ? 0 : HAS_TPID)
    const head = [0, seconds, nanos, bytes.length, wire, TO_USER | tagged]
    for (const [i, word] of head.entries()) view.setUint32(at + 4 * i, word, true)
    view.setUint16(at + 24, mac, true)
    view.setUint16(at + 26, mac + 14, true)
    view.setUint32(at + 32, vlan?.tci ?? 0, true)
    view.setUint16(at + 36, vlan?.tpid ?? 0, true)
    view.setUint8(at + 58, isOutgoing ? OUTGOING : 0)
    return padded(mac + bytes.length)
  }

  private isReaders(at: number): boolean {
    return this.view.getUint32(at + 8, true) !== 0
  }

  /** Blocks that the reader has, or has not given back yet. */
  get readers(): number {
    return Array.from({ length: this.blocks }, (_, i) => i * this.blockBytes).filter(at => this.isReaders(at))
      .length
  }
}
