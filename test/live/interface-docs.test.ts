import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from '../support/command.ts'

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

/** The codes of notes that a source file makes. */
const codesIn = (path: string): string[] =>
  [...read(path).matchAll(/code: (?:\w+ \? )?'([a-z-]+)'(?: : '([a-z-]+)')?/g)].flatMap(([, ...codes]) =>
    codes.filter(code => code !== undefined),
  )

it.each([
  ['docs/interfaces.md', 'src/live/fitness.ts', 20],
  ['docs/doctor.md', 'src/cli/doctor-notes.ts', 12],
])('%s explains every code of %s, and no other', (page, source, least) => {
  const rows = read(page)
    .split('\n')
    .filter(line => /^\| `[a-z-]+`(, `[a-z-]+`)* \| (high|medium|low|info)/.test(line))
  const explained = rows.flatMap(row =>
    [...row.split('|')[1].matchAll(/`([a-z-]+)`/g)].map(([, code]) => code),
  )
  const codes = [...new Set(codesIn(source))]
  expect(codes.length).toBeGreaterThan(least)
  expect(explained.toSorted()).toEqual(codes.toSorted())
})
