import type { Attempt } from '../records.ts'
import * as R from './row.ts'

/** Flag bits of the TCP header that open or end a connection. */
const FIN = 0x01
const SYN = 0x02
const RST = 0x04
const ACK = 0x10

/** Zeek's history letters in the order of their codes; upper case is the originator's. */
const LETTERS = 'shadfriqtgw^'
const L_NONE = -1
const L_SYN = 0
const L_SYN_ACK = 1
const L_ACK = 2
const L_DATA = 3
const L_FIN = 4
const L_RST = 5
const L_FIN_RST = 6
const L_SYN_FIN = 7
const L_RETRANS = 8
const L_GAP = 9
const L_WINDOW = 10
const L_FLIPPED = 11
/** A SYN this far from the number expected begins other numbers: it is no gap, and no segment sent before. */
const SYN_REACH = 1 << 20
const MOST_LETTERS = R.HISTORY_WORDS * 6
/** Segments without data that one end may send unheard and still only be trying: scanners repeat a probe ten times at most. */
const MOST_PROBES = 10

/**
 * Follows one segment: flags, history, sequence numbers (retransmitted and missed bytes), connection state.
 * `side` is the sender (0 = A, 1 = B), `payload` its length in bytes. RFC 9293; letters and states as Zeek's conn.log has them.
 */
export function trackTcp(
  hot: Int32Array,
  cold: Int32Array,
  row: number,
  side: number,
  flags: number,
  seq: number,
  payload: number,
  window: number,
): void {
  const h = row * R.HOT_WORDS
  const seen = hot[h + R.SEEN]
  const next = h + R.NEXT_SEQ_A + side
  // the usual segment: nothing new in flags or letters, sequence number as expected
  const letters = 16 + (side << 3)
  const usual = (1 << (letters + (payload > 0 ? L_DATA : L_ACK))) | (flags << (side << 3))
  if ((flags & (SYN | FIN | RST)) === 0 && (seen & usual) === usual && window !== 0 && hot[next] === seq) {
    hot[next] = (seq + payload) | 0
    return
  }
  unusual(hot, cold, row, side, flags, seq, payload, window)
}

function unusual(
  hot: Int32Array,
  cold: Int32Array,
  row: number,
  side: number,
  flags: number,
  seq: number,
  payload: number,
  window: number,
): void {
  const h = row * R.HOT_WORDS
  hot[h + R.SEEN] |= flags << (side << 3)
  let state = hot[h + R.STATE]
  const next = h + R.NEXT_SEQ_A + side
  const opened = (state & ((R.SYN | R.SYN_ACK) << side)) !== 0
  once(hot, cold, row, side, letterOf(flags, payload))
  if (flags & SYN) {
    if (flags & ACK) state |= R.SYN_ACK << side
    else {
      cold[row * R.COLD_WORDS + R.SYN_SEQ] = seq
      state |= R.SYN << side
    }
  }
  if (payload > 0) state |= R.DATA << side
  if (flags & FIN && !(state & (R.RST << side))) {
    // the peer closed first and reset only what came late: closed by both
    if (!(flags & RST) && state & (R.FIN << (1 - side))) state &= ~(R.RST_FIRST << (1 - side))
    state |= R.FIN << side
  }
  if (flags & RST) {
    if (!(state & R.CLOSED)) state |= (R.RST_FIRST << side) | R.CLOSED
    state |= R.RST << side
  } else if (window === 0 && !(flags & SYN) && !has(cold, row, (side << 4) | L_WINDOW))
    letter(cold, row, (side << 4) | L_WINDOW)
  if ((state & (R.FIN * 3)) === R.FIN * 3) state |= R.CLOSED
  if (!(flags & RST)) {
    const length = payload + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0)
    if (!(state & (R.SEQ_KNOWN << side))) hot[next] = (seq + length) | 0
    // an acknowledgement tells what was sent before it; one from behind came late, or keeps the connection alive
    else if (length > 0 || (flags & ACK && ((seq - hot[next]) | 0) > 0)) {
      const ahead = (seq - hot[next]) | 0
      if (flags & SYN && (ahead > 0 || ahead < -SYN_REACH)) hot[next] = (seq + length) | 0
      else {
        if (ahead > 0) missed(cold, row, side, ahead)
        else if (ahead < 0 && payload > 0) filled(cold, row, side, Math.min(payload, -ahead))
        else if (ahead < 0 && (opened || !(flags & SYN))) cold[row * R.COLD_WORDS + R.RETRANS + side]++
        if (((seq + length - hot[next]) | 0) > 0) hot[next] = (seq + length) | 0
      }
    }
    state |= R.SEQ_KNOWN << side
  }
  hot[h + R.STATE] = withLimit(state)
}

