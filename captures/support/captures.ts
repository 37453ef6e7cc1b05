/** A trace is what a sensor saw: frames with times. The writers turn it into capture files. */

export const MICROSECOND = 1e3
export const MILLISECOND = 1e6
export const SECOND = 1e9
export const MINUTE = 60 * SECOND

export interface Frame {
  /** nanoseconds since the start of the trace */
  at: number
  bytes: Uint8Array
  /** bytes on the wire, when the mirror cut the frame */
  wire: number
  interface: number
}

export class Trace {
  /** seconds since 1970 */
  readonly start: number
  readonly #frames: Frame[] = []

  /** `start`: RFC 3339, whole seconds */
  constructor(start: string) {
    this.start = Date.parse(start) / 1000
    if (!Number.isInteger(this.start)) throw new Error(`not a time with whole seconds: ${start}`)
  }

  /** Adds a frame; the order of calls does not matter, frames of one instant keep it. */
  add(at: number, bytes: Uint8Array, options: { wire?: number; interface?: number } = {}): void {
    this.#frames.push({
      at: Math.round(at),
      bytes,
      wire: options.wire ?? bytes.length,
      interface: options.interface ?? 0,
    })
  }

  /** In time order. */
  frames(): Frame[] {
    return this.#frames.toSorted((a, b) => a.at - b.at)
  }

  /** Seconds and nanoseconds since 1970 of a frame. */
  time(frame: Frame): { seconds: number; nanos: number } {
    const seconds = Math.floor(frame.at / SECOND)
    return { seconds: this.start + seconds, nanos: frame.at - seconds * SECOND }
  }
}

/** Puts the frames of a mirror session into the sensor's trace, in time order, each wrapped as the session does. */
export function pour(
  session: Trace,
  sensor: Trace,
  wrap: (frame: Uint8Array, at: number) => Uint8Array,
): void {
  for (const frame of session.frames())
    sensor.add(frame.at, wrap(frame.bytes, frame.at), { interface: frame.interface })
}

/** One file of a scenario. */
export interface CaptureFile {
  name: string
  bytes: Uint8Array
}
