/** Where the bytes of captures are read into. */
export interface BlockMemory {
  /**
   * Memory of at least `size` bytes (0 = as many as it has at a time) to read on into, for a reader that has handed out frames that lie in `old` and is done
   * with it. What lies in `old` stays until its frames are no longer needed.
   */
  exchange(old: Uint8Array | undefined, size: number): Uint8Array
}

const BLOCK = 1 << 20

/** One piece of memory for each reader, used again and again: frames are gone when the next are asked for. */
export const OWN_MEMORY: BlockMemory = {
  exchange: (old, size) =>
    old !== undefined && old.length >= size ? old : new Uint8Array(Math.max(size, BLOCK)),
}
