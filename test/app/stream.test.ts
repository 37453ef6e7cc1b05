import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Conversation } from '../../src/app/conversation.ts'
import { modbus } from '../../src/app/ot/modbus.ts'
import { Carrier } from '../../src/app/protocol.ts'
import { Room } from '../../src/app/stream.ts'
import { TROUBLE_NAMES } from '../../src/app/troubles.ts'
import { actionsOf } from '../../src/net/actions.ts'
import { hex } from '../support/app-run.ts'

const ISN = 0x7fffff00

/** One direction of a Modbus conversation, to which segments are handed; and the other one, which acknowledges. */
class Wire {
  readonly carrier = Object.assign(new Carrier(), { srcPort: 50_000, dstPort: 502 })
  readonly whence = { frame: 0, port: 0, seconds: 0, nanos: 0 }
  readonly room = new Room(1 << 20)
  readonly conversation: Conversation

  /** `isWhole`: the handshake was seen, so it is known where the stream begins. */
  constructor(isWhole = true) {
    this.conversation = new Conversation(modbus, {
      carrier: this.carrier,
      whence: this.whence,
      listener: { heard: () => {}, announced: () => {} },
      room: this.room,
    })
    if (isWhole) this.conversation.startsAt(0, ISN)
  }

  /** Bytes of the stream from `at` on, as one segment; `length` where the capture cut it. */
  segment(at: number, bytes: Uint8Array, length = bytes.length): this {
    this.whence.frame++
    this.carrier.length = length
    this.conversation.side = 0
    this.conversation.fromOrig = true
    this.conversation.take(bytes, 0, bytes.length, length, (ISN + at) | 0, 0)
    return this
  }

  /** The other end acknowledges everything before `at`. */
  acknowledge(at: number): this {
    this.conversation.side = 1
    this.conversation.fromOrig = false
    this.carrier.length = 9
    this.conversation.take(hex('0009 0000 0003 01 83 02'), 0, 9, 9, 5000, (ISN + at) | 0)
    return this
  }

  later(seconds: number): this {
    this.whence.seconds += seconds
    return this
  }

  get actions(): string[] {
    return actionsOf(this.conversation.deeds.actions)
  }

  get troubles(): string[] {
    return TROUBLE_NAMES.filter((_, i) => (this.conversation.troubles & (1 << i)) !== 0)
  }

  get asked(): number {
    return this.conversation.deeds.counts.reduce((sum, n) => sum + n, 0)
  }
}

const read = (tid: number): Uint8Array =>
  hex(`${tid.toString(16).padStart(4, '0')} 0000 0006 01 03 0000 000a`)
const write = (tid: number): Uint8Array =>
  hex(`${tid.toString(16).padStart(4, '0')} 0000 0006 01 06 0004 00ff`)
const joined = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap(part => [...part]))

describe('PDUs of a stream', () => {
  it('one in a segment, several, and one over several', () => {
    const wire = new Wire().segment(0, read(1)).segment(12, joined(read(2), write(3)))
    expect(wire.actions).toEqual(['write', 'read'])
    for (const [i, byte] of [...write(4)].entries()) wire.segment(36 + i, Uint8Array.of(byte))
    expect(wire.asked).toBe(4)
    expect(wire.troubles).toEqual([])
  })

  it('whatever the cuts between segments are, the same is read', () => {
    const stream = joined(read(1), write(2), read(3), write(4), read(5))
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 59 }), { maxLength: 12 }), cuts => {
        const places = [...new Set([0, ...cuts, 60])].sort((a, b) => a - b)
        const wire = new Wire()
        for (let i = 0; i + 1 < places.length; i++)
          wire.segment(places[i], stream.subarray(places[i], places[i + 1]))
        expect([wire.asked, wire.troubles]).toEqual([5, []])
      }),
    )
  })

  it('in any order within a small window, and however often sent again, the same is read', () => {
    const stream = joined(read(1), write(2), read(3), write(4), read(5))
    fc.assert(
      fc.property(
        fc.shuffledSubarray([1, 2, 3, 4, 5, 6], { minLength: 6 }),
        fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 4 }),
        (order, again) => {
          const wire = new Wire().segment(0, stream.subarray(0, 7))
          const places = [0, 7, 17, 24, 31, 44, 52, 60]
          for (const i of [...order, ...again])
            wire.segment(places[i], stream.subarray(places[i], places[i + 1]))
          expect([wire.asked, wire.troubles]).toEqual([5, []])
        },
      ),
    )
  })

  it('gives back the memory it took', () => {
    const wire = new Wire().segment(0, read(1).subarray(0, 7)).segment(20, write(2).subarray(3))
    expect(wire.room.take(1 << 20)).toBe(false)
    wire.conversation.close()
    expect(wire.room.take(1 << 20)).toBe(true)
  })
})

