import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { TUNNEL_NAMES } from '../../src/decode/facts.ts'
import { isSupportedLink } from '../../src/decode/link.ts'
import { mayTunnel } from '../../src/decode/tunnel-ports.ts'

const doc = readFileSync(new URL('../../docs/decoding.md', import.meta.url), 'utf8')
const section = (title: string): string => doc.split(/^## /m).find(text => text.startsWith(title))!
/** cells of the table rows of a section, without its head */
const rows = (title: string): string[][] =>
  section(title)
    .split('\n')
    .filter(line => line.startsWith('| '))
    .slice(1)
    .map(line => line.split('|').map(cell => cell.trim()))

it('docs/decoding.md lists every link type that is supported, and no other', () => {
  const listed = rows('Links').flatMap(cells => cells[2].match(/\d+/g)!.map(Number))
  const supported = Array.from({ length: 400 }, (_, n) => n).filter(isSupportedLink)
  expect(listed.sort((a, b) => a - b)).toEqual(supported)
})

it('docs/decoding.md lists every kind of tunnel, and no other', () => {
  const listed = rows('Tunnels').flatMap(cells => cells[1].match(/[\w-]+/g)!)
  expect(listed.sort()).toEqual([...TUNNEL_NAMES.slice(1)].sort())
})

it('docs/decoding.md lists every UDP port behind which a tunnel is looked for', () => {
  const listed = rows('Tunnels').flatMap(cells => {
    const ports = cells[2].match(/UDP ([\d, ]+\d)/)
    return ports === null ? [] : ports[1].split(', ').map(Number)
  })
  const ports = Array.from({ length: 0x10000 }, (_, n) => n).filter(mayTunnel)
  expect(listed.sort((a, b) => a - b)).toEqual(ports)
})
