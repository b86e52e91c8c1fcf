/**
 * Stripe's idempotency keys, version 1 (docs.stripe.com/api/idempotent_requests): once execution begins, status and
 * body of the first request are kept under the key for 24 h, a 500 as well as a 200. A key with other parameters is
 * an error; a key that is at work right now is a conflict. What fails validation was never begun and is not kept.
 */
import { createHash } from 'node:crypto'
import type { ApiRefusal } from './answers.ts'
import { ANSWERS_KEPT_MS } from './books.ts'
import { canonical, type Form } from './form.ts'
import type { SavedAnswer } from './records.ts'

export const KEY_LENGTH_MAX = 255

export type Standing = { is: 'new' } | { is: 'known'; saved: SavedAnswer } | { is: 'refused'; refusal: ApiRefusal }

/** The same request has the same fingerprint, in whatever order its fields came. */
export const fingerprintOf = (path: string, form: Form): string =>
  createHash('sha256')
    .update(`${path}\n${canonical(form)}`)
    .digest('base64url')

export class KeysAtWork {
  readonly #fingerprints = new Map<string, string>()

  begin(key: string, fingerprint: string): void {
    this.#fingerprints.set(key, fingerprint)
  }

  end(key: string): void {
    this.#fingerprints.delete(key)
  }

  /** Where a request stands whose key may have been seen before. `saved` is what the books hold under the key. */
  standing(key: string, fingerprint: string, saved: SavedAnswer | undefined, now: number): Standing {
    if (key.length > KEY_LENGTH_MAX) return { is: 'refused', refusal: keyTooLong() }
    const kept = saved !== undefined && saved.savedAt > now - ANSWERS_KEPT_MS ? saved : null
    const known = this.#fingerprints.get(key) ?? kept?.fingerprint ?? fingerprint
    if (known !== fingerprint) return { is: 'refused', refusal: otherParameters(key) }
    if (this.#fingerprints.has(key)) return { is: 'refused', refusal: atWork(key) }
    return kept === null ? { is: 'new' } : { is: 'known', saved: kept }
  }
}

const keyTooLong = (): ApiRefusal => ({
  status: 400,
  type: 'invalid_request_error',
  message: `The idempotency key may have up to ${KEY_LENGTH_MAX} characters.`,
})

const otherParameters = (key: string): ApiRefusal => ({
  status: 400,
  type: 'idempotency_error',
  message:
    'Keys for idempotent requests can only be used with the same parameters they were first used with. ' +
    `Try using a key other than '${key}' if you meant to execute a different request.`,
})

const atWork = (key: string): ApiRefusal => ({
  status: 409,
  type: 'idempotency_error',
  code: 'idempotency_key_in_use',
  message: `There is currently another in-progress request using this idempotency key: ${key}. Try again later.`,
})
