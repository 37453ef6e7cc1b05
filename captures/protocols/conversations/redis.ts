import { ask, type Conversation, lines } from '../conversation.ts'

/** Redis (RESP2): arrays of strings, and what is said to them. */
const command = (...words: string[]): string =>
  lines(`*${words.length}`, ...words.flatMap(word => [`$${word.length}`, word]))

export const conversation: Conversation = {
  over: 'tcp',
  port: 6379,
  said: [
    ...ask([command('PING'), lines('+PONG')]),
    ...ask([command('GET', 'line1:speed'), lines('$3', '801')]),
    ...ask([command('CONFIG', 'GET', 'dir'), lines('-NOPERM this user has no permissions')]),
  ],
  actions: {},
}
