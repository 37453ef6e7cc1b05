import { Command, CommanderError } from 'commander'
import manifest from '../package.json' with { type: 'json' }
import { analyzeCommand } from './cli/analyze.ts'
import { benchCommand } from './cli/bench.ts'
import { doctorCommand } from './cli/doctor.ts'
import { interfacesCommand } from './cli/interfaces.ts'
import { policyCommand } from './cli/policy.ts'
import { watchCommand } from './cli/watch.ts'

const OLD_PIPE = new Set(['EPIPE', 'EOF'])

/** Reads the command line and does what it says; answers the exit status. Nothing a user types ends in a stack trace. */
async function main(words: readonly string[]): Promise<number> {
  let status = 0
  const done = (result: number): void => {
    status = result
  }
  const program = new Command('conduitwatch')
    .description(
      'Observes OT traffic from mirror ports and captures, and holds it against declared conduits (IEC 62443).\n' +
        'Passive: it judges and reports, and never transmits.',
    )
    .version(manifest.version, '-V, --version', 'version of conduitwatch')
    .helpOption('-h, --help', 'help for a command')
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: false })
    .exitOverride()
  program.addCommand(analyzeCommand(manifest.version, done))
  program.addCommand(watchCommand(manifest.version, done))
  program.addCommand(interfacesCommand(done))
  program.addCommand(doctorCommand(done))
  program.addCommand(policyCommand(done))
  program.addCommand(benchCommand(manifest.version, done))
  for (const command of [...program.commands, ...program.commands.flatMap(c => c.commands)])
    command.exitOverride().helpOption('-h, --help', 'this help').showSuggestionAfterError()
  try {
    await program.parseAsync(words, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    throw error
  }
  return status
}

// a reader that goes away (`| head`) is no error; what is left is thrown away
for (const stream of [process.stdout, process.stderr])
  stream.on('error', error => {
    if (!OLD_PIPE.has((error as NodeJS.ErrnoException).code ?? '')) throw error
  })

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (process.env.CONDUITWATCH_DEBUG) throw error
  const text = error instanceof Error ? error.message : String(error)
  process.stderr.write(
    `conduitwatch: this should not have happened: ${text}\nSet CONDUITWATCH_DEBUG=1 to see where.\n`,
  )
  process.exitCode = 2
}
