import { Burst } from '../shared/burst.ts'
import { PacketSocket, type RingSize, type SocketCounts } from './packet-socket.ts'
import { mapped } from './page.ts'
import { Ring } from './ring.ts'
import { memoryAt, system } from './system.ts'

const POLLIN = 1
const POLLERR = 8
const NO_FD = -1
const RETIRE_MILLISECONDS = 20
/** headers of a mirror's wrapping and of what is in it; the wire length is told whatever is kept */
const KEPT_BYTES = 256
const FROM_START = { block: 0, frames: 0 }
/** longest wait for a frame, so that the end is not missed */
const WAIT_MILLISECONDS = 100

/** Told of frames; they may be looked at until it returns. */
export interface Hearer {
  take(burst: Burst): void
  /** a frame that this machine sent itself */
  sent(bytes: Uint8Array, offset: number, captured: number): void
}

/** A short look at what comes to an interface: the first bytes of all frames. It transmits nothing. */
export class Listener {
  readonly fd: number
  private readonly socket: PacketSocket
  private readonly ring: Ring
  private readonly burst = new Burst(new Uint8Array(0))
  private readonly hearer: Hearer

  private constructor(socket: PacketSocket, hearer: Hearer) {
    const { blockBytes, blocks } = socket.size
    const memory = memoryAt(mapped(socket.fd, blockBytes * blocks), blockBytes * blocks)
    this.fd = socket.fd
    this.socket = socket
    this.hearer = hearer
    this.ring = new Ring(memory, blockBytes, 0, FROM_START, (bytes, offset, captured) =>
      hearer.sent(bytes, offset, captured),
    )
  }

  /** From here on frames are kept for `listen`. Throws SystemError: EPERM without CAP_NET_RAW, ENETDOWN. */
  static open(index: number, size: RingSize, hearer: Hearer): Listener {
    const program = keeping(KEPT_BYTES)
    const socket = PacketSocket.open({
      ...size,
      retireMilliseconds: RETIRE_MILLISECONDS,
      program,
    })
    try {
      socket.bind(index, true)
      return new Listener(socket, hearer)
    } catch (error) {
      socket.close()
      throw error
    }
  }

  /** Hands over what is there. */
  hear(): void {
    while (this.ring.next(this.burst)) if (this.burst.count > 0) this.hearer.take(this.burst)
  }

  get counts(): Readonly<SocketCounts> {
    return this.socket.statisticsNow()
  }

  /** The ring's memory stays this process's own until it ends. */
  close(): void {
    this.socket.close()
  }
}

/** Listens to all of them at once for so many seconds. Nothing else happens in this thread meanwhile. */
export function listen(listeners: readonly Listener[], seconds: number): void {
  // of each the descriptor, and a word of what is waited for and what has come
  const fds = new Int32Array(listeners.flatMap(({ fd }) => [fd, POLLIN]))
  const end = performance.now() + seconds * 1000
  for (let left = seconds * 1000; left > 0; left = end - performance.now()) {
    system().poll(fds, listeners.length, Math.ceil(Math.min(left, WAIT_MILLISECONDS)))
    listeners.forEach((listener, i) => {
      listener.hear()
      // an interface that went away would be ready at once, again and again; what comes after is fetched all the same
      if (((fds[i * 2 + 1] >>> 16) & POLLERR) !== 0) fds[i * 2] = NO_FD
    })
  }
}

/** A classic BPF program of one instruction: keep so many bytes of every frame (BPF_RET | BPF_K). */
function keeping(bytes: number): Uint8Array {
  const program = new DataView(new ArrayBuffer(8))
  program.setUint16(0, 6, true)
  program.setUint32(4, bytes, true)
  return new Uint8Array(program.buffer)
}
