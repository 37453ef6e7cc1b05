import { dns } from '../../support/it.ts'
import { ask, type Conversation } from '../conversation.ts'

/** DNS (RFC 1035 section 4). */
export const conversation: Conversation = {
  over: 'udp',
  port: 53,
  said: [
    ...ask(dns(0x3a01, 'historian.plant.example', '10.60.2.9')),
    ...ask(dns(0x3a02, 'ntp.plant.example', '10.60.2.1')),
  ],
  actions: {},
}
