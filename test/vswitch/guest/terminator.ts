import { isMainThread, type Worker } from 'node:worker_threads'
import { lifeTo } from './fate.ts'

/** Loaded in front of a sensor of tests: its main thread ends its workers from outside when the file of fate says so. */
const LOOK = 20

if (isMainThread) {
  const workers = new Set<Worker>()
  let ended: number | undefined
  process.on('worker', worker => {
    workers.add(worker)
    worker.once('exit', () => workers.delete(worker))
  })
  setInterval(() => {
    const life = lifeTo('terminate')
    if (life === undefined || life === ended) return
    ended = life
    for (const worker of workers) void worker.terminate()
  }, LOOK).unref()
}
