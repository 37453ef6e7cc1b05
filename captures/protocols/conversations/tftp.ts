import { ascii, type Conversation, client } from '../conversation.ts'

/** TFTP (RFC 1350): reads at port 69; whoever answers does so from a port of its own. */
const read = (name: string): string => `0001 ${ascii(`${name}\0octet\0`)}`

export const conversation: Conversation = {
  over: 'udp',
  port: 69,
  said: [client(read('drive-4.cfg')), client(read('drive-4.bin'))],
  actions: {},
}
