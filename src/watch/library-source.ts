import { netRawAdvice } from '../live/capabilities.ts'
import { LibraryError } from '../live/pcap-functions.ts'
import { LibraryCapture } from '../live/pcap-library.ts'
import type { OnOutgoing, RingPosition } from '../live/ring.ts'
import type { Burst } from '../shared/burst.ts'
import type { LibraryTask } from './messages.ts'

/** A block that is not full is handed over after so many milliseconds. */
const TIMEOUT = 50
const NOWHERE: RingPosition = { block: 0, frames: 0 }

/** An interface read by libpcap, where the kernel has no rings: as a `Ring`, with a copy of each frame. */
export class LibrarySource {
  private readonly capture: LibraryCapture

  /** Opens the interface, for which this thread needs the right. Throws LibraryError. */
  constructor(task: LibraryTask, port: number, onOutgoing: OnOutgoing) {
    const { name, snapLength, bufferBytes, filter } = task
    this.capture = open(
      {
        name,
        snaplen: snapLength,
        bufferBytes,
        timeoutMilliseconds: TIMEOUT,
        isPromiscuous: true,
        filter,
        port,
      },
      onOutgoing,
    )
  }

  get counts() {
    return this.capture.counts
  }

  get position(): RingPosition {
    return NOWHERE
  }

  /** What is there came now, or a moment ago. */
  get nextTime(): number {
    return this.capture.isReady ? Number.MAX_VALUE : Number.POSITIVE_INFINITY
  }

  /** No frame can be looked at before it is read. */
  get waiting(): number {
    return 0
  }

  get waitingBlocks(): number {
    return 0
  }

  get descriptors(): readonly number[] {
    return this.capture.descriptors
  }

  next(burst: Burst): boolean {
    return this.capture.next(burst)
  }

  giveBack(): void {}

  /** Frames that came to the library, and those it lost. */
  statistics(): { received: number; lost: number } {
    return this.capture.statisticsNow()
  }

  mute(): void {
    this.capture.mute()
  }
}

function open(...options: Parameters<typeof LibraryCapture.open>): LibraryCapture {
  try {
    return LibraryCapture.open(...options)
  } catch (error) {
    if (error instanceof LibraryError && error.code === 'EPERM')
      throw new Error(netRawAdvice(process.execPath))
    throw error
  }
}
