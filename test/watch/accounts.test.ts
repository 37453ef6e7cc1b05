import { describe, expect, it } from 'vitest'
import * as P from '../../src/live/page.ts'
import { Accounts, type Sample, type Violation } from '../../src/watch/accounts.ts'

const RETIRE = 50
const LONG = 10_000

/** A machine with interfaces of one ring each (or `rings` of them), whose counters a test turns; nothing is wrong with it at first. */
class Machine {
  readonly accounts = new Accounts(RETIRE)
  readonly cells = new Float64Array(P.OF_TUNNELS + 64)
  readonly rings: { received: number; lost: number; freezes: number }[]
  readonly wires: { before: number; after: number; missed: number; sent: number }[]
  isWireThere = true
  at = 0
  private readonly each: number

  constructor(interfaces = 1, rings = 1) {
    this.each = rings
    this.rings = Array.from({ length: interfaces * rings }, () => ({ received: 0, lost: 0, freezes: 0 }))
    this.wires = Array.from({ length: interfaces }, () => ({ before: 0, after: 0, missed: 0, sent: 0 }))
    this.look()
  }

  /** Frames come in on the wire and to a ring. */
  come(frames: number, ring = 0): this {
    this.rings[ring].received += frames
    const wire = this.wires[Math.floor(ring / this.each)]
    wire.before += frames
    wire.after += frames
    return this
  }

  /** The ring has no room for frames that came. */
  lose(frames: number, ring = 0): this {
    this.rings[ring].lost += frames
    this.rings[ring].freezes++
    return this
  }

  /** Frames are read from a ring and become part of conversations. */
  read(frames: number, ring = 0): this {
    this.cells[P.ofRing(ring) + P.READ] += frames
    this.cells[P.CLASSES] += frames
    this.cells[P.IN_FLOWS] += frames
    return this
  }

  /** Time goes by until all rings have been found empty. */
  rest(milliseconds = LONG): this {
    this.at += milliseconds
    this.cells[P.EMPTY_AT] = this.at
    return this
  }

  look(): Violation[] {
    this.at++
    const sample: Sample = {
      at: this.at,
      rings: this.rings.map(ring => ({ ...ring })),
      interfaces: this.wires.map((wire, i) => ({
        first: i * this.each,
        end: (i + 1) * this.each,
        wire: this.isWireThere ? { ...wire } : undefined,
      })),
      cells: this.cells,
    }
    return this.accounts.take(sample)
  }
}

/** received = the classes that follow it. */
const holds = ({ accounts }: Machine): boolean => {
  const { received, placed: _, ...classes } = accounts.frames()
  return received === Object.values(classes).reduce((sum, n) => sum + n, 0)
}

