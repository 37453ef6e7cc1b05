/**
 * sFlow: "sFlow Version 5" of sflow.org (section 5.1 datagrams), RFC 3176 for versions 2 and 4.
 *
 * Functions of `act`: the version.
 */
import * as A from '../../net/actions.ts'
import { u32 } from '../../wire/bytes.ts'
import { CERTAIN, FROM_CLIENT, NOT, type Protocol, UDP, UNSURE } from '../protocol.ts'

const IPV4 = 1
const IPV6 = 2
const MOST_SAMPLES = 256

export const sflow: Protocol = {
  id: 'sflow',
  service: 'sflow',
  transports: [UDP],
  firstBytes: [0],
  isStrict: true,

  probe(b, at, end, carrier) {
    if (end - at < 28) return NOT
    const version = u32(b, at)
    const kind = u32(b, at + 4)
    if ((version !== 5 && version !== 4 && version !== 2) || (kind !== IPV4 && kind !== IPV6)) return NOT
    // the agent's address, its part (version 5), sequence, uptime, number of samples
    const samples = at + 8 + (kind === IPV4 ? 4 : 16) + (version === 5 ? 12 : 8)
    if (samples + 4 > end) return UNSURE | FROM_CLIENT
    const count = u32(b, samples)
    if (count < 0 || count > MOST_SAMPLES) return NOT
    if (version !== 5 || count === 0) return UNSURE | FROM_CLIENT
    const first = samples + 4
    if (first + 8 > end) return UNSURE | FROM_CLIENT
    const length = u32(b, first + 4)
    return length > 0 && first + 8 + length <= at + carrier.length ? CERTAIN | FROM_CLIENT : NOT
  },

  read(b, at, end, _length, to) {
    if (end - at < 8) return to.short()
    to.client(true)
    const version = u32(b, at)
    if (version === 5 || version === 4 || version === 2) return to.act(A.REPORT, version, -1, -1, 0, 0)
    to.act(A.UNKNOWN, version & 0xffff, -1, -1, 0, 0)
    to.unfit()
  },

  functionName: fn => `export version ${fn}`,
}
