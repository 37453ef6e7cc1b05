import { readdirSync, readFileSync } from 'node:fs'
import { conversations } from '../../captures/protocols/make.ts'
import type { Protocol } from '../../src/app/protocol.ts'

const TESTS = new URL('../app/', import.meta.url)

/** Bytes and lines that tests are written with: what a protocol should know by its own, and not by those of others. */
const literals = readdirSync(TESTS)
  .filter(name => name.endsWith('.test.ts'))
  .map(name => {
    const text = readFileSync(new URL(name, TESTS), 'utf8')
    const digits = [...text.matchAll(/['"`]([0-9a-fA-F][0-9a-fA-F\s]{6,})['"`]/g)].map(([, hex]) =>
      Uint8Array.from(Buffer.from(hex.replace(/\s+/g, ''), 'hex')),
    )
    const words = [...text.matchAll(/'((?:[^'\\\n]|\\[rn0])*\\[rn0](?:[^'\\\n]|\\[rn0])*)'/g)].map(
      ([, word]) =>
        Uint8Array.from(
          Buffer.from(JSON.parse(`"${word.replaceAll('"', '\\"').replaceAll('\\0', '\\u0000')}"`), 'latin1'),
        ),
    )
    const found = [...digits, ...words]
    return { name: name.slice(0, -'.test.ts'.length), found: found.filter(bytes => bytes.length > 2) }
  })

/** What both ends say in the capture of a protocol. */
const spoken = (id: string): Uint8Array[] => conversations.get(id)?.said.map(({ bytes }) => bytes) ?? []

/** Those of the tests of a protocol, and of its capture. */
export const seedsOf = ({ id, service }: Protocol): Uint8Array[] => [
  ...literals.filter(({ name }) => name === id || name === service).flatMap(({ found }) => found),
  ...spoken(id),
]

/** Those of all tests and captures. */
export const everySeed = [
  ...literals.flatMap(({ found }) => found),
  ...[...conversations.keys()].flatMap(spoken),
]
