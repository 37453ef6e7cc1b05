/** Thread: follows the flows of one shard and judges them. */
export { shardTask as default } from '../src/engine/shard-task.ts'
