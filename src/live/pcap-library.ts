import { endianness } from 'node:os'
import type { Burst } from '../shared/burst.ts'
import { ANSWER, EXTENSIONS, encode, IF_EQUAL, type Instruction, LD_WORD } from './bpf.ts'
import { counting } from './capture-filter.ts'
import type { SocketCounts } from './packet-socket.ts'
import { LibraryError, type LibraryErrorCode, library } from './pcap-functions.ts'
import { FILTERED_BYTES, type OnOutgoing, type RingCounts } from './ring.ts'
import { failure, koffi, system } from './system.ts'

/**
 * Live capture with libpcap, for systems without the ring of AF_PACKET: slower, as each frame is copied twice, and its
 * descriptors can't be handed to another process.
 *
 * Frames are taken by `pcap_dispatch` with `pcap_dump` as its callback and a file in memory (fmemopen), so that one call
 * from JavaScript takes many frames (docs/decisions/0011-af-packet-not-cap.md has what others cost).
 */

/** pcap/pcap.h */
const ERROR_BYTES = 256
const NANO_PRECISION = 1
const DIRECTION_IN = 1
const DIRECTION_OUT = 2
const BREAK = -2
const NO_NETMASK = 0xffffffff
/** What `pcap_activate` answers -> name of the error, as the C library has it */
const ACTIVATION: Readonly<Record<number, LibraryErrorCode>> = {
  [-5]: 'ENODEV',
  [-8]: 'EPERM',
  [-9]: 'ENETDOWN',
  [-11]: 'EPERM',
}

/** Head of a capture file (draft-ietf-opsawg-pcap, section 4): magic number, and the link type at 20 */
const MAGIC_NANOS = 0xa1b23c4d
const LINK_TYPE = 20
const LINK_TYPE_BITS = 0xffff
/** Head of a frame: seconds, parts of a second, bytes there, bytes on the wire */
const RECORD_BYTES = 16
const PARTS = 4
const THERE = 8
const WIRE = 12
const IS_LITTLE = endianness() === 'LE'
/** libpcap may put a VLAN tag back beyond the snapshot length */
const TAG_BYTES = 4

/** Room for the frames of one call; only what is used of it takes memory. */
const ROOM_BYTES = 1 << 25
const LARGEST_SNAPLEN = 262_144
/** What watches for frames of our own needs little room. */
const SENT_ROOM_BYTES = 1 << 20
const SENT_FRAMES = 64

const FILTER_BYTES = 8
/** where Linux tells what kind of packet it is (linux/filter.h, SKF_AD_PKTTYPE), and the kind that is sent (if_packet.h) */
const KIND = EXTENSIONS + 4
const OUTGOING = 4
const SOL_SOCKET = 1
const SO_ATTACH_FILTER = 26
const POLLIN = 1
/** stdio.h: _IONBF */
const UNBUFFERED = 2

const IS_LINUX = process.platform === 'linux'

export interface LibraryCaptureOptions {
  /** name of the interface */
  name: string
  /** bytes of a frame that are kept, 2 to 262,144 */
  snaplen: number
  /** what the kernel may hold until it is read */
  bufferBytes: number
  /** milliseconds that the kernel may wait for more frames before it hands over what it has */
  timeoutMilliseconds: number
  isPromiscuous: boolean
  /** in pcap syntax (pcap-filter(7)) */
  filter?: string | undefined
  /** the one that bursts are to name */
  port: number
}

/** Frames of one interface by libpcap, read as a `Ring` is. */
export class LibraryCapture {
  /** as of a ring; what the filter leaves out is handed over with one byte, and counted */
  readonly counts: RingCounts = { read: 0, outgoing: 0, filtered: 0 }
  private readonly taken: Handle
  /** takes in nothing but what this machine sends, which libpcap does not tell apart from the rest */
  private readonly sent: Handle | undefined
  private readonly port: number
  private readonly onOutgoing: OnOutgoing
  private readonly fds: Int32Array
  private readonly total: SocketCounts = { received: 0, lost: 0, freezes: 0 }
  private frame = 0
  private isClosed = false

