import { snmpGet } from '../../support/ot.ts'
import { ascii, ask, ber, type Conversation } from '../conversation.ts'

/** SNMP version 2c (RFC 3416): get, and a set of sysLocation that is refused: no access (6). */
const message = (kind: string, error: string): string => {
  const bindings = ber('30', ber('30', ber('06', '2b06010201010600') + ber('04', ascii('hall 4'))))
  return ber(
    '30',
    ber('02', '01') +
      ber('04', ascii('plant-rw')) +
      ber(kind, ber('02', '2b01') + ber('02', error) + ber('02', '00') + bindings),
  )
}

export const conversation: Conversation = {
  over: 'udp',
  port: 161,
  said: [
    ...ask(snmpGet(0x2b00, [6, 1, 2, 1, 1, 5, 0], 'sw-cell-1')),
    ...ask([message('a3', '00'), message('a2', '06')]),
  ],
  actions: { read: 1, write: 1, configure: 1 },
  refused: { write: 1, configure: 1 },
}
