import { readFileSync } from 'node:fs'

/**
 * How a worker of tests may end. Where its heap is full, Node.js ends the thread; where there is no room in it for something
 * large (`table`), the process.
 */
export type Fate = 'throw' | 'exit' | 'heap' | 'table' | 'terminate'

/** The life of the worker that is to end so, by the file of fate (`HOW LIFE`); undefined if none is. */
export function lifeTo(how: Fate): number | undefined {
  try {
    const [told, life] = readFileSync(process.env.FATE!, 'utf8').split(' ')
    return told === how ? Number(life) : undefined
  } catch {
    return undefined
  }
}
