import { closest } from './closest.ts'
import { get, keySpan, type MapNode, type Node } from './document.ts'
import type { Reporter } from './reporter.ts'

/** What a value of the policy file may look like: the common ground of the check, the JSON Schema and the reference. */
export type Shape =
  /** free text; a bare number is text too */
  | { kind: 'text' }
  /** a name given here: letters, digits, `-` and `_` */
  | { kind: 'id' }
  /** text with a meaning of its own (an address, a name given elsewhere); the subject's own check reads it */
  | { kind: 'string'; what: string }
  | { kind: 'word'; words: readonly string[] }
  | { kind: 'number'; min: number; max: number; step: number }
  | { kind: 'flag' }
  /** a number or a range "a-b" of them, hex too, or one of some words */
  | { kind: 'span'; what: string; min: number; max: number; ranges: boolean; words: readonly string[] }
  /** text of a fixed form; `form` says which, in words */
  | { kind: 'pattern'; form: string; pattern: RegExp }
  /** `single`: one item may stand without brackets */
  | { kind: 'list'; of: Shape; min: number; max: number; single: boolean }
  | {
      kind: 'map'
      what: string
      keys: Readonly<Record<string, Key>>
      exactlyOne?: readonly string[]
      atLeastOne?: readonly string[]
      together?: readonly (readonly [string, string])[]
    }
  /** a map with names of the user's own */
  | { kind: 'table'; of: Shape }
  | { kind: 'either'; what: string; scalar: Shape; other: Shape }

export interface Key {
  shape: Shape
  required?: true
  /** one sentence for the reference and for editors */
  doc: string
}

/** Ids: what names zones, assets, conduits and the rest. */
export const ID = /^[A-Za-z0-9_-]+$/
/** A number or a range of them, decimal or hex; the ends are captured. */
export const SPAN = /^(0x[0-9a-fA-F]{1,8}|\d{1,10})(?:-(0x[0-9a-fA-F]{1,8}|\d{1,10}))?$/

/** Reads a number or a range; undefined where it is neither or lies outside. */
export function parseSpan(
  value: unknown,
  min: number,
  max: number,
  ranges: boolean,
): { first: number; last: number } | undefined {
  let first: number
  let last: number
  if (typeof value === 'number') first = last = value
  else if (typeof value === 'string') {
    const match = SPAN.exec(value)
    if (match === null) return undefined
    first = Number(match[1])
    last = match[2] === undefined ? first : Number(match[2])
    if (!ranges && match[2] !== undefined) return undefined
  } else return undefined
  return Number.isInteger(first) && first >= min && last >= first && last <= max ? { first, last } : undefined
}

/** Reports everything in `node` that has not the shape it should have. */
export function checkShape(node: Node, shape: Shape, name: string, reporter: Reporter): void {
  if (shape.kind === 'map') {
    checkMap(node, shape, name, reporter)
    return
  }
  if (shape.kind === 'table') {
    if (node.kind !== 'map') {
      wrongType(node, name, 'a map of names', reporter)
      return
    }
    for (const [key, { key: span, value }] of node.entries) {
      if (!ID.test(key)) badId(span, key, reporter)
      checkShape(value, shape.of, key, reporter)
    }
    return
  }
  if (shape.kind === 'list') {
    if (node.kind !== 'list') {
      if (shape.single && node.kind !== 'map' && node.kind !== 'empty') {
        checkShape(node, shape.of, name, reporter)
        return
      }
      wrongType(node, name, `a list${shape.single ? ` or ${describe(shape.of)}` : ''}`, reporter)
      return
    }
    const { length } = node.items
    if (length < shape.min || length > shape.max) {
      const count = shape.min === shape.max ? `exactly ${shape.min} items` : 'at least one item'
      reporter.error(
        'list.length',
        node,
        `"${name}" needs ${count}, and has ${length === 0 ? 'none' : length}`,
      )
    }
    for (const item of node.items) checkShape(item, shape.of, name, reporter)
    return
  }
  if (shape.kind === 'either') {
    if (node.kind === 'empty') {
      wrongType(node, name, shape.what, reporter)
      return
    }
    checkShape(node, node.kind === 'map' ? shape.other : shape.scalar, name, reporter)
    return
  }
  checkScalar(node, shape, name, reporter)
}

