/**
 * Payments through Stripe: performs one step of a settlement and says what came of it. Never throws for what Stripe or
 * the network do; every answer, and the lack of one, is news.
 *
 * It leaves to others when to ask, how often, and under which key. An answer that is not about this order (a wrong id, a
 * proxy's leftovers) is no answer.
 */
import type { Stripe } from 'stripe'
import { assert } from '../../domain/basics/assert.ts'
import type { Clock } from '../../domain/basics/clock.ts'
import type { Money } from '../../domain/basics/money.ts'
import type { News, RefundOutcome, Step } from '../../domain/message/settle.ts'
import type { MoneyNews, NewsSource, PaymentNews } from '../../domain/payment/payment.ts'
import { systemClock } from '../dice.ts'
import {
  isKept,
  messageOf,
  newsOf,
  newsOfError,
  outcomeOfRefund,
  questionFault,
  refundOutcomeOfError,
} from './answers.ts'
import { stripeClient } from './client.ts'

export type PaymentEnv = Pick<Env, 'STRIPE_SECRET_KEY' | 'STRIPE_API_BASE' | 'STRIPE_PUBLIC_BASE'>

export type PaymentStep = Extract<Step, { kind: 'authorise' | 'read' | 'capture' | 'cancel_payment' | 'refund' }>
type StepOf<Kind extends PaymentStep['kind']> = Extract<PaymentStep, { kind: Kind }>

export interface PaymentProvider {
  perform(step: PaymentStep): Promise<News>
}

const PAGE = 100
/**
 * How far around our questions a search looks. Before: as far as two clocks may differ. After: a question is given up
 * after 10 s, and whoever was handed it may have dawdled. Narrow, because Stripe lists newest first and at an on-sale
 * every second holds many payments.
 */
const SEARCH_BEFORE_S = 5
const SEARCH_AFTER_S = 30
/**
 * One search looks through this many payments and this long at most, and starts afresh when it is tried again: it keeps
 * no place in the list. Enough for 250 payments a second around one instant (docs/operating/assumed.md).
 */
const SEARCH_MOST = 10_000
const SEARCH_MOST_MS = 60_000
/** A search that did not reach the end is dear, and its end comes no sooner by hurrying. */
const SEARCH_AGAIN_MS = 300_000

export class StripePayments implements PaymentProvider {
  readonly #stripe: Stripe
  readonly #publicBase: string
  readonly #clock: Clock

  constructor(env: PaymentEnv, clock: Clock = systemClock) {
    this.#clock = clock
    this.#stripe = stripeClient(env)
    this.#publicBase = env.STRIPE_PUBLIC_BASE
  }

  async perform(step: PaymentStep): Promise<News> {
    switch (step.kind) {
      case 'authorise':
        return payment(await this.#authorise(step), null)
      case 'read':
        return payment(await this.#existing(step), step.asOf)
      case 'capture':
        return payment(await this.#capture(step), null)
      case 'cancel_payment':
        return payment(await this.#cancel(step), null)
      case 'refund':
        return this.#refund(step)
    }
  }

  async #authorise(step: StepOf<'authorise'>): Promise<PaymentNews> {
    if (step.how === 'search_only') return (await this.#search(step)) ?? NEVER_MADE
    const params: Stripe.PaymentIntentCreateParams = {
      amount: step.amount.amount,
      currency: step.amount.currency.toLowerCase(),
      capture_method: 'manual',
      payment_method: step.paymentMethod,
      confirm: true,
      return_url: step.returnUrl,
      metadata: { order_id: step.orderId, store_id: step.storeId, payment_id: step.paymentId },
    }
    return this.#asked(
      step.orderId,
      'answer',
      () => this.#stripe.paymentIntents.create(params, { idempotencyKey: step.key }),
      step.amount,
    )
  }

  /**
   * The order's payment, if one was made around the times we asked for it. Undefined: surely not, because the list was
   * read to its end; a list that was not is `again_later`, and nothing is concluded from it.
   */
  async #search({ orderId, askedBetween }: StepOf<'authorise'>): Promise<PaymentNews | undefined> {
    assert(askedBetween, `${orderId} is searched for because it was asked for`)
    const created = {
      gte: Math.floor(askedBetween.first / 1000) - SEARCH_BEFORE_S,
      lte: Math.ceil(askedBetween.last / 1000) + SEARCH_AFTER_S,
    }
    const until = this.#clock.now() + SEARCH_MOST_MS
    let seen = 0
    try {
      for await (const intent of this.#stripe.paymentIntents.list({ created, limit: PAGE })) {
        const isLate = seen % PAGE === 0 && this.#clock.now() >= until
        if (seen > 0 && (seen >= SEARCH_MOST || isLate)) return { kind: 'again_later', afterMs: SEARCH_AGAIN_MS }
        if (intent.metadata['order_id'] === orderId) return this.#shown(newsOf(intent, 'read'))
        seen += 1
      }
      return undefined
    } catch (thrown) {
      return questionFault(thrown) ?? { kind: 'in_doubt', message: messageOf(thrown) }
    }
  }

  #capture({ orderId, providerId, amount, key }: StepOf<'capture'>): Promise<PaymentNews> {
    const params = { amount_to_capture: amount.amount }
    return this.#moved(orderId, providerId, () =>
      this.#stripe.paymentIntents.capture(providerId, params, { idempotencyKey: key }),
    )
  }

