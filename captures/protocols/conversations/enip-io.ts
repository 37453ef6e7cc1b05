import { enipCyclic } from '../../support/ot.ts'
import { ask, type Conversation, client, hex } from '../conversation.ts'

/** Implicit messages of EtherNet/IP (CIP Networks Library, volume 2, section 3): outputs with a run header one way, inputs back. */
export const conversation: Conversation = {
  over: 'udp',
  port: 2222,
  clientPort: 2222,
  said: [
    ...ask([enipCyclic(0x00110001, 1, hex('01000000 1500')), enipCyclic(0x00110002, 1, hex('2a10'))]),
    ...ask([enipCyclic(0x00110001, 2, hex('01000000 1600')), enipCyclic(0x00110002, 2, hex('2b10'))]),
    // no data: the connection lives
    client(enipCyclic(0x00110003, 1, hex(''))),
  ],
  actions: { write: 2, report: 2, session: 1 },
}
