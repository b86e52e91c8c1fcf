/**
 * What the API answers, before it becomes HTTP: a status and a JSON body, or a refusal in Stripe's error shape.
 * Sources: docs.stripe.com/api/errors, docs.stripe.com/error-codes, docs.stripe.com/rate-limits.
 */
import type { IntentStatus, JsonObject } from './records.ts'

/** Stripe's way of saying no. `facts` are the further members of the error object. */
export interface ApiRefusal {
  status: 400 | 401 | 402 | 404 | 409 | 413 | 429 | 500
  type: 'card_error' | 'invalid_request_error' | 'idempotency_error' | 'api_error'
  message: string
  code?: string
  param?: string
  facts?: JsonObject
  headers?: Record<string, string>
}

export interface Answer {
  status: number
  body: JsonObject
  headers: Record<string, string>
  /** What is to be put into the body once the turn is true: see `expand.ts`. */
  expand: readonly string[]
}

export const answer = (body: JsonObject, expand: readonly string[] = []): Answer => ({
  status: 200,
  body,
  headers: {},
  expand,
})

export function answerRefusal(refusal: ApiRefusal): Answer {
  const error: JsonObject = { message: refusal.message, type: refusal.type }
  if (refusal.code !== undefined) {
    error['code'] = refusal.code
    error['doc_url'] = `https://stripe.com/docs/error-codes/${refusal.code.replaceAll('_', '-')}`
  }
  if (refusal.param !== undefined) error['param'] = refusal.param
  const body = { error: { ...error, ...refusal.facts } }
  return { status: refusal.status, body, headers: refusal.headers ?? {}, expand: [] }
}

export const invalid = (message: string, code?: string, param?: string): ApiRefusal => ({
  status: 400,
  type: 'invalid_request_error',
  message,
  ...(code === undefined ? {} : { code }),
  ...(param === undefined ? {} : { param }),
})

export const missingResource = (noun: string, id: string, param: string, status: 400 | 404 = 404): ApiRefusal => ({
  ...invalid(`No such ${noun}: '${id}'`, 'resource_missing', param),
  status,
})

export const unexpectedState = (message: string): ApiRefusal => invalid(message, 'payment_intent_unexpected_state')

/** The sentence Stripe uses for a verb that the intent's status does not allow. */
export const wrongStatus = (verb: string, status: IntentStatus, allowed: readonly IntentStatus[]): ApiRefusal =>
  unexpectedState(
    `You cannot ${verb} this PaymentIntent because it has a status of ${status}. ` +
      `Only a PaymentIntent with one of the following statuses may be ${verb}${verb.endsWith('e') ? 'd' : 'ed'}: ${allowed.join(', ')}.`,
  )

export const wrongKey = (key: string | null): ApiRefusal => ({
  status: 401,
  type: 'invalid_request_error',
  message:
    key === null
      ? "You did not provide an API key. Send it in the Authorization header, as in 'Authorization: Bearer YOUR_SECRET_KEY'."
      : `Invalid API Key provided: ${key.slice(0, 8)}${'*'.repeat(Math.max(0, key.length - 12))}${key.slice(-4)}`,
})

export const tooFast = (reason: 'endpoint-rate' | 'global-rate'): ApiRefusal => ({
  status: 429,
  type: 'invalid_request_error',
  code: 'rate_limit',
  message: 'Request rate limit exceeded. Pace the requests, or repeat this one later.',
  headers: { 'Stripe-Rate-Limited-Reason': reason },
})

/** Another request is at work on the same object. Not saved under the key, so the same key may ask again. */
export const objectLocked = (): ApiRefusal => ({
  status: 429,
  type: 'invalid_request_error',
  code: 'lock_timeout',
  message: 'This object cannot be accessed right now because another API request is currently accessing it.',
  headers: { 'Stripe-Should-Retry': 'true' },
})

export const broken = (shouldRetry: boolean): ApiRefusal => ({
  status: 500,
  type: 'api_error',
  message: 'An unknown error occurred',
  headers: { 'Stripe-Should-Retry': String(shouldRetry) },
})
