import { loadPolicy, type PolicyTask } from './cli/policy-file.ts'

/** Process: reads and checks one policy for a run that watches, and takes the memory that took with it. */
process.once('message', ({ path, colour, without }: PolicyTask) => {
  process.send!(loadPolicy(path, colour, without), undefined, undefined, () => process.disconnect())
})
