import { ascii, ask, ber, type Conversation, client, server } from '../conversation.ts'

/** LDAP (RFC 4511): a simple bind, a search for one entry, a change that is refused: insufficient access rights (50). */
const message = (number: string, operation: string): string => ber('30', `0201${number}${operation}`)
const DN = ber('04', ascii('cn=hmi-3,dc=plant,dc=example'))
const result = (tag: string, code: string): string => ber(tag, `0a01${code} 0400 0400`)
/** base object, never dereferenced, no limits: (objectClass=*), all attributes */
const search = ber('63', `${DN} 0a0100 0a0100 020100 020100 010100 ${ber('87', ascii('objectClass'))} 3000`)
const entry = ber(
  '64',
  DN + ber('30', ber('30', ber('04', ascii('cn')) + ber('31', ber('04', ascii('hmi-3'))))),
)
const modify = ber(
  '66',
  DN +
    ber(
      '30',
      ber('30', `0a0102 ${ber('30', ber('04', ascii('description')) + ber('31', ber('04', ascii('x'))))}`),
    ),
)

export const conversation: Conversation = {
  over: 'tcp',
  port: 389,
  said: [
    ...ask([
      message('01', ber('60', `020103 ${DN} ${ber('80', ascii('example'))}`)),
      message('01', result('61', '00')),
    ]),
    client(message('02', search)),
    server(message('02', entry) + message('02', result('65', '00'))),
    ...ask([message('03', modify), message('03', result('67', '32'))]),
    client(message('04', '4200')),
  ],
  actions: { session: 2, read: 1, write: 1 },
  refused: { write: 1 },
}
