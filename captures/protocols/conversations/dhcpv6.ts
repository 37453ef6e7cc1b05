import { ask, type Conversation, counted } from '../conversation.ts'

/** DHCPv6 (RFC 8415) between a relay and a server: a message of each wraps that of the client or server (section 9). */
const option = (code: string, content: string): string => code + counted(content, 2)
const CLIENT_ID = option('0001', '0003 0001 026001000033')
const SERVER_ID = option('0002', '0003 0001 026002000033')
const address = (lifetime: string): string =>
  option(
    '0003',
    `00000033 00000e10 00001518 ${option('0005', `20010db8${'00'.repeat(10)}0133 00001c20 ${lifetime}`)}`,
  )
const solicit = `01 5a6b34 ${CLIENT_ID} ${option('0006', '0017 0018')} ${option('0008', '0000')} ${option('0003', '00000033 00000000 00000000')}`
const advertise = `02 5a6b34 ${CLIENT_ID} ${SERVER_ID} ${address('00002a30')}`
const relayed = (type: string, message: string): string =>
  `${type} 00 20010db8${'00'.repeat(11)}01 fe80${'00'.repeat(6)}006001fffe000033 ${option('0009', message)}`

export const conversation: Conversation = {
  over: 'udp',
  port: 547,
  clientPort: 547,
  said: [...ask([relayed('0c', solicit), relayed('0d', advertise)])],
  actions: {},
}
