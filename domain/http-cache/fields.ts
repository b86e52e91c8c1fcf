/**
 * Header fields as a cache sees them: lines of a lower-case name and a value, in the order they came. Several lines of
 * one name are one list (RFC 9110 section 5.3), except Set-Cookie, which nobody may join.
 */
export type FieldLine = readonly [name: string, value: string]
export type Fields = readonly FieldLine[]

/** The field's lines joined to one list, or null when it did not come. */
export function fieldOf(fields: Fields, name: string): string | null {
  let joined: string | null = null
  for (const [named, value] of fields) {
    if (named === name) joined = joined === null ? value : `${joined}, ${value}`
  }
  return joined
}

export const hasField = (fields: Fields, name: string): boolean => fields.some(([named]) => named === name)

/** The same fields with this one said once, as `value`. */
export const withField = (fields: Fields, name: string, value: string): Fields => [
  ...fields.filter(([named]) => named !== name),
  [name, value],
]

export const withoutFields = (fields: Fields, names: ReadonlySet<string>): Fields =>
  fields.filter(([name]) => !names.has(name))

/** The members of a list, without empty ones; a comma inside quotes does not part (RFC 9110 section 5.6). */
export function membersOf(value: string | null): string[] {
  if (value === null) return []
  const members: string[] = []
  let from = 0
  let quoted = false
  for (let at = 0; at <= value.length; at += 1) {
    const letter = value[at]
    if (quoted && letter === '\\') at += 1
    else if (letter === '"') quoted = !quoted
    else if (at >= value.length || (letter === ',' && !quoted)) {
      members.push(trimmed(value.slice(from, at)))
      from = at + 1
    }
  }
  // The text ended on a backslash inside quotes.
  if (from < value.length) members.push(trimmed(value.slice(from)))
  return members.filter((member) => member !== '')
}

/** Optional white space is space and tab, nothing else (RFC 9110 section 5.6.3). */
export const trimmed = (text: string): string => text.replace(/^[ \t]+|[ \t]+$/g, '')

/** What ends at the next hop, whatever `Connection` says (RFC 9110 section 7.6.1, RFC 9111 section 3.1). */
const OF_ONE_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
])

/** The fields that travel on: neither those of this hop nor those that `Connection` names. */
export function onwardFields(fields: Fields): Fields {
  const named = membersOf(fieldOf(fields, 'connection')).map((name) => name.toLowerCase())
  const stay = named.length === 0 ? OF_ONE_HOP : new Set([...OF_ONE_HOP, ...named])
  return fields.filter(([name]) => !stay.has(name))
}