  #cancel({ orderId, providerId, key }: StepOf<'cancel_payment'>): Promise<PaymentNews> {
    const params = { cancellation_reason: 'abandoned' } as const
    return this.#moved(orderId, providerId, () =>
      this.#stripe.paymentIntents.cancel(providerId, params, { idempotencyKey: key }),
    )
  }

  /** A move that the payment's state does not allow says that it is in another state than we thought: so look. */
  async #moved(orderId: string, providerId: string, move: () => Promise<Stripe.PaymentIntent>): Promise<PaymentNews> {
    const news = await this.#asked(orderId, 'answer', move)
    return news.kind === 'never_made' ? this.#existing({ orderId, providerId }) : news
  }

  #read(orderId: string, providerId: string): Promise<PaymentNews> {
    return this.#asked(orderId, 'read', () => this.#stripe.paymentIntents.retrieve(providerId))
  }

  /** A payment that we know exists and that is not found is in doubt, whatever its absence may mean. */
  async #existing({ orderId, providerId }: Pick<StepOf<'read'>, 'orderId' | 'providerId'>): Promise<PaymentNews> {
    const news = await this.#read(orderId, providerId)
    return news.kind === 'never_made' ? { kind: 'in_doubt', message: news.message } : news
  }

  /** A refusal is `never_made`: of a payment that was to be made, and, to our callers, of a move. */
  async #asked(
    orderId: string,
    source: NewsSource,
    question: () => Promise<Stripe.PaymentIntent>,
    total?: Money,
  ): Promise<PaymentNews> {
    try {
      const intent = await question()
      if (!isAbout(intent, orderId, total)) return { kind: 'in_doubt', message: 'the answer is about something else' }
      return this.#shown(newsOf(intent, source))
    } catch (thrown) {
      const news = newsOfError(thrown)
      return 'providerId' in news ? this.#shown(news) : news
    }
  }

  async #refund({
    orderId,
    providerId,
    refundId,
    refundProviderId,
    amount,
    key,
    searchFirst,
  }: StepOf<'refund'>): Promise<News> {
    const told = (outcome: RefundOutcome): News => ({ kind: 'refund', refundId, outcome, eventId: null })
    const metadata = { order_id: orderId, refund_id: refundId }
    try {
      if (refundProviderId !== null) return told(outcomeOfRefund(await this.#stripe.refunds.retrieve(refundProviderId)))
      const known = searchFirst ? await this.#findRefund(providerId, refundId) : undefined
      const params = { payment_intent: providerId, amount: amount.amount, metadata }
      return told(outcomeOfRefund(known ?? (await this.#stripe.refunds.create(params, { idempotencyKey: key }))))
    } catch (thrown) {
      const outcome = refundProviderId === null ? refundOutcomeOfError(thrown) : null
      if (outcome) return told(outcome)
      const fault = questionFault(thrown)
      const afterMs = fault?.kind === 'again_later' ? fault.afterMs : null
      const burnt = refundProviderId === null && !fault && isKept(thrown) ? { burnt: { refundId, key } } : {}
      return { kind: 'fault', about: 'refund', message: messageOf(thrown), afterMs, ...burnt }
    }
  }

  async #findRefund(providerId: string, refundId: string): Promise<Stripe.Refund | undefined> {
    for await (const refund of this.#stripe.refunds.list({ payment_intent: providerId, limit: PAGE })) {
      if (refund.metadata?.['refund_id'] === refundId) return refund
    }
    return undefined
  }

  /** The buyer's browser may reach the provider under another name than we do. */
  #shown(news: MoneyNews): MoneyNews {
    if (news.kind !== 'requires_action' || news.url === null || this.#publicBase === '') return news
    const { pathname, search } = new URL(news.url)
    return { ...news, url: new URL(`${pathname}${search}`, this.#publicBase).href }
  }
}

const payment = (news: PaymentNews, asOf: number | null): News => ({ kind: 'payment', news, asOf, eventId: null })

const NEVER_MADE: PaymentNews = {
  kind: 'never_made',
  source: 'answer',
  code: 'payment_provider_unavailable',
  message: 'The payment could not be made. Nothing was charged.',
}

function isAbout(intent: Stripe.PaymentIntent, orderId: string, total: Money | undefined): boolean {
  if (intent.metadata?.['order_id'] !== orderId) return false
  return !total || (intent.amount === total.amount && intent.currency.toUpperCase() === total.currency)
}
