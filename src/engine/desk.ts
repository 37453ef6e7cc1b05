import { Assets, type AssetsState } from '../asset/assets.ts'
import type { FlowFacts, NotedFacts } from '../finding/facts.ts'
import { kindOf } from '../finding/kinds.ts'
import { csvRow } from '../sink/csv.ts'
import { Tallies, type TallyState } from '../tallies.ts'

/** What is wanted of records. Can be sent to another thread. */
export interface DeskOptions {
  /** their lines as flows.jsonl has them, and as `-f csv` has them */
  jsonl: boolean
  csv: boolean
  /** every record as an object, not only those that findings are made of */
  everything: boolean
  /** who was seen (costs memory for every machine) */
  assets: boolean
}

/** Whether findings are made of a record, or end with it. */
export const isNoted = (facts: NotedFacts): boolean =>
  facts.record.seq > 0 || !facts.record.final || kindOf(facts) !== undefined

/** What a desk gathered. Can be sent to another thread. */
export interface DeskState {
  tallies: TallyState
  assets: AssetsState | undefined
}

/**
 * Where records are turned into what is wanted of them, in the thread that makes them: tallies, assets, lines of text.
 * What it gathers can be joined with what others did.
 */
export class Desk {
  private readonly options: DeskOptions
  /** of flows: what the shard counts in */
  readonly tallies = new Tallies()
  private readonly assets: Assets | undefined

  constructor(options: DeskOptions) {
    this.options = options
    this.assets = options.assets ? new Assets() : undefined
  }

  /** Whether nothing but findings is made of records: then what they need is enough. */
  get isNotedEnough(): boolean {
    const { jsonl, csv, everything, assets } = this.options
    return !jsonl && !csv && !everything && !assets
  }

  /** Takes in a flow's record of that partition, which was counted. */
  take(facts: FlowFacts, partition: number): void {
    this.assets?.observe(facts, partition)
  }

  /** Counts and takes in a tunnel's record. */
  tunnel(facts: FlowFacts, partition: number): void {
    this.tallies.flow(facts, partition)
    this.take(facts, partition)
  }

  /** Whether the record is wanted as an object. */
  isWanted(facts: FlowFacts): boolean {
    return this.options.everything || isNoted(facts)
  }

  /** The line of a record in flows.jsonl; empty where none is wanted. */
  jsonl({ record }: FlowFacts): string {
    return this.options.jsonl ? `${JSON.stringify(record)}\n` : ''
  }

  /** The line of a record in `-f csv`; empty where none is wanted. Interim records have none. */
  csv({ record }: FlowFacts): string {
    return this.options.csv && record.final ? csvRow(record) : ''
  }

  state(): DeskState {
    return { tallies: this.tallies.state(), assets: this.assets?.state() }
  }
}

/** What several desks have gathered, one after the other, as one. */
export class DeskSum {
  private tallies: Tallies | undefined
  private assets: Assets | undefined

  absorb(state: DeskState): void {
    this.tallies ??= new Tallies()
    this.tallies.absorb(state.tallies)
    if (state.assets === undefined) return
    this.assets ??= new Assets()
    this.assets.absorb(state.assets)
  }

  /** Nothing where nothing was absorbed. */
  states(): DeskState[] {
    return this.tallies === undefined ? [] : [{ tallies: this.tallies.state(), assets: this.assets?.state() }]
  }
}
