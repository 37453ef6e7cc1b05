import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { TCP, UDP } from '../../src/app/protocol.ts'
import { atPort } from '../../src/app/recognise.ts'
import { CARRIED, SERVICES } from '../../src/net/ports.ts'
import { checkPolicy } from '../../src/policy/check.ts'

const ROOT = new URL('../../', import.meta.url)
const page = readFileSync(new URL('docs/protocols.md', ROOT), 'utf8')
const backticked = (text: string): string[] => [...text.matchAll(/`([^`\n]+)`/g)].map(([, name]) => name)
const ids = new Set(SERVICES.map(({ id }) => id))

/** A policy with these lines as the channels of its one conduit. */
const policyOf = (channels: string): string =>
  `version: 1
zones:
  - {id: supervision, networks: [10.10.2.0/24]}
  - {id: control, networks: [10.10.1.0/24]}
conduits:
  - id: C-01
    from: supervision
    to: control
    channels:
${channels.replace(/^(?=.)/gm, '      ')}`

describe('docs/protocols.md', () => {
  it('names every service', () => {
    const named = new Set(backticked(page))
    expect([...ids].filter(id => !named.has(id))).toEqual([])
  })

  it('names those on whose ports other bytes are a mismatch', () => {
    const isStrict = ({ tcp, udp }: (typeof SERVICES)[number]): boolean =>
      [...(tcp ?? []).map(ports => [TCP, ports] as const), ...(udp ?? []).map(ports => [UDP, ports] as const)]
        .map(([transport, ports]) => atPort(transport, [ports].flat(2)[0]))
        .some(here => here.length > 0 && here.every(protocol => protocol.isStrict === true))
    const sentence = /- On the ports of these services([\s\S]*?)On other ports/.exec(page)![1]
    expect(backticked(sentence).filter(name => ids.has(name))).toEqual(
      SERVICES.filter(isStrict).map(({ id }) => id),
    )
  })

  it('names all that are recognised at the ports of others', () => {
    const section = page.slice(page.indexOf('### Other protocols'), page.indexOf('### By the port'))
    expect(new Set(backticked(section))).toEqual(new Set(CARRIED.map(([id]) => id)))
  })

  it('has numbers for every control system that is read', () => {
    const table = page.slice(page.indexOf('## Numbers'), page.indexOf('Numbers that are not'))
    const named = new Set(
      table.split('\n').flatMap(line => (line.startsWith('| `') ? backticked(line.split(' | ')[0]) : [])),
    )
    const control = page.slice(page.indexOf('## Control systems'), page.indexOf('## Numbers'))
    const told = control
      .split('\n')
      .flatMap(line => (line.startsWith('| ') ? backticked(line.split(' | ')[0]) : []))
      .filter(name => ids.has(name))
    // all that a greeting tells is who the ends are
    expect([...new Set(told)].filter(name => !named.has(name))).toEqual(['fox'])
  })

  it('leads to tests that are there', () => {
    const tests = [...page.matchAll(/test\/app\/[\w-]+\.test\.ts/g)].map(([name]) => name)
    expect(tests.length).toBeGreaterThan(10)
    expect(tests.filter(name => !existsSync(new URL(name, ROOT)))).toEqual([])
  })

  it('shows channels that pass the check', () => {
    const blocks = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text]) => text)
    expect(blocks.length).toBe(8)
    for (const text of blocks) {
      const { issues, model } = checkPolicy(policyOf(text), 'docs/protocols.md')
      expect(issues).toEqual([])
      expect(model).toBeDefined()
    }
  })
})
