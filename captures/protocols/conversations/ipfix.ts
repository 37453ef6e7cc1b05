import { type Conversation, client, counted, n } from '../conversation.ts'

/** IPFIX (RFC 7011): a template, then flows after it. Nobody answers. */
const message = (number: number, sets: string): string =>
  `000a ${counted(`6a5b2f10 ${n(number, 4)} 00000058 ${sets}`, 2, 4)}`
/** template 256: source and destination address, bytes */
const TEMPLATE = `0002 ${counted('0100 0003 0008 0004 000c 0004 0001 0008', 2, 4)}`
const FLOWS = `0100 ${counted('0a3c0109 0a3c0209 0000000000000fa0', 2, 4)}`

export const conversation: Conversation = {
  over: 'udp',
  port: 4739,
  said: [client(message(0, TEMPLATE)), client(message(0, FLOWS)), client(message(1, FLOWS))],
  actions: { report: 3 },
}
