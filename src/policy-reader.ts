import { loadPolicy, type PolicyTask } from './cli/policy-file.ts'
import { system } from './live/system.ts'

/** prctl(2) */
const PR_SET_PDEATHSIG = 1
const SIGKILL = 9

/** Process: reads and checks one policy for a run that watches, and takes the memory that took with it. */
// reading a pipe may take for ever, and nobody is told meanwhile that the run is over
system().prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
process.once('message', ({ path, colour, without }: PolicyTask) => {
  process.send!(loadPolicy(path, colour, without), undefined, undefined, () => process.disconnect())
})
