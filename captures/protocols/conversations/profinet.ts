import { dcpIdentify, dcpResponse, profinetCyclic } from '../../support/link.ts'
import { ascii, type Conversation, client, counted, hex, server, toGroup } from '../conversation.ts'

/** PROFINET (IEC 61158-6-10): DCP finds a device and sets it up, then data come and go cyclically. */
const set = (number: string, blocks: string): string => `fefd 04 00 ${number} 0000 ${counted(blocks, 2)}`
const done = (number: string, block: string, error: string): string =>
  `fefd 04 01 ${number} 0000 0008 0504 0003 ${block} ${error} 00`
/** name of station, to keep */
const NAME = `0202 ${counted(`0001 ${ascii('press-io-4')}`, 2)}`

export const conversation: Conversation = {
  over: 'ethernet',
  port: 0x8892,
  macs: { client: '00:1b:1b:60:01:1b', server: '00:1b:1b:60:02:1b', group: '01:0e:cf:00:00:00' },
  said: [
    // identify all
    toGroup(dcpIdentify(0x01000001)),
    server(dcpResponse(0x01000001, 'press-io', '10.60.2.27', '255.255.255.0', '10.60.2.1')),
    client(set('01000002', NAME)),
    server(done('01000002', '0202', '00')),
    // an address, refused: not while in operation
    client(set('01000003', '0102 000e 0001 0a3c021b ffffff00 0a3c0201')),
    server(done('01000003', '0102', '06')),
    // flash the light
    client(set('01000004', '0503 0004 0000 0100')),
    server(done('01000004', '0503', '00')),
    // class 1: outputs and inputs
    client(profinetCyclic(0x8001, hex('80 0f 80'), 1024)),
    server(profinetCyclic(0x8000, hex('80 2a 10 80'), 1024)),
    client(profinetCyclic(0x8001, hex('80 0e 80'), 1056)),
    server(profinetCyclic(0x8000, hex('80 2a 11 80'), 1056)),
  ],
  // the answer to who is asked through a group is a conversation of its own
  actions: { discover: 2, configure: 2, control: 1, report: 4 },
  refused: { configure: 1 },
}
