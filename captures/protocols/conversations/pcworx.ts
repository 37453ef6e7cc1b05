import { ascii, ask, type Conversation } from '../conversation.ts'

/** PC Worx, as public scanners speak it: type, function, length of all of it, more; no specification is public. */
const OPEN = `0101 001a 00000000 7880 0003 000c ${ascii('IBETH01N0_M', 12)}`
const OPENED = `8101 0014 00000000 00000000 0000 0002 0005 0000`
/** the session's number is asked for before anything else */
const START = '0105 0016 0001 0000 7880 0002 0000 0006 0402 9500 0000'
const STARTED = '8105 0014 0001 0000 0000 0000 0000 0002 0000 0000'
const ASK = '0106 000e 0002 0000 0000 0000 0400'
const INFORMATION = `8106 0050 ${'00'.repeat(26)} ${ascii('ILC 999 ETH', 36)} ${ascii('4.60', 14)}`

export const conversation: Conversation = {
  over: 'tcp',
  port: 1962,
  said: [...ask([OPEN, OPENED]), ...ask([START, STARTED]), ...ask([ASK, INFORMATION])],
  actions: { session: 2, discover: 1 },
}
