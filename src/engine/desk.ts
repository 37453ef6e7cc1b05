import { Assets, type AssetsState } from '../asset/assets.ts'
import type { FlowFacts } from '../finding/facts.ts'
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
  private readonly tallies = new Tallies()
  private readonly assets: Assets | undefined

  constructor(options: DeskOptions) {
    this.options = options
    this.assets = options.assets ? new Assets() : undefined
  }

  /** Counts a record of that partition. */
  take(facts: FlowFacts, partition: number): void {
    this.tallies.flow(facts, partition)
    this.assets?.observe(facts, partition)
  }

  /** Whether the record is wanted as an object: findings are made of it, or end with it. */
  isWanted(facts: FlowFacts): boolean {
    return (
      this.options.everything || facts.record.seq > 0 || !facts.record.final || kindOf(facts) !== undefined
    )
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
