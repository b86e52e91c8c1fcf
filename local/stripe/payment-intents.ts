/**
 * The life of a PaymentIntent, as pure moves (docs.stripe.com/payments/paymentintents/lifecycle).
 *
 *   requires_payment_method → requires_confirmation → requires_action → processing → (requires_capture) → succeeded
 *   and canceled from every status but processing, succeeded and canceled itself.
 *
 * A declined attempt is not the end: the intent goes back to requires_payment_method and can be paid again, from
 * another tab as well. A move names the next records and what is told about them; it leaves HTTP, saving and webhooks
 * to others.
 */
import { accept, refuse, type Decision } from '../../domain/basics/decision.ts'
import { unexpectedState, wrongStatus, type ApiRefusal } from './answers.ts'
import { CARDS, GENERIC_DECLINE, type Decline } from './cards.ts'
import type { AttemptError, Charge, Intent, IntentStatus, PaymentMethod, Refund } from './records.ts'

/** Something that will be an event: its type and the record as it was then. */
export type News = { type: string } & ({ intent: Intent } | { charge: Charge } | { refund: Refund })

export interface Move {
  intent: Intent
  charge: Charge | null
  news: News[]
  /** The attempt that failed in this move; the API answers it with 402 although the move is recorded. */
  failure: AttemptError | null
}

/** What a move needs from outside: the time, new ids, and whether this attempt is unlucky by order of a test. */
export interface World {
  now: number
  newId(prefix: string): string
  unlucky(): boolean
  processingMs: number
}

/** What a confirmation brings along. */
export interface Confirmation {
  method: PaymentMethod | null
  returnUrl: string | null
  /** The visitor is not there, or must not be asked: a card that wants authentication fails instead. */
  withoutVisitor: boolean
}

export const AUTHORIZATION_LASTS_MS = 7 * 24 * 3_600_000 // Stripe's window for most cards

export const CANCELABLE: readonly IntentStatus[] = [
  'requires_payment_method',
  'requires_capture',
  'requires_confirmation',
  'requires_action',
]
const CONFIRMABLE: readonly IntentStatus[] = ['requires_payment_method', 'requires_confirmation', 'requires_action']

export const NO_METHOD =
  'You cannot confirm this PaymentIntent because it is missing a payment method. Update it with a payment method, or ' +
  'confirm it with one.'

/**
 * Without a list of allowed methods the account decides, and one of its methods might redirect; then Stripe wants to
 * know beforehand where to send the visitor back to.
 */
export const needsReturnUrl = (intent: Pick<Intent, 'allowedMethods' | 'allowRedirects'>): boolean =>
  intent.allowedMethods === null && intent.allowRedirects === 'always'

/** One attempt to pay. Refuses in a status that allows none, and without a payment method. */
export function confirmIntent(intent: Intent, ask: Confirmation, world: World): Decision<Move, ApiRefusal> {
  if (!CONFIRMABLE.includes(intent.status)) return refuse(wrongStatus('confirm', intent.status, CONFIRMABLE))
  const method = ask.method ?? intent.paymentMethod
  if (method === null) return refuse(unexpectedState(NO_METHOD))
  const tried: Intent = {
    ...intent,
    paymentMethod: method,
    returnUrl: ask.returnUrl ?? intent.returnUrl,
    actionToken: null,
    lastError: null,
  }
  const card = CARDS[method.card]
  if (card.does === 'authenticate') {
    return accept(ask.withoutVisitor ? refuseUnseen(tried, method, world) : askVisitor(tried, world))
  }
  if (card.does === 'decline') return accept(decline(tried, method, card.decline ?? GENERIC_DECLINE, world))
  if (world.unlucky()) return accept(decline(tried, method, GENERIC_DECLINE, world))
  return accept(card.does === 'processing' ? beginProcessing(tried, method, world) : authorize(tried, method, world))
}

/** The visitor answered on the 3-D-Secure page. Refuses when nothing is asked of them any more. */
export function finishAction(intent: Intent, approved: boolean, world: World): Decision<Move, ApiRefusal> {
  const method = intent.paymentMethod
  if (intent.status !== 'requires_action' || method === null) {
    return refuse(wrongStatus('authenticate', intent.status, ['requires_action']))
  }
  const tried: Intent = { ...intent, actionToken: null }
  if (!approved) return accept(failWithoutCharge(tried, method, AUTHENTICATION_FAILED))
  const declined = CARDS[method.card].decline ?? (world.unlucky() ? GENERIC_DECLINE : null)
  return accept(declined === null ? authorize(tried, method, world) : decline(tried, method, declined, world))
}

