/** A JSON schema as a person would jot it down: names, types, a question mark where something may be left out. */
export interface Schema {
  $ref?: string
  type?: string | string[]
  format?: string
  enum?: unknown[]
  const?: unknown
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: Schema | boolean
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  description?: string
  minimum?: number
  maximum?: number
  maxLength?: number
}

/** Two objects deep is enough to see what is meant; below that the name of the shape leads on. */
const DEPTH_MAX = 4

export function shapeOf(schema: Schema | undefined, depth = 0): string {
  if (!schema) return ''
  if (schema.$ref) return schema.$ref.split('/').at(-1)!
  const parts = schema.anyOf ?? schema.oneOf
  if (parts) return parts.map((part) => shapeOf(part, depth)).join(' | ')
  if (schema.allOf) return schema.allOf.map((part) => shapeOf(part, depth)).join(' & ')
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.properties) return depth >= DEPTH_MAX ? '{…}' : object(schema, depth)
  if (schema.items) return `[${shapeOf(schema.items, depth)}]`
  if (typeof schema.additionalProperties === 'object')
    return `{ [name]: ${shapeOf(schema.additionalProperties, depth)} }`
  return plain(schema)
}

function object({ properties = {}, required = [] }: Schema, depth: number): string {
  const indent = '  '.repeat(depth + 1)
  const lines = Object.entries(properties).map(([name, value]) => {
    const mark = required.includes(name) ? '' : '?'
    const about = value.description ? `  // ${value.description}` : ''
    return `${indent}${name}${mark}: ${shapeOf(value, depth + 1)}${about}`
  })
  return `{\n${lines.join('\n')}\n${'  '.repeat(depth)}}`
}

function plain({ type, format, minimum, maximum, maxLength }: Schema): string {
  const name = [type ?? 'anything'].flat().join(' | ')
  const limits = [
    format,
    minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? `≥ ${minimum}` : undefined,
    maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? `≤ ${maximum}` : undefined,
    maxLength !== undefined ? `≤ ${maxLength} letters` : undefined,
  ].filter(Boolean)
  return limits.length > 0 ? `${name} (${limits.join(', ')})` : name
}
