import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { conduitwatch, ROOT } from './support/command.ts'

const pages = ['.', 'docs', 'docs/decisions', 'captures']
  .flatMap(folder => readdirSync(join(ROOT, folder)).map(name => join(folder, name)))
  .filter(name => name.endsWith('.md'))
  .concat(readdirSync(join(ROOT, 'captures')).map(name => join('captures', name, 'README.md')))
  .filter(name => existsSync(join(ROOT, name)))

describe('pages', () => {
  it.each(pages)('%s leads only to what is there', page => {
    const text = readFileSync(join(ROOT, page), 'utf8')
    const targets = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(match => match[1])
    expect(targets.filter(target => !existsSync(join(ROOT, dirname(page), target)))).toEqual([])
  })

  it('show in the README what the command really says', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
    const shown = /```\n(\$ npx conduitwatch (analyze [^\n]+)\n\n[^`]+)```/.exec(readme)
    expect(shown).not.toBeNull()
    const { stdout, status } = conduitwatch(shown![2].split(' '))
    expect(status).toBe(0)
    expect(shown![1]).toBe(`$ npx conduitwatch ${shown![2]}\n\n${stdout}`)
  })
})
