import { Random } from '../../support/bytes.ts'
import { tdsPrelogin, tlsHello } from '../../support/it.ts'
import { ask, type Conversation, counted, digits } from '../conversation.ts'

/** SQL Server (MS-TDS section 2.2.6.5): pre-login; then the handshake of TLS in its packets. */
const random = new Random(74)
const packet = (content: string): string => `1201 ${counted(`0000 0100 ${content}`, 2, 4)}`
/** version 15.0.2000, encryption on */
const answer = `0401 ${counted('0000 0100 00 000b 0006 01 0011 0001 ff 0f0007d00000 01', 2, 4)}`
const [clientHello, serverHello] = tlsHello(random, 'historian')

export const conversation: Conversation = {
  over: 'tcp',
  port: 1433,
  said: [...ask([tdsPrelogin, answer]), ...ask([packet(digits(clientHello)), packet(digits(serverHello))])],
  actions: {},
}