/** A payment that took its time comes to its end. Leaves any other intent as it is (null). */
export function endProcessing(intent: Intent, charge: Charge, succeeds: boolean, world: World): Move | null {
  if (intent.status !== 'processing') return null
  if (!succeeds) return decline(intent, charge.paymentMethod, GENERIC_DECLINE, world, charge)
  return authorize(intent, charge.paymentMethod, world, charge)
}

/** Takes the money of an authorisation, once; what is not captured is let go. */
export function captureIntent(
  intent: Intent,
  charge: Charge | null,
  amount: number | null,
): Decision<Move, ApiRefusal> {
  if (intent.status === 'succeeded') {
    return refuse(unexpectedState('This PaymentIntent could not be captured because it has already been captured.'))
  }
  if (intent.status !== 'requires_capture' || charge === null) {
    return refuse(
      unexpectedState(
        `This PaymentIntent could not be captured because it has a status of ${intent.status}. ` +
          'Only a PaymentIntent with a status of requires_capture may be captured.',
      ),
    )
  }
  const taken = amount ?? intent.amountCapturable
  if (taken > intent.amountCapturable) {
    return refuse({
      status: 400,
      type: 'invalid_request_error',
      code: 'amount_too_large',
      param: 'amount_to_capture',
      message: `The amount to capture (${taken}) is greater than what can be captured (${intent.amountCapturable}).`,
    })
  }
  const captured: Charge = { ...charge, captured: true, amountCaptured: taken, captureBefore: null }
  const settled: Intent = { ...intent, status: 'succeeded', amountCapturable: 0, amountReceived: taken, dueAt: null }
  return accept({
    intent: settled,
    charge: captured,
    failure: null,
    news: [
      { type: 'charge.captured', charge: captured },
      { type: 'payment_intent.succeeded', intent: settled },
    ],
  })
}

/** Ends an intent that has not taken money; an authorisation is let go. */
export function cancelIntent(
  intent: Intent,
  charge: Charge | null,
  reason: string | null,
  now: number,
): Decision<Move, ApiRefusal> {
  if (!CANCELABLE.includes(intent.status)) return refuse(wrongStatus('cancel', intent.status, CANCELABLE))
  return accept(end(intent, charge, reason, now, 'charge.refunded'))
}

/** Stripe lets go of an authorisation nobody captured in time. Leaves any other intent as it is (null). */
export function expireAuthorization(intent: Intent, charge: Charge | null, now: number): Move | null {
  if (intent.status !== 'requires_capture') return null
  return end(intent, charge, 'automatic', now, 'charge.expired')
}

function end(intent: Intent, charge: Charge | null, reason: string | null, now: number, told: string): Move {
  const released = intent.status === 'requires_capture' && charge !== null ? { ...charge, released: true } : null
  const canceled: Intent = {
    ...intent,
    status: 'canceled',
    actionToken: null,
    amountCapturable: 0,
    dueAt: null,
    canceledAt: now,
    cancellationReason: reason,
  }
  return {
    intent: canceled,
    charge: released,
    failure: null,
    news: [
      ...(released === null ? [] : [{ type: told, charge: released }]),
      { type: 'payment_intent.canceled', intent: canceled },
    ],
  }
}

function authorize(intent: Intent, method: PaymentMethod, world: World, pending: Charge | null = null): Move {
  const held = intent.captureMethod === 'manual'
  const captureBefore = held ? world.now + AUTHORIZATION_LASTS_MS : null
  const charge: Charge = {
    ...(pending ?? newCharge(intent, method, world)),
    status: 'succeeded',
    captured: !held,
    amountCaptured: held ? 0 : intent.amount,
    captureBefore,
  }
  const paid: Intent = {
    ...intent,
    status: held ? 'requires_capture' : 'succeeded',
    latestChargeId: charge.id,
    amountCapturable: held ? intent.amount : 0,
    amountReceived: held ? 0 : intent.amount,
    dueAt: captureBefore,
  }
  const type = held ? 'payment_intent.amount_capturable_updated' : 'payment_intent.succeeded'
  return {
    intent: paid,
    charge,
    failure: null,
    news: [
      { type: 'charge.succeeded', charge },
      { type, intent: paid },
    ],
  }
}