function checkMap(
  node: Node,
  shape: Extract<Shape, { kind: 'map' }>,
  name: string,
  reporter: Reporter,
): void {
  if (node.kind !== 'map') {
    wrongType(node, name, shape.what, reporter)
    return
  }
  for (const [key, { key: span, value }] of node.entries) {
    const known = Object.hasOwn(shape.keys, key) ? shape.keys[key] : undefined
    if (known !== undefined) checkShape(value, known.shape, key, reporter)
    else if (key === '<<') {
      reporter.error('key.unknown', span, 'YAML 1.2 has no merge keys ("<<")', { hint: 'write the keys out' })
    } else {
      const names = Object.keys(shape.keys)
      const near = closest(key, names)
      const hint = near === undefined ? `${shape.what} has ${names.join(', ')}` : `did you mean "${near}"?`
      reporter.error('key.unknown', span, `unknown key "${key}" in ${shape.what}`, { hint })
    }
  }
  for (const [key, { required }] of Object.entries(shape.keys)) {
    if (required && !node.entries.has(key))
      reporter.error('key.missing', start(node), `"${key}" is missing in ${shape.what}`)
  }
  checkChoice(node, shape, reporter)
}

function checkChoice(node: MapNode, shape: Extract<Shape, { kind: 'map' }>, reporter: Reporter): void {
  if (shape.exactlyOne !== undefined) {
    const [first, ...rest] = shape.exactlyOne.filter(key => node.entries.has(key))
    const list = shape.exactlyOne.join(', ')
    if (first === undefined)
      reporter.error('key.choice', start(node), `${shape.what} needs exactly one of ${list}`)
    for (const key of rest) {
      reporter.error(
        'key.choice',
        keySpan(node, key),
        `${shape.what} has both "${first}" and "${key}", and needs exactly one of ${list}`,
        {
          also: { span: keySpan(node, first), message: `"${first}" stands here` },
        },
      )
    }
  }
  if (shape.atLeastOne !== undefined && !shape.atLeastOne.some(key => node.entries.has(key))) {
    reporter.error(
      'key.choice',
      start(node),
      `${shape.what} needs at least one of ${shape.atLeastOne.join(', ')}`,
    )
  }
  for (const [one, two] of shape.together ?? []) {
    const has = [one, two].filter(key => node.entries.has(key))
    if (has.length !== 1) continue
    const other = has[0] === one ? two : one
    reporter.error('key.missing', keySpan(node, has[0]), `"${has[0]}" needs "${other}" beside it`)
  }
}

function checkScalar(node: Node, shape: Shape, name: string, reporter: Reporter): void {
  if (node.kind === 'map' || node.kind === 'list' || node.kind === 'empty') {
    wrongType(node, name, describe(shape), reporter)
    return
  }
  const { value } = node
  switch (shape.kind) {
    case 'text':
      if (node.kind === 'flag' || value === '') wrongType(node, name, describe(shape), reporter)
      return
    case 'id':
      if (node.kind !== 'text') {
        reporter.error(
          'value.type',
          node,
          `"${name}" has to be text, and ${value} is ${node.kind === 'flag' ? 'true or false' : 'a number'}`,
          {
            hint: `in quotes it is text: "${value}"`,
          },
        )
      } else if (!ID.test(value as string)) badId(node, value as string, reporter)
      return
    case 'string':
      if (node.kind !== 'text' || value === '') wrongType(node, name, shape.what, reporter)
      return
    case 'word':
      if (typeof value === 'string' && shape.words.includes(value)) return
      wrongWord(node, value, name, shape.words, reporter)
      return
    case 'number':
      if (typeof value !== 'number') wrongType(node, name, describe(shape), reporter)
      else if (!(value >= shape.min && value <= shape.max && Number.isInteger(value / shape.step))) {
        reporter.error('value.range', node, `"${name}" is ${describe(shape)}, not ${value}`)
      }
      return
    case 'flag':
      if (node.kind !== 'flag') wrongType(node, name, 'true or false', reporter)
      return
    case 'span':
      checkSpan(node, shape, name, reporter)
      return
    case 'pattern':
      if (typeof value !== 'string' || !shape.pattern.test(value)) {
        reporter.error('value.form', node, `"${value}" is not ${shape.form}`)
      }
      return
  }
}

function checkSpan(
  node: Node,
  shape: Extract<Shape, { kind: 'span' }>,
  name: string,
  reporter: Reporter,
): void {
  const { value } = node as { value: unknown }
  if (typeof value === 'string' && shape.words.includes(value)) return
  if (parseSpan(value, shape.min, shape.max, shape.ranges) !== undefined) return
  const match = typeof value === 'string' ? SPAN.exec(value) : null
  if (typeof value === 'string' && match === null && shape.words.length > 0) {
    const near = closest(value, shape.words)
    if (near !== undefined) {
      reporter.error('value.word', node, `"${value}" is not ${describe(shape)}`, {
        hint: `did you mean "${near}"?`,
      })
      return
    }
  }
  let hint: string | undefined
  if (match?.[2] !== undefined) {
    if (!shape.ranges) hint = `"${name}" takes no range`
    else if (Number(match[2]) < Number(match[1])) hint = `the lower end comes first: ${match[2]}-${match[1]}`
  }
  reporter.error('value.range', node, `${shown(value)} is not ${describe(shape)}`, { hint })
}