  private constructor(taken: Handle, sent: Handle | undefined, port: number, onOutgoing: OnOutgoing) {
    this.taken = taken
    this.sent = sent
    this.port = port
    this.onOutgoing = onOutgoing
    const fds = sent ? [taken.fd, sent.fd] : [taken.fd]
    // struct pollfd: descriptor, then what is asked for and what is so, 16 bits each, of which the order matters
    this.fds = Int32Array.from(fds.flatMap(fd => [fd, IS_LITTLE ? POLLIN : POLLIN << 16]))
  }

  /** Takes in frames from here on. Throws LibraryError, CaptureFilterError where the kernel can't take the filter. */
  static open(options: LibraryCaptureOptions, onOutgoing: OnOutgoing): LibraryCapture {
    const taken = new Handle(options, ROOM_BYTES)
    let sent: Handle | undefined
    try {
      const program = taken.compile(options.filter ?? '', options.snaplen)
      sent = newSent(options)
      taken.keepFrom('in', program)
      sent?.keepFrom('out', [answer(options.snaplen)])
    } catch (error) {
      taken.close()
      sent?.close()
      throw error
    }
    return new LibraryCapture(taken, sent, options.port, onOutgoing)
  }

  /** LINKTYPE_ number of its frames */
  get linkType(): number {
    return this.taken.linkType
  }

  /** Whether moments have nanoseconds, or microseconds only. */
  get hasNanoseconds(): boolean {
    return this.taken.hasNanoseconds
  }

  /** Whether frames of our own are told apart and counted; otherwise they are left out where the system can. */
  get countsOutgoing(): boolean {
    return this.sent !== undefined
  }

  /** What `poll` waits for; they belong to this process. */
  get descriptors(): readonly number[] {
    return this.sent ? [this.taken.fd, this.sent.fd] : [this.taken.fd]
  }

  /** Whether a frame is there that was not read. */
  get isReady(): boolean {
    return this.wait(0)
  }

  /** Waits until a frame is there, so many milliseconds at most; whether one is. */
  wait(milliseconds: number): boolean {
    return !this.isClosed && library().poll(this.fds, this.fds.length >> 1, milliseconds) > 0
  }

  /**
   * Fills `burst` with the next frames; false when none is there. They stay until the next call. Throws LibraryError once
   * the interface is gone.
   */
  next(burst: Burst): boolean {
    burst.count = 0
    if (this.isClosed) return false
    this.countSent()
    const { taken, port: own, counts } = this
    const frames = taken.take(burst.capacity)
    const { view, nanosOfPart } = taken
    const first = this.frame + 1
    let count = 0
    const { offset, captured, wire, seconds, nanos, port, frame } = burst
    for (let i = 0, at = 0; i < frames; i++) {
      const there = view.getUint32(at + THERE, IS_LITTLE)
      if (there <= FILTERED_BYTES) counts.filtered++
      else {
        offset[count] = at + RECORD_BYTES
        captured[count] = there
        wire[count] = view.getUint32(at + WIRE, IS_LITTLE)
        seconds[count] = view.getUint32(at, IS_LITTLE)
        nanos[count] = view.getUint32(at + PARTS, IS_LITTLE) * nanosOfPart
        port[count] = own
        frame[count] = first + count
        count++
      }
      at += RECORD_BYTES + there
    }
    counts.read += frames
    this.frame += count
    burst.bytes = taken.bytes
    burst.count = count
    burst.onePort = own
    return frames > 0
  }

  /**
   * What was counted until now, frames that were left out or sent here among them; `freezes` is not known and stays 0.
   * Throws LibraryError.
   */
  statisticsNow(): Readonly<SocketCounts> {
    const { total } = this
    if (!this.isClosed) {
      this.taken.addStatistics(total)
      this.sent?.addStatistics(total)
    }
    return { ...total }
  }

  /** Takes in nothing from here on; what came before can still be read. */
  mute(): void {
    this.taken.takeNothing()
    this.sent?.takeNothing()
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.taken.close()
    this.sent?.close()
  }

  private countSent(): void {
    const { sent, counts } = this
    if (!sent) return
    const frames = sent.take(SENT_FRAMES)
    for (let i = 0, at = 0; i < frames; i++) {
      const there = sent.view.getUint32(at + THERE, IS_LITTLE)
      this.onOutgoing(sent.bytes, at + RECORD_BYTES, there)
      at += RECORD_BYTES + there
    }
    counts.read += frames
    counts.outgoing += frames
  }
}

