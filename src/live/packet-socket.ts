import { failure, system } from './system.ts'

/** if_packet.h and socket.h of Linux */
const AF_PACKET = 17
const SOCK_RAW = 3
const SOCK_CLOEXEC = 0o2000000
const SOL_PACKET = 263
const SOL_SOCKET = 1
const SO_ATTACH_FILTER = 26
const PACKET_ADD_MEMBERSHIP = 1
const PACKET_RX_RING = 5
const PACKET_STATISTICS = 6
const PACKET_VERSION = 10
const PACKET_RESERVE = 12
const PACKET_FANOUT = 18
const PACKET_FANOUT_DATA = 22
const PACKET_MR_PROMISC = 1
const TPACKET_V3 = 2
const ETH_P_ALL = 3
const FANOUT_CBPF = 6
const SIOCGIFHWADDR = 0x8927
const SIOCGIFINDEX = 0x8933
const SIOCGIFFLAGS = 0x8913
const IFNAMSIZ = 16
const IFREQ = 40
const FILTER_BYTES = 8

/** Room in front of each frame, in which the VLAN tag is put back that the kernel has taken out. */
export const TAG_BYTES = 4
/** Frames smaller than this do not make a block's bookkeeping any larger; the kernel asks for it and TPACKET_V3 ignores it. */
const FRAME_BYTES = 2048

export interface RingSize {
  /** bytes of a block, a power of two of at least 64 KiB, and how many there are */
  blockBytes: number
  blocks: number
}

export interface PacketSocketOptions extends RingSize {
  /** milliseconds after which a block that is not full is handed over */
  retireMilliseconds: number
  /** classic BPF program, eight bytes an instruction; what it answers is how many bytes of a frame are kept */
  program: Uint8Array
}

/** What the kernel counted for a socket since it was opened. */
export interface SocketCounts {
  /** frames that came to the socket, those without room among them */
  received: number
  /** frames for which the ring had no room */
  lost: number
  /** how often the ring was found full */
  freezes: number
}

/** An AF_PACKET socket with a ring (TPACKET_V3) on one interface. Needs CAP_NET_RAW to open and no capability after. */
export class PacketSocket {
  readonly fd: number
  readonly size: RingSize
  private readonly counts: SocketCounts = { received: 0, lost: 0, freezes: 0 }
  private readonly statistics = new Uint32Array(3)

  private constructor(fd: number, size: RingSize) {
    this.fd = fd
    this.size = size
  }

