import { type Conversation, client, counted, n } from '../conversation.ts'

/** NetFlow version 9 (RFC 3954): a template, then flows after it. Nobody answers. */
const packet = (count: number, number: number, sets: string): string =>
  `0009 ${n(count, 2)} 00012345 6a5b2f10 ${n(number, 4)} 00000057 ${sets}`
/** template 256: source and destination address, bytes */
const TEMPLATE = `0000 ${counted('0100 0003 0008 0004 000c 0004 0001 0004', 2, 4)}`
const FLOWS = `0100 ${counted('0a3c0109 0a3c0209 00000fa0 0a3c010a 0a3c020a 00000800', 2, 4)}`

export const conversation: Conversation = {
  over: 'udp',
  port: 2055,
  said: [client(packet(1, 1, TEMPLATE)), client(packet(2, 2, FLOWS))],
  actions: { report: 2 },
}
