/**
 * The API's front desk: the way of one request, in the order that Stripe keeps. The key (401) and the pace (429) are
 * looked at before the idempotency layer; validation comes after it and is not kept; execution is kept, whatever it
 * answers. Faults asked for by a test happen where they would happen: before the effect, after it, or on the way back.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Account, Cause } from './account.ts'
import {
  answerRefusal,
  broken,
  invalid,
  objectLocked,
  tooFast,
  wrongKey,
  type Answer,
  type ApiRefusal,
} from './answers.ts'
import { Turn } from './books.ts'
import { ONE_SHOTS, type OneShot } from './controls.ts'
import type { Asked, Endpoint, Prepared } from './endpoint.ts'
import { paymentIntentEndpoints } from './endpoints/payment-intents.ts'
import { readEndpoints } from './endpoints/reads.ts'
import { refundEndpoints } from './endpoints/refunds.ts'
import { expand } from './expand.ts'
import { parseForm } from './form.ts'
import { fingerprintOf, KeysAtWork } from './idempotency.ts'
import { newId } from './ids.ts'
import { Pacing } from './pacing.ts'
import { API_VERSION } from './wire.ts'

export interface Call {
  method: string
  /** Without the query. */
  path: string
  query: string
  body: string
  authorization: string | null
  idempotencyKey: string | null
  stripeVersion: string | null
}

/** What becomes of a call: an answer, nothing ever, or a connection that breaks. */
export type Outcome =
  | { is: 'answer'; status: number; headers: Record<string, string>; body: string }
  | { is: 'silence' }
  | { is: 'reset' }

const ENDPOINTS: readonly Endpoint[] = [...paymentIntentEndpoints, ...refundEndpoints, ...readEndpoints]

export class Desk {
  readonly #account: Account
  readonly #secretKey: string
  readonly #pacing = new Pacing()
  readonly #keys = new KeysAtWork()
  readonly #locked = new Set<string>()
  readonly #changed: () => void

  /** `changed` is called after each recorded turn, so that what is due can be looked at again. */
  constructor(account: Account, secretKey: string, changed: () => void) {
    this.#account = account
    this.#secretKey = secretKey
    this.#changed = changed
  }

