import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { hasCorpus } from '../bench/support/corpus.ts'
import { ROOT } from './support/command.ts'

it('agrees with other tools on real captures, or says why not', { timeout: 300_000 }, context => {
  if (!hasCorpus) context.skip('the corpus of real captures does not lie beside the repository')
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'bench/corpus.ts')], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  expect(stderr).toBe('')
  // differences that nothing explains, and explanations that nothing needs
  expect(stdout.trimStart()).toMatch(/^\d{4} captures, \d+ frames/)
  expect(status).toBe(0)
})
