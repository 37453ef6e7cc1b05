import { ascii, ask, ber, type Conversation, dt, isoConnect, n, server, sizeOf } from '../conversation.ts'

/** MMS (ISO 9506-2) as IEC 61850-8-1 has it: over session and presentation of OSI (ISO 8327-1, 8823-1, ACSE 8650-1). */

/** user data in presentation context 3 (MMS) or 1 (ACSE) */
const encoded = (content: string, context = '03'): string =>
  ber('61', ber('30', `0201${context}${ber('a0', content)}`))
/** give tokens and data transfer of the session layer, then user data */
const data = (content: string): string => dt(`01000100${encoded(content)}`)
const request = (number: string, service: string): string => data(ber('a0', `0201${number}${service}`))
const answer = (number: string, service: string): string => data(ber('a1', `0201${number}${service}`))
/** a variable of a domain, as a list of one */
const variable = (item: string): string =>
  ber('30', ber('a0', ber('a1', ber('1a', ascii('IED1LD0')) + ber('1a', ascii(item)))))
const write = (number: string, item: string, value: string): string =>
  request(number, ber('a5', ber('a0', variable(item)) + ber('a0', value)))

const INITIATE = ber(
  'a8',
  '800300fde8 81010a 82010a 830105 a416 800101 810305f100 820c03ee1c00000408000079ef18',
)
const INITIATED = ber(
  'a9',
  '800300fde8 810105 820105 830103 a416 800101 810305f100 820c03ee1c00000408000079ef18',
)
const user = (content: string): string => ber('be', ber('28', `060251010201 03${ber('a0', content)}`))
const name = ber('a1', ber('06', '28ca220203'))
/** presentation: normal mode, selectors, the two contexts (ACSE and MMS over BER), ACSE */
const contexts = ber(
  'a4',
  ber('30', `020101${ber('06', '52010001')}${ber('30', ber('06', '5101'))}`) +
    ber('30', `020103${ber('06', '28ca220201')}${ber('30', ber('06', '5101'))}`),
)
const accepted = ber('a5', ber('30', `800100${ber('81', '5101')}`) + ber('30', `800100${ber('81', '5101')}`))
const session = (code: string, selectors: string, presentation: string): string => {
  const pdu = ber('31', `${ber('a0', '800101')}${ber('a2', presentation)}`)
  const content = `0506130100160102 14020002 ${selectors} c1${n(sizeOf(pdu), 1)}${pdu}`
  return dt(`${code}${n(sizeOf(content), 1)}${content}`)
}
const associate = session(
  '0d',
  '33020001 34020001',
  ber('81', '00000001') + ber('82', '00000001') + contexts + encoded(ber('60', name + user(INITIATE)), '01'),
)
const associated = session(
  '0e',
  '34020001',
  ber('83', '00000001') +
    accepted +
    encoded(ber('61', name + ber('a2', '020100') + ber('a3', ber('a1', '020100')) + user(INITIATED)), '01'),
)

export const conversation: Conversation = {
  over: 'tcp',
  port: 102,
  said: [
    ...ask(isoConnect('0001', '0001')),
    ...ask([associate, associated]),
    // identify
    ...ask([
      request('01', '8200'),
      answer(
        '01',
        ber('a2', ber('80', ascii('Example Works')) + ber('81', ascii('R-7')) + ber('82', ascii('3.1'))),
      ),
    ]),
    // names of the domains
    ...ask([
      request('02', ber('a1', ber('a0', '800109') + ber('a1', '8000'))),
      answer('02', ber('a1', `${ber('a0', ber('1a', ascii('IED1LD0')))}810100`)),
    ]),
    // the state of a breaker
    ...ask([
      request('03', ber('a4', ber('a1', ber('a0', variable('XCBR1$ST$Pos$stVal'))))),
      answer('03', ber('a4', ber('a1', ber('84', '0680')))),
    ]),
    // a setting
    ...ask([
      write('04', 'PTOC1$SP$StrVal$setMag$f', ber('87', '0842c80000')),
      answer('04', ber('a5', '8100')),
    ]),
    // operate a breaker: value, origin, control number, time, test, check
    ...ask([
      write(
        '05',
        'CSWI1$CO$Pos$Oper',
        ber('a2', '830101 a203850102 8900 860101 91083ff50000 00000000 830100 84020600'),
      ),
      answer('05', ber('a5', '8100')),
    ]),
    // another one, which is refused: access denied
    ...ask([
      write('06', 'PTOC1$SP$StrVal$setMag$f', ber('87', '0842c80000')),
      answer('06', ber('a5', '800103')),
    ]),
    // a report
    server(
      data(
        ber(
          'a3',
          ber(
            'a0',
            ber('a1', ber('80', ascii('RPT'))) + ber('a0', ber('8a', ascii('rcb1')) + ber('83', '01')),
          ),
        ),
      ),
    ),
    // conclude
    ...ask([data('8b00'), data('8c00')]),
  ],
  actions: { session: 3, discover: 2, read: 1, write: 3, control: 1, configure: 2, report: 1 },
  refused: { write: 1, configure: 1 },
}
