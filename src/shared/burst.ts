/**
 * A burst: frames of one block of capture bytes, as columns. It is the only thing that travels from a capture
 * source to a shard loop, whatever the frames came from (file, pipe, ring), and it is made to lie in shared memory.
 *
 * `bytes` is the block; row i of each column speaks of frame i:
 * - `offset`   where its first byte lies in `bytes`
 * - `captured` bytes present there (offset + captured <= bytes.length, the source has checked it)
 * - `wire`     bytes the frame had on the wire; at least `captured` (a source corrects smaller ones and says so)
 * - `seconds`, `nanos` time of the frame since 1970 UTC (nanos 0..999_999_999)
 * - `port`     index into the source's `ports` (which file, interface, link type, tap)
 * - `frame`    1-based number of the frame in its capture file (interface: in the run)
 *
 * Whoever writes rows of several ports, or leaves frames out, sets `onePort` to -1.
 *
 * A consumer may use a burst until it asks the source for the next one.
 */
export class Burst {
  bytes: Uint8Array
  count = 0
  /** all rows come from this port, and their frames follow one another; -1 = not, or not known */
  onePort = -1
  readonly offset: Uint32Array
  readonly captured: Uint32Array
  readonly wire: Uint32Array
  readonly seconds: Uint32Array
  readonly nanos: Uint32Array
  readonly port: Uint16Array
  readonly frame: Uint32Array

  constructor(bytes: Uint8Array, capacity = BURST_FRAMES) {
    this.bytes = bytes
    this.offset = new Uint32Array(capacity)
    this.captured = new Uint32Array(capacity)
    this.wire = new Uint32Array(capacity)
    this.seconds = new Uint32Array(capacity)
    this.nanos = new Uint32Array(capacity)
    this.port = new Uint16Array(capacity)
    this.frame = new Uint32Array(capacity)
  }

  get capacity(): number {
    return this.offset.length
  }
}

/** Frames in one burst at most: its columns (28 bytes a frame) stay in the second-level cache. */
export const BURST_FRAMES = 4096
