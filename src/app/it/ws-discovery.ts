/** WS-Discovery: OASIS WS-Discovery 1.1 and the 2005/04 draft before it (SOAP over UDP; the namespace tells it). */
import { initials } from '../first-bytes.ts'
import { CERTAIN, FROM_CLIENT, FROM_SERVER, NOT, type Protocol, UDP } from '../protocol.ts'
import { findAnyCase, isWord } from './text.ts'

const NAMESPACES = ['/ws/2005/04/discovery', '/ws-dd/ns/discovery/']
/** bytes looked through for a namespace: the head of a SOAP message */
const MOST = 1500

export const wsDiscovery: Protocol = {
  id: 'ws-discovery',
  service: 'ws-discovery',
  transports: [UDP],
  firstBytes: initials(['<']),

  probe(b, at, end) {
    // an XML declaration, or an envelope with a short prefix at once
    if (end - at < 64 || b[at] !== 0x3c) return NOT
    if (!isWord(b, at, end, '<?xml ') && findAnyCase(b, at, at + 24, 'envelope') < 0) return NOT
    const last = Math.min(end, at + MOST)
    for (const namespace of NAMESPACES) {
      const found = findAnyCase(b, at, last, namespace)
      if (found < 0) continue
      if (findAnyCase(b, at, last, 'discovery/probematches') >= 0) return CERTAIN | FROM_SERVER
      if (findAnyCase(b, at, last, 'discovery/resolvematches') >= 0) return CERTAIN | FROM_SERVER
      return findAnyCase(b, at, last, 'discovery/probe') >= 0 ? CERTAIN | FROM_CLIENT : CERTAIN
    }
    return NOT
  },
}
