import { conversations } from '../../captures/protocols/make.ts'
import { Conversation } from '../../src/app/conversation.ts'
import * as D from '../../src/app/deeds.ts'
import { Carrier, ETHERNET, TCP, UDP } from '../../src/app/protocol.ts'
import { Room } from '../../src/app/stream.ts'
import { PROTOCOLS } from '../../src/app/table.ts'

const OVER = { tcp: TCP, udp: UDP, ethernet: ETHERNET } as const
const whence = { frame: 1, port: 0, seconds: 0, nanos: 0 }
const listener = { heard() {}, announced() {} }

export interface Done {
  fn: number
  actions: number
  unit: number
  area: number
  isUnasked: boolean
}

/** The generated conversation of a protocol where it was read, or only what its server says in it, `times` over. */
export function read(id: string, end: 'both' | 'server' = 'both', times = 1): Conversation {
  const { over, port, said } = conversations.get(id)!
  const carrier = new Carrier()
  carrier.transport = OVER[over]
  if (over === 'ethernet') carrier.ethertype = port
  const protocol = PROTOCOLS.find(one => one.id === id)!
  const conversation = new Conversation(protocol, { carrier, whence, listener, room: new Room(1 << 16) })
  const sent = { client: 1, server: 1 }
  for (const { from, bytes } of Array.from({ length: times }, () => said).flat()) {
    if (end === 'server' && from === 'client') continue
    conversation.side = from === 'client' ? 0 : 1
    conversation.fromOrig = from === 'client'
    if (over !== 'ethernet') {
      carrier.srcPort = from === 'client' ? 50_000 : port
      carrier.dstPort = from === 'client' ? port : 50_000
    }
    carrier.length = bytes.length
    conversation.take(bytes, 0, bytes.length, bytes.length, sent[from], 0)
    sent[from] += bytes.length
  }
  return conversation
}

/** What is known to be done in it. */
export function held(id: string, end: 'both' | 'server' = 'both'): Done[] {
  const { words, size } = read(id, end).deeds
  return Array.from({ length: size }, (_, i) => {
    const at = i * D.DEED_WORDS
    return {
      fn: words[at + D.FN],
      actions: words[at + D.ACTIONS],
      unit: words[at + D.UNIT],
      area: words[at + D.AREA],
      isUnasked: (words[at + D.FLAGS] & D.UNASKED) !== 0,
    }
  })
}
