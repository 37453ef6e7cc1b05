import { Random } from '../../support/bytes.ts'
import { sshHello, sshPacket } from '../../support/it.ts'
import { ask, type Conversation } from '../conversation.ts'

/** SSH (RFC 4253): versions, offers of key exchange, then encrypted packets. */
const random = new Random(40)

export const conversation: Conversation = {
  over: 'tcp',
  port: 22,
  said: [
    ...ask(sshHello),
    ...ask([sshPacket(random, 0, true), sshPacket(random, 0, true)]),
    ...ask([sshPacket(random, 52), sshPacket(random, 148)]),
  ],
  actions: {},
}
