import { ascii, ask, type Conversation, client, counted, n, server } from '../conversation.ts'

/** KNXnet/IP (ISO 22510): header, service, length of all; cEMI telegrams in a tunnel. */
const packet = (service: string, body: string): string => `06 10 ${service} ${counted(body, 2, 6)}`
/** where the client listens: the address its datagrams come from (NAT mode) */
const HPAI = '08 01 00000000 0000'
const DEVICE = `36 01 02 00 1100 0000 00c501020304 e000170c 0024fa600122 ${ascii('KNX IP Router', 30)}`
const FAMILIES = '0a 02 02 01 03 01 04 01 05 01'
const tunnel = (number: number, cemi: string): string => packet('0420', `04 24 ${n(number, 1)} 00 ${cemi}`)
const received = (number: number): string => packet('0421', `04 24 ${n(number, 1)} 00`)
/** group 1/2/3: to be sent, confirmed, told by the bus (from device 1.1.5) */
const REQUEST = '11 00 bc e0 0000 0a03'
const CONFIRM = '2e 00 bc e0 1100 0a03'
const NEGATIVE = '2e 00 bd e0 1100 0a03'
const TOLD = '29 00 bc e0 1105 0a03'

export const conversation: Conversation = {
  over: 'udp',
  port: 3671,
  said: [
    // describe yourself
    ...ask([packet('0203', HPAI), packet('0204', `${DEVICE} ${FAMILIES}`)]),
    // connect a tunnel on the link layer: channel 0x24
    ...ask([
      packet('0205', `${HPAI} ${HPAI} 04 04 02 00`),
      packet('0206', `24 00 08 01 0a3c0222 0e57 04 04 11fe`),
    ]),
    // read the group; the bus answers
    ...ask([tunnel(0, `${REQUEST} 01 00 00`), received(0)]),
    server(tunnel(0, `${CONFIRM} 01 00 00`)),
    client(received(0)),
    server(tunnel(1, `${TOLD} 01 00 41`)),
    client(received(1)),
    // write it
    ...ask([tunnel(1, `${REQUEST} 01 00 81`), received(1)]),
    server(tunnel(2, `${CONFIRM} 01 00 81`)),
    client(received(2)),
    // again, and nobody on the bus takes it
    ...ask([tunnel(2, `${REQUEST} 01 00 80`), received(2)]),
    server(tunnel(3, `${NEGATIVE} 01 00 80`)),
    client(received(3)),
    // disconnect
    ...ask([packet('0209', `24 00 ${HPAI}`), packet('020a', '24 00')]),
  ],
  actions: { discover: 1, session: 2, read: 1, write: 2, report: 1 },
  refused: { write: 1 },
}
