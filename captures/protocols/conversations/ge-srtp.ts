import { ascii, ask, type Conversation, le, n, sizeOf } from '../conversation.ts'

/** GE SRTP, as published by Denton et al. (DFRWS USA 2017): a header of 56 bytes with a mailbox in it, and text behind. */
const header = (type: number, number: number, kind: string, rest: string, text = ''): string => {
  const front = `${n(type, 1)} 00 ${le(number, 2)} ${le(sizeOf(text), 2)} 000000 01 ${'00'.repeat(7)} 01 ${'00'.repeat(8)} 00 00 09 00`
  const mailbox = `${n(number, 1)} ${kind} 00000000 100e0000 01 01 ${rest}`
  return `${front} ${mailbox} ${'00'.repeat(56 - 30 - sizeOf(mailbox))} ${text}`
}
/** a request in the header alone: code, selector, offset, length */
const request = (number: number, what: string): string => header(2, number, 'c0', what)
/** with text: those six bytes are behind, and the request stands eight bytes later */
const requestWithText = (number: number, what: string, text: string): string =>
  header(2, number, '80', `000000000000 0101 ${what}`, text)
const done = (number: number, values = ''): string => header(3, number, 'd4', `00 00 ${values}`)
const doneWithText = (number: number, text: string): string => header(3, number, '94', '00 00', text)
const refused = (number: number): string => header(3, number, 'd1', '05 01')

export const conversation: Conversation = {
  over: 'tcp',
  port: 18245,
  said: [
    // the opening is nothing but zeroes
    ...ask(['00'.repeat(56), `01 ${'00'.repeat(7)} 0f ${'00'.repeat(47)}`]),
    // return controller type and id
    ...ask([
      request(1, '43'),
      doneWithText(1, `${'00'.repeat(12)} ${ascii('PUMP01', 8)} ${'00'.repeat(12)}`),
    ]),
    // short status
    ...ask([request(2, '00'), done(2)]),
    // read %R100 to 102, write %R1 to 2
    ...ask([request(3, '04 08 6300 0300'), done(3, '2f01 3001 0000')]),
    ...ask([requestWithText(4, '07 08 0000 0200', '0100 0200'), done(4)]),
    ...ask([requestWithText(5, '07 08 ffff 0200', '0100 0200'), refused(5)]),
    // set the control state: stop
    ...ask([request(6, '23 01'), done(6)]),
  ],
  actions: { session: 1, discover: 1, diagnose: 1, read: 1, write: 2, control: 1 },
  refused: { write: 1 },
}
