import { Random } from '../../support/bytes.ts'
import { tlsHello } from '../../support/it.ts'
import { ask, type Conversation, lines, server } from '../conversation.ts'

/** The authentication daemon of ESXi greets in clear; TLS follows. */
const random = new Random(82)

export const conversation: Conversation = {
  over: 'tcp',
  port: 902,
  said: [
    server(
      lines(
        '220 VMware Authentication Daemon Version 1.10: SSL Required, ServerDaemonProtocol:SOAP, MKSDisplayProtocol:VNC , , NFCSSL supported/t',
      ),
    ),
    ...ask(tlsHello(random, 'esx-a')),
  ],
  actions: {},
}
