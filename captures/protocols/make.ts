import { PROTOCOLS } from '../../src/app/table.ts'
import { type CaptureFile, MILLISECOND, SECOND, Trace } from '../support/captures.ts'
import { atResponder, type Host, Tcp, Udp } from '../support/conversations.ts'
import { ethernet, type Tag } from '../support/frames.ts'
import { pcap } from '../support/pcap.ts'
import type { Conversation } from './conversation.ts'

/** Ports of the second capture: this and the protocol's number. */
export const ELSEWHERE = 30_000

/** One conversation for every protocol, by its id, in the order of the table. */
export const conversations: ReadonlyMap<string, Conversation> = new Map(
  await Promise.all(
    PROTOCOLS.map(async ({ id }) => {
      const module = (await import(`./conversations/${id}.ts`)) as { conversation: Conversation }
      return [id, module.conversation] as const
    }),
  ),
)

/** A protocol's number: its place in the table, from 1 on. */
export const numberOf = (id: string): number => PROTOCOLS.findIndex(one => one.id === id) + 1
/** The two ends of a protocol's conversation over IP, and its port in the second capture. */
export const endsOf = (id: string): { client: string; server: string; elsewhere: number } => ({
  client: `10.60.1.${numberOf(id)}`,
  server: `10.60.2.${numberOf(id)}`,
  elsewhere: ELSEWHERE + numberOf(id),
})

/** the mirror is in the servers' VLAN; what comes by IP has passed a router */
const GATEWAY = '00:00:5e:00:01:3c'
const SERVERS: Tag[] = [{ vlan: 602 }]

/** Says all of a conversation, at its usual port or another one; over TCP in segments of at most `mss` bytes. */
function hold(
  trace: Trace,
  id: string,
  conversation: Conversation,
  { elsewhere = false, mss }: { elsewhere?: boolean; mss?: number | undefined } = {},
): void {
  const { over, port, clientPort, macs, said } = conversation
  const number = numberOf(id)
  const ends = endsOf(id)
  const at = number * SECOND
  if (over === 'ethernet') {
    const { client, server, group } = macs!
    said.forEach(({ from, bytes, toGroup }, i) => {
      const to = toGroup ? group! : from === 'client' ? server : client
      trace.add(
        at + i * 5 * MILLISECOND,
        ethernet(to, from === 'client' ? client : server, port, bytes, SERVERS),
      )
    })
    return
  }
  const two = number.toString(16).padStart(2, '0')
  const orig: Host = { ip: ends.client, mac: `02:60:01:00:00:${two}`, ttl: 128 }
  const resp: Host = { ip: ends.server, mac: `02:60:02:00:00:${two}` }
  const origPort = elsewhere || clientPort === undefined ? 50_000 + number : clientPort
  const respPort = elsewhere ? ends.elsewhere : port
  const setting = {
    trace,
    orig,
    resp,
    views: [atResponder(SERVERS, GATEWAY)],
    at,
    seed: number * 7919,
    origPort,
    respPort,
  }
  if (over === 'tcp') {
    const tcp = new Tcp(mss === undefined ? setting : { ...setting, mss }).open()
    for (const { from, bytes } of said) tcp.send(from === 'client' ? 'orig' : 'resp', bytes).turn()
    tcp.wait(2 * MILLISECOND).close()
  } else {
    const udp = new Udp(setting)
    for (const { from, bytes } of said) udp.send(from === 'client' ? 'orig' : 'resp', bytes).turn()
  }
}

/** Every protocol says a few words, one after the other; over TCP in segments of at most `mss` bytes. */
export function traffic(mss?: number): Uint8Array {
  const trace = new Trace('2026-11-03T09:00:00Z')
  for (const [id, conversation] of conversations) hold(trace, id, conversation, { mss })
  return pcap(trace)
}

/** All of them, and those over IP once more at ports where nobody expects them. */
export function make(): CaptureFile[] {
  const elsewhere = new Trace('2026-11-03T09:10:00Z')
  for (const [id, conversation] of conversations)
    if (conversation.over !== 'ethernet') hold(elsewhere, id, conversation, { elsewhere: true })
  return [
    { name: 'traffic.pcap', bytes: traffic() },
    { name: 'elsewhere.pcap', bytes: pcap(elsewhere) },
  ]
}
