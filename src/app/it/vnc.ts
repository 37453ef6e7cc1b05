/** RFB, the protocol of VNC: RFC 6143 (version exchange: section 7.1.1). Both ends say a version first, the server begins. */
import { initials } from '../first-bytes.ts'
import { CERTAIN, NOT, type Protocol, TCP } from '../protocol.ts'
import { isDigit, isWord, printable } from './text.ts'

const LENGTH = 12

function isVersion(b: Uint8Array, at: number, end: number): boolean {
  if (end - at < LENGTH || !isWord(b, at, end, 'RFB ') || b[at + 7] !== 0x2e || b[at + 11] !== 0x0a)
    return false
  for (let i = 4; i < 11; i++) if (i !== 7 && !isDigit(b[at + i])) return false
  return true
}

export const vnc: Protocol = {
  id: 'vnc',
  service: 'vnc',
  transports: [TCP],
  firstBytes: initials(['RFB ']),
  memory: 1,

  probe: (b, at, end) => (isVersion(b, at, end) ? CERTAIN : NOT),

  length(b, at, end) {
    if (end - at < LENGTH) return b[at] === 0x52 ? 0 : -1
    return isVersion(b, at, end) ? LENGTH : -1
  },

  read(b, at, end, _length, to) {
    if (!isVersion(b, at, end)) return to.done()
    // the later one, of the client, is what is spoken
    to.detail('version', printable(b, at + 4, end, 7))
    to.memory[0]++
    if (to.memory[0] >= 2) to.done()
  },
}
