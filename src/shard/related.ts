import { flowId } from '../flow/record.ts'
import * as R from '../flow/row.ts'
import { type FlowTable, PARTITIONS } from '../flow/table.ts'
import { SERVICES, serviceNumber } from '../net/ports.ts'
import type { Asked } from './answers.ts'

/** An announced conversation that does not begin within this many seconds is none that was announced. */
const SECONDS = 600
/** Announcements kept at a time, in each partition. */
const MOST = 512
const TCP = 6
const UDP = 17

/** Services whose announcements lead to a service of its own, which may be used again. */
const LASTING = new Set(['msrpc', 'rpcbind', 'enip', 'profinet'])

interface Announced extends Asked {
  /** service of the conversation that announced it */
  by: string
  row: number
  serial: number
}

/**
 * Conversations that others have announced: FTP data, RPC and DCOM ports, TFTP transfers, media, cyclic connections. Only
 * between the two ends of the conversation that announces: of a third one nobody can tell that it agreed.
 */
export class Related {
  private readonly table: FlowTable
  /** by partition: what is announced, the oldest first */
  private readonly announced: Map<string, Announced>[] = Array.from(
    { length: PARTITIONS + 1 },
    () => new Map(),
  )
  private readonly byRow = new Map<number, Announced[]>()
  private count = 0

  constructor(table: FlowTable) {
    this.table = table
  }

  /**
   * The conversation in `row` announces one of protocol `proto` (6 or 17) to `port` of its end `side` (0 = A); -1 = to any port
   * of that end, from the port the other one has now. `v4` = the IPv4 address that was given, 0 = none.
   */
  announce(
    row: number,
    by: string,
    proto: number,
    port: number,
    side: number,
    v4: number,
    seconds: number,
  ): void {
    const { hot, cold } = this.table
    const h = row * R.HOT_WORDS
    if ((hot[h + R.STATE] & R.GROUP) !== 0 || (proto !== TCP && proto !== UDP)) return
    const isFour = ((hot[h + R.K3] >>> R.KIND_SHIFT) & 0xff) === R.KIND_V4
    if (v4 !== 0 && (!isFour || hot[h + (side === 0 ? R.K0 : R.K1)] !== v4)) return
    const partition = this.table.partitionOfRow(row)
    const known = this.announced[partition]
    const key =
      port >= 0
        ? this.keyOf(row, proto, port, side, 'to')
        : this.keyOf(row, proto, this.portOf(row, 1 - side), 1 - side, 'from')
    const entry: Announced = {
      by,
      seconds,
      flowId: flowId(this.table, row),
      judgement: hot[h + R.JUDGEMENT],
      asker: '',
      place: cold[row * R.COLD_WORDS + R.FIRST_PLACE],
      row,
      serial: cold[row * R.COLD_WORDS + R.SERIAL],
    }
    if (known.has(key)) this.remove(known, key)
    else if (known.size >= MOST) this.remove(known, known.keys().next().value!)
    known.set(key, entry)
    this.count++
    const ofRow = this.byRow.get(row)
    if (ofRow === undefined) this.byRow.set(row, [entry])
    else ofRow.push(entry)
  }

