import { POLICY } from '../../src/policy/grammar.ts'
import { describe, type Shape } from '../../src/policy/shape.ts'

type MapShape = Extract<Shape, { kind: 'map' }>

/** Every kind of map in the policy language, each once, in the order in which they are met. */
export function mapShapes(): MapShape[] {
  const found = new Map<string, MapShape>()
  const visit = (shape: Shape): void => {
    if (shape.kind === 'list' || shape.kind === 'table') visit(shape.of)
    else if (shape.kind === 'either') visit(shape.other)
    else if (shape.kind === 'map' && !found.has(shape.what)) {
      found.set(shape.what, shape)
      for (const { shape: inner } of Object.values(shape.keys)) visit(inner)
    }
  }
  visit(POLICY)
  return [...found.values()]
}

/** The rows of a kind of map in docs/policy.md: key, what it holds, what it is for. */
export function referenceRows(shape: MapShape): string[] {
  return Object.entries(shape.keys).map(([name, key]) => {
    const cells = [`\`${name}\`${key.required ? ' *' : ''}`, valueText(key.shape), key.doc]
    return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  })
}

function valueText(shape: Shape): string {
  if (shape.kind === 'list')
    return shape.single ? `${valueText(shape.of)}; or a list` : `a list: ${valueText(shape.of)}`
  if (shape.kind === 'table') return `names, each with ${valueText(shape.of)}`
  return describe(shape)
}
