/**
 * The payment provider of the simulation: it keeps intents as Stripe does (manual capture, idempotency keys that
 * replay the first answer, cancellation only of what is not captured, a decline that is not the end), and it counts
 * what it took from whom. Faults of the way there and back are the caller's; this is only the truth at the other end.
 *
 * How an intent goes is written in its payment method, so that a visitor chooses their fate when they pay.
 */
import { assert } from '../domain/basics/assert.ts'
import type { MoneyNews, NewsSource } from '../domain/payment/payment.ts'
import type { World } from './world.ts'

/** Told just after money was taken. */
export interface CaptureWatch {
  captured: (intent: Intent) => void
}

export const METHODS = [
  'pays',
  'is_declined',
  'is_declined_then_pays', // in another tab, while we believe it is over
  'confirms',
  'fails_to_confirm',
  'never_confirms',
  'confirms_late',
  'is_slow_then_pays',
  'is_slow_then_declined',
] as const

type IntentState = 'requires_action' | 'processing' | 'requires_method' | 'requires_capture' | 'succeeded' | 'canceled'

export interface Intent {
  id: string
  orderId: string
  amount: number
  state: IntentState
  captured: number
  captures: number
  refunded: number
}

export interface ProviderRefund {
  id: string
  refundId: string
  intentId: string
  amount: number
}

export class Provider {
  readonly intents = new Map<string, Intent>()
  readonly refunds = new Map<string, ProviderRefund>()
  /** What a key was answered the first time; a key is never executed again. */
  readonly #answers = new Map<string, MoneyNews>()
  readonly #refusedCancels = new Set<string>()
  readonly #calls = new Map<string, number[]>()
  readonly #world: World
  /** Called when an intent changes without anybody having asked, and after each change: the webhook. */
  readonly #announce: (orderId: string, news: MoneyNews) => void

  readonly #watch: CaptureWatch

  constructor(world: World, announce: (orderId: string, news: MoneyNews) => void, watch: CaptureWatch) {
    this.#world = world
    this.#watch = watch
    this.#announce = announce
  }

  /** Whether one more call of this kind is within so many a second. One that is not has no effect. */
  takes(kind: string, aSecond: number): boolean {
    const now = this.#world.clock.now()
    const recent = (this.#calls.get(kind) ?? []).filter((at) => at > now - 1_000)
    if (recent.length >= aSecond) return false
    this.#calls.set(kind, [...recent, now])
    return true
  }

  findByOrder(orderId: string): Intent | undefined {
    return [...this.intents.values()].find((intent) => intent.orderId === orderId)
  }

  authorise(orderId: string, amount: number, method: string, key: string): MoneyNews {
    const before = this.#answers.get(key)
    if (before) {
      this.#world.sometimes('a payment key was used again')
      return before
    }
    const intent: Intent = {
      id: `pi_${this.intents.size + 1}`,
      orderId,
      amount,
      state: 'processing',
      captured: 0,
      captures: 0,
      refunded: 0,
    }
    this.intents.set(intent.id, intent)
    this.#begin(intent, method)
    const answer = newsOf(intent, 'answer')
    this.#answers.set(key, answer)
    this.#announce(orderId, newsOf(intent, 'webhook'))
    return answer
  }

  read(intentId: string): MoneyNews {
    return newsOf(this.#intent(intentId), 'read')
  }

  capture(intentId: string, amount: number): MoneyNews {
    const intent = this.#intent(intentId)
    if (intent.state === 'requires_capture') {
      intent.captured = amount
      intent.captures += 1
      this.#watch.captured(intent)
      this.#move(intent, 'succeeded')
    }
    return newsOf(intent, 'answer')
  }

  /** A refusal is kept under its key like any other answer, however the intent has moved on since. */
  cancel(intentId: string, key: string): MoneyNews {
    const intent = this.#intent(intentId)
    // One that is still being decided cannot be cancelled; whoever tried has to wait for the decision.
    if (intent.state === 'processing' || this.#refusedCancels.has(key)) {
      this.#refusedCancels.add(key)
      this.#world.sometimes('a payment could not be cancelled yet')
    } else if (intent.state !== 'succeeded' && intent.state !== 'canceled') {
      if (intent.state === 'requires_capture') this.#world.sometimes('an authorisation was cancelled')
      this.#move(intent, 'canceled')
    }
    return newsOf(intent, 'answer')
  }

  /** The refund with this key, made once; undefined when it is more than was captured. */
  refund(intentId: string, refundId: string, amount: number, key: string): ProviderRefund | undefined {
    const before = this.refunds.get(key)
    if (before) return before
    const intent = this.#intent(intentId)
    if (intent.refunded + amount > intent.captured) return undefined
    intent.refunded += amount
    const refund = { id: `re_${this.refunds.size + 1}`, refundId, intentId, amount }
    this.refunds.set(key, refund)
    return refund
  }

  findRefund(refundId: string): ProviderRefund | undefined {
    return [...this.refunds.values()].find((refund) => refund.refundId === refundId)
  }

  #intent(id: string): Intent {
    const intent = this.intents.get(id)
    assert(intent, `the provider knows no intent ${id}`)
    return intent
  }

  #begin(intent: Intent, method: string): void {
    const soon = this.#world.between(1_000, 120_000)
    const late = this.#world.between(20 * 60_000, 40 * 60_000)
    switch (method) {
      case 'is_declined':
        intent.state = 'requires_method'
        return
      case 'is_declined_then_pays':
        intent.state = 'requires_method'
        this.#becomes(intent, 'requires_capture', soon)
        return
      case 'confirms':
        intent.state = 'requires_action'
        this.#becomes(intent, 'requires_capture', soon)
        return
      case 'confirms_late':
        intent.state = 'requires_action'
        this.#becomes(intent, 'requires_capture', late)
        return
      case 'fails_to_confirm':
        intent.state = 'requires_action'
        this.#becomes(intent, 'requires_method', soon)
        return
      case 'never_confirms':
        intent.state = 'requires_action'
        return
      case 'is_slow_then_pays':
        this.#becomes(intent, 'requires_capture', this.#world.oneOf([soon, late]))
        return
      case 'is_slow_then_declined':
        this.#becomes(intent, 'requires_method', this.#world.oneOf([soon, late]))
        return
      default:
        intent.state = 'requires_capture'
    }
  }

  #becomes(intent: Intent, state: IntentState, ms: number): void {
    this.#world.later(ms, () => {
      if (intent.state === 'canceled' || intent.state === 'succeeded') return
      this.#move(intent, state)
    })
  }

  #move(intent: Intent, state: IntentState): void {
    intent.state = state
    this.#world.tell(() => `provider: ${intent.id} of ${intent.orderId} is ${state}`)
    this.#announce(intent.orderId, newsOf(intent, 'webhook'))
  }
}

/** What the provider says of an intent as it is now. */
export function newsOf(intent: Intent, source: NewsSource): MoneyNews {
  const about = { source, providerId: intent.id }
  switch (intent.state) {
    case 'requires_action':
      return { ...about, kind: 'requires_action', url: `https://bank.example/${intent.id}` }
    case 'processing':
      return { ...about, kind: 'processing' }
    case 'requires_method':
      return { ...about, kind: 'declined', code: 'card_declined', message: 'The bank said no.' }
    case 'requires_capture':
      return { ...about, kind: 'authorised', amount: intent.amount }
    case 'succeeded':
      return { ...about, kind: 'captured', amount: intent.captured }
    case 'canceled':
      return { ...about, kind: 'canceled' }
  }
}
