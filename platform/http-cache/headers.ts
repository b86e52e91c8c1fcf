/** Between the runtime's headers and plain fields. The runtime lower-cases names and joins lines, but never cookies. */
import type { Fields } from '../../domain/http-cache/fields.ts'

export const fieldsFrom = (headers: Headers): Fields => [...headers]

/** Appended one by one, so that Set-Cookie stays in its lines. */
export function headersFrom(fields: Fields): Headers {
  const headers = new Headers()
  for (const [name, value] of fields) headers.append(name, value)
  return headers
}
