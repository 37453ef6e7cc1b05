import { Random } from '../../support/bytes.ts'
import { rdp, tlsData, tlsHello } from '../../support/it.ts'
import { ask, type Conversation } from '../conversation.ts'

/** Remote Desktop (MS-RDPBCGR section 1.3.1.1): TLS is agreed on, and follows. */
const random = new Random(41)

export const conversation: Conversation = {
  over: 'tcp',
  port: 3389,
  said: [
    ...ask(rdp),
    ...ask(tlsHello(random, 'eng-03')),
    ...ask([tlsData(random, 60), tlsData(random, 900)]),
  ],
  actions: {},
}
