import { Random } from '../../support/bytes.ts'
import { ascii, ask, ber, type Conversation, digits } from '../conversation.ts'

/** Kerberos 5 (RFC 4120): a ticket is asked for, proof is demanded, then the ticket is given; one for a service is refused. */
const random = new Random(72)
const REALM = ber('1b', ascii('PLANT.EXAMPLE'))
const TIME = ber('18', ascii('20261103090112Z'))
const name = (type: string, ...parts: string[]): string =>
  ber(
    '30',
    ber('a0', `0201${type}`) + ber('a1', ber('30', parts.map(part => ber('1b', ascii(part))).join(''))),
  )
/** AES256 with SHA-1; so many random bytes */
const encrypted = (count: number): string =>
  ber('30', ber('a0', '020112') + ber('a2', ber('04', digits(random.bytes(count)))))
const KRBTGT = name('02', 'krbtgt', 'PLANT.EXAMPLE')
const HISTORIAN = name('02', 'MSSQLSvc', 'historian')

const body = (service: string, withClient: boolean): string =>
  ber(
    'a4',
    ber(
      '30',
      ber('a0', ber('03', '0040810010')) +
        (withClient ? ber('a1', name('01', 'hmi-3')) : '') +
        ber('a2', REALM) +
        ber('a3', service) +
        ber('a5', TIME) +
        ber('a7', '02044b1f3a5c') +
        ber('a8', ber('30', '020112')),
    ),
  )
const data = (type: string, value: string): string =>
  ber('a3', ber('30', ber('30', ber('a1', type) + ber('a2', ber('04', value)))))
const request = (tag: string, type: string, preauthentication: string, service: string): string =>
  ber(
    tag,
    ber(
      '30',
      `${ber('a1', '020105')}${ber('a2', `0201${type}`)}${preauthentication}${body(service, type === '0a')}`,
    ),
  )
const error = (code: string, service: string): string =>
  ber(
    '7e',
    ber(
      '30',
      ber('a0', '020105') +
        ber('a1', '02011e') +
        ber('a4', TIME) +
        ber('a5', '020300c350') +
        ber('a6', `0201${code}`) +
        ber('a9', REALM) +
        ber('aa', service),
    ),
  )
const ticket = ber(
  'a5',
  ber(
    '61',
    ber('30', ber('a0', '020105') + ber('a1', REALM) + ber('a2', KRBTGT) + ber('a3', encrypted(180))),
  ),
)
const answer = ber(
  '6b',
  ber(
    '30',
    ber('a0', '020105') +
      ber('a1', '02010b') +
      ber('a3', REALM) +
      ber('a4', name('01', 'hmi-3')) +
      ticket +
      ber('a6', encrypted(200)),
  ),
)

export const conversation: Conversation = {
  over: 'udp',
  port: 88,
  said: [
    // preauthentication required (25)
    ...ask([request('6a', '0a', '', KRBTGT), error('19', KRBTGT)]),
    ...ask([request('6a', '0a', data('020102', encrypted(56)), KRBTGT), answer]),
    // for a service that nobody knows (7)
    ...ask([request('6c', '0c', data('020101', encrypted(300)), HISTORIAN), error('07', HISTORIAN)]),
  ],
  actions: { session: 3 },
  refused: { session: 1 },
}
