import { goose } from '../../support/link.ts'
import { type Conversation, toGroup } from '../conversation.ts'

/** GOOSE (IEC 61850-8-1 annex A): a state is repeated, then another one comes. */
export const conversation: Conversation = {
  over: 'ethernet',
  port: 0x88b8,
  macs: { client: '00:02:a3:60:01:18', server: '00:02:a3:60:02:18', group: '01:0c:cd:01:00:18' },
  said: [
    toGroup(goose(0x18, 'FEEDER_4', 7, 1, false)),
    toGroup(goose(0x18, 'FEEDER_4', 7, 2, false)),
    toGroup(goose(0x18, 'FEEDER_4', 8, 0, true)),
    toGroup(goose(0x18, 'FEEDER_4', 8, 1, true)),
  ],
  actions: { report: 4 },
}
