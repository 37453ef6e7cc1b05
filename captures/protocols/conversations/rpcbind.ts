import { ask, type Conversation } from '../conversation.ts'

/** ONC RPC (RFC 5531) port mapper version 2 (RFC 1833): where is NFS 3 over TCP? Then a service is registered, which is denied. */
const call = (number: string, procedure: string, mapping: string): string =>
  `${number} 00000000 00000002 000186a0 00000002 ${procedure} 0000000000000000 0000000000000000 ${mapping}`

export const conversation: Conversation = {
  over: 'udp',
  port: 111,
  said: [
    ...ask([
      call('5a000001', '00000003', '000186a3 00000003 00000006 00000000'),
      '5a000001 00000001 00000000 0000000000000000 00000000 00000801',
    ]),
    // rejected: bad credentials
    ...ask([
      call('5a000002', '00000001', '20000001 00000001 00000011 00009000'),
      '5a000002 00000001 00000001 00000001 00000001',
    ]),
  ],
  actions: { discover: 1, configure: 1 },
  refused: { configure: 1 },
}
