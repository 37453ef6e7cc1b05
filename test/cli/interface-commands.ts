/** Runs `interfaces` or `doctor` alone, as the command line would, for tests that need a process of its own. */
import { Command } from 'commander'
import { doctorCommand } from '../../src/cli/doctor.ts'
import { interfacesCommand } from '../../src/cli/interfaces.ts'

const done = (status: number): void => {
  process.exitCode = status
}
await new Command()
  .addCommand(interfacesCommand(done))
  .addCommand(doctorCommand(done))
  .parseAsync(process.argv.slice(2), { from: 'user' })
