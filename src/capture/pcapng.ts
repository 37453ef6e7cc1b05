import type { Burst } from '../shared/burst.ts'
import { Clock } from './clock.ts'
import { addComment, addDamage, counted, digits } from './faults.ts'
import { readNames } from './pcapng-names.ts'
import { counterAt, OPT_COMMENT, readOptions, textAt } from './pcapng-options.ts'
import { type Desk, LARGEST_FRAME, type Walker } from './walker.ts'

/** Block types (draft-ietf-opsawg-pcapng section 10.1); others are passed over. */
const SECTION = 0x0a0d0d0a
const INTERFACE = 1
const PACKET = 2
const SIMPLE_PACKET = 3
const NAMES = 4
const STATISTICS = 5
const ENHANCED_PACKET = 6

/** Every block: type and length in front, its length once more at the end. */
const LENGTH = 4
const SMALLEST_BLOCK = 12
const BLOCK_END = 4
/** Blocks up to here are looked into as a whole: the largest frame with options around it. */
const LARGEST_BLOCK = LARGEST_FRAME + 65_536

/** Section header block (section 4.1). */
const ORDER_MARK = 8
const ORDER_MARK_BIG_ENDIAN = 0x4d3c2b1a
const ORDER_MARK_LITTLE_ENDIAN = 0x1a2b3c4d
const VERSION = 12
const SECTION_OPTIONS = 24
const SECTION_BLOCK = 28
const SHB_USERAPPL = 4

/** Interface description block (section 4.2). */
const LINK_TYPE = 8
const SNAP_LENGTH = 12
const INTERFACE_OPTIONS = 16
const INTERFACE_BLOCK = 20
const IF_NAME = 2
const IF_TSRESOL = 9
const IF_TSOFFSET = 14
const MICROSECONDS = 6
const MOST_INTERFACES = 65_536

/** Enhanced packet block (section 4.3) and the obsolete packet block (appendix A), which differ in the interface only. */
const INTERFACE_ID = 8
const TIME_HIGH = 12
const TIME_LOW = 16
const CAPTURED = 20
const WIRE = 24
const DATA = 28
const PACKET_BLOCK = 32

/** Simple packet block (section 4.4). */
const SIMPLE_WIRE = 8
const SIMPLE_DATA = 12
const SIMPLE_BLOCK = 16

/** Interface statistics block (section 4.6). */
const STATISTICS_OPTIONS = 20
const STATISTICS_BLOCK = 24
const ISB_IFDROP = 5
const ISB_OSDROP = 7

interface Interface {
  id: number
  linkType: number
  /** 0 = no limit */
  snapLength: number
  name: string | undefined
  clock: Clock
  /** index of its port, -1 until a frame of it is met */
  port: number
  /** frames lost, by its newest statistics */
  lost: number
}

/** Walks over a pcapng file, section by section. A block that is framed well but wrong inside is passed over. */
export class PcapngWalker implements Walker {
  need = SMALLEST_BLOCK
  done = false
  private readonly desk: Desk
  private little = true
  private interfaces: Interface[] = []
  /** the section is of a version that is not read: all its blocks are passed over */
  private isForeign = false
  /** bytes of a large block that are still to be passed over, and the length its end must state */
  private skipping = 0
  private skipped = 0
  private skippedFrom = 0
  /** number of the frame that would stand in row 0 of the burst at hand, less one */
  private framesBefore = 0
  /** time of the newest frame, for frames that have none */
  private seconds = 0
  private nanos = 0
  private oddWire = 0
  private timeless = 0
  private clamped = 0
  private unpadded = 0
  private badBlocks = 0

  constructor(desk: Desk) {
    this.desk = desk
  }