/** What watches for frames of our own; undefined where the system can't leave out the others. */
function newSent(options: LibraryCaptureOptions): Handle | undefined {
  const sent = new Handle({ ...options, isPromiscuous: false, bufferBytes: SENT_ROOM_BYTES }, SENT_ROOM_BYTES)
  if (IS_LINUX || sent.turn(DIRECTION_OUT)) return sent
  sent.close()
  return undefined
}

/** A pcap_t, and the file in memory that it writes frames to. */
class Handle {
  readonly fd: number
  readonly linkType: number
  readonly hasNanoseconds: boolean
  readonly nanosOfPart: number
  readonly bytes: Uint8Array
  readonly view: DataView
  private readonly pcap: bigint
  private readonly file: bigint
  private readonly dumper: bigint
  private readonly most: number
  private readonly timeoutMilliseconds: number
  private readonly statistics = new Uint32Array(8)
  private received = 0
  private lost = 0

  /** Opens an interface and takes in all of its frames. Throws LibraryError. */
  constructor(options: LibraryCaptureOptions, roomBytes: number) {
    const { activate, close, create, dump_fopen, fmemopen, rewind, setvbuf } = library()
    const { name, timeoutMilliseconds } = options
    this.timeoutMilliseconds = timeoutMilliseconds
    const words = new Uint8Array(ERROR_BYTES)
    const pcap = create(name, words)
    if (pcap === null) throw new LibraryError('failed', `${name}: ${textOf(words)}`)
    this.pcap = pcap
    try {
      const snaplen = Math.min(options.snaplen, LARGEST_SNAPLEN)
      library().set_snaplen(pcap, snaplen)
      library().set_promisc(pcap, options.isPromiscuous ? 1 : 0)
      library().set_timeout(pcap, timeoutMilliseconds)
      library().set_buffer_size(pcap, options.bufferBytes)
      // refused where the system has microseconds only
      library().set_tstamp_precision(pcap, NANO_PRECISION)
      const answer = activate(pcap)
      // above 0 are warnings
      if (answer < 0) throw this.refused(name, answer)
      if (library().setnonblock(pcap, 1, words) < 0)
        throw new LibraryError('failed', `${name}: ${textOf(words)}`)
      this.fd = library().get_selectable_fd(pcap)
      this.most = Math.floor(roomBytes / (RECORD_BYTES + snaplen + TAG_BYTES))
      this.bytes = new Uint8Array(roomBytes)
      this.view = new DataView(this.bytes.buffer)
      const file = fmemopen(this.bytes, roomBytes, 'w')
      if (file === null) throw failure('fmemopen')
      this.file = file
      // it is memory already
      setvbuf(file, null, UNBUFFERED, 0)
      // refused for links that files have no number for
      const dumper = dump_fopen(pcap, file)
      if (dumper === null) throw this.failed()
      this.dumper = dumper
    } catch (error) {
      close(pcap)
      throw error
    }
    rewind(this.file)
    this.hasNanoseconds = this.view.getUint32(0, IS_LITTLE) === MAGIC_NANOS
    this.nanosOfPart = this.hasNanoseconds ? 1 : 1000
    // libpcap's own numbers differ from those of files for some
    this.linkType = this.view.getUint32(LINK_TYPE, IS_LITTLE) & LINK_TYPE_BITS
  }

  /** Writes the next frames to the beginning of `bytes`, each behind its head; how many. */
  take(most: number): number {
    const { dispatch, dump, rewind } = library()
    rewind(this.file)
    const frames = dispatch(this.pcap, Math.min(most, this.most), dump, this.dumper)
    if (frames >= 0) return frames
    if (frames === BREAK) return 0
    throw this.failed()
  }

  /** The program of a filter, in which what does not match is kept with one byte, so that it can be counted. */
  compile(filter: string, snaplen: number): Instruction[] {
    const { freecode, compile } = library()
    // struct bpf_program: unsigned int bf_len; struct bpf_insn *bf_insns
    const head = new DataView(new ArrayBuffer(16))
    const bytes = new Uint8Array(head.buffer)
    if (compile(this.pcap, bytes, filter, 1, NO_NETMASK) < 0)
      throw new LibraryError('filter', library().geterr(this.pcap))
    const length = head.getUint32(0, IS_LITTLE)
    const view = new DataView(koffi().view(head.getBigUint64(8, IS_LITTLE), length * FILTER_BYTES))
    const program = Array.from({ length }, (_, i): Instruction => {
      const at = i * FILTER_BYTES
      const [yes, no] = [view.getUint8(at + 2), view.getUint8(at + 3)]
      return { code: view.getUint16(at, IS_LITTLE), yes, no, k: view.getUint32(at + 4, IS_LITTLE) }
    })
    freecode(bytes)
    return counting(program, snaplen)
  }

