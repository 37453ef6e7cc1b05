import { Command } from 'commander'
import { policyCheckCommand } from './policy-check.ts'
import { policyExplainCommand } from './policy-explain.ts'
import { policySchemaCommand } from './policy-schema.ts'
import { usesColour } from './terminal.ts'

/** Where the commands write, whether in colour, and what time it is: tests give their own. */
export interface PolicyIo {
  stdout: (text: string) => void
  stderr: (text: string) => void
  colour: boolean
  /** seconds since 1970 UTC; the default of `--at` */
  now: () => number
}

/** The command `policy` and those below it (contract section 1). `done` is told the exit status: 0 or 2. */
export function policyCommand(done: (status: number) => void, io: PolicyIo = processIo()): Command {
  return new Command('policy')
    .description('check, explain and describe site policies')
    .addCommand(policyCheckCommand(done, io))
    .addCommand(policyExplainCommand(done, io))
    .addCommand(policySchemaCommand(done, io))
}

function processIo(): PolicyIo {
  return {
    stdout: text => process.stdout.write(text),
    stderr: text => process.stderr.write(text),
    colour: usesColour(process.stdout),
    now: () => Math.floor(Date.now() / 1000),
  }
}
