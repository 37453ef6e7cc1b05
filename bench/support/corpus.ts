import { existsSync, readFileSync } from 'node:fs'
import { matchesGlob } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where the corpus of real captures lies beside the repository; other people recorded it and none of it is ours. */
export const CORPUS = fileURLToPath(new URL('../../../shared/corpus/', import.meta.url))
export const hasCorpus = existsSync(`${CORPUS}inventory.tsv`)

/** One line of the corpus inventory. */
export interface Capture {
  /** relative to the corpus */
  path: string
  bytes: number
  linkType: string
  packets: number
  /** what TShark found in it: "mbtcp:12 | ipv4 tcp" */
  protocols: string
  /** files with other tools' results, relative to the corpus */
  truth: string[]
}

/** The captures of the inventory whose path matches `only` (a glob or a plain part of the path), in its order. */
export function inventory(only?: string): Capture[] {
  const [, ...lines] = readFileSync(`${CORPUS}inventory.tsv`, 'utf8').split('\n').filter(Boolean)
  return lines
    .map(line => {
      const [path, bytes, , linkType, packets, protocols, truth] = line.split('\t')
      return {
        path,
        bytes: Number(bytes),
        linkType,
        packets: Number(packets),
        protocols,
        truth: truth === '-' ? [] : truth.split(';'),
      }
    })
    .filter(({ path }) => only === undefined || path.includes(only) || matchesGlob(path, only))
}

/** Text of a file of the corpus; undefined where it is not there. */
export function corpusText(path: string): string | undefined {
  return existsSync(CORPUS + path) ? readFileSync(CORPUS + path, 'utf8') : undefined
}
