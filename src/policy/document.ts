import { type Document, isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml'
import type { Reporter, Span } from './reporter.ts'

/** A policy document as values with places: what YAML and JSON have in common. */
export type Node = MapNode | ListNode | ScalarNode

export interface MapNode extends Span {
  kind: 'map'
  /** in the order of the text; keys are unique (a second one is reported and left out) */
  entries: Map<string, { key: Span; value: Node }>
}

export interface ListNode extends Span {
  kind: 'list'
  items: Node[]
}

export interface ScalarNode extends Span {
  kind: 'text' | 'number' | 'flag' | 'empty'
  value: string | number | boolean | null
}

const MAX_BYTES = 10 * 1024 * 1024
const MAX_DEPTH = 32
const MAX_VALUES = 1_000_000
const MAX_SYNTAX_ERRORS = 50

/** How large a policy text may be, in bytes. */
export const POLICY_SIZE_LIMIT = MAX_BYTES

/**
 * Reads policy text (YAML 1.2 core schema, or JSON, which is a part of it). What cannot be read is reported; undefined
 * then, because checking half a structure would only raise mistakes that are none.
 */
export function readDocument(text: string, fileName: string, reporter: Reporter): Node | undefined {
  const whole = { start: 0, end: 0 }
  if (text.length > MAX_BYTES) {
    reporter.error('policy.size', whole, `${fileName} is larger than 10 MB, which is no site policy`)
    return undefined
  }
  const zero = text.indexOf('\0')
  if (zero >= 0) {
    reporter.error('policy.text', { start: zero, end: zero + 1 }, `${fileName} holds binary data, not text`)
    return undefined
  }
  let document: Document.Parsed
  try {
    document = parseDocument(text, { prettyErrors: false, uniqueKeys: false, logLevel: 'error' })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    reporter.error('policy.depth', whole, `${fileName} is nested too deeply to be read`)
    return undefined
  }
  reportSyntax(document, text, reporter)
  if (reporter.errors > 0) return undefined
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    const hint = 'a policy starts with "version: 1"; "conduitwatch policy schema" describes the rest'
    reporter.error('policy.empty', whole, `${fileName} is empty`, { hint })
    return undefined
  }
  const root = new Reader(document, reporter).read(document.contents, 0)
  return reporter.errors > 0 && root === undefined ? undefined : root
}

/** Entry of a map, or undefined. */
export function get(map: MapNode, key: string): Node | undefined {
  return map.entries.get(key)?.value
}

/** Where a key of a map stands, or the map itself where it has none. */
export function keySpan(map: MapNode, key: string): Span {
  return map.entries.get(key)?.key ?? map
}

const SENTENCES: Readonly<Record<string, [message: string, hint?: string]>> = {
  TAB_AS_INDENT: ['a tab is used for indentation', 'YAML indents with spaces'],
  MULTIPLE_DOCS: [
    'a second YAML document starts here',
    'a policy file holds one document; remove the "---" line',
  ],
  BLOCK_AS_IMPLICIT_KEY: [
    'a second key on a line, or a key where its indentation does not fit',
    'one key a line, all keys of a map at the same column; text with ": " in it needs quotes',
  ],
  MULTILINE_IMPLICIT_KEY: [
    'this line does not fit here',
    'is ":" missing after a key, or is the indentation off?',
  ],
  BAD_INDENT: [
    'the indentation does not fit',
    'keys of one map, and items of one list, start at the same column',
  ],
  UNCLOSED: [
    'a "[" or "{" before this is not closed',
    'what closes it has to be indented like the rest of it',
  ],
  BAD_SCALAR_START: ['a value cannot start with this character', 'put the value in quotes'],
  RESOURCE_EXHAUSTION: ['nested too deeply to be read'],
  KEY_OVER_1024_CHARS: ['a key of more than 1024 characters'],
  BAD_COLLECTION_TYPE: ['the tag does not fit the value'],
  TAG_RESOLVE_FAILED: ['unknown YAML tag', 'remove the tag; the policy needs none'],
}

