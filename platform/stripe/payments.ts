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
import type { Endpoint } from '../../domain/message/pacer-desk.ts'
import type { News, RefundOutcome, Step } from '../../domain/message/settle.ts'
import type { MoneyNews, NewsSource, PaymentNews } from '../../domain/payment/payment.ts'
import { systemClock } from '../dice.ts'
import {
  isKept,
  isTurnedAway,
  messageOf,
  newsOf,
  newsOfError,
  outcomeOfRefund,
  pushBackOf,
  questionFault,
  refundOutcomeOfError,
} from './answers.ts'
import type { Calls } from './calls.ts'
import { stripeClient } from './client.ts'

export type PaymentEnv = Pick<Env, 'STRIPE_SECRET_KEY' | 'STRIPE_API_BASE' | 'STRIPE_PUBLIC_BASE'>

export type PaymentStep = Extract<Step, { kind: 'authorise' | 'read' | 'capture' | 'cancel_payment' | 'refund' }>
type StepOf<Kind extends PaymentStep['kind']> = Extract<PaymentStep, { kind: Kind }>

export interface PaymentProvider {
  /** Performs one step. Each call it makes is admitted, and told of, by `calls`. */
  perform(step: PaymentStep, calls: Calls): Promise<News>
}

/** The endpoint that performing a step begins with. */
export function endpointOf(step: PaymentStep): Endpoint {
  switch (step.kind) {
    case 'authorise':
      return step.how === 'ask' ? 'payment_intents.create' : 'payment_intents.list'
    case 'read':
      return 'payment_intents.retrieve'
    case 'capture':
      return 'payment_intents.capture'
    case 'cancel_payment':
      return 'payment_intents.cancel'
    case 'refund':
      if (step.refundProviderId !== null) return 'refunds.retrieve'
      return step.searchFirst ? 'refunds.list' : 'refunds.create'
  }
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

  async perform(step: PaymentStep, calls: Calls): Promise<News> {
    switch (step.kind) {
      case 'authorise':
        return payment(await this.#authorise(step, calls), null)
      case 'read':
        return payment(await this.#existing(step, calls), step.asOf)
      case 'capture':
        return payment(await this.#capture(step, calls), null)
      case 'cancel_payment':
        return payment(await this.#cancel(step, calls), null)
      case 'refund':
        return this.#refund(step, calls)
    }
  }

  async #authorise(step: StepOf<'authorise'>, calls: Calls): Promise<PaymentNews> {
    if (step.how === 'search_only') return (await this.#search(step, calls)) ?? NEVER_MADE
    const params: Stripe.PaymentIntentCreateParams = {
      amount: step.amount.amount,
      currency: step.amount.currency.toLowerCase(),
      capture_method: 'manual',
      payment_method: step.paymentMethod,
      confirm: true,
      return_url: step.returnUrl,
      metadata: { order_id: step.orderId, store_id: step.storeId, payment_id: step.paymentId },
    }
    let turnedAway = false
    const question = () =>
      this.#call('payment_intents.create', calls, () =>
        this.#stripe.paymentIntents.create(params, { idempotencyKey: step.key }),
      ).catch((thrown: unknown) => {
        turnedAway = isTurnedAway(thrown)
        throw thrown
      })
    const news = await this.#asked(step.orderId, 'answer', question, step.amount)
    // Turned away at the first asking: nothing was asked of the provider at all.
    const unmade = turnedAway && news.kind === 'again_later' && step.askedBetween === null
    return unmade ? { ...news, unmade: step.asking } : news
  }

  /** One call: waits to be admitted, and tells how it went. */
  async #call<Answer>(endpoint: Endpoint, calls: Calls, ask: () => Promise<Answer>): Promise<Answer> {
    await calls.admit(endpoint)
    const began = this.#clock.now()
    try {
      const answer = await ask()
      calls.made(endpoint, this.#clock.now() - began, null)
      return answer
    } catch (thrown) {
      calls.made(endpoint, this.#clock.now() - began, pushBackOf(thrown))
      throw thrown
    }
  }

  /**
   * The order's payment, if one was made around the times we asked for it. Undefined: surely not, because the list was
   * read to its end; a list that was not is `again_later`, and nothing is concluded from it.
   */
  async #search({ orderId, askedBetween }: StepOf<'authorise'>, calls: Calls): Promise<PaymentNews | undefined> {
    assert(askedBetween, `${orderId} is searched for because it was asked for`)
    const created = {
      gte: Math.floor(askedBetween.first / 1000) - SEARCH_BEFORE_S,
      lte: Math.ceil(askedBetween.last / 1000) + SEARCH_AFTER_S,
    }
    const until = this.#clock.now() + SEARCH_MOST_MS
    let after: { starting_after?: string } = {}
    try {
      for (let pages = 1; ; pages++) {
        const page = await this.#call('payment_intents.list', calls, () =>
          this.#stripe.paymentIntents.list({ created, limit: PAGE, ...after }),
        )
        const found = page.data.find(({ metadata }) => metadata['order_id'] === orderId)
        if (found) return this.#shown(newsOf(found, 'read'))
        const last = page.data.at(-1)
        if (!page.has_more || !last) return undefined
        if (pages * PAGE >= SEARCH_MOST || this.#clock.now() >= until)
          return { kind: 'again_later', afterMs: SEARCH_AGAIN_MS }
        after = { starting_after: last.id }
      }
    } catch (thrown) {
      return questionFault(thrown) ?? { kind: 'in_doubt', message: messageOf(thrown) }
    }
  }

  #capture(step: StepOf<'capture'>, calls: Calls): Promise<PaymentNews> {
    const { providerId, amount, key } = step
    const params = { amount_to_capture: amount.amount }
    return this.#moved(step, calls, () =>
      this.#call('payment_intents.capture', calls, () =>
        this.#stripe.paymentIntents.capture(providerId, params, { idempotencyKey: key }),
      ),
    )
  }

  #cancel(step: StepOf<'cancel_payment'>, calls: Calls): Promise<PaymentNews> {
    const { providerId, key } = step
    const params = { cancellation_reason: 'abandoned' } as const
    return this.#moved(step, calls, () =>
      this.#call('payment_intents.cancel', calls, () =>
        this.#stripe.paymentIntents.cancel(providerId, params, { idempotencyKey: key }),
      ),
    )
  }

  /** A move that the payment's state does not allow says that it is in another state than we thought: so look. */
  async #moved(about: Existing, calls: Calls, move: () => Promise<Stripe.PaymentIntent>): Promise<PaymentNews> {
    const news = await this.#asked(about.orderId, 'answer', move)
    return news.kind === 'never_made' ? this.#existing(about, calls) : news
  }

  /** A payment that we know exists and that is not found is in doubt, whatever its absence may mean. */
  async #existing({ orderId, providerId }: Existing, calls: Calls): Promise<PaymentNews> {
    const read = () =>
      this.#call('payment_intents.retrieve', calls, () => this.#stripe.paymentIntents.retrieve(providerId))
    const news = await this.#asked(orderId, 'read', read)
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

  async #refund(step: StepOf<'refund'>, calls: Calls): Promise<News> {
    const { orderId, providerId, refundId, refundProviderId, amount, key, searchFirst } = step
    const told = (outcome: RefundOutcome): News => ({ kind: 'refund', refundId, outcome, eventId: null })
    const metadata = { order_id: orderId, refund_id: refundId }
    try {
      if (refundProviderId !== null) {
        const read = () => this.#stripe.refunds.retrieve(refundProviderId)
        return told(outcomeOfRefund(await this.#call('refunds.retrieve', calls, read)))
      }
      const known = searchFirst ? await this.#findRefund(providerId, refundId, calls) : undefined
      const params = { payment_intent: providerId, amount: amount.amount, metadata }
      const create = () => this.#stripe.refunds.create(params, { idempotencyKey: key })
      return told(outcomeOfRefund(known ?? (await this.#call('refunds.create', calls, create))))
    } catch (thrown) {
      const outcome = refundProviderId === null ? refundOutcomeOfError(thrown) : null
      if (outcome) return told(outcome)
      const fault = questionFault(thrown)
      const afterMs = fault?.kind === 'again_later' ? fault.afterMs : null
      const burnt = refundProviderId === null && !fault && isKept(thrown) ? { burnt: { refundId, key } } : {}
      return { kind: 'fault', about: 'refund', message: messageOf(thrown), afterMs, ...burnt }
    }
  }

  async #findRefund(providerId: string, refundId: string, calls: Calls): Promise<Stripe.Refund | undefined> {
    let after: { starting_after?: string } = {}
    for (;;) {
      const page = await this.#call('refunds.list', calls, () =>
        this.#stripe.refunds.list({ payment_intent: providerId, limit: PAGE, ...after }),
      )
      const found = page.data.find(({ metadata }) => metadata?.['refund_id'] === refundId)
      const last = page.data.at(-1)
      if (found || !page.has_more || !last) return found
      after = { starting_after: last.id }
    }
  }

  /** The buyer's browser may reach the provider under another name than we do. */
  #shown(news: MoneyNews): MoneyNews {
    if (news.kind !== 'requires_action' || news.url === null || this.#publicBase === '') return news
    const { pathname, search } = new URL(news.url)
    return { ...news, url: new URL(`${pathname}${search}`, this.#publicBase).href }
  }
}

type Existing = Pick<StepOf<'read'>, 'orderId' | 'providerId'>

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
