import {
  iec104Command,
  iec104Interrogation,
  iec104Measured,
  iec104Received,
  iec104Start,
  iec104Test,
} from '../../support/ot.ts'
import { ask, type Conversation, client, counted, server } from '../conversation.ts'

/** IEC 60870-5-104: information frames around an ASDU of type, number, cause, station (here 1), objects. */
const information = (numbers: string, asdu: string): string => `68 ${counted(`${numbers} ${asdu}`, 1)}`

export const conversation: Conversation = {
  over: 'tcp',
  port: 2404,
  said: [
    ...ask(iec104Start),
    ...ask(iec104Interrogation(0, 0)),
    // interrogated: two single points from address 100 on, then the end of it
    server(information('0200 0200', '01 82 1400 0100 640000 01 00')),
    server(information('0400 0200', '64 01 0a00 0100 000000 14')),
    server(iec104Measured(3, 1, 4001, 49.98)),
    client(iec104Received(4)),
    ...ask(iec104Command(1, 4, 5001)),
    // a set point, and its confirmation
    client(information('0400 0a00', '32 01 0600 0100 891300 0000c842 00')),
    server(information('0a00 0600', '32 01 0700 0100 891300 0000c842 00')),
    // a command to an address that is not there: cause 47, negative
    client(information('0600 0c00', '2d 01 0600 0100 0f2700 01')),
    server(information('0c00 0800', '2d 01 6f00 0100 0f2700 01')),
    ...ask(iec104Test),
  ],
  actions: { session: 2, read: 2, report: 1, control: 3, write: 1 },
  refused: { control: 1 },
}