  /**
   * Opens a socket that takes in nothing yet: until `bind`, or its ring would hold frames from before it was told what to
   * keep. Throws SystemError: EPERM without the capability, EAFNOSUPPORT where the kernel has no packet sockets.
   */
  static open(options: PacketSocketOptions): PacketSocket {
    const fd = system().socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)
    if (fd < 0) throw failure('socket')
    const socket = new PacketSocket(fd, { blockBytes: options.blockBytes, blocks: options.blocks })
    try {
      socket.set('PACKET_VERSION', PACKET_VERSION, words(TPACKET_V3))
      socket.set('PACKET_RESERVE', PACKET_RESERVE, words(TAG_BYTES))
      const { blockBytes, blocks, retireMilliseconds } = options
      const frames = (blockBytes / FRAME_BYTES) * blocks
      const ring = words(blockBytes, blocks, FRAME_BYTES, frames, retireMilliseconds, 0, 0)
      socket.set('PACKET_RX_RING', PACKET_RX_RING, ring)
      socket.filter(options.program)
    } catch (error) {
      socket.close()
      throw error
    }
    return socket
  }

  /** Takes in the frames of an interface from here on; promiscuous: those for others, too. Throws SystemError: ENODEV, ENETDOWN. */
  bind(index: number, isPromiscuous: boolean): void {
    if (isPromiscuous) {
      const membership = new Uint8Array(16)
      const view = new DataView(membership.buffer)
      view.setInt32(0, index, true)
      view.setUint16(4, PACKET_MR_PROMISC, true)
      this.set('PACKET_ADD_MEMBERSHIP', PACKET_ADD_MEMBERSHIP, membership)
    }
    const address = new Uint8Array(20)
    const view = new DataView(address.buffer)
    view.setUint16(0, AF_PACKET, true)
    view.setUint16(2, ETH_P_ALL)
    view.setInt32(4, index, true)
    if (system().bind(this.fd, address, address.length) < 0) throw failure('bind')
  }

  /**
   * Joins a group of sockets of the same interface, among which a classic BPF program deals out the frames: its answer,
   * modulo the sockets, is one of them (packet(7), PACKET_FANOUT_CBPF). Once bound.
   */
  join(group: number, program: Uint8Array): void {
    this.set('PACKET_FANOUT', PACKET_FANOUT, words(group | (FANOUT_CBPF << 16)))
    this.set('PACKET_FANOUT_DATA', PACKET_FANOUT_DATA, program, true)
  }

  /** Puts another program in the place of the socket's filter. */
  filter(program: Uint8Array): void {
    this.set('SO_ATTACH_FILTER', SO_ATTACH_FILTER, program, true, SOL_SOCKET)
  }

  /** What was counted until now; every frame that came before the call is in it. */
  statisticsNow(): Readonly<SocketCounts> {
    const { statistics, counts } = this
    const length = Uint32Array.of(statistics.byteLength)
    const bytes = new Uint8Array(statistics.buffer)
    // the kernel begins anew with each look
    if (system().getsockopt(this.fd, SOL_PACKET, PACKET_STATISTICS, bytes, length) < 0)
      throw failure('getsockopt PACKET_STATISTICS')
    counts.received += statistics[0]
    counts.lost += statistics[1]
    counts.freezes += statistics[2]
    return { ...counts }
  }

  close(): void {
    system().close(this.fd)
  }

  /** `isProgram`: the value is a struct sock_fprog, a count and the address of the instructions. */
  private set(name: string, option: number, value: Uint8Array, isProgram = false, level = SOL_PACKET): void {
    const done = isProgram
      ? system().setProgram(this.fd, level, option, value.length / FILTER_BYTES, value)
      : system().setsockopt(this.fd, level, option, value, value.length)
    if (done < 0) throw failure(`setsockopt ${name}`)
  }
}

const words = (...values: number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer)

/** ARPHRD_ numbers of if_arp.h -> LINKTYPE_ of the pcap registry */
const LINK_TYPES: Readonly<Record<number, number>> = { 1: 1, 772: 1, 65534: 101 }
const IFF_UP = 1
const IFF_RUNNING = 0x40

/** An interface as a socket needs it. */
export interface InterfaceState {
  /** index in the kernel, another one when an interface of that name comes back */
  index: number
  /** LINKTYPE_ number of its frames; undefined = of a kind that is not decoded */
  linkType: number | undefined
  isUp: boolean
  /** up, and its other end is, too */
  isRunning: boolean
}

/** Asks the kernel about the interfaces of this network namespace. Needs no capability. */
export class InterfaceProbe {
  private readonly fd: number
  private readonly request = new Uint8Array(IFREQ)
  private readonly view = new DataView(this.request.buffer)

  constructor() {
    this.fd = system().socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)
    if (this.fd < 0) throw failure('socket')
  }

  /** The interface of that name as it is now; undefined = there is none. */
  state(name: string): InterfaceState | undefined {
    const index = this.ask(name, SIOCGIFINDEX) ? this.view.getInt32(IFNAMSIZ, true) : -1
    if (index < 0) return undefined
    if (!this.ask(name, SIOCGIFHWADDR)) return undefined
    const linkType = LINK_TYPES[this.view.getUint16(IFNAMSIZ, true)]
    if (!this.ask(name, SIOCGIFFLAGS)) return undefined
    const flags = this.view.getUint16(IFNAMSIZ, true)
    return { index, linkType, isUp: (flags & IFF_UP) !== 0, isRunning: (flags & IFF_RUNNING) !== 0 }
  }

  close(): void {
    system().close(this.fd)
  }

  private ask(name: string, what: number): boolean {
    const bytes = Buffer.from(name)
    if (bytes.length === 0 || bytes.length >= IFNAMSIZ) return false
    this.request.fill(0)
    this.request.set(bytes)
    return system().ioctl(this.fd, what, this.request) >= 0
  }
}

const AF_INET = 2
const SOCK_DGRAM = 2
