import { LiveEngine } from '../../../src/watch/engine.ts'
import { type LiveTask, liveTask } from '../../../src/watch/live-task.ts'

/** first byte of the payload of a frame that is the death of who looks at it */
const POISON = 0x66
const PAYLOAD = 42

/** Thread of tests: watches as the usual one does, and dies of a frame, while it looks at it. */
export default function (task: LiveTask): void {
  const { run } = LiveEngine.prototype
  LiveEngine.prototype.run = function (burst) {
    for (let i = 0; i < burst.count; i++)
      if (burst.bytes[burst.offset[i] + PAYLOAD] === POISON) throw new Error('poisoned')
    run.call(this, burst)
  }
  liveTask(task)
}
