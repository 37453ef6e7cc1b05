import { Random } from '../../support/bytes.ts'
import { ask, type Conversation, digits } from '../conversation.ts'

/** TeamViewer: only the two bytes that its messages begin with are known. */
const random = new Random(93)
const message = (kind: string, size: number): string => `1724 ${kind} 00 ${digits(random.bytes(size))}`

export const conversation: Conversation = {
  over: 'tcp',
  port: 5938,
  said: [...ask([message('0a', 36), message('0b', 52)]), ...ask([message('10', 90), message('11', 24)])],
  actions: {},
}
