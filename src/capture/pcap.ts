import type { Burst } from '../shared/burst.ts'
import { addDamage, counted, digits } from './faults.ts'
import { type Desk, LARGEST_FRAME, USUAL_FRAME, type Walker } from './walker.ts'

/** Offsets in the file header (draft-ietf-opsawg-pcap section 4). */
const MAJOR = 4
const MINOR = 6
const SNAP_LENGTH = 16
const LINK_TYPE = 20
const FILE_HEADER = 24

/** Offsets in a record header (section 5). */
const SECONDS = 0
const FRACTION = 4
const CAPTURED = 8
const WIRE = 12
const RECORD_HEADER = 16
/** of the "modified" variant: interface index, protocol, packet type and padding come after */
const MODIFIED_HEADER = 24

/** The low bits of the link type word; above it stand the length of a frame check sequence and reserved bits. */
const LINK_TYPE_BITS = 0xffff

/** Whether the two lengths of a record stand the other way round: files of libpcap 0.4 and before, by version. */
const IN_ORDER = 0
const SWAPPED = 1
const MAYBE_SWAPPED = 2

export interface PcapVariant {
  bigEndian: boolean
  nanoseconds: boolean
  modified: boolean
}

/** Walks over a classic pcap file in any of its variants. */
export class PcapWalker implements Walker {
  need = FILE_HEADER
  done = false
  private readonly desk: Desk
  private readonly little: boolean
  private readonly header: number
  /** nanoseconds in a unit of the fraction, and units in a second */
  private readonly unit: number
  private readonly units: number
  private port = -1
  private largest = USUAL_FRAME
  private lengths = IN_ORDER
  private oddWire = 0
  private oddFraction = 0

  constructor(desk: Desk, variant: PcapVariant) {
    this.desk = desk
    this.little = !variant.bigEndian
    this.header = variant.modified ? MODIFIED_HEADER : RECORD_HEADER
    this.unit = variant.nanoseconds ? 1 : 1000
    this.units = 1e9 / this.unit
  }

  walk(burst: Burst): void {
    if (this.port < 0 && !this.start()) return
    const { window, report } = this.desk
    const { little, header, unit, units, port, largest } = this
    const { view, end } = window
    const { capacity, offset, seconds, nanos, captured: lengths, wire: wires, frame: frameOf } = burst
    const first = burst.count
    const frames = report.frames + 1 - first
    // it is this file's burst, and a file has one port
    if (burst.onePort !== port) {
      burst.port.fill(port)
      burst.onePort = port
    }
    let count = first
    let at = window.at
    let wireBytes = 0
    while (count < capacity) {
      const left = end - at
      if (left < header) {
        this.need = header
        break
      }
      let captured = view.getUint32(at + CAPTURED, little)
      let wire = view.getUint32(at + WIRE, little)
      if (this.lengths !== IN_ORDER && (this.lengths === SWAPPED || captured > wire)) {
        const other = captured
        captured = wire
        wire = other
      }
      if (captured > largest) {
        this.fault(at, `the record header says ${digits(captured)} bytes`)
        break
      }
      if (captured > left - header) {
        this.need = header + captured
        break
      }
      if (wire < captured) {
        wire = captured
        this.oddWire++
      }
      let fraction = view.getUint32(at + FRACTION, little)
      if (fraction >= units) {
        fraction = units - 1
        this.oddFraction++
      }
      offset[count] = at + header
      lengths[count] = captured
      wires[count] = wire
      seconds[count] = view.getUint32(at + SECONDS, little)
      nanos[count] = fraction * unit
      frameOf[count] = frames + count
      wireBytes += wire
      at += header + captured
      count++
    }
    window.at = at
    burst.count = count
    report.frames += count - first
    report.wireBytes += wireBytes
  }

  finish(broken: boolean): void {
    const { window, report } = this.desk
    this.done ||= broken
    const left = window.end - window.at
    if (!this.done && this.port < 0) {
      this.fault(window.at, `the file ends inside its header, after ${counted(left, 'byte')}`)
    } else if (!this.done && left > 0) {
      const reason =
        left < this.header
          ? `the file ends inside a record header, after ${counted(left, 'byte')} of it`
          : `the file ends inside a record: of a frame of ${counted(this.need - this.header, 'byte')} there are ${digits(left - this.header)}`
      this.fault(window.at, reason)
    }
    this.done = true
    if (this.oddWire > 0)
      report.notes.push(`${counted(this.oddWire, 'frame')} had a wire length below the captured length`)
    if (this.oddFraction > 0)
      report.notes.push(`${counted(this.oddFraction, 'frame')} had a fraction of a second above one`)
  }

  /** Reads the file header; false where it is not at hand or a port is not to be had. */
  private start(): boolean {
    const { window, report, ports, file, tap } = this.desk
    const { view, at } = window
    if (window.end - at < FILE_HEADER) return false
    const snapLength = view.getUint32(at + SNAP_LENGTH, this.little)
    const linkType = view.getUint32(at + LINK_TYPE, this.little) & LINK_TYPE_BITS
    this.lengths = lengthOrder(
      view.getUint16(at + MAJOR, this.little),
      view.getUint16(at + MINOR, this.little),
    )
    this.largest = Math.min(Math.max(USUAL_FRAME, snapLength), LARGEST_FRAME)
    this.port = ports.indexOf({
      file,
      interfaceId: 0,
      linkType,
      snapLength,
      ...(tap === undefined ? {} : { tap }),
    })
    if (this.port < 0) {
      addDamage(report, window.offsetOf(at), 'this run has more interfaces than can be told apart')
      this.done = true
      return false
    }
    window.at = at + FILE_HEADER
    return true
  }

  private fault(at: number, reason: string): void {
    const { window, report } = this.desk
    addDamage(report, window.offsetOf(at), reason)
    this.done = true
  }
}

function lengthOrder(major: number, minor: number): number {
  if (major === 543 || minor < 3) return SWAPPED
  return minor === 3 ? MAYBE_SWAPPED : IN_ORDER
}
