import { Command, Option } from 'commander'
import { counted, sanitise } from '../finding/words.ts'
import { compilePolicy } from '../policy/compile.ts'
import { type Expected, runExpectations } from '../policy/expect.ts'
import type { Issue, Model } from '../policy/model.ts'
import { parseTime } from '../policy/times.ts'
import { painter } from '../sink/layout.ts'
import { issuesText } from './issues.ts'
import type { PolicyIo } from './policy.ts'
import { readPolicy } from './policy-file.ts'
import { timeOf } from './policy-options.ts'

interface Flags {
  at?: string
  format: 'text' | 'json'
}

/** `policy check`: every mistake and warning at once, then the `expect` table. Issues are the result: standard output. */
export function policyCheckCommand(done: (status: number) => void, io: PolicyIo): Command {
  return new Command('check')
    .description('tell every mistake of a policy at once, and run its "expect" table')
    .argument('<file>', 'site policy, YAML or JSON')
    .option('--at <time>', 'look at it as of this date or time (RFC 3339); default now', timeOf)
    .addOption(
      new Option('-f, --format <format>', 'form of the answer').choices(['text', 'json']).default('text'),
    )
    .action((file: string, flags: Flags) => done(check(file, flags, io)))
}

function check(path: string, flags: Flags, io: PolicyIo): number {
  const at = (timezone: string) => (flags.at === undefined ? io.now() : parseTime(flags.at, timezone)!.first)
  const file = readPolicy(path, { at })
  if (typeof file === 'string') {
    io.stderr(file)
    return 2
  }
  const { model, text } = file
  const expected = model === undefined ? undefined : runExpectations(compilePolicy(model), at(model.timezone))
  const issues = [...file.issues, ...(expected?.issues ?? [])].sort(
    (a, b) => a.at.line - b.at.line || a.at.column - b.at.column,
  )
  const errors = issues.filter(({ severity }) => severity === 'error').length
  if (flags.format === 'json')
    io.stdout(`${JSON.stringify(document(path, model, issues, expected), null, 2)}\n`)
  else {
    const told = issuesText(issues, { fileName: path, text }, io.colour)
    io.stdout(`${told}${told === '' ? '' : '\n'}${summary(path, model, issues, expected, io.colour)}\n`)
  }
  return errors > 0 ? 2 : 0
}

function summary(
  path: string,
  model: Model | undefined,
  issues: readonly Issue[],
  expected: Expected | undefined,
  colour: boolean,
): string {
  const paint = painter(colour)
  const file = sanitise(path)
  const warnings = counted(issues.filter(({ severity }) => severity === 'warning').length, 'warning')
  const errors = issues.filter(({ severity }) => severity === 'error').length
  if (model === undefined) return `${paint('bad', counted(errors, 'mistake'))} and ${warnings} in ${file}`
  const channels = model.conduits.reduce((sum, { channels }) => sum + channels.length, 0)
  const parts = [
    counted(model.zones.length, 'zone'),
    `${counted(model.conduits.length, 'conduit')} with ${counted(channels, 'channel')}`,
    counted(model.exceptions.length, 'exception'),
    warnings,
  ]
  const lines = [`${paint('good', 'no mistakes')} in ${file}: ${parts.join(', ')}; policy ${model.policyId}`]
  const { total, held } = expected!
  if (total > 0) {
    const verb = total === 1 ? 'holds' : 'hold'
    const text = `${held} of ${counted(total, 'expectation')} ${verb}`
    lines.push(held === total ? text : paint('bad', text))
  }
  return lines.join('\n')
}

/** The answer for scripts. */
function document(
  file: string,
  model: Model | undefined,
  issues: readonly Issue[],
  expected: Expected | undefined,
) {
  return {
    type: 'policy-check',
    file,
    ok: issues.every(({ severity }) => severity === 'warning'),
    ...(model === undefined ? {} : { policy_id: model.policyId }),
    issues: issues.map(({ severity, code, message, hint, at, length, also }) => ({
      severity,
      code,
      ...at,
      length,
      message,
      ...(hint === undefined ? {} : { hint }),
      ...(also === undefined ? {} : { also: { ...also.at, message: also.message } }),
    })),
    ...(expected === undefined ? {} : { expectations: { total: expected.total, held: expected.held } }),
  }
}
