/**
 * What Stripe's answers mean, in our words (SPEC PAY17). Pure: objects and errors in, news out.
 *
 * An error that may have come after the effect is `in_doubt`, never a no: a payment that was made and forgotten would be
 * somebody's money without goods.
 */
import type { Stripe } from 'stripe'
import type { RefundOutcome } from '../../domain/message/settle.ts'
import type { MoneyNews, NewsSource, NoNews, PaymentNews } from '../../domain/payment/payment.ts'
import { NotYet, type PushBack } from './calls.ts'

/** How the money stands, by the intent's own status. */
export function newsOf(intent: Stripe.PaymentIntent, source: NewsSource): MoneyNews {
  const from = { source, providerId: intent.id }
  switch (intent.status) {
    case 'requires_action':
      return { ...from, kind: 'requires_action', url: intent.next_action?.redirect_to_url?.url ?? null }
    case 'processing':
      return { ...from, kind: 'processing' }
    case 'requires_capture':
      return { ...from, kind: 'authorised', amount: intent.amount_capturable }
    case 'succeeded':
      return { ...from, kind: 'captured', amount: intent.amount_received }
    case 'canceled':
      return { ...from, kind: 'canceled' }
    default:
      // No way to pay is attached any more: the last one was declined. The intent lives on; settling cancels it.
      return { ...from, kind: 'declined', ...declineOf(intent.last_payment_error) }
  }
}

type PaymentError = Pick<Stripe.PaymentIntent.LastPaymentError, 'code' | 'decline_code' | 'message'>

const declineOf = (error: PaymentError | null): { code: string; message: string } => ({
  code: error?.decline_code ?? error?.code ?? 'card_declined',
  message: capped(error?.message ?? 'The payment was declined.'),
})

/** The error as far as we read it; the SDK's classes do not survive every bundler. */
interface ApiError {
  type?: string
  code?: string
  decline_code?: string
  message?: string
  statusCode?: number
  headers?: Record<string, string>
  payment_intent?: Stripe.PaymentIntent
}

/** What a refusal or a failure says about the payment. A plain refusal is `never_made`: nothing came of the question. */
export function newsOfError(thrown: unknown): PaymentNews {
  const error = readError(thrown)
  const question = questionFault(error)
  if (question) return question
  // A decline, or a question the payment's state does not allow: the error shows the payment as it is.
  if (error.payment_intent) return newsOf(error.payment_intent, 'answer')
  const refused = error.statusCode === 400 || error.statusCode === 402 || error.statusCode === 404
  if (refused) {
    return {
      kind: 'never_made',
      source: 'answer',
      code: error.decline_code ?? error.code ?? 'payment_refused',
      message: messageOf(error),
    }
  }
  return { kind: 'in_doubt', message: messageOf(error), ...(isKept(error) ? { burnt: true } : {}) }
}

/** Whether this failure is kept under its key and will be repeated for a day (docs.stripe.com/api/idempotent_requests). */
export const isKept = (thrown: unknown): boolean => readError(thrown).headers?.['idempotent-replayed'] === 'true'

/** What a refusal or a failure says about a refund; null: nothing is known, ask again under the same key. */
export function refundOutcomeOfError(thrown: unknown): RefundOutcome | null {
  const error = readError(thrown)
  if (questionFault(error)) return null
  if (error.statusCode !== 400 && error.statusCode !== 402 && error.statusCode !== 404) return null
  return { status: 'failed', providerId: null, code: error.code ?? 'refund_refused', message: messageOf(error) }
}

export function outcomeOfRefund(refund: Stripe.Refund): RefundOutcome {
  switch (refund.status) {
    case 'succeeded':
      return { status: 'succeeded', providerId: refund.id }
    case 'failed':
    case 'canceled':
      return {
        status: 'failed',
        providerId: refund.id,
        code: refund.failure_reason ?? 'refund_failed',
        message: 'The refund did not go through.',
      }
    default:
      return { status: 'pending', providerId: refund.id }
  }
}

/** Something about the question rather than about the money: nothing happened because of it. Undefined: something else. */
export function questionFault(thrown: unknown): Extract<NoNews, { kind: 'again_later' | 'misconfigured' }> | undefined {
  if (thrown instanceof NotYet) return { kind: 'again_later', afterMs: thrown.inMs }
  const error = readError(thrown)
  // 429 comes before anything is done, and so does 409: the same key is under way.
  if (error.statusCode === 429 || error.statusCode === 409 || error.code === 'rate_limit') {
    return { kind: 'again_later', afterMs: retryAfterOf(error) }
  }
  const ours = error.statusCode === 401 || error.statusCode === 403 || error.type === 'StripeIdempotencyError'
  return ours ? { kind: 'misconfigured', message: messageOf(error) } : undefined
}

/** Whether a question was refused before it was looked at, by the provider (429) or by ourselves. */
export const isTurnedAway = (thrown: unknown): boolean => thrown instanceof NotYet || pushBackOf(thrown) !== null

/** What a refusal says about our pace; null: nothing. One that is about a lock on the payment is none of it. */
export function pushBackOf(thrown: unknown): PushBack | null {
  const error = readError(thrown)
  if (error.statusCode !== 429 || error.code === 'lock_timeout') return null
  // docs.stripe.com/rate-limits: "global-rate", "global-concurrency", "endpoint-rate", …
  const wholeAccount = error.headers?.['stripe-rate-limited-reason']?.startsWith('global') ?? false
  return { retryAfterMs: retryAfterOf(error), wholeAccount }
}

const readError = (thrown: unknown): ApiError => (typeof thrown === 'object' && thrown !== null ? thrown : {})

function retryAfterOf({ headers }: ApiError): number | null {
  const seconds = Number(headers?.['retry-after'])
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : null
}

export const messageOf = (thrown: unknown): string => capped(readError(thrown).message ?? String(thrown))

/** Kept with the order and shown to people; a proxy's page is neither. */
const capped = (text: string): string => text.slice(0, 300)