  async answer(call: Call): Promise<Outcome> {
    const requestId = newId('req', 14)
    const { latency_ms: latencyMs, outage } = this.#account.controls
    if (outage === 'refuse') return { is: 'reset' }
    if (outage === 'hang') return { is: 'silence' }
    if (latencyMs > 0) await sleep(latencyMs)
    if (outage === '500') return this.#spoken(call, requestId, answerRefusal(broken(true)))
    const endpoint = endpointFor(call)
    this.#count(endpoint?.name ?? 'unknown')
    const key = keyOf(call.authorization)
    if (key !== this.#secretKey) return this.#spoken(call, requestId, answerRefusal(wrongKey(key)))
    if (this.#account.controls.rate_limit) {
      const limit = this.#pacing.admit(endpoint?.name ?? 'unknown', this.#account.now())
      if (limit !== null) return this.#spoken(call, requestId, answerRefusal(tooFast(limit)))
    }
    return endpoint === null
      ? this.#spoken(call, requestId, answerRefusal(unrecognized(call)))
      : this.#admitted(call, endpoint, requestId)
  }

  /** Past the door: the idempotency layer, then validation, then execution. */
  async #admitted(call: Call, endpoint: Endpoint, requestId: string): Promise<Outcome> {
    const form = parseForm(endpoint.method === 'GET' ? call.query : call.body)
    if (!form.ok) return this.#spoken(call, requestId, answerRefusal(form.refusal))
    const key = endpoint.method === 'POST' ? call.idempotencyKey : null
    const fingerprint = key === null ? '' : fingerprintOf(call.path, form.value)
    if (key !== null) {
      const { books } = this.#account
      const standing = this.#keys.standing(key, fingerprint, books.answers.get(key), this.#account.now())
      if (standing.is === 'refused') return this.#spoken(call, requestId, answerRefusal(standing.refusal))
      if (standing.is === 'known') {
        const { status, body, requestId: original } = standing.saved
        const headers = {
          'Idempotent-Replayed': 'true',
          'Original-Request': original,
          ...(status >= 500 ? { 'Stripe-Should-Retry': 'false' } : {}),
        }
        return { is: 'answer', status, headers: { ...this.#headers(call, requestId), ...headers }, body }
      }
    }
    const asked: Asked = { id: idIn(call.path), form: form.value, cause: { requestId, idempotencyKey: key } }
    const prepared = endpoint.prepare(asked, this.#account)
    if (!prepared.ok) return this.#spoken(call, requestId, answerRefusal(prepared.refusal))
    return this.#executed(call, endpoint, prepared.value, asked.cause, fingerprint)
  }

  async #executed(
    call: Call,
    endpoint: Endpoint,
    prepared: Prepared,
    cause: Cause,
    fingerprint: string,
  ): Promise<Outcome> {
    const { requestId, idempotencyKey: key } = cause
    const { locks, slow } = prepared
    if (locks !== null && this.#locked.has(locks))
      return this.#spoken(call, requestId ?? '', answerRefusal(objectLocked()))
    if (slow) {
      if (locks !== null) this.#locked.add(locks)
      if (key !== null) this.#keys.begin(key, fingerprint)
      await sleep(this.#account.controls.slow_ms)
      if (locks !== null) this.#locked.delete(locks)
      if (key !== null) this.#keys.end(key)
    }
    const fault = this.#takeFault(endpoint)
    if (fault === 'timeout_before_effect') return { is: 'silence' }
    const turn = new Turn()
    let answer = fault === 'error_before_effect' ? answerRefusal(broken(false)) : prepared.run(turn)
    if (fault === 'error_after_effect') answer = answerRefusal(broken(false))
    let body = ''
    this.#account.record(turn, () => {
      body = JSON.stringify(expand(answer.body, answer.expand, this.#account), null, 2)
      if (key === null || requestId === null) return
      const savedAt = this.#account.now()
      turn.put('answers', { id: key, fingerprint, status: answer.status, body, requestId, savedAt })
    })
    this.#changed()
    return onTheWayBack(fault, this.#said(call, requestId ?? '', answer, body))
  }

  /** The one-shot fault this request is to suffer, now spent. */
  #takeFault(endpoint: Endpoint): OneShot | null {
    const { controls } = this.#account
    if (controls.fault_on === null ? endpoint.method !== 'POST' : controls.fault_on !== endpoint.name) return null
    const fault = ONE_SHOTS.find((name) => controls[name] > 0) ?? null
    if (fault !== null) controls[fault] -= 1
    return fault
  }

  #spoken(call: Call, requestId: string, answer: Answer): Outcome {
    return this.#said(call, requestId, answer, JSON.stringify(answer.body, null, 2))
  }

  #said(call: Call, requestId: string, answer: Answer, body: string): Outcome & { is: 'answer' } {
    const headers = { ...this.#headers(call, requestId), ...answer.headers }
    return { is: 'answer', status: answer.status, headers, body }
  }

  #headers(call: Call, requestId: string): Record<string, string> {
    return {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-cache, no-store',
      'Request-Id': requestId,
      'Stripe-Version': call.stripeVersion ?? API_VERSION,
      ...(call.idempotencyKey === null || call.method !== 'POST'
        ? {}
        : { 'Idempotency-Key': call.idempotencyKey, 'Original-Request': requestId }),
    }
  }

  #count(name: string): void {
    const { requests } = this.#account.counts
    requests.set(name, (requests.get(name) ?? 0) + 1)
  }
}

function onTheWayBack(fault: OneShot | null, said: Outcome & { is: 'answer' }): Outcome {
  switch (fault) {
    case 'timeout_after_effect':
      return { is: 'silence' }
    case 'reset_after_effect':
      return { is: 'reset' }
    case 'html_body':
      return {
        is: 'answer',
        status: 502,
        headers: { 'Content-Type': 'text/html' },
        body: '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n',
      }
    case 'truncate_body':
      return { ...said, body: said.body.slice(0, Math.floor(said.body.length / 2)) }
    default:
      return said
  }
}

function endpointFor(call: Call): Endpoint | null {
  const steps = call.path.split('/')
  return (
    ENDPOINTS.find((endpoint) => {
      const pattern = ['', 'v1', ...endpoint.path.split('/')]
      return (
        endpoint.method === call.method &&
        pattern.length === steps.length &&
        pattern.every((step, place) => step === steps[place] || (step === ':id' && steps[place] !== ''))
      )
    }) ?? null
  )
}

const idIn = (path: string): string => path.split('/')[3] ?? ''

/** `Bearer sk_…`, or Basic with the key as the user's name, as curl -u sends it. */
function keyOf(authorization: string | null): string | null {
  const [scheme, value = ''] = (authorization ?? '').split(' ')
  if (scheme?.toLowerCase() === 'bearer') return value
  if (scheme?.toLowerCase() !== 'basic') return null
  return Buffer.from(value, 'base64').toString().split(':')[0] ?? null
}

const unrecognized = (call: Call): ApiRefusal => ({
  ...invalid(`Unrecognized request URL (${call.method}: ${call.path}).`),
  status: 404,
})