describe('what became of the frames', () => {
  it('is nothing before the first look', () => {
    const accounts = new Accounts(RETIRE)
    expect(accounts.frames().received).toBe(0)
    expect(accounts.interface(0).received).toBe(0)
  })

  it('adds up: read, lost in the ring, waiting in it', () => {
    const machine = new Machine().come(100).lose(30).read(50)
    expect(machine.look()).toEqual([])
    expect(machine.accounts.interface(0)).toEqual({
      received: 100,
      read: 50,
      filtered: 0,
      kernel_lost: 0,
      ring_lost: 30,
      in_ring: 20,
      freezes: 1,
      outgoing: 0,
    })
    expect(machine.accounts.frames()).toMatchObject({
      received: 100,
      decoded: 50,
      ring_lost: 30,
      worker_lost: 20,
      placed: { flows: 50 },
    })
    expect(holds(machine)).toBe(true)
  })

  it('tells frames that were filtered and those this machine sent apart from those that came', () => {
    const machine = new Machine().come(100).read(60)
    machine.cells[P.ofRing(0) + P.READ] += 40
    machine.cells[P.ofRing(0) + P.FILTERED] = 25
    machine.cells[P.ofRing(0) + P.OUTGOING] = 15
    machine.wires[0].before -= 15
    machine.wires[0].after -= 15
    machine.wires[0].sent = 15
    expect(machine.look()).toEqual([])
    expect(machine.accounts.interface(0)).toMatchObject({
      received: 85,
      read: 60,
      filtered: 25,
      outgoing: 15,
    })
    expect(machine.accounts.frames()).toMatchObject({ received: 85, decoded: 60, filtered: 25 })
    expect(holds(machine)).toBe(true)
  })

  it('is told by class, which the dispatcher gives, and by interface', () => {
    const machine = new Machine(2).come(10, 0).come(7, 1).read(10, 0)
    machine.cells[P.ofRing(1) + P.READ] = 7
    const classes = [0, 2, 1, 1, 3]
    for (const [i, n] of classes.entries()) machine.cells[P.CLASSES + i] += n
    expect(machine.look()).toEqual([])
    expect(machine.accounts.frames()).toMatchObject({
      received: 17,
      decoded: 10,
      malformed: 2,
      truncated: 1,
      too_deep: 1,
      unsupported_linktype: 3,
    })
    expect(machine.accounts.interface(0).received).toBe(10)
    expect(machine.accounts.interface(1).received).toBe(7)
    expect(holds(machine)).toBe(true)
  })

  it('adds up the rings of an interface', () => {
    const machine = new Machine(1, 2).come(10, 0).come(20, 1).read(10, 0).read(15, 1).lose(2, 1)
    expect(machine.look()).toEqual([])
    expect(machine.accounts.interface(0)).toMatchObject({ received: 30, read: 25, ring_lost: 2, in_ring: 3 })
  })
})

describe('a sum that does not hold', () => {
  it('is told: more was read than the kernel had handed over', () => {
    const machine = new Machine().come(100).lose(1).read(100)
    expect(machine.look()).toEqual([
      { interface: 0, message: '100 frames were read, but the kernel handed over 99' },
    ])
  })

  it('is told: a ring was found empty and frames of it were not read', () => {
    const machine = new Machine().come(100).read(99)
    machine.look()
    expect(machine.rest().look()).toEqual([
      {
        interface: 0,
        message: 'the kernel handed over 100 frames, but of a ring that is empty 99 were read',
      },
    ])
  })

  it('is none while frames may still be on their way', () => {
    const machine = new Machine().come(100).read(99)
    machine.look()
    // a block is held back for a while, and a worker that stands still finds nothing empty
    expect(machine.rest(RETIRE).look()).toEqual([])
    machine.at += LONG
    expect(machine.look()).toEqual([])
    expect(machine.read(1).rest().look()).toEqual([])
  })

  it('is none for frames that came after the ring was found empty', () => {
    const machine = new Machine()
    machine.rest()
    machine.come(100)
    for (let i = 0; i < 5; i++) {
      machine.at += LONG
      expect(machine.look()).toEqual([])
    }
  })

  it('is told: what was dispatched is not what has a class', () => {
    const machine = new Machine().come(10).read(10)
    machine.cells[P.CLASSES] = 9
    machine.cells[P.IN_FLOWS] = 9
    expect(machine.look()).toEqual([
      { interface: -1, message: '10 frames were dispatched, but their classes add up to 9' },
    ])
  })

  it('is told: what was decoded is in no conversation and nowhere else', () => {
    const machine = new Machine().come(10).read(10)
    machine.cells[P.IN_FLOWS] = 8
    expect(machine.look()).toEqual([
      { interface: -1, message: '10 frames were decoded, but 8 found a place' },
    ])
  })

  it('is told once, however long it lasts', () => {
    const machine = new Machine().come(10).read(11)
    expect(machine.look()).toHaveLength(1)
    expect(machine.come(5).read(6).look()).toEqual([])
  })

  it('is told by interface and ring', () => {
    const machine = new Machine(2, 2).come(10, 3).read(11, 3)
    expect(machine.look()).toMatchObject([{ interface: 1 }])
    expect(machine.read(1, 0).look()).toMatchObject([{ interface: 0 }])
  })
})

