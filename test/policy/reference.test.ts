import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { SERVICES } from '../../src/net/ports.ts'
import { checkPolicy } from '../../src/policy/check.ts'
import { failedOf, REASONS } from '../../src/policy/judgements.ts'
import { VERDICTS } from '../../src/policy/question.ts'
import { mapShapes, referenceRows } from '../support/policy-reference.ts'

const page = readFileSync(new URL('../../docs/policy.md', import.meta.url), 'utf8')
const verdicts = readFileSync(new URL('../../docs/verdicts.md', import.meta.url), 'utf8')

describe('docs/policy.md', () => {
  const lines = new Set(page.split('\n'))

  it.each(mapShapes().map(shape => [shape.what, shape] as const))(
    'has every key of %s as the grammar has it',
    (_, shape) => {
      expect(referenceRows(shape).filter(row => !lines.has(row))).toEqual([])
    },
  )

  it('has no key that the grammar has not', () => {
    const reference = page.slice(page.indexOf('## Reference'), page.indexOf('## Warnings'))
    const written = reference.split('\n').filter(line => line.startsWith('| `'))
    const rows = new Set(mapShapes().flatMap(referenceRows))
    expect(written.filter(row => !rows.has(row))).toEqual([])
  })

  it('names every built-in service', () => {
    expect(SERVICES.filter(({ id }) => !page.includes(`\`${id}\``)).map(({ id }) => id)).toEqual([])
  })

  it('names every warning', () => {
    const folder = new URL('../../src/policy/', import.meta.url)
    const source = readdirSync(folder)
      .map(name => readFileSync(new URL(name, folder), 'utf8'))
      .join('\n')
    const codes = [...source.matchAll(/\.warning\(\s*['`]([^'`]+)['`]/g)].flatMap(([, code]) =>
      // biome-ignore lint/suspicious/noTemplateCurlyInString: as the source has it
      code.includes('${side}') ? ['orig', 'resp'].map(side => code.replace('${side}', side)) : [code],
    )
    expect(codes.length).toBeGreaterThan(20)
    expect(codes.filter(code => !page.includes(`\`${code}\``))).toEqual([])
  })

  it('shows policies that pass the check', () => {
    const blocks = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text]) => text)
    expect(blocks.length).toBeGreaterThan(1)
    for (const text of blocks) {
      const { issues, model } = checkPolicy(text, 'docs/policy.md')
      expect(issues.filter(({ severity }) => severity === 'error')).toEqual([])
      expect(model).toBeDefined()
    }
  })
})

describe('docs/verdicts.md', () => {
  it('names every verdict and every reason', () => {
    const names = [...VERDICTS, ...REASONS.filter(reason => reason !== undefined), ...failedOf(0x7f)]
    expect(names.filter(name => !verdicts.includes(`\`${name}\``))).toEqual([])
  })
})
