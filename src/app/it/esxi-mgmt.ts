/**
 * VMware authentication daemon of ESXi hosts, TCP 902: its greeting "220 VMware Authentication Daemon Version 1.10: ...", as
 * hosts have sent it to anybody since ESX 3. TLS or nothing that is publicly described comes after it.
 */
import { initials } from '../first-bytes.ts'
import { CERTAIN, FROM_SERVER, NOT, type Protocol, TCP } from '../protocol.ts'
import { isWord, lineEnd, printable } from './text.ts'

const GREETING = '220 VMware Authentication Daemon Version '
const LONGEST = 512

export const esxiMgmt: Protocol = {
  id: 'esxi-mgmt',
  service: 'esxi-mgmt',
  transports: [TCP],
  firstBytes: initials([GREETING]),

  probe: (b, at, end) => (isWord(b, at, end, GREETING) ? CERTAIN | FROM_SERVER : NOT),

  length(b, at, end) {
    const feed = lineEnd(b, at, end, LONGEST)
    return feed >= 0 ? feed + 1 - at : end - at >= LONGEST ? -1 : 0
  },

  read(b, at, end, _length, to) {
    if (isWord(b, at, end, GREETING)) {
      to.client(false)
      to.heard('product', 'VMware Authentication Daemon')
      to.heard('version', printable(b, at + GREETING.length, end).split(/[:,\s]/, 1)[0])
    }
    to.done()
  },
}
