/**
 * Our records as Stripe's JSON, in the shapes of the API version the SDK is pinned to. Instants become whole seconds.
 */
import { CARDS } from './cards.ts'
import type { AttemptError, Charge, EventRecord, Intent, JsonObject, PaymentMethod, Refund } from './records.ts'

export const API_VERSION = '2026-10-28.endive'

export const seconds = (ms: number): number => Math.floor(ms / 1000)
const secondsOrNull = (ms: number | null): number | null => (ms === null ? null : seconds(ms))

/** Address of the 3-D-Secure page of an intent. */
export const actionPath = (intent: Intent): string => `/3d_secure/${intent.id}/${intent.actionToken ?? ''}`

/** `base` is the stand-in's own address, without a slash: the visitor's browser is sent there. */
export function wireIntent(intent: Intent, base: string): JsonObject {
  const echoed = (name: string): string | null => intent.echoed[name] ?? null
  return {
    id: intent.id,
    object: 'payment_intent',
    allowed_payment_method_types: intent.allowedMethods,
    amount: intent.amount,
    amount_capturable: intent.amountCapturable,
    amount_details: { tip: {} },
    amount_received: intent.amountReceived,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods:
      intent.allowedMethods === null ? { allow_redirects: intent.allowRedirects, enabled: true } : null,
    canceled_at: secondsOrNull(intent.canceledAt),
    cancellation_reason: intent.cancellationReason,
    capture_method: intent.captureMethod,
    client_secret: intent.clientSecret,
    confirmation_method: 'automatic',
    created: seconds(intent.createdAt),
    currency: intent.currency,
    customer: echoed('customer'),
    customer_account: null,
    description: echoed('description'),
    excluded_payment_method_types: null,
    last_payment_error: intent.lastError === null ? null : wireAttemptError(intent.lastError),
    latest_charge: intent.latestChargeId,
    livemode: false,
    managed_payments: null,
    metadata: { ...intent.metadata },
    next_action: wireNextAction(intent, base),
    on_behalf_of: null,
    payment_method: intent.paymentMethod?.id ?? null,
    payment_method_configuration_details: null,
    payment_method_options: { card: { installments: null, network: null, request_three_d_secure: 'automatic' } },
    payment_method_types: intent.allowedMethods ?? ['card'],
    payment_record: null,
    processing: intent.status === 'processing' ? { type: 'card', card: {} } : null,
    receipt_email: echoed('receipt_email'),
    review: null,
    setup_future_usage: echoed('setup_future_usage'),
    shipping: null,
    source: null,
    statement_descriptor: echoed('statement_descriptor'),
    statement_descriptor_suffix: echoed('statement_descriptor_suffix'),
    status: intent.status,
    transfer_data: null,
    transfer_group: echoed('transfer_group'),
  }
}

function wireNextAction(intent: Intent, base: string): JsonObject | null {
  if (intent.actionToken === null) return null
  const url = `${base}${actionPath(intent)}`
  if (intent.returnUrl === null) {
    return { type: 'use_stripe_sdk', use_stripe_sdk: { type: 'three_d_secure_redirect', stripe_js: url } }
  }
  return { type: 'redirect_to_url', redirect_to_url: { return_url: intent.returnUrl, url } }
}

/** The members an error object of type `card_error` has, in `last_payment_error` and in a 402. */
export function wireAttemptError(error: AttemptError): JsonObject {
  return {
    ...(error.chargeId === null ? {} : { charge: error.chargeId }),
    code: error.code,
    ...(error.declineCode === null ? {} : { decline_code: error.declineCode }),
    doc_url: `https://stripe.com/docs/error-codes/${error.code.replaceAll('_', '-')}`,
    message: error.message,
    ...(error.paymentMethod === null ? {} : { payment_method: wirePaymentMethod(error.paymentMethod) }),
    type: error.code === 'payment_intent_authentication_failure' ? 'invalid_request_error' : 'card_error',
  }
}

