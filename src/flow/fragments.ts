/** Packets whose fragments are followed at a time; the oldest makes room (RFC 8200 and RFC 791 give a datagram 15 to 60 s). */
const MOST_DATAGRAMS = 8192
const LIFETIME = 60

/** What later fragments that came before the first one add up to. */
export interface Waiting {
  frames: number
  bytes: number
  ipBytes: number
  payload: number
  cut: number
}

interface Datagram {
  seconds: number
  /**
   * ports of the first fragment, source in the high half, and its transport, which under IPv6 may stand behind further
   * extension headers that later fragments do not show; valid when `placed`
   */
  ports: number
  proto: number
  placed: boolean
  /** the first fragment opened a tunnel: later ones are pieces of a frame already counted */
  tunnel: boolean
  waiting: Waiting | undefined
}

/** Where a later fragment goes. */
export const TO_FLOW = 0
export const TO_TUNNEL = 1
export const TO_WAIT = 2

/**
 * Brings later fragments to the flow of their first one, in whatever order they come. Keyed by addresses, protocol
 * and identification (RFC 791 section 3.2, RFC 8200 section 4.5). Fragments that never meet a first one stay counted
 * in `unplaced`.
 */
export class Fragments {
  private readonly datagrams = new Map<string, Datagram>()
  private gone = 0
  /** ports and transport of the datagram the last `later` call placed */
  ports = 0
  proto = 0

  /** Frames whose first fragment was not seen, or not yet. */
  get unplaced(): number {
    let frames = this.gone
    for (const datagram of this.datagrams.values()) frames += datagram.waiting?.frames ?? 0
    return frames
  }

  /** Notes a first fragment; returns what waited for it. */
  first(key: string, ports: number, proto: number, tunnel: boolean, seconds: number): Waiting | undefined {
    const old = this.take(key, seconds)
    this.put(key, { seconds, ports, proto, placed: true, tunnel, waiting: undefined })
    return old?.waiting
  }

  /** Notes a later fragment and says where it goes: TO_FLOW (its `ports` and `proto` are set), TO_TUNNEL or TO_WAIT. */
  later(key: string, seconds: number, bytes: number, ipBytes: number, payload: number, cut: number): number {
    const known = this.datagrams.get(key)
    if (known !== undefined && seconds - known.seconds <= LIFETIME) {
      if (known.placed) {
        this.ports = known.ports
        this.proto = known.proto
        return known.tunnel ? TO_TUNNEL : TO_FLOW
      }
      const waiting = known.waiting!
      waiting.frames++
      waiting.bytes += bytes
      waiting.ipBytes += ipBytes
      waiting.payload += payload
      waiting.cut += cut
      return TO_WAIT
    }
    if (known !== undefined) this.forget(key, known)
    this.put(key, {
      seconds,
      ports: 0,
      proto: 0,
      placed: false,
      tunnel: false,
      waiting: { frames: 1, bytes, ipBytes, payload, cut },
    })
    return TO_WAIT
  }

  private take(key: string, seconds: number): Datagram | undefined {
    const known = this.datagrams.get(key)
    if (known === undefined) return undefined
    if (seconds - known.seconds > LIFETIME) {
      this.forget(key, known)
      return undefined
    }
    this.datagrams.delete(key)
    return known
  }

  private put(key: string, datagram: Datagram): void {
    if (this.datagrams.size >= MOST_DATAGRAMS) {
      for (const [oldest, old] of this.datagrams) {
        this.forget(oldest, old)
        break
      }
    }
    this.datagrams.set(key, datagram)
  }

  private forget(key: string, datagram: Datagram): void {
    this.gone += datagram.waiting?.frames ?? 0
    this.datagrams.delete(key)
  }
}
