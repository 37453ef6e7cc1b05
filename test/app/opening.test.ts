import { describe, expect, it } from 'vitest'
import { Opening } from '../../src/app/opening.ts'
import { modbus } from '../../src/app/ot/modbus.ts'
import { modbusRtu } from '../../src/app/ot/modbus-rtu.ts'
import { Carrier, CERTAIN, FROM_CLIENT, NOT, type Protocol, TCP, UNSURE } from '../../src/app/protocol.ts'
import { Room } from '../../src/app/stream.ts'
import { hex } from '../support/app-run.ts'
import { Scene } from '../support/scene.ts'
import { runShard } from '../support/shard-run.ts'

const whence = (frame: number) => ({ frame, port: 0, seconds: frame, nanos: 0 })
/** write single coil 3 of unit 1: no Modbus/TCP, whose bytes 2 and 3 are zero */
const WRITE = hex('01 05 0003 ff00 7c3a')
const ANSWER = WRITE

/** An opening that was said in pieces of `size` bytes, by the client first. */
function said(room: Room, size: number, ...turns: Uint8Array[]): Opening {
  const opening = new Opening(room)
  const next = [100, 900]
  let frame = 0
  for (const [i, bytes] of turns.entries()) {
    const side = i & 1
    for (let at = 0; at < bytes.length; at += size) {
      const end = Math.min(bytes.length, at + size)
      opening.add(side, bytes, at, end, end - at, next[side], next[1 - side], whence(++frame))
      next[side] += end - at
    }
  }
  return opening
}

/** What an opening says again. */
function again(opening: Opening) {
  const turns: [side: number, bytes: string, seq: number, frame: number][] = []
  const now = whence(77)
  opening.replay(now, (side, bytes, end, seq) =>
    turns.push([side, Buffer.from(bytes.subarray(0, end)).toString('hex'), seq, now.frame]),
  )
  expect(now).toEqual(whence(77))
  return turns
}

describe('the opening of a conversation', () => {
  it('is said again turn by turn, each with the frame that ended it', () => {
    expect(again(said(new Room(4096), 3, WRITE, ANSWER))).toEqual([
      [0, Buffer.from(WRITE).toString('hex'), 100, 3],
      [1, Buffer.from(ANSWER).toString('hex'), 900, 6],
    ])
  })

  it('knows what is certain by the pieces together', () => {
    const carrier = Object.assign(new Carrier(), { srcPort: 50_000, dstPort: 502, length: 2 })
    const opening = said(new Room(4096), 3, WRITE)
    expect(opening.likenessOf(modbusRtu, 0, carrier)).not.toBe(NOT)
    expect(opening.likenessOf(modbusRtu, 1, carrier)).toBe(NOT)
    expect(opening.likenessOf(modbus, 0, carrier)).toBe(NOT)
    expect(carrier.length).toBe(2)
  })

  it('is certain by a later PDU, too, where the ones before may be of the protocol', () => {
    const carrier = Object.assign(new Carrier(), { srcPort: 50_000, dstPort: 502 })
    const threes = (first: number): Protocol => ({
      id: 'threes',
      service: 'modbus',
      transports: [TCP],
      probe: (b, at) => (b[at] === 9 ? CERTAIN | FROM_CLIENT : UNSURE),
      length: (b, at, end) => (b[at] < first ? -1 : end - at < 3 ? 0 : 3),
    })
    const opening = said(new Room(4096), 2, hex('010000 020000 090000'))
    expect(opening.likenessOf(threes(0), 0, carrier)).toBe(CERTAIN | FROM_CLIENT)
    expect(opening.likenessOf(threes(2), 0, carrier)).toBe(NOT)
  })

  it('tells whether it may be the beginning of something', () => {
    const begun = said(new Room(4096), 3, WRITE.subarray(0, 5))
    expect([begun.mayBe(modbusRtu), begun.mayBe(modbus)]).toEqual([true, false])
  })

  it('is over where something is missing, was cut, or is too much, and gives back what it took', () => {
    const room = new Room(2048)
    const add = (opening: Opening, length: number, seq: number, kept = length) =>
      opening.add(0, new Uint8Array(2048), 0, kept, length, seq, 1, whence(1))
    const missing = new Opening(room)
    add(missing, 4, 1)
    add(missing, 4, 6)
    const cut = new Opening(room)
    add(cut, 4, 1, 3)
    const much = new Opening(room)
    add(much, 1000, 1)
    add(much, 100, 1001)
    for (const opening of [missing, cut, much]) {
      expect(opening.isWhole).toBe(false)
      expect(again(opening)).toEqual([])
      expect(opening.mayBe(modbusRtu)).toBe(false)
    }
    expect(room.take(2048)).toBe(true)
  })

  it('does not keep twice what was sent again', () => {
    const opening = new Opening(new Room(4096))
    for (let i = 0; i < 2; i++) opening.add(0, WRITE, 0, 8, 8, 1, 1, whence(1))
    expect(again(opening)).toHaveLength(1)
    expect(again(opening)[0][1]).toBe(Buffer.from(WRITE).toString('hex'))
  })

  it('is not kept where there is no room', () => expect(said(new Room(64), 3, WRITE).isWhole).toBe(false))
})

describe('a conversation that was presumed to be of another protocol', () => {
  const HMI = '10.0.2.10:50000'
  const PLC = '10.0.1.11:502'

  /** What is known of a conversation with port 502, in segments of `size` bytes. */
  function record(size: number, ...turns: Uint8Array[]) {
    const scene = new Scene().handshake(0, HMI, PLC)
    const next = { [HMI]: 1001, [PLC]: 5001 } as Record<string, number>
    let time = 1
    for (const [i, bytes] of turns.entries()) {
      const [from, to] = i % 2 === 0 ? [HMI, PLC] : [PLC, HMI]
      for (let at = 0; at < bytes.length; at += size) {
        const piece = bytes.subarray(at, at + size)
        time += 0.1
        scene.tcp(time, from, to, 'PA', { seq: next[from], ack: next[to], bytes: piece })
        next[from] += piece.length
      }
    }
    const { finals } = runShard(scene.frames)
    expect(finals).toHaveLength(1)
    return finals[0]
  }

  it.each([8, 7, 4, 3, 2, 1])('is read from its first byte, in segments of %i', size => {
    expect(record(size, WRITE, ANSWER)).toMatchObject({
      service: 'modbus',
      service_how: 'parsed',
      actions: { 'modbus:write': 1 },
      functions: [
        { function: 5, unit: 1, on: 'coil 4', count: 1, answered: 1, frame: 3 + Math.ceil(8 / size) },
      ],
    })
  })

  it('is still none of those that its port stands for where it is neither', () => {
    for (const size of [11, 4, 1]) {
      const flow = record(size, hex('20 41 4243 4445 4647 4849 20'), hex('21 2223 2425'))
      expect(flow.service).toBeUndefined()
      expect(flow.service_how).toBeUndefined()
    }
  })

  it('is not what it only begins like', () => {
    // a register write of RTU that never ends
    const flow = record(1, hex('01 10 0009 0002 04 00'))
    expect(flow.actions).toBeUndefined()
    expect(flow.service_how).not.toBe('parsed')
  })
})
