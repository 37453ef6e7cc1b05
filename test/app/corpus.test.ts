import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { hasCorpus } from '../../bench/support/corpus.ts'
import { ROOT } from '../support/command.ts'

it('functions and their counts are those of other tools, and nothing else is industrial, or it says why', {
  timeout: 300_000,
}, context => {
  if (!hasCorpus) context.skip('the corpus of real captures does not lie beside the repository')
  // with TShark, as `node bench/functions.ts` does it, this takes minutes
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'bench/functions.ts'), '--logs'],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  )
  expect(stderr).toBe('')
  // every protocol that has a log at all
  for (const protocol of [
    'modbus',
    's7comm',
    'enip',
    'dnp3',
    'bacnet',
    'opcua',
    'hart-ip',
    'fins',
    'genisys',
  ])
    expect(stdout).toMatch(new RegExp(`^${protocol} +(icsnpp|zeek) +\\d+ equal`, 'm'))
  for (const protocol of ['roc', 'synchrophasor', 'profinet', 'goose', 'bsap'])
    expect(stdout).toMatch(new RegExp(`^${protocol} +icsnpp +\\d+ equal`, 'm'))
  expect(stdout).toMatch(/^iec104 +ipal +\d+ equal/m)
  // differences that nothing explains, and explanations that nothing needs
  expect(stdout).toMatch(/ 0 open, 0 lines of the list not needed\n$/)
  expect(status).toBe(0)
})