/** Mistakes of YAML itself, in the product's words where there are any. */
function reportSyntax(document: Document.Parsed, text: string, reporter: Reporter): void {
  const { yaml } = document.directives ?? {}
  if (yaml?.explicit && yaml.version === '1.1') {
    const start = Math.max(0, text.indexOf('%YAML'))
    reporter.error('yaml.version', { start, end: start + 9 }, 'the file says that it is YAML 1.1', {
      hint: 'policies are YAML 1.2; remove the line',
    })
  }
  const seen = new Set<number>()
  let deep = false
  for (const { code, message, pos } of [...document.errors, ...document.warnings]) {
    if (seen.has(pos[0]) || (deep && code === 'RESOURCE_EXHAUSTION')) continue
    deep ||= code === 'RESOURCE_EXHAUSTION'
    seen.add(pos[0])
    if (seen.size > MAX_SYNTAX_ERRORS) break
    const unclosed = code === 'BAD_INDENT' && message.includes('end with a')
    const [sentence, hint] = SENTENCES[unclosed ? 'UNCLOSED' : code] ?? [
      `not YAML: ${lowerFirst(message.replaceAll('"', "'"))}`,
    ]
    reporter.error('yaml.syntax', { start: pos[0], end: pos[1] }, sentence, { hint })
  }
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1)
}

/** The parser's nodes as ours: aliases followed, keys made unique, depth and size kept in bounds. */
class Reader {
  private readonly document: Document.Parsed
  private readonly reporter: Reporter
  private readonly known = new Map<unknown, { node: Node; size: number } | 'open'>()
  private size = 0
  private stopped = false

  constructor(document: Document.Parsed, reporter: Reporter) {
    this.document = document
    this.reporter = reporter
  }

  read(node: unknown, depth: number, near: Span = { start: 0, end: 1 }): Node | undefined {
    if (this.stopped) return undefined
    const span = spanOf(node) ?? near
    if (depth > MAX_DEPTH) return this.stop('policy.depth', span, `nested more than ${MAX_DEPTH} levels deep`)
    if (isAlias(node)) {
      const target = node.resolve(this.document)
      if (target === undefined) {
        this.reporter.error('yaml.alias', span, `no anchor "&${node.source}" stands before this alias`)
        return { kind: 'empty', value: null, ...span }
      }
      const known = this.known.get(target)
      if (known === 'open')
        return this.stop('yaml.alias', span, `the alias "*${node.source}" stands inside its own anchor`)
      if (known !== undefined) {
        this.count(known.size, span)
        return known.node
      }
      return this.read(target, depth, span)
    }
    this.known.set(node, 'open')
    const before = this.size
    this.count(1, span)
    const made = this.make(node, depth, span)
    if (made === undefined) return undefined
    this.known.set(node, { node: made, size: this.size - before })
    return made
  }

  private make(node: unknown, depth: number, span: Span): Node | undefined {
    if (isMap(node)) return this.map(node.items, depth, span)
    if (isSeq(node)) {
      const items: Node[] = []
      for (const item of node.items) {
        const read = this.read(item, depth + 1, span)
        if (read === undefined) return undefined
        items.push(read)
      }
      return { kind: 'list', items, ...span }
    }
    const value = isScalar(node) ? node.value : null
    if (typeof value === 'string') return { kind: 'text', value, ...span }
    if (typeof value === 'number' || typeof value === 'bigint')
      return { kind: 'number', value: Number(value), ...span }
    if (typeof value === 'boolean') return { kind: 'flag', value, ...span }
    return { kind: 'empty', value: null, ...span }
  }

  private map(
    items: readonly { key: unknown; value: unknown }[],
    depth: number,
    span: Span,
  ): Node | undefined {
    const entries: MapNode['entries'] = new Map()
    for (const item of items) {
      const key = spanOf(item.key) ?? span
      const name = isScalar(item.key) ? item.key.value : undefined
      if (name === undefined || name === null) {
        this.reporter.error('key.type', key, 'a key has to be a word')
        continue
      }
      const value = this.read(item.value, depth + 1, key)
      if (value === undefined) return undefined
      const text = String(name)
      const first = entries.get(text)
      if (first === undefined) entries.set(text, { key, value })
      else {
        this.reporter.error('key.duplicate', key, `the key "${text}" is given twice`, {
          also: { span: first.key, message: 'the first one stands here' },
        })
      }
    }
    return { kind: 'map', entries, ...span }
  }

  private count(more: number, span: Span): void {
    this.size += more
    if (this.size > MAX_VALUES) {
      this.stop('policy.size', span, 'aliases make this policy more than a million values large')
    }
  }

  private stop(code: string, span: Span, message: string): undefined {
    if (!this.stopped) this.reporter.error(code, span, message)
    this.stopped = true
    return undefined
  }
}

function spanOf(node: unknown): Span | undefined {
  const range = (node as { range?: [number, number, number] | null } | null)?.range
  return range ? { start: range[0], end: Math.max(range[1], range[0]) } : undefined
}
