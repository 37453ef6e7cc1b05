import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { checkPolicy } from '../../src/policy/check.ts'
import { policySchema } from '../../src/policy/schema.ts'
import { fits } from '../support/json-schema.ts'

const schema = policySchema()
const sample = readFileSync(new URL('sample.yaml', import.meta.url), 'utf8')

/** The sample with one thing changed; `path` leads to what is replaced, undefined removes it. */
function changed(path: (string | number)[], value: unknown): unknown {
  const copy = structuredClone(parse(sample))
  const last = path.at(-1)!
  let at = copy
  for (const step of path.slice(0, -1)) at = at[step]
  if (value === undefined) delete at[last]
  else at[last] = value
  return copy
}

describe('the JSON Schema', () => {
  it('accepts the sample', () => {
    expect(fits(schema, parse(sample))).toBe(true)
  })

  it('says for every key what it is for', () => {
    const documented = (node: unknown): boolean => {
      if (typeof node !== 'object' || node === null) return true
      const { properties } = node as { properties?: Record<string, { description?: string }> }
      const here = Object.values(properties ?? {}).every(({ description }) => (description ?? '') !== '')
      return here && Object.values(node).every(documented)
    }
    expect(documented(schema)).toBe(true)
  })

  const RIGHT: [string, (string | number)[], unknown][] = [
    ['an item without brackets', ['zones', 0, 'networks'], '10.10.2.0/24'],
    ['a vector of levels', ['zones', 0, 'sl_t'], { iac: 2, uc: 2, si: 1, dc: 1, rdf: 3, tre: 1, ra: 2 }],
    ['half a level', ['zones', 0, 'level'], 2.5],
    ['the word untagged', ['zones', 0, 'vlans'], ['untagged', '10-20']],
    ['a number as text', ['zones', 0, 'owner'], 17],
    ['a hex ethertype', ['conduits', 1, 'channels', 0, 'ethertype'], '0x88b8'],
  ]
  const WRONG: [string, (string | number)[], unknown][] = [
    ['an unknown key', ['zones', 0, 'vlan'], 120],
    ['a missing key', ['zones', 0, 'id'], undefined],
    ['another version', ['version'], 2],
    ['a name with a blank', ['zones', 0, 'id'], 'a b'],
    ['an unknown kind', ['zones', 2, 'kind'], 'dmzz'],
    ['a level that is none', ['zones', 0, 'level'], 2.25],
    ['a VLAN too high', ['zones', 0, 'vlans'], [4095]],
    ['a level missing in the vector', ['zones', 0, 'sl_t'], { iac: 2 }],
    ['no channel', ['conduits', 0, 'channels'], []],
    ['two ways to match', ['conduits', 0, 'channels', 0, 'tcp'], [502]],
    ['no way to match', ['conduits', 0, 'channels', 0, 'service'], undefined],
    ['an unknown action', ['conduits', 0, 'channels', 0, 'actions'], ['look']],
    ['a map for a list', ['zones'], { id: 'a' }],
    ['a date that is none', ['exceptions', 0, 'starts'], 'tomorrow'],
    ['half a translation', ['assets', 2, 'nat', 0], { outside: '10.10.2.1' }],
    ['an empty schedule', ['conduits', 0, 'channels', 4, 'when'], {}],
    ['a flag that is text', ['conduits', 0, 'channels', 0, 'related'], 'yes'],
    ['a group with a bad name', ['groups', 'a b'], ['10.0.0.1']],
  ]

  it.each(RIGHT)('accepts %s, as the check does', (_, path, value) => {
    const document = changed(path, value)
    expect(fits(schema, document)).toBe(true)
    const { issues } = checkPolicy(JSON.stringify(document), 'site.json')
    expect(issues.filter(({ severity }) => severity === 'error')).toEqual([])
  })

  it.each(WRONG)('refuses %s, as the check does', (_, path, value) => {
    const document = changed(path, value)
    expect(fits(schema, document)).toBe(false)
    expect(checkPolicy(JSON.stringify(document), 'site.json').model).toBeUndefined()
  })
})
