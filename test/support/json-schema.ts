import type { JsonSchema } from '../../src/policy/schema.ts'

/** The keywords this evaluator knows; another one in a schema throws, so that none goes unheeded. */
const KEYWORDS = new Set(
  (
    '$schema title description $defs $ref type enum minLength pattern minimum maximum multipleOf anyOf oneOf items ' +
    'minItems maxItems properties additionalProperties propertyNames required dependentRequired'
  ).split(' '),
)

/** Whether a value fits a JSON Schema (draft 2020-12), as far as ours needs it. References lead into the root's `$defs`. */
export function fits(schema: JsonSchema, value: unknown, root: JsonSchema = schema): boolean {
  for (const keyword of Object.keys(schema)) if (!KEYWORDS.has(keyword)) throw new Error(`keyword ${keyword}`)
  const at = (keyword: string) => schema[keyword] as never
  const has = (keyword: string) => schema[keyword] !== undefined
  const inner = (one: JsonSchema, item: unknown) => fits(one, item, root)
  if (has('$ref')) {
    const name = (at('$ref') as string).replace('#/$defs/', '')
    const target = (root.$defs as Record<string, JsonSchema>)[name]
    if (target === undefined) throw new Error(`no definition ${name}`)
    if (!inner(target, value)) return false
  }
  if (has('type') && ![at('type')].flat().some(type => isOf(type, value))) return false
  if (has('enum') && !(at('enum') as unknown[]).includes(value)) return false
  if (has('anyOf') && !(at('anyOf') as JsonSchema[]).some(one => inner(one, value))) return false
  if (has('oneOf') && (at('oneOf') as JsonSchema[]).filter(one => inner(one, value)).length !== 1)
    return false
  if (typeof value === 'string') {
    if (has('minLength') && value.length < at('minLength')) return false
    if (has('pattern') && !new RegExp(at('pattern'), 'u').test(value)) return false
  }
  if (typeof value === 'number') {
    if (has('minimum') && value < at('minimum')) return false
    if (has('maximum') && value > at('maximum')) return false
    if (has('multipleOf') && !Number.isInteger(value / at('multipleOf'))) return false
  }
  if (Array.isArray(value)) {
    if (has('minItems') && value.length < at('minItems')) return false
    if (has('maxItems') && value.length > at('maxItems')) return false
    return !has('items') || value.every(item => inner(at('items'), item))
  }
  return (
    typeof value !== 'object' || value === null || fitsObject(schema, value as Record<string, unknown>, inner)
  )
}

function fitsObject(
  schema: JsonSchema,
  value: Record<string, unknown>,
  inner: (one: JsonSchema, item: unknown) => boolean,
): boolean {
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>
  const { additionalProperties: rest, propertyNames: names } = schema
  for (const name of (schema.required ?? []) as string[]) if (!Object.hasOwn(value, name)) return false
  for (const [name, others] of Object.entries((schema.dependentRequired ?? {}) as Record<string, string[]>))
    if (Object.hasOwn(value, name) && others.some(other => !Object.hasOwn(value, other))) return false
  return Object.entries(value).every(([name, item]) => {
    if (names !== undefined && !inner(names as JsonSchema, name)) return false
    if (Object.hasOwn(properties, name)) return inner(properties[name], item)
    return rest === undefined || (rest !== false && inner(rest as JsonSchema, item))
  })
}

function isOf(type: string, value: unknown): boolean {
  switch (type) {
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    case 'array':
      return Array.isArray(value)
    case 'integer':
      return Number.isInteger(value)
    default:
      return typeof value === type
  }
}
