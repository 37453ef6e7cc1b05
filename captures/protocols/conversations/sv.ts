import { sampledValues } from '../../support/link.ts'
import { type Conversation, toGroup } from '../conversation.ts'

/** Sampled values (IEC 61850-9-2): a merging unit sends currents and voltages to everybody who wants them. */
export const conversation: Conversation = {
  over: 'ethernet',
  port: 0x88ba,
  macs: { client: '00:21:c1:60:01:1a', server: '00:21:c1:60:02:1a', group: '01:0c:cd:04:00:1a' },
  said: [1, 2, 3].map(count => toGroup(sampledValues(0x4018, 'MU0101', count))),
  actions: { report: 3 },
}
