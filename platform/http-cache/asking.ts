/** One question to the origin, and what comes of it. */
import type { Fields } from '../../domain/http-cache/fields.ts'
import type { Received } from '../../domain/http-cache/stored.ts'
import type { KeepingAt } from './keeping.ts'
import { fieldsFrom } from './headers.ts'

/** The origin could not be asked, or did not answer. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
  /** The reason, by RFC 9209. */
  readonly error: string

  constructor(error: string, options?: ErrorOptions) {
    super(`The origin could not be asked: ${error}.`, options)
    this.error = error
  }
}

/** What the cache needs of the request it works for. */
export interface Surroundings extends KeepingAt {
  /** Asks the origin with these fields; rejects with `Unreachable`. */
  forward(fields: Fields): Promise<Response>
  /** The key of an address as an answer of the origin wrote it; null: not of this origin. */
  keyOf(address: string): string | null
}

/** Rejects with `Unreachable`. What changes while it is under way has changed after it. */
export async function forwarded(fields: Fields, at: Surroundings): Promise<{ response: Response; received: Received }> {
  const requestedAt = at.now()
  const stamp = at.changes?.stamp() ?? null
  const response = await at.forward(fields)
  const { status, headers } = response
  return { response, received: { status, fields: fieldsFrom(headers), requestedAt, receivedAt: at.now(), stamp } }
}
