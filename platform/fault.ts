/**
 * The world failed: a database is away, an object is overloaded, a provider is slow. Thrown, answered with 503 and
 * `Retry-After`, and logged once, where it is answered. `retryAfterMs` is the thrower's advice to the caller.
 */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly retryAfterMs: number

  constructor(what: string, { cause, retryAfterMs = 2000 }: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(what, { cause })
    this.retryAfterMs = retryAfterMs
  }
}
