import type { RecordOrder } from '../shard/shard.ts'

/**
 * What a shard thread has to tell the main thread, in its own order: the items of a report as columns. Lines are joined
 * to one text, `ends` says where each ends in it.
 */
export interface Report {
  /** records of flows that were open at the end; before them come those made while frames came */
  isFinal: boolean
  /** three numbers for each item */
  orders: Float64Array
  jsonl: Lines
  csv: Lines
  /** FlowFacts, AddressConflict, Statement or a binding as JSON, or a noted text; empty where only the lines are wanted */
  objects: Lines
  /** by item: ITEM_ below */
  kinds: Uint8Array
  /** what comes later stands behind this place in the order; while frames come */
  upTo: number
}

export interface Lines {
  text: string
  ends: Uint32Array
}

export const ITEM_RECORD = 0
export const ITEM_CONFLICT = 1
export const ITEM_BINDING = 2
/** what a machine said about itself, as JSON */
export const ITEM_STATEMENT = 4
/** a record of which no more is wanted than findings need */
export const ITEM_NOTED = 3

/** Items in one report, at most: some hundred kilobytes of lines. */
const MOST_ITEMS = 512

/** Gathers a shard's items into reports and sends them. */
export class Reporter {
  private readonly send: (report: Report) => void
  private isFinal = false
  private count = 0
  private upTo = 0
  private readonly orders = new Float64Array(MOST_ITEMS * 3)
  private readonly kinds = new Uint8Array(MOST_ITEMS)
  private readonly jsonl = new Text()
  private readonly csv = new Text()
  private readonly objects = new Text()

  constructor(send: (report: Report) => void) {
    this.send = send
  }

  /** One item; those that are not wanted in some form have an empty text there. */
  put(kind: number, order: RecordOrder, jsonl: string, csv: string, object: string): void {
    const i = this.count++
    this.kinds[i] = kind
    this.orders.set(order, i * 3)
    this.jsonl.put(jsonl)
    this.csv.put(csv)
    this.objects.put(object)
    if (this.count === MOST_ITEMS) this.flush()
  }

  /** All frames before this place of the stream were looked at. */
  passed(upTo: number): void {
    this.upTo = upTo
  }

  /** From here on come the flows that were open at the end. */
  final(): void {
    this.flush()
    this.isFinal = true
  }

  /** Sends what there is. */
  flush(): void {
    const { count, isFinal, upTo } = this
    this.send({
      isFinal,
      upTo,
      orders: this.orders.slice(0, count * 3),
      kinds: this.kinds.slice(0, count),
      jsonl: this.jsonl.cut(),
      csv: this.csv.cut(),
      objects: this.objects.cut(),
    })
    this.count = 0
  }

  get isEmpty(): boolean {
    return this.count === 0
  }
}

class Text {
  private text = ''
  private readonly ends = new Uint32Array(MOST_ITEMS)
  private count = 0

  put(line: string): void {
    this.text += line
    this.ends[this.count++] = this.text.length
  }

  cut(): Lines {
    const lines = { text: this.text, ends: this.ends.slice(0, this.count) }
    this.text = ''
    this.count = 0
    return lines
  }
}

/** One item, as it is handed on. */
export interface Item {
  kind: number
  jsonl: string
  csv: string
  object: string
}

/** Reports of one shard that were not handed on yet. */
class Stream {
  readonly reports: Report[] = []
  /** next item of the first report */
  at = 0
  upTo = 0
  isFinal = false
  hasEnded = false

  get head(): Report | undefined {
    return this.reports[0]
  }
}

/**
 * Puts the items of all shards into one order, that of a run in one thread: by the frame that made them, then what was
 * open at the end by its first frame.
 */
export class Merge {
  private readonly streams: Stream[]
  private readonly onItem: (item: Item) => void
  private readonly onTaken: (shard: number) => void

  /** `onTaken` is told when a report needs no more room: once it came, while frames come, for a shard that waits would hold up the others. */
  constructor(shards: number, onItem: (item: Item) => void, onTaken: (shard: number) => void) {
    this.streams = Array.from({ length: shards }, () => new Stream())
    this.onItem = onItem
    this.onTaken = onTaken
  }

  take(shard: number, report: Report): void {
    const stream = this.streams[shard]
    stream.upTo = report.upTo
    stream.isFinal = report.isFinal
    if (!report.isFinal) this.onTaken(shard)
    if (report.kinds.length > 0) stream.reports.push(report)
    else if (report.isFinal) this.onTaken(shard)
    this.handOn()
  }

  /** The shard has nothing more to tell. */
  end(shard: number): void {
    this.streams[shard].hasEnded = true
    this.handOn()
  }

  private handOn(): void {
    for (;;) {
      const first = this.first()
      if (first < 0) return
      const stream = this.streams[first]
      const report = stream.head!
      const i = stream.at++
      this.onItem({
        kind: report.kinds[i],
        jsonl: lineOf(report.jsonl, i),
        csv: lineOf(report.csv, i),
        object: lineOf(report.objects, i),
      })
      if (stream.at < report.kinds.length) continue
      stream.reports.shift()
      stream.at = 0
      if (report.isFinal) this.onTaken(first)
    }
  }

  /** The stream whose next item comes before all that may still come; -1 = none is sure to. */
  private first(): number {
    let first = -1
    for (let i = 0; i < this.streams.length; i++) {
      if (this.streams[i].head !== undefined && (first < 0 || this.isBefore(i, first))) first = i
    }
    if (first < 0) return -1
    const report = this.streams[first].head!
    for (const stream of this.streams) {
      if (stream.head !== undefined || stream.hasEnded) continue
      // a stream without an item at hand: what may still come of it?
      if (report.isFinal || (!stream.isFinal && stream.upTo <= report.orders[this.streams[first].at * 3]))
        return -1
    }
    return first
  }

  private isBefore(a: number, b: number): boolean {
    const [x, y] = [this.streams[a], this.streams[b]]
    const [p, q] = [x.head!, y.head!]
    if (p.isFinal !== q.isFinal) return q.isFinal
    for (let i = 0; i < 3; i++) {
      const difference = p.orders[x.at * 3 + i] - q.orders[y.at * 3 + i]
      if (difference !== 0) return difference < 0
    }
    return a < b
  }
}

/** The items of a report, in its own order. */
export function* itemsOf(report: Report): Generator<Item> {
  for (const [i, kind] of report.kinds.entries()) {
    yield {
      kind,
      jsonl: lineOf(report.jsonl, i),
      csv: lineOf(report.csv, i),
      object: lineOf(report.objects, i),
    }
  }
}

const lineOf = ({ text, ends }: Lines, i: number): string =>
  text === '' ? '' : text.slice(i === 0 ? 0 : ends[i - 1], ends[i])