function decline(
  intent: Intent,
  method: PaymentMethod,
  why: Decline,
  world: World,
  pending: Charge | null = null,
): Move {
  const base = pending ?? newCharge(intent, method, world)
  const failure: AttemptError = { ...why, chargeId: base.id, paymentMethod: method }
  const charge: Charge = { ...base, status: 'failed', failure }
  const back: Intent = { ...backToStart(intent, failure), latestChargeId: charge.id }
  return {
    intent: back,
    charge,
    failure,
    news: [
      { type: 'charge.failed', charge },
      { type: 'payment_intent.payment_failed', intent: back },
    ],
  }
}

const AUTHENTICATION_FAILED: Decline = {
  code: 'payment_intent_authentication_failure',
  declineCode: null,
  message: 'The provided payment method has failed authentication. Attempt the payment again with another one.',
}

function refuseUnseen(intent: Intent, method: PaymentMethod, world: World): Move {
  const message = 'Your card was declined. This transaction requires authentication.'
  return decline(
    intent,
    method,
    { code: 'authentication_required', declineCode: 'authentication_required', message },
    world,
  )
}

function failWithoutCharge(intent: Intent, method: PaymentMethod, why: Decline): Move {
  const failure: AttemptError = { ...why, chargeId: null, paymentMethod: method }
  const back = backToStart(intent, failure)
  return { intent: back, charge: null, failure, news: [{ type: 'payment_intent.payment_failed', intent: back }] }
}

const backToStart = (intent: Intent, failure: AttemptError): Intent => ({
  ...intent,
  status: 'requires_payment_method',
  paymentMethod: null,
  lastError: failure,
  dueAt: null,
})

function askVisitor(intent: Intent, world: World): Move {
  const asking: Intent = { ...intent, status: 'requires_action', actionToken: world.newId('src') }
  return {
    intent: asking,
    charge: null,
    failure: null,
    news: [{ type: 'payment_intent.requires_action', intent: asking }],
  }
}

function beginProcessing(intent: Intent, method: PaymentMethod, world: World): Move {
  const charge: Charge = { ...newCharge(intent, method, world), status: 'pending' }
  const waiting: Intent = {
    ...intent,
    status: 'processing',
    latestChargeId: charge.id,
    dueAt: world.now + world.processingMs,
  }
  return {
    intent: waiting,
    charge,
    failure: null,
    news: [
      { type: 'charge.pending', charge },
      { type: 'payment_intent.processing', intent: waiting },
    ],
  }
}

const newCharge = (intent: Intent, method: PaymentMethod, world: World): Charge => ({
  id: world.newId('ch'),
  intentId: intent.id,
  createdAt: world.now,
  amount: intent.amount,
  currency: intent.currency,
  status: 'succeeded',
  captured: false,
  amountCaptured: 0,
  amountRefunded: 0,
  released: false,
  captureBefore: null,
  failure: null,
  paymentMethod: method,
  metadata: intent.metadata,
})

/** What `POST /v1/payment_intents/{id}` may change. Undefined leaves a field as it is. */
export interface IntentChanges {
  amount?: number
  currency?: string
  captureMethod?: Intent['captureMethod']
  allowedMethods?: string[]
  method?: PaymentMethod
  metadata: Record<string, string>
  echoed: Record<string, string>
}

/** Changes an intent. Words may change at any time; refuses to change the money of an intent that is on its way. */
export function updateIntent(intent: Intent, changes: IntentChanges): Decision<Intent, ApiRefusal> {
  const { method, metadata, echoed, ...money } = changes
  const told = { ...intent, metadata, echoed }
  if (Object.keys(money).length === 0 && method === undefined) return accept(told)
  if (!CONFIRMABLE.includes(intent.status)) return refuse(wrongStatus('update', intent.status, CONFIRMABLE))
  const paymentMethod = method ?? intent.paymentMethod
  const status = paymentMethod === null ? 'requires_payment_method' : 'requires_confirmation'
  return accept({ ...told, ...money, paymentMethod, status, actionToken: null })
}
