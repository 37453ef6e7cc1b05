import { ntp } from '../../support/it.ts'
import { ask, type Conversation } from '../conversation.ts'

/** NTP version 4 (RFC 5905), at the time of this capture. */
export const conversation: Conversation = {
  over: 'udp',
  port: 123,
  said: [...ask(ntp(1793696452)), ...ask(ntp(1793696516))],
  actions: {},
}
