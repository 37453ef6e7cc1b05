import { http } from '../../support/it.ts'
import { ask, type Conversation } from '../conversation.ts'

/** HTTP/1.1 (RFC 9112). */
export const conversation: Conversation = {
  over: 'tcp',
  port: 80,
  said: [...ask(http('plc-4.plant.example', '/state', '<html><body>RUN</body></html>'))],
  actions: {},
}
