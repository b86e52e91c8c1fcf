/**
 * Stripe's request limits: 25 a second per endpoint and 100 a second per account, over a sliding second. A refused
 * request does not count. Runs before the idempotency layer, so the same key may be refused now and answered later.
 */
export const PER_ENDPOINT = 25
export const PER_ACCOUNT = 100
const WINDOW_MS = 1000

export class Pacing {
  readonly #account: number[] = []
  readonly #endpoints = new Map<string, number[]>()

  /** Null when the request may go on; else which limit it ran into. */
  admit(endpoint: string, now: number): 'endpoint-rate' | 'global-rate' | null {
    const recent = this.#endpoints.get(endpoint) ?? []
    this.#endpoints.set(endpoint, recent)
    forget(recent, now)
    forget(this.#account, now)
    if (recent.length >= PER_ENDPOINT) return 'endpoint-rate'
    if (this.#account.length >= PER_ACCOUNT) return 'global-rate'
    recent.push(now)
    this.#account.push(now)
    return null
  }
}

function forget(instants: number[], now: number): void {
  while (instants[0] !== undefined && instants[0] <= now - WINDOW_MS) instants.shift()
}