describe('frames that an interface counted and no socket got', () => {
  it('are lost before the ring', () => {
    const machine = new Machine().come(100).read(100)
    machine.wires[0].before += 7
    machine.wires[0].after += 7
    expect(machine.look()).toEqual([])
    expect(machine.accounts.interface(0)).toMatchObject({ received: 107, kernel_lost: 7 })
    expect(machine.accounts.frames()).toMatchObject({ received: 107, kernel_lost: 7 })
    expect(holds(machine)).toBe(true)
  })

  it('are as many as the interface itself says it had to leave out', () => {
    const machine = new Machine()
    machine.wires[0].missed = 5
    machine.look()
    expect(machine.accounts.interface(0).kernel_lost).toBe(5)
  })

  it('do not hold those from before the run', () => {
    const accounts = new Accounts(RETIRE)
    const wire = { before: 5000, after: 5000, missed: 40, sent: 3 }
    const sample = (): Sample => ({
      at: 1,
      rings: [{ received: 0, lost: 0, freezes: 0 }],
      interfaces: [{ first: 0, end: 1, wire }],
      cells: new Float64Array(P.OF_TUNNELS + 64),
    })
    for (let i = 0; i < 3; i++) accounts.take(sample())
    expect(accounts.interface(0)).toMatchObject({ received: 0, kernel_lost: 0 })
  })

  it('are none where frames come between the looks at the interface and at its sockets', () => {
    const machine = new Machine()
    const [wire] = machine.wires
    // the interface is asked, 50 frames come, the sockets are asked, 30 more come, the interface is asked
    machine.rings[0].received = 150
    wire.before = 100
    wire.after = 180
    machine.look()
    expect(machine.accounts.interface(0).kernel_lost).toBe(0)
    machine.rings[0].received = 180
    wire.before = 180
    machine.look()
    expect(machine.accounts.interface(0).kernel_lost).toBe(0)
  })

  it('are none where frames come between the looks at the start', () => {
    const accounts = new Accounts(RETIRE)
    const cells = new Float64Array(P.OF_TUNNELS + 64)
    const look = (before: number, received: number, after: number): void => {
      const wire = { before, after, missed: 0, sent: 0 }
      const rings = [{ received, lost: 0, freezes: 0 }]
      accounts.take({ at: 1, rings, interfaces: [{ first: 0, end: 1, wire }], cells })
    }
    // 1000 before the run; 20 of 60 are in the socket's count, 40 came after it was asked
    look(1000, 20, 1060)
    look(1060, 60, 1060)
    look(1090, 90, 1090)
    expect(accounts.interface(0).kernel_lost).toBe(0)
    look(1100, 95, 1100)
    expect(accounts.interface(0).kernel_lost).toBe(5)
  })

  it('never become fewer', () => {
    const machine = new Machine()
    machine.wires[0].before = 10
    machine.wires[0].after = 10
    machine.look()
    machine.wires[0].before = 0
    machine.look()
    expect(machine.accounts.interface(0).kernel_lost).toBe(10)
  })

  it('are not looked for while the machine sends: its own frames may be in the ring, not told from the others', () => {
    const machine = new Machine()
    machine.wires[0].sent = 3
    machine.rings[0].received = 3
    machine.look()
    machine.cells[P.ofRing(0) + P.READ] = 3
    machine.cells[P.ofRing(0) + P.OUTGOING] = 3
    expect(machine.look()).toEqual([])
    expect(machine.accounts.interface(0)).toMatchObject({ received: 0, kernel_lost: 0, outgoing: 3 })
  })

  it('are kept when the interface has come back with counters that begin anew', () => {
    const machine = new Machine().come(100).read(100)
    machine.wires[0].before += 7
    machine.wires[0].after += 7
    machine.look()
    machine.isWireThere = false
    machine.look()
    machine.accounts.restart(0)
    machine.isWireThere = true
    machine.wires[0] = { before: 0, after: 0, missed: 0, sent: 0 }
    machine.look()
    machine.come(50).read(50)
    machine.wires[0].before += 2
    machine.wires[0].after += 2
    expect(machine.look()).toEqual([])
    expect(machine.accounts.interface(0)).toMatchObject({ received: 159, read: 150, kernel_lost: 9 })
    expect(holds(machine)).toBe(true)
  })
})