  walk(burst: Burst): void {
    const { window, report } = this.desk
    const { view, end } = window
    const { capacity } = burst
    const first = burst.count
    this.framesBefore = report.frames - first
    while (burst.count < capacity && !this.done) {
      if (this.skipping > 0 && !this.skip()) break
      const at = window.at
      const left = end - at
      if (left < SMALLEST_BLOCK) {
        this.need = SMALLEST_BLOCK
        break
      }
      const type = view.getUint32(at, this.little)
      if (type === SECTION && !this.setOrder(at)) break
      const length = view.getUint32(at + LENGTH, this.little)
      const size = (length + 3) & ~3
      if (length < SMALLEST_BLOCK || size > left || size !== length) {
        if (this.isOutside(at, type, length, left)) break
        if (this.skipping > 0) continue
      }
      if (view.getUint32(at + size - BLOCK_END, this.little) !== length) {
        const other = view.getUint32(at + size - BLOCK_END, this.little)
        this.fault(
          at,
          `a block says at its start that it is ${digits(length)} bytes long, and ${digits(other)} at its end`,
        )
        break
      }
      window.at = at + size
      if (this.isForeign && type !== SECTION) continue
      if (type === ENHANCED_PACKET)
        this.packet(burst, at, size, size < PACKET_BLOCK ? 0 : view.getUint32(at + INTERFACE_ID, this.little))
      else this.other(burst, type, at, size)
    }
    report.frames += burst.count - first
    let wireBytes = 0
    for (let i = first; i < burst.count; i++) wireBytes += burst.wire[i]
    report.wireBytes += wireBytes
  }

  finish(broken: boolean): void {
    const { window, report } = this.desk
    this.done ||= broken
    const left = window.end - window.at
    if (!this.done && this.skipping > 0)
      addDamage(report, this.skippedFrom, `the file ends inside a block of ${digits(this.skipped)} bytes`)
    else if (!this.done && left > 0) {
      const reason =
        left < SMALLEST_BLOCK
          ? `the file ends inside a block, after ${counted(left, 'byte')} of it`
          : `the file ends inside a block: of ${counted(this.need, 'byte')} there are ${digits(left)}`
      this.fault(window.at, reason)
    }
    this.done = true
    this.endSection()
    this.note(this.oddWire, 'had a wire length below the captured length')
    this.note(this.timeless, 'had no own time (simple packet blocks) and got that of the frame before')
    this.note(this.clamped, 'had a time outside 1970 to 2106 and got the nearest inside')
    if (this.unpadded > 0)
      report.notes.push(`${counted(this.unpadded, 'block')} had a length that is no multiple of four`)
    if (this.badBlocks > 1)
      report.notes.push(`${digits(this.badBlocks)} blocks are damaged inside and were passed over`)
  }

  private note(frames: number, what: string): void {
    if (frames > 0) this.desk.report.notes.push(`${counted(frames, 'frame')} ${what}`)
  }

  /**
   * A block that is not simply there as a whole. True where the walk cannot go on now: bytes are missing or its length
   * cannot be. A large one that is of no use is passed over in pieces.
   */
  private isOutside(at: number, type: number, length: number, left: number): boolean {
    if (length < SMALLEST_BLOCK) {
      this.fault(at, `a block says it is ${counted(length, 'byte')} long, which is less than any block has`)
      return true
    }
    const size = length + ((4 - (length & 3)) & 3)
    if (size > LARGEST_BLOCK) {
      if (!isOptional(type) || size !== length) {
        this.fault(at, `a block says it is ${digits(length)} bytes long`)
        return true
      }
      this.skipping = this.skipped = length
      this.skippedFrom = this.desk.window.offsetOf(at)
      return false
    }
    if (size > left) {
      this.need = size
      return true
    }
    this.unpadded++
    return false
  }

  /** Passes over a large block; true when its end has been reached and is right. */
  private skip(): boolean {
    const { window } = this.desk
    const body = Math.min(this.skipping - BLOCK_END, window.end - window.at)
    window.at += body
    this.skipping -= body
    if (this.skipping > BLOCK_END || window.end - window.at < BLOCK_END) {
      this.need = BLOCK_END
      return false
    }
    this.skipping = 0
    if (window.view.getUint32(window.at, this.little) !== this.skipped) {
      this.fault(window.at, `a block of ${digits(this.skipped)} bytes states another length at its end`)
      return false
    }
    window.at += BLOCK_END
    return true
  }

