import { createHash } from 'node:crypto'
import type { Node } from './document.ts'

/**
 * Canonical text of a document: JSON with sorted keys in which every plain value is text. Comments, key order,
 * formatting, quotes, number notation (0x88b8, 35000) and aliases do not show; the order of lists does.
 */
export function canonicalText(node: Node): string {
  if (node.kind === 'map') {
    const entries = [...node.entries].sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${entries.map(([key, { value }]) => `${JSON.stringify(key)}:${canonicalText(value)}`).join(',')}}`
  }
  if (node.kind === 'list') return `[${node.items.map(canonicalText).join(',')}]`
  return JSON.stringify(String(node.value))
}

/** First 12 hex digits of SHA-256 (FIPS 180-4) over the canonical text in UTF-8. */
export function policyId(root: Node): string {
  return createHash('sha256').update(canonicalText(root)).digest('hex').slice(0, 12)
}