  /** Takes in frames from here on that came in or go out, and of them what the program keeps. */
  keepFrom(direction: 'in' | 'out', program: readonly Instruction[]): void {
    if (!IS_LINUX) {
      if (!this.turn(direction === 'in' ? DIRECTION_IN : DIRECTION_OUT)) throw this.failed()
      // the kernel forgets what came before (bpf(4), BIOCSETF), and counts anew
      this.setFilter(encode(program))
      return
    }
    // libpcap would judge the first frames itself, and does not know of kinds of packets
    this.attach(encode([answer(0)]))
    this.drain()
    this.attach(encode(onlyOf(direction, program)))
  }

  takeNothing(): void {
    const nothing = encode([answer(0)])
    if (IS_LINUX) this.attach(nothing)
    else this.setFilter(nothing)
  }

  /** Takes in one direction only; false where the system can't. */
  turn(direction: number): boolean {
    return library().setdirection(this.pcap, direction) >= 0
  }

  /** Adds what the kernel counted since it was last asked. */
  addStatistics(counts: SocketCounts): void {
    const [received, lost] = this.look()
    // they are 32 bits wide
    counts.received += (received - this.received) >>> 0
    counts.lost += (lost - this.lost) >>> 0
    this.received = received
    this.lost = lost
  }

  close(): void {
    library().breakloop(this.pcap)
    // closes the file, too
    library().dump_close(this.dumper)
    library().close(this.pcap)
  }

  private look(): [received: number, lost: number] {
    if (library().stats(this.pcap, this.statistics) < 0) throw this.failed()
    return [this.statistics[0], this.statistics[1]]
  }

  /** Throws away what came before it was told what to keep; nothing new may be coming. */
  private drain(): void {
    ;[this.received, this.lost] = this.look()
    let left = this.received - this.lost
    // libpcap keeps some of what was counted to itself (on the loopback interface), so that not all may ever come
    for (let waits = 0; left > 0 && waits < MOST_WAITS; ) {
      const frames = this.take(this.most)
      left -= frames
      // the kernel holds back what has not waited long enough
      if (frames === 0) {
        library().poll(Int32Array.of(this.fd, POLLIN), 1, this.timeoutMilliseconds)
        waits++
      }
    }
  }

  private attach(program: Uint8Array): void {
    const count = program.length / FILTER_BYTES
    if (system().setProgram(this.fd, SOL_SOCKET, SO_ATTACH_FILTER, count, program) < 0)
      throw failure('setsockopt SO_ATTACH_FILTER')
  }

  private setFilter(program: Uint8Array): void {
    const head = new DataView(new ArrayBuffer(16))
    head.setUint32(0, program.length / FILTER_BYTES, IS_LITTLE)
    head.setBigUint64(8, BigInt(koffi().address(program)), IS_LITTLE)
    if (library().setfilter(this.pcap, new Uint8Array(head.buffer)) < 0) throw this.failed()
  }

  private failed(): LibraryError {
    return new LibraryError('failed', library().geterr(this.pcap))
  }

  private refused(name: string, answer: number): LibraryError {
    const code = ACTIVATION[answer] ?? 'failed'
    return new LibraryError(code, `${name}: ${library().geterr(this.pcap) || library().statustostr(answer)}`)
  }
}

/** Of the time that the kernel may hold frames back. */
const MOST_WAITS = 3

/** Frames that are sent, or all others, are not kept; of the rest what the program says that follows. */
const onlyOf = (direction: 'in' | 'out', program: readonly Instruction[]): Instruction[] => [
  { code: LD_WORD, yes: 0, no: 0, k: KIND },
  { code: IF_EQUAL, yes: direction === 'in' ? 0 : 1, no: direction === 'in' ? 1 : 0, k: OUTGOING },
  answer(0),
  ...program,
]

const answer = (bytes: number): Instruction => ({ code: ANSWER, yes: 0, no: 0, k: bytes })

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(0, bytes.indexOf(0))).toString()