/** The letter a segment stands for: several of SYN, FIN and RST together have letters of their own. */
function letterOf(flags: number, payload: number): number {
  switch (flags & (SYN | FIN | RST)) {
    case 0:
      return payload > 0 ? L_DATA : flags & ACK ? L_ACK : L_NONE
    case SYN:
      return flags & ACK ? L_SYN_ACK : L_SYN
    case FIN:
      return L_FIN
    case RST:
      return L_RST
    default:
      return flags & FIN && flags & RST ? L_FIN_RST : L_SYN_FIN
  }
}

/** The idle limit that fits the state of the connection. */
function withLimit(state: number): number {
  let limit = R.LIMIT_TCP
  if (state & R.CLOSED) limit = R.LIMIT_CLOSED
  else if (state & (R.SYN * 3) && !(state & (R.SYN_ACK * 3)) && !(state & (R.DATA * 3)))
    limit = R.LIMIT_ATTEMPT
  return (state & ~R.LIMIT_MASK) | (limit << R.LIMIT_SHIFT)
}

/** A segment ahead of what was expected: the bytes between were not seen, at least not yet. */
function missed(cold: Int32Array, row: number, side: number, bytes: number): void {
  const c = row * R.COLD_WORDS
  // a jump beyond any window is another connection or a wrapped capture, not missing bytes
  if (bytes > 1 << 30) return
  cold[c + R.MISSED] = Math.min(0x7fffffff, cold[c + R.MISSED] + bytes)
  if (!has(cold, row, (side << 4) | L_GAP)) letter(cold, row, (side << 4) | L_GAP)
}

/** A segment behind: it fills a gap when there is one (out of order), else it was sent before. */
function filled(cold: Int32Array, row: number, side: number, bytes: number): void {
  const c = row * R.COLD_WORDS
  const gap = cold[c + R.MISSED]
  if (gap > 0) cold[c + R.MISSED] = Math.max(0, gap - bytes)
  else retransmitted(cold, row, side)
}

/** Data sent again: a letter for the first segment and at 10, 100 and 1000; SYN and FIN sent again have none. */
function retransmitted(cold: Int32Array, row: number, side: number): void {
  const count = ++cold[row * R.COLD_WORDS + R.RETRANS + side]
  const code = (side << 4) | L_RETRANS
  if (count === 10 || count === 100 || count === 1000 || (count < 10 && !has(cold, row, code)))
    letter(cold, row, code)
}

function once(hot: Int32Array, cold: Int32Array, row: number, side: number, code: number): void {
  if (code === L_NONE) return
  const bit = 1 << (16 + (side << 3) + code)
  const h = row * R.HOT_WORDS
  if (hot[h + R.SEEN] & bit) return
  hot[h + R.SEEN] |= bit
  letter(cold, row, (side << 4) | code)
}

function letter(cold: Int32Array, row: number, code: number): void {
  const c = row * R.COLD_WORDS
  const count = cold[c + R.HISTORY_COUNT] & R.HISTORY_COUNT_MASK
  if (count >= MOST_LETTERS) return
  const word = (count / 6) | 0
  cold[c + R.HISTORY + word] |= code << ((count - word * 6) * 5)
  cold[c + R.HISTORY_COUNT]++
}

function codeAt(cold: Int32Array, row: number, i: number): number {
  const word = (i / 6) | 0
  return (cold[row * R.COLD_WORDS + R.HISTORY + word] >>> ((i - word * 6) * 5)) & 31
}

function has(cold: Int32Array, row: number, code: number): boolean {
  for (let i = (cold[row * R.COLD_WORDS + R.HISTORY_COUNT] & R.HISTORY_COUNT_MASK) - 1; i >= 0; i--)
    if (codeAt(cold, row, i) === code) return true
  return false
}

/** Notes that the flow was turned round: its first frame, or what was taken for its direction, came from the responder (Zeek's `^`). */
export function markFlipped(cold: Int32Array, row: number): void {
  letter(cold, row, L_FLIPPED)
}

/** UDP and the like: a `D` for each direction that spoke. */
export function trackDatagram(hot: Int32Array, cold: Int32Array, row: number, side: number): void {
  if (hot[row * R.HOT_WORDS + R.SEEN] & (1 << (16 + (side << 3) + L_DATA))) return
  once(hot, cold, row, side, L_DATA)
}

