import { bacnetRead, bacnetWrite, iAm, whoIs } from '../../support/ot.ts'
import { ask, type Conversation, counted } from '../conversation.ts'

/** BACnet/IP (ASHRAE 135, clause 20 and annex J): a frame of the virtual link to one device, an NPDU, an APDU. */
const unicast = (apdu: string, expectsReply = false): string =>
  `81 0a ${counted(`01 ${expectsReply ? '04' : '00'} ${apdu}`, 2, 4)}`

export const conversation: Conversation = {
  over: 'udp',
  port: 47808,
  clientPort: 47808,
  said: [
    ...ask([whoIs(), iAm(1204, 7)]),
    ...ask(bacnetRead(1, 4, 19.5)),
    ...ask(bacnetWrite(2, 6, 21)),
    // write of an analog output, refused: class property, code write access denied
    ...ask([
      unicast('00 05 03 0f 0c 00400003 19 55 3e 44 42480000 3f 49 08', true),
      unicast('50 03 0f 91 02 91 28'),
    ]),
    // subscribe to changes of an input for five minutes, then one of them
    ...ask([unicast('00 05 04 05 09 12 1c 00000004 29 00 3a 012c', true), unicast('20 04 05')]),
    // reinitialize: warm start, with a password
    ...ask([unicast('00 05 05 14 09 01 1d 07 00 706c616e7431', true), unicast('20 05 14')]),
  ],
  actions: { discover: 2, read: 1, write: 2, report: 1, control: 1 },
  refused: { write: 1 },
}
