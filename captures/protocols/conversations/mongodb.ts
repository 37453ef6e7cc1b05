import { ascii, ask, type Conversation, countedLe } from '../conversation.ts'

/** MongoDB (OP_MSG): a document in BSON asks who is there, another one answers. */
const document = (elements: string): string => countedLe(`${elements} 00`, 4, 4)
const name = (text: string): string => ascii(`${text}\0`)
const text = (key: string, value: string): string => `02 ${name(key)} ${countedLe(name(value), 4)}`
const message = (number: string, answers: string, body: string): string =>
  countedLe(`${number} ${answers} dd070000 00000000 00 ${body}`, 4, 4)

export const conversation: Conversation = {
  over: 'tcp',
  port: 27017,
  said: [
    ...ask([
      message('01000000', '00000000', document(`10 ${name('hello')} 01000000 ${text('$db', 'admin')}`)),
      message(
        '07000000',
        '01000000',
        document(`08 ${name('isWritablePrimary')} 01 01 ${name('ok')} 000000000000f03f`),
      ),
    ]),
  ],
  actions: {},
}
