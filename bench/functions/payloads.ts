import { openCaptures } from '../../src/capture/open.ts'
import { Dissector } from '../../src/decode/dissect.ts'
import * as F from '../../src/decode/facts.ts'

/** What one end of a conversation sent in one frame. */
export interface Payload {
  /** 6, 17, or 0 straight on Ethernet */
  transport: number
  ethertype: number
  srcPort: number
  dstPort: number
  /** as captured; `length` as it was on the wire */
  bytes: Uint8Array
  length: number
  /** TCP: number of the first byte, signed */
  seq: number
  /** the conversation, and which of its ends sends: 0 is the one that is seen first */
  conversation: string
  side: number
}

const TCP = 6
const UDP = 17

/** The first `most` payloads of a capture; fragments, and what stands in ICMP errors, left out. */
export async function payloadsOf(path: string, most: number): Promise<Payload[]> {
  const source = await openCaptures([path])
  const dissector = new Dissector()
  const { facts } = dissector
  const payloads: Payload[] = []
  const first = new Map<string, string>()
  for await (const burst of source.bursts()) {
    for (let i = 0; i < burst.count && payloads.length < most; i++) {
      const { linkType } = source.ports[burst.port[i]]
      const { bytes } = burst
      const at = burst.offset[i]
      if (dissector.dissect(bytes, at, burst.captured[i], burst.wire[i], linkType) !== F.DECODED) continue
      const fragments = F.FLAG_FIRST_FRAGMENT | F.FLAG_LATER_FRAGMENT | F.FLAG_ICMP_ERROR
      if ((facts[F.FLAGS] & fragments) !== 0 || facts[F.PAYLOAD_CAPTURED] === 0) continue
      const isIp = facts[F.VERSION] !== 0
      const proto = facts[F.PROTO]
      if (isIp && proto !== TCP && proto !== UDP) continue
      const ends = isIp ? [endText(facts, F.SRC, F.SRC_PORT), endText(facts, F.DST, F.DST_PORT)] : ['', '']
      const conversation = `${isIp ? proto : `ethernet ${proto}`} ${[...ends].sort().join(' ')}`
      if (!first.has(conversation)) first.set(conversation, ends[0])
      payloads.push({
        transport: isIp ? proto : 0,
        ethertype: isIp ? 0 : proto,
        srcPort: isIp ? facts[F.SRC_PORT] : 0,
        dstPort: isIp ? facts[F.DST_PORT] : 0,
        bytes: bytes.slice(facts[F.PAYLOAD_AT], facts[F.PAYLOAD_AT] + facts[F.PAYLOAD_CAPTURED]),
        length: facts[F.PAYLOAD_BYTES],
        seq: isIp && proto === TCP ? facts[F.TCP_SEQ] : 0,
        conversation,
        side: first.get(conversation) === ends[0] ? 0 : 1,
      })
    }
    if (payloads.length >= most) break
  }
  return payloads
}

/** Address words and port: enough to tell ends apart. */
const endText = (facts: Int32Array, address: number, port: number): string =>
  `${(facts[F.VERSION] === 4 ? facts.subarray(address + 3, address + 4) : facts.subarray(address, address + 4)).join('.')}:${facts[port]}`