  /** A packet block in [at, at + size): enhanced, or obsolete. */
  private packet(burst: Burst, at: number, size: number, id: number): void {
    const { view } = this.desk.window
    const { little } = this
    if (size < PACKET_BLOCK) {
      this.badBlock(at, 'a packet block is too short for its fields')
      return
    }
    const on = this.interfaces[id]
    if (on === undefined) {
      this.badBlock(at, `a frame is said to be of interface ${digits(id)}, which is not described before it`)
      return
    }
    const captured = view.getUint32(at + CAPTURED, little)
    if (captured > size - PACKET_BLOCK) {
      this.badBlock(at, `a frame of ${digits(captured)} bytes is said to lie in a block of ${digits(size)}`)
      return
    }
    if (on.port < 0 && !this.givePort(on, at)) return
    const row = burst.count
    on.clock.put(burst, row, view.getUint32(at + TIME_HIGH, little), view.getUint32(at + TIME_LOW, little))
    this.frame(burst, on, at + DATA, captured, view.getUint32(at + WIRE, little))
    this.seconds = burst.seconds[row]
    this.nanos = burst.nanos[row]
  }

  private simplePacket(burst: Burst, at: number, size: number): void {
    if (size < SIMPLE_BLOCK) {
      this.badBlock(at, 'a packet block is too short for its fields')
      return
    }
    const on = this.interfaces[0]
    if (on === undefined) {
      this.badBlock(at, 'a frame comes before any interface is described')
      return
    }
    const wire = this.desk.window.view.getUint32(at + SIMPLE_WIRE, this.little)
    const captured = on.snapLength === 0 ? wire : Math.min(wire, on.snapLength)
    if (captured > size - SIMPLE_BLOCK) {
      this.badBlock(at, `a frame of ${digits(captured)} bytes is said to lie in a block of ${digits(size)}`)
      return
    }
    if (on.port < 0 && !this.givePort(on, at)) return
    burst.seconds[burst.count] = this.seconds
    burst.nanos[burst.count] = this.nanos
    this.timeless++
    this.frame(burst, on, at + SIMPLE_DATA, captured, wire)
  }

  /** Adds a frame whose time stands in its row already. */
  private frame(burst: Burst, on: Interface, offset: number, captured: number, wire: number): void {
    const row = burst.count++
    if (wire < captured) this.oddWire++
    burst.offset[row] = offset
    burst.captured[row] = captured
    burst.wire[row] = Math.max(wire, captured)
    burst.port[row] = on.port
    burst.onePort = -1
    burst.frame[row] = this.framesBefore + row + 1
  }

  private other(burst: Burst, type: number, at: number, size: number): void {
    switch (type) {
      case SECTION:
        this.section(at, size)
        break
      case INTERFACE:
        this.describe(at, size)
        break
      case PACKET:
        this.packet(
          burst,
          at,
          size,
          size < PACKET_BLOCK ? 0 : this.desk.window.view.getUint16(at + INTERFACE_ID, this.little),
        )
        break
      case SIMPLE_PACKET:
        this.simplePacket(burst, at, size)
        break
      case NAMES: {
        const body = at + LENGTH + 4
        if (!readNames(this.fields(), body, at + size - BLOCK_END, this.desk.report.names))
          this.badBlock(at, 'a name record is longer than its block')
        break
      }
      case STATISTICS:
        this.statistics(at, size)
        break
    }
  }

  /** Takes the byte order of the section header at `at`; false where it has none. */
  private setOrder(at: number): boolean {
    const mark = this.desk.window.view.getUint32(at + ORDER_MARK, true)
    if (mark !== ORDER_MARK_LITTLE_ENDIAN && mark !== ORDER_MARK_BIG_ENDIAN) {
      this.fault(at, 'a section header has no byte-order mark')
      return false
    }
    this.little = mark === ORDER_MARK_LITTLE_ENDIAN
    return true
  }

  private section(at: number, size: number): void {
    this.endSection()
    if (size < SECTION_BLOCK) {
      this.fault(at, 'a section header is too short for its fields')
      return
    }
    const { view } = this.desk.window
    const major = view.getUint16(at + VERSION, this.little)
    this.isForeign = major !== 1
    if (this.isForeign) {
      this.badBlock(at, `a section has version ${major}, and only version 1 is read`)
      return
    }
    const { report } = this.desk
    this.options(at, SECTION_OPTIONS, size, (code, value, length) => {
      if (code === OPT_COMMENT) addComment(report, textAt(this.fields(), value, length))
      else if (code === SHB_USERAPPL)
        addComment(report, `captured with: ${textAt(this.fields(), value, length)}`)
    })
  }

