/** SSDP: UPnP Device Architecture 2.0, section 1 (search, answer, advertisement: lines like those of HTTP, over UDP). */
import { initials } from '../first-bytes.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, UDP } from '../protocol.ts'
import { fieldValue, isWord, printable } from './text.ts'

export const ssdp: Protocol = {
  id: 'ssdp',
  service: 'ssdp',
  transports: [UDP],
  firstBytes: initials(['M-SEARCH', 'NOTIFY', 'HTTP']),

  probe(b, at, end) {
    if (isWord(b, at, end, 'M-SEARCH * HTTP/1.')) return CERTAIN | FROM_CLIENT
    // who advertises sends to the group's port without being asked
    if (isWord(b, at, end, 'NOTIFY * HTTP/1.')) return CERTAIN
    if (!isWord(b, at, end, 'HTTP/1.1 200')) return NOT
    const isAnswer = fieldValue(b, at, end, 'st:') >= 0 || fieldValue(b, at, end, 'usn:') >= 0
    return isAnswer ? CERTAIN | FROM_SERVER : NOT
  },

  read(b, at, end, _length, to) {
    const isSearch = isWord(b, at, end, 'M-SEARCH')
    if (isSearch) return
    const server = fieldValue(b, at, end, 'server:')
    const product = server < 0 ? '' : printable(b, server, end)
    if (product !== '') to.heard('product', product)
    to.done()
  },
}
