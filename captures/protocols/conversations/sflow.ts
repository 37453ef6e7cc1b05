import { type Conversation, client, counted, n } from '../conversation.ts'

/** sFlow version 5: an agent sends counters of an interface. Nobody answers. */
const counters = `00000001 ${counted(`00000007 00000006 000000003b9aca00 00000001 00000003 ${'00'.repeat(64)}`, 4)}`
const sample = (number: number): string =>
  `00000002 ${counted(`${n(number, 4)} 00000007 00000001 ${counters}`, 4)}`
const datagram = (number: number): string =>
  `00000005 00000001 0a3c0159 00000000 ${n(number, 4)} 00012345 00000001 ${sample(number)}`

export const conversation: Conversation = {
  over: 'udp',
  port: 6343,
  said: [client(datagram(1)), client(datagram(2))],
  actions: { report: 2 },
}
