import type { MirrorHealth } from './health.ts'
import { isAddressAnswer } from './own-frames.ts'

interface Counted {
  /** what the interface had counted as sent, beyond what went by, when it was opened */
  start: number
  /** frames nobody saw go by: at the last look, and those that were told */
  unseen: number
  told: number
}

/** Sees to it that a sensor sends nothing: tells what it has sent by name, or by number where nobody saw it. */
export class Transmissions {
  private readonly health: MirrorHealth
  private readonly mode: 'mirror' | 'terminated'
  private readonly names: readonly string[]
  private readonly counted: (Counted | undefined)[] = []

  /** `names` are those of the interfaces, by index. */
  constructor(health: MirrorHealth, mode: 'mirror' | 'terminated', names: readonly string[]) {
    this.health = health
    this.mode = mode
    this.names = names
  }

  /** Frames that went by: a sensor that a mirror is sent to by address has to answer who asks for that address. */
  seen(index: number, name: string, count: number, now: number): void {
    if (this.mode === 'terminated' && isAddressAnswer(name)) return
    this.tell(index, name, count, now)
  }

  /** What the interface counts as `sent`, and how many frames of those went by. */
  look(index: number, sent: number, outgoing: number, now: number): void {
    const counted = this.counted[index]
    if (counted === undefined) {
      this.counted[index] = { start: sent - outgoing, unseen: 0, told: 0 }
      return
    }
    const unseen = sent - outgoing - counted.start
    // one that was sent a moment ago may not have been read yet
    if (unseen === counted.unseen && unseen > counted.told) {
      this.tell(index, 'frames of an unknown kind', unseen - counted.told, now)
      counted.told = unseen
    }
    counted.unseen = unseen
  }

  /** The interface has come back with counters that begin anew. */
  restart(index: number): void {
    this.counted[index] = undefined
  }

  private tell(index: number, what: string, count: number, now: number): void {
    const name = this.names[index]
    const remedy =
      this.mode === 'mirror'
        ? `take its addresses away, and switch IPv6 and ARP off there (ip address flush dev ${name}; sysctl -w net.ipv6.conf.${name}.disable_ipv6=1; ip link set dev ${name} arp off)`
        : `"conduitwatch doctor -i ${name} --mode terminated" prints the rules that keep it silent`
    this.health.note('mirror-transmits', what, now, {
      interface: name,
      count,
      message: `The sensor itself has sent frames out of ${name} ({what}). A sensor must stay silent: ${remedy}.`,
    })
  }
}
