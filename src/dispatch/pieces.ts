import * as F from '../decode/facts.ts'
import { Fragments, TO_FLOW, TO_TUNNEL } from '../flow/fragments.ts'
import * as L from '../shared/lane.ts'

/**
 * Packets in pieces. Only the first fragment has ports, and of a tunnel's packet only the first one shows the frame
 * inside; what the others belong to is known here, where all frames come by in order, and noted in their lanes.
 */
export class Pieces {
  private readonly fragments = new Fragments()
  /** later pieces of tunnels' outer packets: the frame inside was counted with the first */
  ofTunnels = 0

  /** Frames whose first fragment was not seen, or not yet. */
  get unplaced(): number {
    return this.fragments.unplaced
  }

  /** Tunnels whose outer packet was cut in pieces. */
  outer(f: Int32Array, seconds: number): void {
    for (let i = 0; i < f[F.LAYER_COUNT]; i++) {
      const layer = F.LAYERS + i * F.LAYER_CELLS
      if (f[layer + F.LAYER_FRAGMENTED] === 0) continue
      const key = keyOf(
        f[layer + F.LAYER_VERSION],
        f,
        layer + F.LAYER_SRC,
        f[layer + F.LAYER_PROTO],
        f[layer + F.LAYER_FRAGMENT_ID],
      )
      this.ofTunnels += this.fragments.first(key, 0, 0, true, seconds)?.frames ?? 0
    }
  }

  /** Notes in the lane what a later fragment belongs to; false when it waits, or is a piece of a tunnel's packet. */
  later(f: Int32Array, seconds: number, lanes: Int32Array, lane: number): boolean {
    const to = this.fragments.later(
      ownKey(f),
      seconds,
      f[F.FRAME_BYTES],
      f[F.IP_BYTES],
      f[F.PAYLOAD_BYTES],
      f[F.FLAGS] & F.FLAG_CUT ? 1 : 0,
    )
    if (to === TO_TUNNEL) this.ofTunnels++
    if (to !== TO_FLOW) return false
    f[F.PROTO] = this.fragments.proto
    lanes[lane + L.NOTE] = L.NOTE_LATER
    lanes[lane + L.K2] = this.fragments.ports
    lanes[lane + L.K3] = this.fragments.proto
    return true
  }

  /** Remembers where the later fragments of this packet go, and notes in the lane those that came before it. */
  first(f: Int32Array, seconds: number, lanes: Int32Array, lane: number): void {
    const ports = (f[F.SRC_PORT] << 16) | f[F.DST_PORT]
    const waiting = this.fragments.first(ownKey(f), ports, f[F.PROTO], false, seconds)
    if (waiting === undefined) return
    lanes[lane + L.NOTE] = L.NOTE_WAITING
    lanes[lane + L.K0] = waiting.frames
    lanes[lane + L.K1] = waiting.bytes
    lanes[lane + L.K2] = waiting.ipBytes
    lanes[lane + L.K3] = waiting.payload
    lanes[lane + L.HASH] = waiting.cut
  }
}

/** Fragments of one packet share addresses, protocol and identification. */
const ownKey = (f: Int32Array): string => keyOf(f[F.VERSION], f, F.SRC, f[F.PROTO], f[F.FRAGMENT_ID])

function keyOf(version: number, f: Int32Array, at: number, proto: number, id: number): string {
  if (version === 4) return `${f[at + 3]} ${f[at + 7]} ${proto} ${id}`
  return `${f.subarray(at, at + 8).join(' ')} ${id}`
}
