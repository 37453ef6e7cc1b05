import { hash } from 'node:crypto'

const ICMP = 1
const TCP = 6
const UDP = 17
const ICMP6 = 58
const SCTP = 132

/** Type that answers each type, -1 where the specification pairs none: such messages go one way. */
const ANSWER4 = pairs([0, 8], [9, 10], [13, 14], [15, 16], [17, 18])
const ANSWER6 = pairs([128, 129], [130, 131], [133, 134], [135, 136], [139, 140], [144, 145])

/** The hashed bytes at their longest: seed 2, addresses 2 x 16, protocol, padding, ports 2 x 2. Bytes 0 and 1 stay the seed 0. */
const memory = Buffer.alloc(40)
const inputs = new Map([12, 16, 36, 40].map(length => [length, memory.subarray(0, length)]))

/**
 * Community ID version 1 with seed 0 of a flow, e.g. `1:LQU9qZlK+B5F3KDmev6m5PMibrg=`; the same for both directions.
 * Addresses are four 32-bit words in host order, IPv4 in word 3. Ports count for TCP, UDP and SCTP; ICMP and ICMPv6
 * take `icmpType` and `icmpCode` in their place (the type as sent from orig to resp); other protocols have neither.
 * Source: Community ID flow hashing specification (Corelight), version 1.
 */
export function communityId(
  version: 4 | 6,
  proto: number,
  origWords: Uint32Array,
  respWords: Uint32Array,
  origPort: number,
  respPort: number,
  icmpType: number,
  icmpCode: number,
): string {
  let first = origPort
  let second = respPort
  let swaps = true
  if (proto === ICMP || proto === ICMP6) {
    const answer = (proto === ICMP ? ANSWER4 : ANSWER6)[icmpType & 0xff]
    first = icmpType
    second = answer < 0 ? icmpCode : answer
    swaps = answer >= 0
  }
  const order = compareWords(version, origWords, respWords)
  const swap = swaps && (order > 0 || (order === 0 && first > second))
  let at = putWords(version, swap ? respWords : origWords, 2)
  at = putWords(version, swap ? origWords : respWords, at)
  memory[at++] = proto
  memory[at++] = 0
  if (proto === TCP || proto === UDP || proto === SCTP || proto === ICMP || proto === ICMP6) {
    at = put16(swap ? second : first, at)
    at = put16(swap ? first : second, at)
  }
  return `1:${hash('sha1', inputs.get(at)!, 'base64')}`
}

function pairs(...both: [number, number][]): Int16Array {
  const answers = new Int16Array(256).fill(-1)
  for (const [a, b] of both) {
    answers[a] = b
    answers[b] = a
  }
  return answers
}

/** Words compare as the bytes on the wire do: the most significant word first. */
function compareWords(version: 4 | 6, a: Uint32Array, b: Uint32Array): number {
  for (let i = version === 4 ? 3 : 0; i < 4; i++) if (a[i] !== b[i]) return a[i] < b[i] ? -1 : 1
  return 0
}

function putWords(version: 4 | 6, words: Uint32Array, start: number): number {
  let at = start
  for (let i = version === 4 ? 3 : 0; i < 4; i++) at = memory.writeUInt32BE(words[i], at)
  return at
}

function put16(value: number, at: number): number {
  return memory.writeUInt16BE(value & 0xffff, at)
}
