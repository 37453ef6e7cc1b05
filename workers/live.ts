/** Thread: watches live interfaces. */
export { liveTask as default } from '../src/watch/live-task.ts'
