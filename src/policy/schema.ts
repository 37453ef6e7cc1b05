import { POLICY } from './grammar.ts'
import { describe, ID, type Key, type Shape, SPAN } from './shape.ts'

/** A JSON Schema, as far as the policy language needs it. */
export type JsonSchema = { readonly [keyword: string]: unknown }

/**
 * JSON Schema (draft 2020-12) of the policy file, made from the shapes that `policy check` walks, for editors that
 * complete keys and mark mistakes while one types. Names, addresses and what belongs together are for the check.
 */
export function policySchema(): JsonSchema {
  const defs: Record<string, JsonSchema> = {}
  const root = schemaOf(POLICY, defs)
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'conduitwatch site policy',
    description: 'Zones, conduits and channels of a site (IEC 62443), held against observed traffic.',
    ...root,
    $defs: defs,
  }
}

type Defs = Record<string, JsonSchema>

function schemaOf(shape: Shape, defs: Defs): JsonSchema {
  switch (shape.kind) {
    case 'text':
      return { type: ['string', 'number'], minLength: 1 }
    case 'id':
      return { type: 'string', pattern: ID.source }
    case 'string':
      return { type: 'string', minLength: 1 }
    case 'word':
      return { enum: [...shape.words] }
    case 'number':
      return {
        type: 'number',
        minimum: shape.min,
        maximum: shape.max,
        multipleOf: shape.step,
      }
    case 'flag':
      return { type: 'boolean' }
    case 'span':
      return {
        anyOf: [
          { type: 'integer', minimum: shape.min, maximum: shape.max },
          { type: 'string', pattern: shape.ranges ? SPAN.source : '^(0x[0-9a-fA-F]{1,8}|\\d{1,10})$' },
          ...(shape.words.length > 0 ? [{ enum: [...shape.words] }] : []),
        ],
      }
    case 'pattern':
      return { type: 'string', pattern: shape.pattern.source }
    case 'list': {
      const items = schemaOf(shape.of, defs)
      const list = {
        type: 'array',
        items,
        ...(shape.min > 0 ? { minItems: shape.min } : {}),
        ...(Number.isFinite(shape.max) ? { maxItems: shape.max } : {}),
      }
      return shape.single ? { anyOf: [items, list] } : list
    }
    case 'table':
      return {
        type: 'object',
        propertyNames: { pattern: ID.source },
        additionalProperties: schemaOf(shape.of, defs),
      }
    case 'either':
      return { anyOf: [schemaOf(shape.scalar, defs), schemaOf(shape.other, defs)] }
    case 'map':
      return shape === POLICY ? mapSchema(shape, defs) : reference(shape, defs)
  }
}

/** A map other than the policy itself: written once under `$defs`, by its name without the article. */
function reference(shape: Extract<Shape, { kind: 'map' }>, defs: Defs): JsonSchema {
  const name = shape.what.replace(/^an? /, '').replaceAll(' ', '-')
  defs[name] ??= mapSchema(shape, defs)
  return { $ref: `#/$defs/${name}` }
}

function mapSchema(shape: Extract<Shape, { kind: 'map' }>, defs: Defs): JsonSchema {
  const keys = Object.entries(shape.keys)
  const required = keys.filter(([, key]) => key.required).map(([name]) => name)
  const one = (names: readonly string[]) => names.map(name => ({ required: [name] }))
  const pairs = (shape.together ?? []).flatMap(([a, b]) => [[a, [b]] as const, [b, [a]] as const])
  return {
    type: 'object',
    properties: Object.fromEntries(keys.map(([name, key]) => [name, propertyOf(key, defs)])),
    additionalProperties: false,
    ...(required.length > 0 ? { required } : {}),
    ...(shape.exactlyOne === undefined ? {} : { oneOf: one(shape.exactlyOne) }),
    ...(shape.atLeastOne === undefined ? {} : { anyOf: one(shape.atLeastOne) }),
    ...(pairs.length === 0 ? {} : { dependentRequired: Object.fromEntries(pairs) }),
  }
}

function propertyOf({ shape, doc }: Key, defs: Defs): JsonSchema {
  const told = shape.kind === 'string' || shape.kind === 'pattern' || shape.kind === 'span'
  return { description: told ? `${doc} It is ${describe(shape)}.` : doc, ...schemaOf(shape, defs) }
}
