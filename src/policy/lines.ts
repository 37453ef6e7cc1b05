import type { Position } from './model.ts'

/** The lines of a text: offsets to positions and back to what stands there. */
export class Lines {
  readonly text: string
  private readonly starts: number[] = [0]

  constructor(text: string) {
    this.text = text
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.starts.push(at + 1)
  }

  get count(): number {
    return this.starts.length
  }

  /** Line and column (1-based, in UTF-16 units as editors count) of an offset; offsets outside are moved inside. */
  position(offset: number): Position {
    const inside = Math.min(Math.max(0, offset), this.text.length)
    let low = 0
    let high = this.starts.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.starts[middle] <= inside) low = middle + 1
      else high = middle
    }
    const start = this.starts[low - 1]
    return { line: low, column: Math.min(inside - start, this.line(low).length) + 1 }
  }

  /** A line (1-based) without its line break. */
  line(number: number): string {
    const start = this.starts[number - 1]
    const end = number < this.starts.length ? this.starts[number] - 1 : this.text.length
    return this.text.slice(start, end).replace(/\r$/, '')
  }

  /** How many characters of [start, end) stand on the first line of it; at least 1. */
  lengthOnLine(start: number, end: number): number {
    const { line, column } = this.position(start)
    return Math.max(1, Math.min(end - start, this.line(line).length - column + 1))
  }
}
