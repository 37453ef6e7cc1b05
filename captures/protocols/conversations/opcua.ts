import { uaHello, uaOpen, uaRead } from '../../support/ot.ts'
import { ascii, ask, type Conversation, countedLe, le } from '../conversation.ts'

/** OPC UA binary (OPC 10000-6): messages of channel 7 without security, and the services of OPC 10000-4 in them. */
const CHANNEL = 7
const NULL = 'ffffffff'
const message = (kind: string, body: string): string => `${ascii(kind)} ${countedLe(body, 4, 8)}`
/** token, sequence number and request, number of the type */
const service = (number: number, type: number, body: string): string =>
  message('MSGF', `${le(CHANNEL, 4)} 01000000 ${le(number, 4)} ${le(number, 4)} 0100 ${le(type, 2)} ${body}`)
const TIME = '0040e5c2d235dc01'
const requestHeader = (handle: number): string =>
  `0000 ${TIME} ${le(handle, 4)} 00000000 ${NULL} 10270000 000000`
const responseHeader = (handle: number, result = '00000000'): string =>
  `${TIME} ${le(handle, 4)} ${result} 00 00000000 000000`
const called = (
  number: number,
  type: number,
  body: string,
  answered: string,
  result?: string,
): [string, string] => [
  service(number, type, requestHeader(number) + body),
  service(number, type + 3, responseHeader(number, result) + answered),
]
/** namespace 2, number 5001; attribute 13 = the value; a float with its source good */
const write = (value: string): string => `01000000 0102 8913 0d000000 ${NULL} 01 0a ${value}`

export const conversation: Conversation = {
  over: 'tcp',
  port: 4840,
  said: [
    ...ask(uaHello('opc.tcp://10.60.2.7:4840')),
    ...ask(uaOpen(CHANNEL)),
    // browse the objects folder
    ...ask(
      called(
        2,
        527,
        `0000 0000000000000000 00000000 00000000 01000000 0055 00000000 0021 01 00000000 3f000000`,
        '00000000 00000000',
      ),
    ),
    ...ask(uaRead(CHANNEL, 3, 5001, 61.5)),
    ...ask(called(4, 673, write('00007a42'), `01000000 00000000 ${NULL}`)),
    // bad: not writable
    ...ask(called(5, 673, write('00007a42'), `01000000 00003b80 ${NULL}`)),
    // call a method without arguments
    ...ask(
      called(
        6,
        712,
        '01000000 0102 0a00 0102 0b00 00000000',
        `01000000 00000000 00000000 00000000 00000000 ${NULL}`,
      ),
    ),
    // create a subscription
    ...ask(
      called(
        7,
        787,
        '0000000000408f40 78000000 14000000 00000000 01 00',
        '01000000 0000000000408f40 78000000 14000000',
      ),
    ),
  ],
  actions: { session: 2, discover: 1, read: 1, write: 2, control: 1, report: 1 },
  refused: { write: 1 },
}