const cardFacts = (method: PaymentMethod): JsonObject => {
  const { brand, number } = CARDS[method.card]
  return { brand, country: 'US', exp_month: 12, exp_year: 2040, funding: 'credit', last4: number.slice(-4) }
}

export const wirePaymentMethod = (method: PaymentMethod): JsonObject => ({
  id: method.id,
  object: 'payment_method',
  allow_redisplay: 'unspecified',
  billing_details: { address: null, email: null, name: null, phone: null, tax_id: null },
  card: { ...cardFacts(method), checks: null, fingerprint: null, generated_from: null, wallet: null },
  created: 0,
  customer: null,
  livemode: false,
  metadata: {},
  type: 'card',
})

export function wireCharge(charge: Charge): JsonObject {
  const amountRefunded = charge.released ? charge.amount : charge.amountRefunded
  const refunded = charge.released || (charge.captured && charge.amountRefunded === charge.amountCaptured)
  return {
    id: charge.id,
    object: 'charge',
    amount: charge.amount,
    amount_captured: charge.amountCaptured,
    amount_refunded: amountRefunded,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: { address: null, email: null, name: null, phone: null, tax_id: null },
    calculated_statement_descriptor: 'ONRUSH STAND-IN',
    captured: charge.captured,
    created: seconds(charge.createdAt),
    currency: charge.currency,
    customer: null,
    description: null,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: charge.failure?.code ?? null,
    failure_message: charge.failure?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: { ...charge.metadata },
    on_behalf_of: null,
    outcome: wireOutcome(charge),
    paid: charge.status === 'succeeded',
    payment_intent: charge.intentId,
    payment_method: charge.paymentMethod.id,
    payment_method_details: {
      type: 'card',
      card: {
        ...cardFacts(charge.paymentMethod),
        amount_authorized: charge.amount,
        capture_before: secondsOrNull(charge.captureBefore),
        network: CARDS[charge.paymentMethod.card].brand,
      },
    },
    receipt_email: null,
    receipt_number: null,
    receipt_url: null,
    refunded,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: charge.status,
    transfer_data: null,
    transfer_group: null,
  }
}

function wireOutcome(charge: Charge): JsonObject | null {
  if (charge.status === 'pending') return null
  const common = { advice_code: null, network_advice_code: null, risk_level: 'normal', risk_score: 1 }
  if (charge.failure === null) {
    return {
      ...common,
      network_decline_code: null,
      network_status: 'approved_by_network',
      reason: null,
      seller_message: 'Payment complete.',
      type: 'authorized',
    }
  }
  return {
    ...common,
    network_decline_code: '05',
    network_status: 'declined_by_network',
    reason: charge.failure.declineCode ?? charge.failure.code,
    seller_message: 'The bank did not say more about why it declined.',
    type: 'issuer_declined',
  }
}

export const wireRefund = (refund: Refund): JsonObject => ({
  id: refund.id,
  object: 'refund',
  amount: refund.amount,
  balance_transaction: null,
  charge: refund.chargeId,
  created: seconds(refund.createdAt),
  currency: refund.currency,
  customer: null,
  customer_account: null,
  destination_details: {
    type: 'card',
    card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' },
  },
  ...(refund.failureReason === null ? {} : { failure_reason: refund.failureReason }),
  metadata: { ...refund.metadata },
  payment_intent: refund.intentId,
  payment_method: null,
  ...(refund.status === 'pending' ? { pending_reason: 'processing' } : {}),
  reason: refund.reason,
  receipt_number: null,
  source_transfer_reversal: null,
  status: refund.status,
  transfer_reversal: null,
})

export const wireEvent = (event: EventRecord): JsonObject => ({
  id: event.id,
  object: 'event',
  api_version: API_VERSION,
  created: seconds(event.createdAt),
  data: { object: event.object },
  livemode: false,
  pending_webhooks: event.delivery === 'awaited' ? 1 : 0,
  request: { id: event.requestId, idempotency_key: event.idempotencyKey },
  type: event.type,
})
