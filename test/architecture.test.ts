import { existsSync, globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import {
  breaches,
  cycles,
  importsOf,
  parseCodeMap,
  reachable,
  roomOf,
  type SourceFile,
} from './support/code-map.ts'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const exists = (path: string): boolean => existsSync(ROOT + path)
const read = (path: string): string => readFileSync(ROOT + path, 'utf8')

const files: SourceFile[] = globSync(['src/**/*.ts', 'workers/**/*.ts'], { cwd: ROOT })
  .map(path => path.replaceAll('\\', '/'))
  .sort()
  .map(path => ({ path, text: read(path) }))
const rooms = parseCodeMap(read('ARCHITECTURE.md'), exists)
const inside = (...folders: string[]): SourceFile[] =>
  files.filter(({ path }) => folders.some(folder => path.startsWith(`src/${folder}/`)))

describe('the code map of ARCHITECTURE.md', () => {
  it('speaks of every file there is', () => {
    expect(files.length).toBeGreaterThan(90)
    expect(files.filter(({ path }) => roomOf(rooms, path) === undefined)).toEqual([])
  })

  it('is kept by every import', () => {
    expect(breaches(rooms, files)).toEqual([])
  })

  it('lets rooms know each other in one direction only, types apart', () => {
    expect(cycles(rooms, files)).toEqual([])
  })

  it('says what the design says', () => {
    const rule = (path: string): string => roomOf(rooms, path)!.rule
    for (const folder of ['wire', 'net', 'shared']) expect(rule(`src/${folder}/x.ts`)).toBe('nothing')
    const three = ['decode', 'flow', 'policy']
    for (const folder of three)
      for (const other of three) expect(rule(`src/${folder}/x.ts`)).not.toContain(other)
    // besides those that know everything, two rooms know more than one of the three
    const meeting = rooms.filter(
      room => three.filter(folder => room.rule.split(', ').includes(folder)).length > 1,
    )
    expect(meeting.map(room => room.paths)).toEqual([['src/dispatch/'], ['src/shard/']])
    expect(rule('src/capture/x.ts')).not.toContain('decode')
    for (const layer of ['wire', 'decode']) expect(rule('src/sink/x.ts')).not.toContain(layer)
  })
})

describe('rules beyond the table', () => {
  it('wire, net and shared load nothing but themselves, types included', () => {
    for (const { path, text } of inside('wire', 'net', 'shared')) {
      const elsewhere = importsOf(text).filter(({ target }) => !target.startsWith('./'))
      expect({ path, elsewhere }).toEqual({ path, elsewhere: [] })
    }
  })

  it.each([
    ['sink', ['wire', 'decode']],
    ['capture', ['wire', 'decode']],
    ['finding', ['wire', 'decode', 'flow']],
    ['asset', ['wire', 'decode', 'flow']],
    ['decode', ['flow', 'policy']],
    ['flow', ['decode', 'policy', 'wire']],
    ['policy', ['decode', 'flow', 'wire', 'capture']],
  ])('%s does not even lead to %s', (folder, others) => {
    const reached = inside(folder).flatMap(({ path }) => [...reachable(path, files).values()])
    const wrong = reached.filter(way =>
      others.some(other => way.split(' -> ').at(-1)!.startsWith(`src/${other}/`)),
    )
    expect(wrong).toEqual([])
  })

  it('policy gets text, not file names', () => {
    const wrong = inside('policy').filter(({ text }) =>
      importsOf(text).some(({ target }) => /^(node:)?fs/.test(target)),
    )
    expect(wrong.map(({ path }) => path)).toEqual([])
  })

  it('time comes from frames: no clock in decode, flow, policy, dispatch or shard', () => {
    const clock =
      /\bDate\.now\b|\bnew Date\(\)|\bperformance\b|\bhrtime\b|\bTemporal\.Now\b|\bset(Timeout|Interval)\b/
    const wrong = inside('decode', 'flow', 'policy', 'dispatch', 'shard', 'wire', 'net').filter(({ text }) =>
      clock.test(text),
    )
    expect(wrong.map(({ path }) => path)).toEqual([])
  })
})

describe('the reader of the map', () => {
  const page = (rows: string): string =>
    `## Code map\n\n| folder | what it holds | may know |\n|---|---|---|\n${rows}\n\n## Next\n| \`src/no/\` | | nothing |\n`
  const known = ['src/a/', 'src/b/', 'src/c/', 'src/c/model.ts', 'src/main.ts', 'src/records.ts', 'src/cli/']
  const map = (rows: string) => parseCodeMap(page(rows), path => known.includes(path))
  const rules = map(
    '| `src/a/` | x | nothing |\n| `src/b/` | x | a, c model, record types |\n| `src/c/` | x | b types |\n' +
      '| `src/main.ts`, `src/cli/` | x | everything but c |\n| `src/records.ts` | x | nothing |',
  )

  it.each<[string, string, string[]]>([
    ['src/b/x.ts', "import { y } from '../a/y.ts'\nimport { z } from './z.ts'\nimport fs from 'node:fs'", []],
    ['src/b/x.ts', "import type { Y } from '../records.ts'\nexport { m } from '../c/model.ts'", []],
    ['src/main.ts', "import './cli/x.ts'\nconst x = await import('./b/x.ts')", []],
    ['src/a/x.ts', "// import '../b/y.ts'\n/* import '../b/y.ts' */\nconst s = 'import x from y'", []],
    [
      'src/a/x.ts',
      "import { y } from '../b/y.ts'",
      ["src/a/x.ts imports '../b/y.ts', but src/a/ may know: nothing"],
    ],
    [
      'src/a/x.ts',
      "import type { Y } from '../b/y.ts'",
      ["src/a/x.ts imports types of '../b/y.ts', but src/a/ may know: nothing"],
    ],
    [
      'src/a/x.ts',
      "import { createHash } from 'node:crypto'",
      ["src/a/x.ts imports 'node:crypto', but src/a/ may know: nothing"],
    ],
    ['src/a/x.ts', "import yaml from 'yaml'", ["src/a/x.ts imports 'yaml', but src/a/ may know: nothing"]],
    [
      'src/b/x.ts',
      "import { y } from '../records.ts'",
      ["src/b/x.ts imports '../records.ts', but src/b/ may know: a, c model, record types"],
    ],
    [
      'src/b/x.ts',
      "export {\n  one,\n  two,\n} from '../c/other.ts'",
      ["src/b/x.ts imports '../c/other.ts', but src/b/ may know: a, c model, record types"],
    ],
    [
      'src/cli/x.ts',
      "const x = await import('../c/x.ts')",
      ["src/cli/x.ts imports '../c/x.ts', but src/main.ts, src/cli/ may know: everything but c"],
    ],
    [
      'src/main.ts',
      "import { x } from '../test/support/x.ts'",
      ["src/main.ts imports '../test/support/x.ts', but src/main.ts, src/cli/ may know: everything but c"],
    ],
    ['src/new/x.ts', '', ['src/new/x.ts has no line in the code map of ARCHITECTURE.md']],
  ])('%s: %s', (path, text, expected) => {
    expect(breaches(rules, [{ path, text }])).toEqual(expected)
  })

  it('finds circles, and lets types close them', () => {
    const b = { path: 'src/b/x.ts', text: "import { y } from '../c/model.ts'" }
    const values = { path: 'src/c/model.ts', text: "import { x } from '../b/x.ts'" }
    expect(cycles(rules, [b, values])).toEqual([
      "src/b/ -> src/c/ -> src/b/: src/b/x.ts imports '../c/model.ts', src/c/model.ts imports '../b/x.ts'",
    ])
    expect(cycles(rules, [b, { ...values, text: "import type { X } from '../b/x.ts'" }])).toEqual([])
  })

  it('does not take what is not there', () => {
    expect(() => map('| `src/z/` | x | nothing |')).toThrow('src/z/')
    expect(() => map('| `src/a/` | x | b, zebra |')).toThrow('"zebra"')
    expect(() => parseCodeMap('# Nothing', exists)).toThrow()
  })
})