  /**
   * What announced the conversation in `row`, a new one whose first frame came from end `side`; undefined where nothing did.
   * `isOpening`: that frame opens it, so that only the other end's port can be the announced one.
   */
  find(row: number, side: number, isOpening: boolean, seconds: number): Asked | undefined {
    if (this.count === 0) return undefined
    const { hot } = this.table
    const proto = hot[row * R.HOT_WORDS + R.K3] & 0xff
    if (proto !== TCP && proto !== UDP) return undefined
    const known = this.announced[this.table.partitionOfRow(row)]
    if (known.size === 0) return undefined
    const other = 1 - side
    const keys = [this.keyOf(row, proto, this.portOf(row, other), other, 'to')]
    if (!isOpening)
      keys.push(
        this.keyOf(row, proto, this.portOf(row, side), side, 'to'),
        this.keyOf(row, proto, this.portOf(row, side), side, 'from'),
        this.keyOf(row, proto, this.portOf(row, other), other, 'from'),
      )
    for (const key of keys) {
      const entry = known.get(key)
      if (entry === undefined) continue
      // media may begin late, or pause, as long as who announced them goes on
      const isKept = entry.row >= 0 && MEDIA_BY.has(entry.by)
      if (!isKept && ((seconds - entry.seconds) | 0) > SECONDS) {
        this.remove(known, key)
        continue
      }
      // only what offers a service is announced for good
      if (LASTING.has(entry.by)) entry.seconds = seconds
      if (entry.row >= 0) entry.judgement = hot[entry.row * R.HOT_WORDS + R.JUDGEMENT]
      return entry
    }
    return undefined
  }

  /** The conversation in `row` was judged again: what it announced inherits that. */
  judged(row: number): void {
    if (this.count === 0) return
    const judgement = this.table.hot[row * R.HOT_WORDS + R.JUDGEMENT]
    for (const entry of this.byRow.get(row) ?? []) entry.judgement = judgement
  }

  /** The conversation in `row` has ended. What it announced may still begin. */
  forget(row: number): void {
    if (this.byRow.size === 0) return
    const entries = this.byRow.get(row)
    if (entries === undefined) return
    this.judged(row)
    for (const entry of entries) entry.row = -1
    this.byRow.delete(row)
  }

  /** Everything announced, for a policy that takes the place of another. */
  *requests(): Iterable<Asked> {
    for (const known of this.announced) yield* known.values()
  }

  private remove(known: Map<string, Announced>, key: string): void {
    const entry = known.get(key)!
    known.delete(key)
    this.count--
    const ofRow = this.byRow.get(entry.row)
    if (ofRow === undefined) return
    if (ofRow.length === 1) this.byRow.delete(entry.row)
    else ofRow.splice(ofRow.indexOf(entry), 1)
  }

  private portOf(row: number, side: number): number {
    const k2 = this.table.hot[row * R.HOT_WORDS + R.K2]
    return side === 0 ? k2 >>> 16 : k2 & 0xffff
  }

  /** Both addresses, the context, and a port of one of them. */
  private keyOf(row: number, proto: number, port: number, side: number, way: string): string {
    const { hot, six } = this.table
    const h = row * R.HOT_WORDS
    const isSix = ((hot[h + R.K3] >>> R.KIND_SHIFT) & 0xff) === R.KIND_V6
    const ends = isSix
      ? six.subarray(row * R.SIX_WORDS, (row + 1) * R.SIX_WORDS).join(' ')
      : `${hot[h + R.K0]} ${hot[h + R.K1]}`
    return `${hot[h + R.CONTEXT]} ${ends} ${proto} ${side} ${way} ${port}`
  }
}

const MEDIA_BY = new Set(['sip', 'rtsp'])
const MEDIA = new Set(['rtp', 'stun', 'dtls'])
const BY_NAME: Readonly<Record<string, (application: string) => boolean>> = {
  tftp: application => application === 'tftp',
  sip: application => MEDIA.has(application),
  rtsp: application => MEDIA.has(application),
  msrpc: application => application === 'msrpc',
  rpcbind: application => application === 'nfs' || application === 'rpcbind',
  enip: application => application === 'enip',
  profinet: application => application === 'profinet',
}

/**
 * Whether a conversation that service `by` announced is what that service announces, by the application that was recognised in
 * it ('' = none was). A file may look like anything, but not like a control system.
 */
export function isAnnouncedBy(by: string, application: string): boolean {
  // what is not what its port stands for may be anything
  if (application === '' || application === '?') return true
  const named = BY_NAME[by]
  return named === undefined ? isHarmless(application) : named(application)
}

const isHarmless = (application: string): boolean => {
  const number = serviceNumber(application)
  return number >= 0 && SERVICES[number].ot !== true
}
