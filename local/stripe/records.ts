/**
 * What the stand-in remembers, in its own words. Instants are whole milliseconds of the stand-in's clock, amounts are
 * integers in minor units; `wire.ts` turns these into Stripe's JSON. A record is never changed in place: a move makes
 * the next one, and a turn (`books.ts`) puts it down together with everything else that became true at that moment.
 */
import type { CardName } from './cards.ts'

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json }
export type JsonObject = { [name: string]: Json }

export type IntentStatus =
  | 'requires_payment_method'
  | 'requires_confirmation'
  | 'requires_action'
  | 'processing'
  | 'requires_capture'
  | 'succeeded'
  | 'canceled'

export type CaptureMethod = 'automatic' | 'automatic_async' | 'manual'

/** One card as it was given for one intent. Stripe gives `pm_card_visa` a fresh id at every use, and so do we. */
export interface PaymentMethod {
  id: string
  card: CardName
}

/** Why an attempt to pay failed; becomes `last_payment_error` and the body of the 402. */
export interface AttemptError {
  code: string
  declineCode: string | null
  message: string
  chargeId: string | null
  paymentMethod: PaymentMethod | null
}

export interface Intent {
  id: string
  clientSecret: string
  createdAt: number
  amount: number
  currency: string
  status: IntentStatus
  captureMethod: CaptureMethod
  /** `null` leaves the choice to the account, and then a method might redirect: see `needsReturnUrl`. */
  allowedMethods: string[] | null
  allowRedirects: 'always' | 'never'
  metadata: Record<string, string>
  /** Parameters that are accepted and only given back: description, receipt_email, customer … */
  echoed: Record<string, string>
  paymentMethod: PaymentMethod | null
  returnUrl: string | null
  /** The secret in the address of the 3-D-Secure page; there only while the visitor has something to do. */
  actionToken: string | null
  latestChargeId: string | null
  amountCapturable: number
  amountReceived: number
  lastError: AttemptError | null
  /** When something happens by itself: the end of `processing`, or of an uncaptured authorisation. */
  dueAt: number | null
  canceledAt: number | null
  cancellationReason: string | null
}

export interface Charge {
  id: string
  intentId: string
  createdAt: number
  amount: number
  currency: string
  status: 'succeeded' | 'pending' | 'failed'
  captured: boolean
  amountCaptured: number
  /** What refunds took back of the captured amount. */
  amountRefunded: number
  /** The authorisation was let go uncaptured: no money ever moved, though Stripe shows the charge as refunded. */
  released: boolean
  captureBefore: number | null
  failure: AttemptError | null
  paymentMethod: PaymentMethod
  metadata: Record<string, string>
}

export interface Refund {
  id: string
  chargeId: string
  intentId: string
  createdAt: number
  amount: number
  currency: string
  status: 'pending' | 'succeeded' | 'failed'
  reason: string | null
  failureReason: string | null
  metadata: Record<string, string>
  /** When a refund that fails or succeeds later does so. */
  dueAt: number | null
}

export interface EventRecord {
  id: string
  type: string
  createdAt: number
  object: JsonObject
  requestId: string | null
  idempotencyKey: string | null
  /** `unasked`: no webhook address was known when it happened. */
  delivery: 'unasked' | 'awaited' | 'delivered'
}

/** One copy of one event on its way to the webhook address. */
export interface Delivery {
  id: string
  eventId: string
  dueAt: number
  attempts: number
  state: 'waiting' | 'done' | 'gave_up'
}

/** The first answer to an idempotency key; its id is the key. */
export interface SavedAnswer {
  id: string
  fingerprint: string
  status: number
  body: string
  requestId: string
  savedAt: number
}

/** How far the virtual clock was pushed ahead; kept so that a restart does not turn time back. */
export interface ClockRecord {
  id: 'clock'
  aheadMs: number
}
