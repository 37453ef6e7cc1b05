import { lldp } from '../../support/link.ts'
import { type Conversation, toGroup } from '../conversation.ts'

/** LLDP (IEEE 802.1AB): a switch says what it is. No bridge forwards that. */
const unit = lldp('00:1b:1b:60:02:5e', 'port-003', 'sw-cell-1', 'managed industrial switch')

export const conversation: Conversation = {
  over: 'ethernet',
  port: 0x88cc,
  macs: { client: '00:1b:1b:60:02:5f', server: '00:1b:1b:60:02:5e', group: '01:80:c2:00:00:0e' },
  said: [toGroup(unit), toGroup(unit)],
  actions: { discover: 2 },
}
