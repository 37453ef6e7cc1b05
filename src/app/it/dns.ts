/**
 * DNS: RFC 1035 (messages: section 4.1, over TCP with their length before them: 4.2.2), RFC 2136 (update), RFC 1996 (notify). At
 * the ports of mDNS and LLMNR the same bytes are theirs; NetBIOS names are meant everywhere but at port 53.
 */
import { u16 } from '../../wire/bytes.ts'
import { LIKENESS, NOT, type Protocol, TCP, UDP, UNSURE } from '../protocol.ts'
import { DNS_HEADER, dnsLikeness } from './dns-message.ts'
import { isNetbiosName } from './netbios-name.ts'

const DNS = 53
const isOther = (port: number): boolean => port === 5353 || port === 5355 || port === 137

export const dns: Protocol = {
  id: 'dns',
  service: 'dns',
  transports: [UDP, TCP],

  probe(b, at, end, { transport, length, srcPort, dstPort }) {
    const start = transport === TCP ? at + 2 : at
    // one question, which an answer may leave out
    if (end - start < DNS_HEADER || b[start + 4] !== 0 || b[start + 5] > 1) return NOT
    if (b[start + 5] === 0 && b[start + 2] < 0x80) return NOT
    if (srcPort !== DNS && dstPort !== DNS) {
      if (isOther(srcPort) || isOther(dstPort)) return NOT
      if (isNetbiosName(b, start + DNS_HEADER, end)) return NOT
    }
    if (transport === UDP) return dnsLikeness(b, at, end, length)
    const stated = u16(b, at)
    const likeness = dnsLikeness(b, start, Math.min(end, at + 2 + stated), stated)
    // more than one message in a segment, or one that the next segments carry on, is less than one that fits
    if (stated + 2 === length || (likeness & LIKENESS) === NOT) return likeness
    return stated + 2 > length ? likeness : (likeness & ~LIKENESS) | UNSURE
  },
}