/** The history as text, upper case for the originator. */
export function historyText(hot: Int32Array, cold: Int32Array, row: number): string {
  const orig = hot[row * R.HOT_WORDS + R.STATE] & R.ORIG_IS_B ? 1 : 0
  let text = ''
  const count = cold[row * R.COLD_WORDS + R.HISTORY_COUNT] & R.HISTORY_COUNT_MASK
  for (let i = 0; i < count; i++) {
    const code = codeAt(cold, row, i)
    const sign = LETTERS[code & 15]
    text += code >>> 4 === orig ? sign.toUpperCase() : sign
  }
  return text
}

/**
 * Connection state with the meaning of Zeek's conn.log: S0 S1 SF REJ S2 S3 RSTO RSTR RSTOS0 RSTRH SH SHR OTH.
 * As there, an end whose SYN or SYN ACK was not seen counts as one that did not open, also where its FIN or RST was.
 */
export function connectionState(state: number): string {
  const orig = state & R.ORIG_IS_B ? 1 : 0
  const resp = 1 - orig
  const rstOrig = (state & (R.RST_FIRST << orig)) !== 0
  const rstResp = (state & (R.RST_FIRST << resp)) !== 0
  const finOrig = (state & (R.FIN << orig)) !== 0
  const finResp = (state & (R.FIN << resp)) !== 0
  const asked = (state & (R.SYN << orig)) !== 0
  const answered = (state & (R.SYN_ACK << resp)) !== 0
  if (rstResp) return !asked ? 'RSTRH' : answered ? 'RSTR' : 'REJ'
  if (rstOrig) return answered ? 'RSTO' : 'RSTOS0'
  if (finOrig && finResp) return 'SF'
  if (finOrig) return answered ? 'S2' : 'SH'
  if (finResp) return asked ? 'S3' : 'SHR'
  if (asked && answered) return 'S1'
  return asked && !(state & (R.SEQ_KNOWN << resp)) ? 'S0' : 'OTH'
}

/**
 * What came of the attempt to talk: `established` where an exchange shows, `refused` where a RST or an ICMP error was all
 * that came back, else `unanswered`. `packetsOrig` and `packetsResp` are what each end sent, RSTs included.
 */
export function tcpAttempt(state: number, seen: number, packetsOrig: number, packetsResp: number): Attempt {
  const orig = state & R.ORIG_IS_B ? 1 : 0
  const resp = 1 - orig
  // only a segment other than RST makes a sequence number known
  const origSpoke = (state & (R.SEQ_KNOWN << orig)) !== 0
  const respSpoke = (state & (R.SEQ_KNOWN << resp)) !== 0
  if (origSpoke && respSpoke) return 'established'
  if (origSpoke && wasHeard(state, seen, orig, packetsOrig)) return 'established'
  if (respSpoke && wasHeard(state, seen, resp, packetsResp)) return 'established'
  const reset = (origSpoke && state & (R.RST << resp)) || (respSpoke && state & (R.RST << orig))
  return reset || state & R.REFUSED ? 'refused' : 'unanswered'
}

/**
 * Whether the segments of one end alone show that the other takes part, as in a mirror of one direction: an end that goes
 * on after its SYN or answers one, data sent midstream, or more acknowledgements than a prober would send. Every segment
 * of an open connection has ACK (RFC 9293 section 3.10.7.4); a FIN, NULL, XMAS or ACK probe has no data.
 */
function wasHeard(state: number, seen: number, side: number, packets: number): boolean {
  const flags = (seen >>> (side << 3)) & 0xff
  const letters = (seen >>> (16 + (side << 3))) & 0xff
  if (!(flags & ACK)) return false
  if (state & (R.SYN_ACK << side)) return !(state & (R.RST << (1 - side)))
  const data = letters & ((1 << L_DATA) | (1 << L_FIN))
  if (state & (R.SYN << side)) return data !== 0 || (letters & (1 << L_ACK)) !== 0
  return (data !== 0 && (state & (R.DATA << side)) !== 0) || packets > MOST_PROBES
}

/** TCP flags one side showed, as letters. */
export function flagText(flags: number): string {
  let text = ''
  for (let bit = 0; bit < 8; bit++) if (flags & (1 << bit)) text += 'FSRPAUEC'[bit]
  return text
}
