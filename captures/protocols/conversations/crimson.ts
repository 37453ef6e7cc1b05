import { ascii, ask, type Conversation, counted } from '../conversation.ts'

/** Red Lion Crimson, the two questions that public scanners ask: length, property, two bytes; text. */
const question = (property: string, tail: string): string => counted(`${property} ${tail}`, 2)
const answer = (property: string, text: string): string =>
  counted(`${property} 0300 ${ascii(`${text}\0`)}`, 2)

export const conversation: Conversation = {
  over: 'tcp',
  port: 789,
  said: [
    ...ask([question('012b', '1b00'), answer('012b', 'Red Lion Controls')]),
    ...ask([question('012a', '1a00'), answer('012a', 'G310C230')]),
  ],
  actions: { discover: 2 },
}