/** What a value has to be, in words. */
export function describe(shape: Shape): string {
  switch (shape.kind) {
    case 'text':
      return 'text'
    case 'id':
      return 'a name'
    case 'string':
    case 'map':
    case 'either':
      return shape.what
    case 'word':
      return shape.words.length === 1 ? `"${shape.words[0]}"` : `one of ${shape.words.join(', ')}`
    case 'number':
      return shape.min === shape.max
        ? String(shape.min)
        : `a ${shape.step === 1 ? 'whole ' : ''}number ${shape.min} to ${shape.max}${shape.step === 0.5 ? ' in steps of 0.5' : ''}`
    case 'flag':
      return 'true or false'
    case 'span': {
      const words = shape.words.length > 0 && shape.words.length < 4 ? ` or ${shape.words.join(' or ')}` : ''
      const limit =
        shape.min >= 0x600
          ? `0x${shape.min.toString(16)} to 0x${shape.max.toString(16)}`
          : `${shape.min} to ${shape.max}`
      return `${shape.what} (${limit}${shape.ranges ? ', or a range like "a-b"' : ''})${words}`
    }
    case 'pattern':
      return shape.form
    case 'list':
      return 'a list'
    case 'table':
      return 'a map of names'
  }
}

function wrongWord(
  node: Node,
  value: unknown,
  name: string,
  words: readonly string[],
  reporter: Reporter,
): void {
  const near = closest(String(value), words)
  reporter.error('value.word', node, `"${name}" cannot be ${shown(value)}`, {
    hint: near === undefined ? `it is ${describe({ kind: 'word', words })}` : `did you mean "${near}"?`,
  })
}

function wrongType(node: Node, name: string, wanted: string, reporter: Reporter): void {
  const is =
    node.kind === 'map'
      ? 'a map'
      : node.kind === 'list'
        ? 'a list'
        : node.kind === 'empty' || node.value === ''
          ? 'empty'
          : shown(node.value)
  reporter.error('value.type', start(node), `"${name}" has to be ${wanted}, and is ${is}`)
}

function badId(span: { start: number; end: number }, id: string, reporter: Reporter): void {
  const better = id
    .normalize('NFD')
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^-+|-+$/g, '')
  reporter.error('value.id', span, `the name ${shown(id)} may hold only letters, digits, "-" and "_"`, {
    hint: better === '' ? undefined : `for example "${better}"`,
  })
}

/** A value as it may stand in a sentence: not too long. */
export function shown(value: unknown): string {
  const text = String(value)
  return `"${text.length > 60 ? `${text.slice(0, 57)}...` : text}"`
}

/** The first line of a map or list is enough under a caret. */
function start(node: Node): { start: number; end: number } {
  if (node.kind === 'map') {
    const first = node.entries.values().next().value
    return first === undefined ? node : { start: node.start, end: Math.max(first.key.end, node.start + 1) }
  }
  return node
}

/** Text of an entry of a map, when it is text. */
export function textAt(map: MapNode, key: string): string | undefined {
  const node = get(map, key)
  return node?.kind === 'text' && node.value !== '' ? (node.value as string) : undefined
}

/** Free text of an entry: a bare number counts as text. */
export function freeTextAt(map: MapNode, key: string): string | undefined {
  const node = get(map, key)
  return node !== undefined && (node.kind === 'text' || node.kind === 'number') && node.value !== ''
    ? String(node.value)
    : undefined
}

/** Items of an entry that is a list, or a single value in its place; nothing when absent. */
export function itemsAt(map: MapNode, key: string): Node[] {
  const node = get(map, key)
  if (node === undefined || node.kind === 'empty') return []
  return node.kind === 'list' ? node.items : [node]
}

/** Maps among the items of an entry. */
export function mapsAt(map: MapNode, key: string): MapNode[] {
  const node = get(map, key)
  return node?.kind === 'list' ? node.items.filter(item => item.kind === 'map') : []
}

/** Numbers and ranges of an entry; words of the shape are given as `words` to values. */
export function spansAt(
  map: MapNode,
  key: string,
  min: number,
  max: number,
  words: Readonly<Record<string, number>> = {},
): { first: number; last: number }[] {
  return itemsAt(map, key).flatMap(node => {
    if (node.kind === 'text' && Object.hasOwn(words, node.value as string)) {
      const value = words[node.value as string]
      return [{ first: value, last: value }]
    }
    const span =
      node.kind === 'text' || node.kind === 'number' ? parseSpan(node.value, min, max, true) : undefined
    return span === undefined ? [] : [span]
  })
}
