import { ask, type Conversation, lines } from '../conversation.ts'

/** SIP (RFC 3261): a door station registers. */
const common = [
  'From: <sip:door-2@plant.example>;tag=4fab12',
  'Call-ID: 7710aa@10.60.1.64',
  'CSeq: 1 REGISTER',
  'Content-Length: 0',
  '',
]

export const conversation: Conversation = {
  over: 'udp',
  port: 5060,
  clientPort: 5060,
  said: [
    ...ask([
      lines(
        'REGISTER sip:plant.example SIP/2.0',
        'Via: SIP/2.0/UDP 10.60.1.64:5060;branch=z9hG4bK776a',
        'Max-Forwards: 70',
        'To: <sip:door-2@plant.example>',
        'Contact: <sip:door-2@10.60.1.64>',
        ...common,
      ),
      lines(
        'SIP/2.0 200 OK',
        'Via: SIP/2.0/UDP 10.60.1.64:5060;branch=z9hG4bK776a',
        'To: <sip:door-2@plant.example>;tag=99c1',
        ...common,
      ),
    ]),
  ],
  actions: {},
}
