import { describe, expect, it } from 'vitest'
import { type OnOutgoing, Ring, type RingPosition } from '../../src/live/ring.ts'
import { Burst } from '../../src/shared/burst.ts'
import { type Framed, KernelRing } from './kernel-ring.ts'

const NOBODY: OnOutgoing = () => {}
const START: RingPosition = { block: 0, frames: 0 }

const readerOf = (kernel: KernelRing, from = START, onOutgoing = NOBODY, isPeeking = false): Ring =>
  new Ring(kernel.memory, kernel.blockBytes, 3, from, onOutgoing, isPeeking)

/** A frame of 60 bytes that differs from all others in its last two. */
function framed(number: number, says: Partial<Framed> = {}): Framed {
  const bytes = Uint8Array.from({ length: 60 }, (_, i) => i)
  bytes[58] = number >> 8
  bytes[59] = number & 255
  return { bytes, seconds: 1000 + number, nanos: number, ...says }
}
const frames = (first: number, count: number): Framed[] =>
  Array.from({ length: count }, (_, i) => framed(first + i))

const bytesAt = (burst: Burst, row: number): Uint8Array =>
  burst.bytes.slice(burst.offset[row], burst.offset[row] + burst.captured[row])
/** Numbers of the frames of a burst, by their last two bytes. */
const numbers = (burst: Burst): number[] =>
  Array.from({ length: burst.count }, (_, row) => {
    const bytes = bytesAt(burst, row)
    return (bytes[bytes.length - 2] << 8) | bytes[bytes.length - 1]
  })
/** All that is there now, by number. */
function readAll(ring: Ring, capacity = 8): number[] {
  const burst = new Burst(new Uint8Array(0), capacity)
  const read: number[] = []
  while (ring.next(burst)) read.push(...numbers(burst))
  return read
}
const range = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i)

describe('a ring', () => {
  it('hands over nothing before the kernel does', () => {
    const ring = readerOf(new KernelRing(2))
    expect(ring.next(new Burst(new Uint8Array(0)))).toBe(false)
    expect(ring.nextTime).toBe(Number.POSITIVE_INFINITY)
    expect(ring.waiting).toBe(0)
    expect(ring.counts).toEqual({ read: 0, outgoing: 0, filtered: 0 })
  })

  it('names where each frame of a block lies, and copies nothing', () => {
    const kernel = new KernelRing(2)
    kernel.fill([framed(7), framed(8, { wire: 1514 })])
    const ring = readerOf(kernel)
    expect(ring.nextTime).toBe(1007 + 7e-9)
    expect([ring.waiting, ring.waitingBlocks]).toEqual([2, 1])
    const burst = new Burst(new Uint8Array(0))
    expect(ring.next(burst)).toBe(true)
    expect(burst.count).toBe(2)
    expect(burst.bytes.buffer).toBe(kernel.memory)
    expect(bytesAt(burst, 0)).toEqual(framed(7).bytes)
    expect([...burst.wire.subarray(0, 2)]).toEqual([60, 1514])
    expect([...burst.captured.subarray(0, 2)]).toEqual([60, 60])
    expect([...burst.seconds.subarray(0, 2)]).toEqual([1007, 1008])
    expect([...burst.nanos.subarray(0, 2)]).toEqual([7, 8])
    expect([...burst.port.subarray(0, 2)]).toEqual([3, 3])
    expect([...burst.frame.subarray(0, 2)]).toEqual([1, 2])
    expect(burst.onePort).toBe(3)
  })

  it('gives a block back when what was read of it is no longer needed, and no sooner', () => {
    const kernel = new KernelRing(2)
    kernel.fill(frames(0, 5))
    const ring = readerOf(kernel)
    const burst = new Burst(new Uint8Array(0), 3)
    ring.next(burst)
    ring.next(burst)
    expect(numbers(burst)).toEqual([3, 4])
    expect(kernel.readers).toBe(1)
    ring.giveBack()
    expect(kernel.readers).toBe(0)
    expect(ring.position).toEqual({ block: 2, frames: 0 })
  })

  it('does not give back a block of which frames are left', () => {
    const kernel = new KernelRing(2)
    kernel.fill(frames(0, 5))
    const ring = readerOf(kernel)
    ring.next(new Burst(new Uint8Array(0), 3))
    ring.giveBack()
    expect(kernel.readers).toBe(1)
    expect(ring.position).toEqual({ block: 1, frames: 3 })
    expect(readAll(ring)).toEqual([3, 4])
  })

  it('goes round and round', () => {
    const kernel = new KernelRing(3)
    const ring = readerOf(kernel)
    const read: number[] = []
    for (let round = 0; round < 50; round++) {
      kernel.fill(frames(round * 7, 7))
      if (round % 3 === 2) read.push(...readAll(ring, 4))
    }
    read.push(...readAll(ring, 4))
    expect(read).toEqual(range(0, 350))
    expect(ring.counts.read).toBe(350)
    expect(kernel.readers).toBe(0)
  })

  it('takes a block from before the last time round for none', () => {
    const kernel = new KernelRing(2)
    for (let i = 0; i < 2; i++) kernel.fill(frames(i * 3, 3))
    expect(kernel.fill(frames(6, 3))).toBe(false)
    const ring = readerOf(kernel)
    expect(readAll(ring)).toEqual(range(0, 6))
    // the memory still holds the blocks
    expect(readAll(ring)).toEqual([])
    kernel.fill(frames(6, 3))
    expect(readAll(ring)).toEqual([6, 7, 8])
  })

  it('hands over a block without frames as nothing, and goes on behind it', () => {
    const kernel = new KernelRing(3)
    kernel.fill([])
    kernel.fill(frames(0, 2))
    expect(readAll(readerOf(kernel))).toEqual([0, 1])
    expect(kernel.readers).toBe(0)
  })

  it('numbers frames on from burst to burst and from block to block, without those it left out', () => {
    const kernel = new KernelRing(2)
    kernel.fill([framed(0), framed(1, { isOutgoing: true }), framed(2), framed(3), framed(4)])
    kernel.fill(frames(5, 1))
    const ring = readerOf(kernel)
    const burst = new Burst(new Uint8Array(0), 3)
    const read: number[] = []
    while (ring.next(burst)) read.push(...burst.frame.subarray(0, burst.count))
    expect(read).toEqual([1, 2, 3, 4, 5])
  })
})

