import { workerData } from 'node:worker_threads'
import { Page } from '../../src/live/page.ts'

/** Thread of tests: writes a page over and over until it is stopped, each time with the same number in all of its cells. */
const { memory, stop } = workerData as { memory: SharedArrayBuffer; stop: Int32Array }
const page = new Page(memory)
for (let i = 1; Atomics.load(stop, 0) === 0; i++) {
  page.cells.fill(i)
  page.write()
}
