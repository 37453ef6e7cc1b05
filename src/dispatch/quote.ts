import { Dissector } from '../decode/dissect.ts'
import * as F from '../decode/facts.ts'

/** Reads the packet an ICMP error quotes. */
export class Quote {
  private readonly dissector = new Dissector()
  /** of the quoted packet, after `read` answered true */
  readonly facts = this.dissector.facts

  /**
   * True where the error of facts `f` quotes addresses and ports of a packet that its receiver sent: an error goes back
   * to who sent what it quotes; one to anybody else is a conversation of its own.
   */
  read(f: Int32Array, bytes: Uint8Array): boolean {
    const at = f[F.QUOTE_AT]
    if (at < 0) return false
    const q = this.facts
    const end = f[F.PAYLOAD_AT] + f[F.PAYLOAD_CAPTURED]
    if (this.dissector.quoted(bytes, at, end) !== F.DECODED || q[F.L4_AT] < 0) return false
    for (let i = f[F.VERSION] === 4 ? 3 : 0; i < 4; i++) if (q[F.SRC + i] !== f[F.DST + i]) return false
    return true
  }
}
