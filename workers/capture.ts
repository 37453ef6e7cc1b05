/** Thread: reads captures and deals their frames out to the shards. */
export { captureTask as default } from '../src/engine/capture-task.ts'