  private endSection(): void {
    for (const { clock } of this.interfaces) this.clamped += clock.clamped
    this.interfaces = []
  }

  private describe(at: number, size: number): void {
    const { view } = this.desk.window
    if (size < INTERFACE_BLOCK || this.interfaces.length >= MOST_INTERFACES) {
      const short = 'an interface description is too short for its fields'
      this.badBlock(at, size < INTERFACE_BLOCK ? short : 'a section describes more than 65,536 interfaces')
      return
    }
    let name: string | undefined
    let resolution = MICROSECONDS
    let offset = 0
    this.options(at, INTERFACE_OPTIONS, size, (code, value, length) => {
      if (code === OPT_COMMENT) addComment(this.desk.report, textAt(this.fields(), value, length))
      else if (code === IF_NAME && length > 0) name = textAt(this.fields(), value, length)
      else if (code === IF_TSRESOL && length >= 1) resolution = view.getUint8(value)
      else if (code === IF_TSOFFSET && length >= 8) offset = Number(view.getBigInt64(value, this.little))
    })
    this.interfaces.push({
      id: this.interfaces.length,
      linkType: view.getUint16(at + LINK_TYPE, this.little),
      snapLength: view.getUint32(at + SNAP_LENGTH, this.little),
      name,
      clock: new Clock(resolution, offset),
      port: -1,
      lost: 0,
    })
  }

  /** Statistics count from the start of the capture: each block replaces the one before it. */
  private statistics(at: number, size: number): void {
    const { window, report } = this.desk
    const on =
      size < STATISTICS_BLOCK
        ? undefined
        : this.interfaces[window.view.getUint32(at + INTERFACE_ID, this.little)]
    if (on === undefined) {
      this.badBlock(at, 'interface statistics are of an interface that is not described before them')
      return
    }
    let lost = 0
    this.options(at, STATISTICS_OPTIONS, size, (code, value, length) => {
      if ((code === ISB_IFDROP || code === ISB_OSDROP) && length >= 8) lost += counterAt(this.fields(), value)
    })
    report.reportedLost += lost - on.lost
    on.lost = lost
  }

  /** Reads the options of the block at `at`, which begin `from` bytes after its start. */
  private options(
    at: number,
    from: number,
    size: number,
    visit: (code: number, at: number, length: number) => void,
  ): void {
    if (!readOptions(this.fields(), at + from, at + size - BLOCK_END, visit))
      this.badBlock(at, 'an option is longer than its block')
  }

  private fields(): { bytes: Uint8Array; view: DataView; little: boolean } {
    const { bytes, view } = this.desk.window
    return { bytes, view, little: this.little }
  }

  private givePort(on: Interface, at: number): boolean {
    const { ports, file, tap } = this.desk
    const { id, linkType, snapLength, name } = on
    on.port = ports.indexOf({
      file,
      interfaceId: id,
      ...(name === undefined ? {} : { name }),
      linkType,
      snapLength,
      ...(tap === undefined ? {} : { tap }),
    })
    if (on.port < 0) this.fault(at, 'this run has more interfaces than can be told apart')
    return on.port >= 0
  }

  /** Wrong inside, but both its lengths agree: what comes after it can be trusted. Only the first is told in full. */
  private badBlock(at: number, reason: string): void {
    if (this.badBlocks++ === 0) addDamage(this.desk.report, this.desk.window.offsetOf(at), reason)
  }

  private fault(at: number, reason: string): void {
    addDamage(this.desk.report, this.desk.window.offsetOf(at), reason)
    this.done = true
  }
}

/** True where nothing else depends on what the block holds. */
const isOptional = (type: number): boolean =>
  type !== SECTION &&
  type !== INTERFACE &&
  type !== PACKET &&
  type !== SIMPLE_PACKET &&
  type !== ENHANCED_PACKET
