import { ascii, ask, type Conversation, counted, dt, isoConnect, server } from '../conversation.ts'

/** S7comm-plus version 1 and 2, as the dissector by Thomas Wiens describes it: header, data, trailer; numbers in bytes of seven bits. */
const plus = (content: string, version = '02'): string =>
  dt(`72 ${version} ${counted(content, 2)} 72 ${version} 0000`)
const SESSION = '000003c8'
/** opcode, function, sequence number, session, transport flags */
const request = (fn: string, number: string, body: string, session = SESSION): string =>
  `31 0000 ${fn} 0000 ${number} ${session} 34 ${body}`
const answer = (fn: string, number: string, body: string): string => `32 0000 ${fn} 0000 ${number} 34 ${body}`

/** one variable: DB 3 (8a0e0003), its current values (2550), member 9; then values: the first is a word */
const VARIABLE = '00 88d0b88003 02 9376 09'
const VALUE = '01 00 03 05dc 00'
/** qualifier of the object: no parent, no composition, no key */
const QUALIFIER = '000004e8 8969 0012 00000000 896a 0013 00 896b 0004 00 00'

export const conversation: Conversation = {
  over: 'tcp',
  port: 102,
  said: [
    ...ask(isoConnect('0600', ascii('SIMATIC-ROOT-HMI'))),
    // create object: a session (class 287 = 821f) in the object of all sessions (285)
    ...ask([
      plus(
        request('04ca', '0001', '0000011d 00 04 00 00000000 a1 000000d3 821f 00 00 a2 00000000', '00000120'),
        '01',
      ),
      plus(
        answer(
          '04ca',
          '0001',
          `00 02 8756 8757 a1 0000011d 821f 00 00 a3 823f 00 15 ${counted(ascii('1;6ES7 214-1AG40-0XB0 ;V4.2'), 1)} a2 00000000`,
        ),
        '01',
      ),
    ]),
    // get multi variables: their number, that of all their fields, each
    ...ask([
      plus(request('054c', '0002', `00000000 01 05 ${VARIABLE} ${QUALIFIER} 00000000`)),
      plus(answer('054c', '0002', `00 ${VALUE} 00 00000000`)),
    ]),
    // set multi variables: then the values
    ...ask([
      plus(request('0542', '0003', `00000000 01 05 ${VARIABLE} ${VALUE} ${QUALIFIER} 00000000`)),
      plus(answer('0542', '0003', '00 00 00000000')),
    ]),
    // the same again, and a negative result
    ...ask([
      plus(request('0542', '0004', `00000000 01 05 ${VARIABLE} ${VALUE} ${QUALIFIER} 00000000`)),
      plus(answer('0542', '0004', '83ffffffffffff80 00 00000000')),
    ]),
    // a notification of a subscription
    server(plus('33 70000c89 0400 0000 0001 01 00 92 00000001 00')),
    // delete object: the session
    ...ask([
      plus(request('04d4', '0005', `${SESSION} 00 ${QUALIFIER} 00000000`)),
      plus(answer('04d4', '0005', `00 ${SESSION} 00000000`)),
    ]),
  ],
  actions: { session: 3, read: 1, write: 2, report: 1 },
  refused: { write: 1 },
}
