import type { FlowFacts, FlowNumbers } from '../finding/facts.ts'
import * as R from '../flow/row.ts'
import type { FlowTable } from '../flow/table.ts'
import { formatAddress, formatMac } from '../net/address.ts'
import { serviceOfEthertype } from '../net/ports.ts'
import { FIRST } from './openings.ts'
import type { RowRecords } from './row-records.ts'
import { RANKS, type Verdicts } from './verdicts.ts'

/** names of ends: five words, of which the first says what it is */
const NAME_WORDS = 5
const NAME_NONE = 0
const NAME_MAC = 1
const NAME_V4 = 4
const NAME_V6 = 6
const ICMP = 1
const ICMP6 = 58
/** protocols whose records have ports: TCP, UDP, DCCP, SCTP, UDP-Lite */
const HAS_PORTS = new Set([6, 17, 33, 132, 136])
/** kinds of service numbers, above the protocol (8 bits) and a port, an ICMP type or an EtherType (16 bits) */
const WITHOUT_IP = 1 << 24
const RECOGNISED = 1 << 25
/** a service by its place in the table */
const APPLICATION = 1 << 26

/** Reads rows as the numbers that totals are made of. A test holds them against the records of the same rows. */
export class RowNumbers implements FlowNumbers {
  final = false
  isEvicted = false
  isCut = false
  bytes = 0
  saying = 0
  isInferred = false
  service = 0
  isRecognised = false
  readonly orig = new Int32Array(NAME_WORDS)
  readonly resp = new Int32Array(NAME_WORDS)
  formerExceptions: readonly string[] | undefined
  private readonly table: FlowTable
  private readonly verdicts: Verdicts
  private readonly records: RowRecords
  private row = -1

  constructor(table: FlowTable, verdicts: Verdicts, records: RowRecords) {
    this.table = table
    this.verdicts = verdicts
    this.records = records
  }

  /** Takes in a row: its last record (`final`) or an interim one. */
  read(row: number, final: boolean, isEvicted: boolean): void {
    const { hot, sums, cold } = this.table
    const h = row * R.HOT_WORDS
    const c = row * R.COLD_WORDS
    const s = row * R.SUM_DOUBLES + R.BYTES
    this.row = row
    this.final = final
    this.isEvicted = isEvicted
    this.saying = hot[h + R.JUDGEMENT] * RANKS + this.verdicts.worstRank(row)
    this.formerExceptions = final ? this.verdicts.formerExceptions(row) : undefined
    if (!final) return
    this.isInferred = this.verdicts.isInferred(row)
    this.isCut = cold[c + R.TRUNCATED] > 0
    this.bytes = sums[s] + sums[s + 1]
    const kind = (hot[h + R.K3] >>> R.KIND_SHIFT) & 0xff
    const origIsB = (hot[h + R.STATE] & R.ORIG_IS_B) !== 0
    const a = origIsB ? this.resp : this.orig
    const b = origIsB ? this.orig : this.resp
    if (kind === R.KIND_V4) {
      put(a, NAME_V4, 0, 0, 0, hot[h + R.K0])
      put(b, NAME_V4, 0, 0, 0, hot[h + R.K1])
    } else if (kind === R.KIND_V6) {
      const { six } = this.table
      const at = row * R.SIX_WORDS
      put(a, NAME_V6, six[at], six[at + 1], six[at + 2], six[at + 3])
      put(b, NAME_V6, six[at + 4], six[at + 5], six[at + 6], six[at + 7])
    } else {
      const m = c + R.MACS
      putMac(a, cold[m] >>> 16, cold[m + 1])
      putMac(b, cold[m] & 0xffff, cold[m + 2])
    }
    this.readService(row, hot[h + R.K2], hot[h + R.K3], hot[h + R.STATE])
  }

  facts(): FlowFacts {
    return this.records.record(this.row, this.final, undefined)
  }

  nameOf(name: Int32Array): string | undefined {
    const [kind, w0, w1, w2, w3] = name
    if (kind === NAME_NONE) return undefined
    return kind === NAME_MAC
      ? formatMac(w2, w3 >>> 0)
      : formatAddress(kind === NAME_V4 ? 4 : 6, w0 >>> 0, w1 >>> 0, w2 >>> 0, w3 >>> 0)
  }

  /** What names the service: who opened it being a guess, the lower port is the steadier name of an unknown one. */
  private readService(row: number, k2: number, k3: number, state: number): void {
    const proto = k3 & 0xffff
    const origIsB = (state & R.ORIG_IS_B) !== 0
    const isIp = ((k3 >>> R.KIND_SHIFT) & 0xff) !== R.KIND_L2
    const application = this.records.recognised(row, isIp ? proto : 0, origIsB ? k2 >>> 16 : k2 & 0xffff)
    if (application > 0) {
      this.isRecognised = true
      this.service = APPLICATION | application
      return
    }
    let number = proto << 16
    if (((k3 >>> R.KIND_SHIFT) & 0xff) === R.KIND_L2) {
      number = WITHOUT_IP | proto
      this.isRecognised =
        ((k3 >>> R.KIND_SHIFT) & R.KIND_LLC) === 0 && serviceOfEthertype(proto) !== undefined
    } else if (proto === ICMP || proto === ICMP6) {
      number |= origIsB && (k2 & R.ICMP_ONE_WAY) === 0 ? k2 & 0xff : k2 >>> 16
      this.isRecognised = false
    } else if (HAS_PORTS.has(proto)) {
      const orig = origIsB ? k2 & 0xffff : k2 >>> 16
      const resp = origIsB ? k2 >>> 16 : k2 & 0xffff
      this.isRecognised = !this.records.isOther(row) && this.records.serviceAt(proto, resp) !== undefined
      const isGuess = (state & R.DIRECTION_MASK) >>> R.DIRECTION_SHIFT === FIRST && !this.isRecognised
      number |= isGuess && orig < resp ? orig : resp
    } else this.isRecognised = false
    this.service = this.isRecognised ? number | RECOGNISED : number
  }
}

function put(name: Int32Array, kind: number, w0: number, w1: number, w2: number, w3: number): void {
  name[0] = kind
  name[1] = w0
  name[2] = w1
  name[3] = w2
  name[4] = w3
}

const putMac = (name: Int32Array, high: number, low: number): void =>
  put(name, (high | low) === 0 ? NAME_NONE : NAME_MAC, 0, 0, high, low)
