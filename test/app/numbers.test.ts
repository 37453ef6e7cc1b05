import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { PROTOCOLS } from '../../src/app/table.ts'
import { NUMBERED } from '../../src/net/numbers.ts'
import { SERVICES } from '../../src/net/ports.ts'
import { held } from './held.ts'

const industrial = SERVICES.filter(({ ot }) => ot === true).map(({ id }) => id)

/** What a service numbers, as its conversations show; undefined = not even functions. */
function shown(service: string): string | undefined {
  const deeds = PROTOCOLS.filter(one => one.service === service).flatMap(({ id }) => held(id))
  if (deeds.length === 0) return undefined
  return `${deeds.some(({ unit }) => unit >= 0) ? 'u' : ''}${deeds.some(({ area }) => area >= 0) ? 'a' : ''}`
}

it.each(industrial)('what %s numbers is what its protocols tell', service => {
  expect(NUMBERED[service]).toBe(shown(service))
})

it('nothing else is numbered', () => {
  expect(Object.keys(NUMBERED).filter(id => !industrial.includes(id))).toEqual([])
})

it('the documentation lists the same', () => {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'protocols.md'), 'utf8')
  const from = text.indexOf('| service | `functions` | `units` | `addresses` |')
  const rows = text.slice(from, text.indexOf('\n\n', from)).split('\n').slice(2)
  const listed = rows.flatMap(row => {
    const [, names, , units, addresses] = row.split('|').map(cell => cell.trim())
    const has = `${units === 'none' ? '' : 'u'}${addresses === 'none' ? '' : 'a'}`
    return [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => [name, has])
  })
  expect(Object.fromEntries(listed)).toEqual(NUMBERED)
})
