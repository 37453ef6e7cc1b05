import { type LiveTask, liveTask } from '../../../src/watch/live-task.ts'
import { type Fate, lifeTo } from './fate.ts'

/** milliseconds between two looks at the file */
const LOOK = 20

/** Thread of tests: watches as the usual one does, and dies of what a file says, if it says so of this life. */
export default function (task: LiveTask): void {
  const isDue = (how: Fate): boolean => lifeTo(how) === task.life
  let next = 0
  liveTask(task, () => {
    if (Date.now() < next) return
    next = Date.now() + LOOK
    if (isDue('throw')) throw new Error('the test says so')
    if (isDue('exit')) process.exit(3)
    if (isDue('heap')) fillHeap()
    if (isDue('table')) growTable()
  })
}

function fillHeap(): never {
  let kept: object | undefined
  for (let i = 0; ; i++) kept = { kept, number: i }
}

function growTable(): never {
  const table = new Map<string, object>()
  for (let i = 0; ; i++) table.set(`${i}`, { number: i })
}
