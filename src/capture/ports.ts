import { basename } from 'node:path'
import { globMatcher } from './glob.ts'
import type { Port } from './source.ts'

/** A burst names its port in 16 bits. */
const MOST_PORTS = 65_536

/** A tap as the command line gives it: NAME=GLOB. */
export interface TapRule {
  name: string
  glob: string
}

/** The ports of a run. Grows as frames of new interfaces are met. */
export class Ports {
  readonly list: Port[] = []
  private readonly known = new Map<string, number>()

  /**
   * Index of the port, or -1 when a run has too many. An interface that a later section of the same file describes in
   * the same words is the same port.
   */
  indexOf(port: Port): number {
    const key = [port.file, port.interfaceId, port.linkType, port.snapLength, port.name ?? ''].join(' ')
    const known = this.known.get(key)
    if (known !== undefined) return known
    if (this.list.length >= MOST_PORTS) return -1
    const index = this.list.push(port) - 1
    this.known.set(key, index)
    return index
  }
}

/** Which tap a capture file came from, by the first rule whose glob matches its path or its base name. */
export class Taps {
  private readonly rules: { rule: TapRule; matches: (path: string) => boolean; used: boolean }[]

  constructor(rules: readonly TapRule[]) {
    this.rules = rules.map(rule => ({ rule, matches: globMatcher(rule.glob), used: false }))
  }

  /** `path` as the user gave it; "-" for standard input. */
  tapOf(path: string): string | undefined {
    const found = this.rules.find(({ matches }) => matches(path) || matches(basename(path)))
    if (found) found.used = true
    return found?.rule.name
  }

  /** Rules that named no capture so far. */
  unused(): TapRule[] {
    return this.rules.filter(({ used }) => !used).map(({ rule }) => rule)
  }
}
