/**
 * The settler of the simulation: performs the steps an order book hands out, as queues/order-settler.ts does with the
 * real provider. It may die between any two of its calls, which looks to everyone else like a message that was lost.
 */
import type { News, Step, UnitsOutcome } from '../domain/message/settle.ts'
import type { MoneyNews, PaymentNews } from '../domain/payment/payment.ts'
import type { AskStock, BookHost } from './book-host.ts'
import type { Network } from './network.ts'
import { newsOf, type Provider } from './provider.ts'
import type { Weather } from './weather.ts'
import type { World } from './world.ts'

/** Longer chains than this are a loop. */
const STEPS_MOST = 30

export interface SettlerParts {
  world: World
  weather: Weather
  network: Network
  provider: Provider
  askStock: AskStock
  isProviderAway: () => boolean
  /** What a mutant makes of a step or of news; the identity in a sane world. */
  bendStep: (step: Step) => Step
  bendNews: (news: News) => News
}

type Called<Result> = { ok: true; result: Result } | { ok: false; news: PaymentNews }

export class Settler {
  readonly #parts: SettlerParts

  constructor(parts: SettlerParts) {
    this.#parts = parts
  }

  settle(book: BookHost, orderId: string): void {
    const { network } = this.#parts
    network.ask<Step>(
      (reply) => reply(book.turn((keeper) => keeper.nextStep(orderId))),
      (step) => step && this.#go(book, step, 0),
    )
  }

  #go(book: BookHost, handed: Step, steps: number): void {
    const { world, weather, network, bendStep, bendNews } = this.#parts
    const step = bendStep(handed)
    world.tell(() => `settler: ${step.orderId} ${step.kind}${step.kind === 'units' ? ` ${step.move}` : ''}`)
    if (step.kind === 'wait' || step.kind === 'done' || steps > STEPS_MOST) return
    if (world.strikes(weather.evicted)) {
      world.sometimes('a settler died between two steps')
      return
    }
    this.#perform(step, (...news) => {
      network.ask<Step>(
        (reply) => reply(book.turn((keeper) => keeper.tell(step.orderId, news.map(bendNews)))),
        (next) => next && this.#go(book, next, steps + 1),
      )
    })
  }

  #perform(step: Exclude<Step, { kind: 'wait' | 'done' }>, done: (...news: News[]) => void): void {
    const { provider } = this.#parts
    const aboutMoney = (called: Called<PaymentNews>, asOf: number | null): void =>
      done({ kind: 'payment', news: called.ok ? called.result : called.news, asOf, eventId: null })
    switch (step.kind) {
      case 'units':
        return this.#units(step, done)
      case 'authorise':
        return this.#call(
          () => authorise(provider, step),
          (called) => aboutMoney(called, null),
        )
      case 'read':
        return this.#call(
          () => provider.read(step.providerId),
          (called) => aboutMoney(called, step.asOf),
        )
      case 'capture':
        return this.#call<MoneyNews>(
          () => provider.capture(step.providerId, step.amount.amount),
          (called) => aboutMoney(called, null),
        )
      case 'cancel_payment':
        return this.#call(
          () => provider.cancel(step.providerId, step.key),
          (called) => aboutMoney(called, null),
        )
      case 'refund':
        return this.#refund(step, done)
    }
  }

  #units(step: Extract<Step, { kind: 'units' }>, done: (...news: News[]) => void): void {
    const lines: UnitsOutcome[] = []
    let open = step.asks.length
    let faults = 0
    const closed = (): void => {
      const news: News[] = lines.length > 0 ? [{ kind: 'units', move: step.move, refundId: step.refundId, lines }] : []
      if (faults > 0) news.push({ kind: 'fault', about: 'units', message: 'no answer', afterMs: null })
      if (faults > 0 && lines.length > 0) this.#parts.world.sometimes('some owners answered and some did not')
      done(...news)
    }
    if (open === 0) return closed()
    for (const { sku, holdId, moves } of step.asks) {
      this.#parts.askStock(sku, moves, (answers) => {
        const last = answers?.at(-1)
        if (answers) lines.push({ sku, holdId, refusal: last && !last.ok ? last.refusal : null })
        else faults += 1
        open -= 1
        if (open === 0) closed()
      })
    }
  }

  #refund(step: Extract<Step, { kind: 'refund' }>, done: (news: News) => void): void {
    const { provider } = this.#parts
    this.#call(
      () => {
        const found = step.searchFirst ? provider.findRefund(step.refundId) : undefined
        return found ?? provider.refund(step.providerId, step.refundId, step.amount.amount, step.key) ?? null
      },
      (called) => {
        if (!called.ok) done({ kind: 'fault', about: 'refund', message: 'no answer', afterMs: null })
        else if (called.result) {
          const outcome = { status: 'succeeded', providerId: called.result.id } as const
          done({ kind: 'refund', refundId: step.refundId, outcome, eventId: null })
        } else {
          const outcome = {
            status: 'failed',
            providerId: null,
            code: 'too_much',
            message: 'More than was captured.',
          } as const
          done({ kind: 'refund', refundId: step.refundId, outcome, eventId: null })
        }
      },
    )
  }

  /** One call to the provider, through its own weather. The effect and the answer are two different things. */
  #call<Result>(effect: () => Result, done: (called: Called<Result>) => void): void {
    const { world, weather, isProviderAway } = this.#parts
    const inDoubt: Called<Result> = { ok: false, news: { kind: 'in_doubt', message: 'timed out' } }
    if (isProviderAway() || world.strikes(weather.paymentTimesOutBeforeEffect)) {
      world.sometimes('the provider did not answer and had done nothing')
      return world.later(10_000, () => done(inDoubt))
    }
    if (world.strikes(weather.paymentRefused)) {
      world.sometimes('the provider asked for patience')
      return world.later(50, () => done({ ok: false, news: { kind: 'again_later', afterMs: 1_000 } }))
    }
    world.later(world.between(20, 2_000), () => {
      const result = effect()
      if (world.strikes(weather.paymentTimesOutAfterEffect)) {
        world.sometimes('the provider did it and did not answer')
        return world.later(10_000, () => done(inDoubt))
      }
      world.later(world.between(20, 2_000), () => done({ ok: true, result }))
    })
  }
}

function authorise(provider: Provider, step: Extract<Step, { kind: 'authorise' }>): PaymentNews {
  if (step.how !== 'ask') {
    const found = provider.findByOrder(step.orderId)
    if (found) return newsOf(found, 'read')
    if (step.how === 'search_only') {
      return { kind: 'never_made', source: 'answer', code: 'payment_deadline_passed', message: 'Too late.' }
    }
  }
  return provider.authorise(step.orderId, step.amount.amount, step.paymentMethod, step.key)
}