describe('a reader that takes over', () => {
  it('knows that a block is there behind one that was read to its end and given back', () => {
    const kernel = new KernelRing(4)
    kernel.fill(frames(2, 1))
    kernel.fill(frames(3, 3))
    const first = readerOf(kernel)
    const burst = new Burst(new Uint8Array(0))
    first.next(burst)
    const counted = first.position
    // it gives the block back and dies before it counts the next one
    first.next(burst)
    const second = readerOf(kernel, counted)
    expect(second.nextTime).not.toBe(Number.POSITIVE_INFINITY)
    expect(readAll(second)).toHaveLength(3)
    expect(second.nextTime).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('what is no part of what is observed', () => {
  it('is left out and counted: frames this machine sent, and those a filter left out', () => {
    const kernel = new KernelRing(2)
    const cut = { bytes: Uint8Array.of(1), wire: 60 }
    const own = framed(2, { isOutgoing: true })
    kernel.fill([framed(0), cut, framed(1), own, cut, framed(3)])
    const seen: Uint8Array[] = []
    const ring = readerOf(kernel, START, (bytes, offset, captured) =>
      seen.push(bytes.slice(offset, offset + captured)),
    )
    const burst = new Burst(new Uint8Array(0))
    ring.next(burst)
    expect(numbers(burst)).toEqual([0, 1, 3])
    expect([...burst.frame.subarray(0, 3)]).toEqual([1, 2, 3])
    expect(ring.counts).toEqual({ read: 6, outgoing: 1, filtered: 2 })
    expect(seen).toEqual([own.bytes])
  })

  it('counts a frame this machine sent as such also where the filter left it out', () => {
    const kernel = new KernelRing(2)
    kernel.fill([{ bytes: Uint8Array.of(1), wire: 60, isOutgoing: true }])
    const ring = readerOf(kernel)
    expect(readAll(ring)).toEqual([])
    expect(ring.counts).toEqual({ read: 1, outgoing: 1, filtered: 0 })
  })

  it('is told once, by the reader and not by one that is peeking', () => {
    const kernel = new KernelRing(2)
    kernel.fill([framed(0, { isOutgoing: true }), framed(1)])
    let told = 0
    readAll(readerOf(kernel, START, NOBODY, true))
    readAll(readerOf(kernel, START, () => told++))
    expect(told).toBe(1)
  })
})

describe('a VLAN tag that the kernel has taken out', () => {
  const expected = (tag: number[]): Uint8Array => {
    const { bytes } = framed(5)
    return Uint8Array.of(...bytes.subarray(0, 12), ...tag, ...bytes.subarray(12))
  }

  it('is back between the addresses and the EtherType', () => {
    const kernel = new KernelRing(2)
    const vlan = { tci: 0x6078, tpid: 0x88a8 }
    kernel.fill([framed(4), framed(5, { vlan }), framed(6)])
    const burst = new Burst(new Uint8Array(0))
    readerOf(kernel).next(burst)
    expect(bytesAt(burst, 1)).toEqual(expected([0x88, 0xa8, 0x60, 0x78]))
    expect(burst.wire[1]).toBe(64)
    expect(numbers(burst)).toEqual([4, 5, 6])
    expect([burst.captured[0], burst.captured[2]]).toEqual([60, 60])
  })

  it('is one of 802.1Q where the kernel does not tell', () => {
    const kernel = new KernelRing(2)
    kernel.fill([framed(5, { vlan: { tci: 120 } })])
    const burst = new Burst(new Uint8Array(0))
    readerOf(kernel).next(burst)
    expect(bytesAt(burst, 0)).toEqual(expected([0x81, 0, 0, 120]))
  })

  it('is put back once, however often the frame is read', () => {
    const kernel = new KernelRing(2)
    kernel.fill([framed(5, { vlan: { tci: 120 } })])
    const burst = new Burst(new Uint8Array(0))
    readerOf(kernel, START, NOBODY, true).next(burst)
    readerOf(kernel).next(burst)
    expect(bytesAt(burst, 0)).toEqual(expected([0x81, 0, 0, 120]))
    expect(burst.wire[0]).toBe(64)
  })
})

describe('a ring that another one has read', () => {
  it('is read on in the middle of a block', () => {
    const kernel = new KernelRing(2)
    kernel.fill(frames(0, 6))
    const first = readerOf(kernel)
    first.next(new Burst(new Uint8Array(0), 4))
    const second = readerOf(kernel, first.position)
    expect(readAll(second)).toEqual([4, 5])
    expect(second.counts.read).toBe(2)
    expect(kernel.readers).toBe(0)
  })

  it('is read on behind a block that was read to its end, given back or not, filled again or not', () => {
    for (const isGivenBack of [false, true])
      for (const isFilledAgain of [false, true]) {
        const kernel = new KernelRing(2)
        kernel.fill(frames(0, 4))
        kernel.fill(frames(4, 4))
        const first = readerOf(kernel)
        first.next(new Burst(new Uint8Array(0)))
        // what it had told of itself before it went on, or died
        const { position } = first
        expect(position).toEqual({ block: 1, frames: 4 })
        if (isGivenBack) first.giveBack()
        const isFilled = isFilledAgain && kernel.fill(frames(8, 4))
        expect(isFilled).toBe(isFilledAgain && isGivenBack)
        const second = readerOf(kernel, position)
        expect(readAll(second)).toEqual(range(4, isFilled ? 8 : 4))
        expect(second.counts.read).toBe(isFilled ? 8 : 4)
        expect(kernel.readers).toBe(0)
      }
  })

  it('loses no frame and reads none twice, wherever the one before had ended', () => {
    const [blocks, each, capacity] = [3, 5, 2]
    // bursts of a round: three a block
    for (let steps = 0; steps <= 12; steps++) {
      const kernel = new KernelRing(blocks)
      const read: number[] = []
      let filled = 0
      const fill = (): void => {
        while (kernel.fill(frames(filled, each))) filled += each
      }
      fill()
      const burst = new Burst(new Uint8Array(0), capacity)
      const first = readerOf(kernel)
      for (let i = 0; i < steps && first.next(burst); i++) {
        read.push(...numbers(burst))
        fill()
      }
      const second = readerOf(kernel, first.position)
      for (let i = 0; i < 40 && second.next(burst); i++) {
        read.push(...numbers(burst))
        if (i < 20) fill()
      }
      expect(read).toEqual(range(0, filled))
      expect(first.counts.read + second.counts.read).toBe(filled)
    }
  })
})

describe('a reader that is peeking', () => {
  it('reads what is there and leaves it', () => {
    const kernel = new KernelRing(3)
    kernel.fill(frames(0, 3))
    kernel.fill(frames(3, 3))
    expect(readAll(readerOf(kernel, START, NOBODY, true))).toEqual(range(0, 6))
    expect(kernel.readers).toBe(2)
    expect(readAll(readerOf(kernel))).toEqual(range(0, 6))
  })

  it('stops where it has seen every block', () => {
    const kernel = new KernelRing(2)
    while (kernel.fill(frames(0, 3)));
    expect(readAll(readerOf(kernel, START, NOBODY, true))).toHaveLength(6)
  })
})