describe('what is hidden is not overlooked', () => {
  it('a write split over segments', () => {
    const wire = new Wire()
      .segment(0, read(1))
      .segment(12, write(2).subarray(0, 7))
      .segment(19, write(2).subarray(7))
    expect(wire.actions).toEqual(['write', 'read'])
  })

  it('a function code that is replaced before the other end has it', () => {
    const wire = new Wire().segment(0, read(1)).segment(12, read(2)).segment(12, write(2))
    expect([wire.actions, wire.troubles]).toEqual([['write', 'read'], []])
    const turned = new Wire().segment(0, read(1)).segment(12, write(2)).segment(12, read(2))
    expect(turned.actions).toEqual(['write', 'read'])
  })

  it('but not once the other end has acknowledged it', () => {
    const wire = new Wire().segment(0, read(1)).segment(12, read(2)).acknowledge(24).segment(12, write(2))
    expect(wire.actions).toEqual(['read'])
  })

  it('half a PDU sent again with other bytes', () => {
    const wire = new Wire()
      .segment(0, read(1))
      .segment(12, read(2).subarray(0, 8))
      .segment(19, Uint8Array.of(6))
      .segment(20, read(2).subarray(8))
    expect(wire.troubles).toEqual(['overlap'])
  })

  it('other bytes over the border of two PDUs', () => {
    const wire = new Wire()
      .segment(0, joined(read(1), read(2)))
      .segment(7, joined(write(1).subarray(7), write(2).subarray(0, 8)))
    expect(wire.troubles).toEqual(['overlap'])
  })

  it('a PDU of another length in place of one', () => {
    const longer = hex('0002 0000 000b 01 10 0000 0002 04 0001 0002')
    const wire = new Wire().segment(0, read(1)).segment(12, read(2)).segment(12, longer)
    expect(wire.troubles).toContain('overlap')
  })

  it('a write behind half of another PDU', () => {
    // a device that takes each segment for a request of its own carries it out
    const wire = new Wire().segment(0, read(1)).segment(12, read(2).subarray(0, 9)).segment(21, write(3))
    expect(wire.actions).toContain('write')
  })

  it('a write in a segment that came too early, whether what was before it ever comes', () => {
    const wire = new Wire().segment(0, read(1)).segment(24, write(3))
    expect([wire.actions, wire.troubles]).toEqual([['write', 'read'], []])
    wire.segment(12, read(2))
    expect([wire.asked, wire.troubles]).toEqual([3, []])
  })

  it('what came early and again with what was before it counts once, and twice where it says two things', () => {
    const wire = new Wire()
      .segment(0, read(1))
      .segment(24, read(3))
      .segment(12, joined(read(2), read(3)))
    expect([wire.asked, wire.troubles]).toEqual([3, []])
    const other = new Wire()
      .segment(0, read(1))
      .segment(24, read(3))
      .segment(12, joined(read(2), write(3)))
    expect([other.actions, other.troubles]).toEqual([['write', 'read'], []])
  })

  it('early bytes that are sent again otherwise', () => {
    const wire = new Wire()
      .segment(0, read(1))
      .segment(20, read(2).subarray(8))
      .segment(20, write(2).subarray(8))
    expect(wire.troubles).toEqual(['overlap'])
  })
})

describe('what cannot be read is said', () => {
  it('a gap, once it is sure to be one, or when the conversation ends', () => {
    const wire = new Wire().segment(0, read(1)).segment(40, write(3).subarray(0, 5))
    expect(wire.troubles).toEqual([])
    wire.later(5).segment(45, write(3).subarray(5))
    expect(wire.troubles).toEqual(['gap'])
    const ended = new Wire().segment(0, read(1)).segment(40, write(3))
    ended.conversation.close()
    expect(ended.troubles).toEqual(['gap'])
  })

  it('and reads on after it', () => {
    const wire = new Wire().segment(0, read(1))
    for (let i = 0; i < 12; i++) wire.segment(100 + i * 12, i === 11 ? write(9) : read(i))
    expect(wire.troubles).toEqual(['gap'])
    expect(wire.asked).toBe(13)
  })

  it('bytes of no PDU, and reads on where PDUs begin again', () => {
    const wire = new Wire()
      .segment(0, read(1))
      .segment(12, hex('ffff ffff ffff ffff ffff ffff'))
      .segment(24, write(2))
    expect([wire.actions, wire.troubles]).toEqual([['write', 'read'], ['unreadable']])
  })

  it('a segment that the capture cut inside a PDU: what is left of it, and reads on behind', () => {
    const wire = new Wire().segment(0, read(1).subarray(0, 9), 12).segment(12, write(2))
    expect([wire.actions, wire.troubles]).toEqual([['write', 'read'], ['truncated']])
  })

  it('a segment that goes on with a PDU and is cut: what follows is not taken for the rest', () => {
    const long = hex('0002 0000 001b 01 10 0009 000a 14 0001 0002 0003 0004 0005 0006 0007 0008 0009 000a')
    const wire = new Wire()
      .segment(0, joined(read(1), long.subarray(0, 6)))
      .segment(18, long.subarray(6, 12), 14)
      .segment(32, joined(long.subarray(20), read(3)))
    expect([wire.actions, wire.troubles]).toEqual([['write', 'read'], ['truncated']])
    expect(wire.asked).toBe(3)
  })

  it('a segment that the capture cut between PDUs', () => {
    const wire = new Wire().segment(0, read(1), 24).segment(24, write(2))
    expect([wire.actions, wire.troubles]).toEqual([['write', 'read'], ['truncated']])
  })

  it('a capture that begins inside a PDU is read from the next one on', () => {
    const wire = new Wire(false).segment(5, joined(read(1).subarray(5), write(2), read(3)))
    expect(wire.actions).toEqual(['write', 'read'])
  })

  it('a keep-alive is nothing', () => {
    const wire = new Wire().segment(0, read(1)).segment(11, Uint8Array.of(0)).segment(12, read(2))
    expect([wire.asked, wire.troubles]).toEqual([2, []])
  })

  it('more than there is room for', () => {
    const wire = new Wire()
    expect(wire.room.take((1 << 20) - 100)).toBe(true)
    wire.segment(0, read(1)).segment(12, read(2).subarray(0, 5))
    expect(wire.troubles).toEqual(['beyond-limits'])
  })
})
