import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadPolicy } from '../../src/cli/policy-file.ts'
import { TWO_ZONES } from '../support/policy-texts.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'policy-file-'))
})
afterAll(() => rm(folder, { recursive: true }))

function told(name: string, bytes: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return toldOf(path)
}

function toldOf(path: string): string {
  const loaded = loadPolicy(path, false)
  return loaded.model === undefined ? loaded.issuesText.replaceAll(path, 'FILE') : 'a model'
}

describe('a policy file', () => {
  it('gives a model, warnings or not', () => {
    expect(told('good.yaml', TWO_ZONES)).toBe('a model')
    expect(told('warned.yaml', `${TWO_ZONES}groups: {g: [10.0.0.1]}\n`)).toBe('a model')
  })

  it('gives all its mistakes, and no warnings, ready for standard error', () => {
    expect(told('bad.yaml', `${TWO_ZONES}groups: {g: [10.0.0.1]}\nsite: [x]\ntimezone: Nowhere\n`)).toBe(
      `FILE:6:7: error: "site" has to be text, and is a list [value.type]
    6 | site: [x]
      |       ^^^

FILE:7:11: error: there is no time zone "Nowhere" [timezone.unknown]
    7 | timezone: Nowhere
      |           ^^^^^^^
      hint: a name of the IANA time zone database like Europe/Berlin, or UTC

conduitwatch: 2 mistakes in the policy FILE, nothing was judged
`,
    )
  })

  it('that cannot be read gives one sentence', () => {
    expect(toldOf(join(folder, 'none.yaml'))).toBe(
      'conduitwatch: cannot read the policy FILE: there is no such file\n',
    )
    mkdirSync(join(folder, 'folder'))
    expect(toldOf(join(folder, 'folder'))).toBe('conduitwatch: cannot read the policy FILE: it is a folder\n')
    expect(told('16.yaml', Uint8Array.of(0xff, 0xfe, 0x76, 0))).toBe(
      'conduitwatch: the policy FILE is UTF-16 text; save it as UTF-8\n',
    )
    expect(told('latin.yaml', Uint8Array.of(0x73, 0x3a, 0x20, 0xe4))).toBe(
      'conduitwatch: the policy FILE is not UTF-8 text\n',
    )
    expect(told('zero.yaml', Uint8Array.of(0x73, 0x3a, 0))).toContain('FILE holds binary data, not text')
    expect(told('empty.yaml', '')).toContain('FILE is empty')
    expect(told('big.yaml', new Uint8Array(11 * 1024 * 1024).fill(0x20))).toBe(
      'conduitwatch: the policy FILE is larger than 10 MB, which is no site policy\n',
    )
  })

  it('without permission gives one sentence', ctx => {
    if (process.platform === 'win32' || process.getuid?.() === 0) ctx.skip('this user may read everything')
    const path = join(folder, 'secret.yaml')
    writeFileSync(path, TWO_ZONES)
    chmodSync(path, 0)
    expect(toldOf(path)).toBe(
      'conduitwatch: cannot read the policy FILE: there is no permission to read it\n',
    )
  })

  it('shows marks in the right place behind tabs, wide characters and far to the right', () => {
    const wide = told('wide.yaml', `version: 1\nzones:\n  - {id: a, name: "日本\t語", nama: 1}\n`)
    expect(wide).toContain(`    3 |   - {id: a, name: "日本 語", nama: 1}\n      | ${' '.repeat(29)}^^^^\n`)
    const far = told(
      'far.yaml',
      `version: 1\nzones: [{id: a, name: ${'n'.repeat(300)}, nama: 1, owner: ${'o'.repeat(300)}}]\n`,
    )
    expect(far).toContain(`    2 | …${'n'.repeat(22)}, nama: 1, owner: ${'o'.repeat(53)}`)
    expect(far).toContain(`\n      | ${' '.repeat(25)}^^^^\n`)
  })
})
