/**
 * The settler of the simulation: performs the steps an order book hands out, as queues/order-settler.ts does with the
 * real provider, and waits for the pacer's permit before it calls there. It may die between any two of its calls, which
 * looks to everyone else like a message that was lost.
 */
import type { Endpoint, PermitAnswer } from '../domain/message/pacer-desk.ts'
import type { News, Step, UnitsOutcome } from '../domain/message/settle.ts'
import { PacerKeeper } from '../domain/pacing/keeper.ts'
import { MemoryPacerStore } from '../domain/pacing/memory-store.ts'
import type { MoneyNews, PaymentNews } from '../domain/payment/payment.ts'
import type { BookHost } from './book-host.ts'
import type { AskStock } from './leaf-talk.ts'
import type { Network } from './network.ts'
import { newsOf, type Provider } from './provider.ts'
import type { Weather } from './weather.ts'
import type { World } from './world.ts'

/** Longer chains than this are a loop. */
const STEPS_MOST = 30
/** So few calls a second that even a small crowd waits for its turn. */
const LIMITS = { perEndpoint: 1.2, perAccount: 100 }
/** The provider takes two a second of each kind; permits that were delayed on their way meet there. */
const PROVIDER_TAKES = 2
/** While the pacer does not answer. */
const ALONE_MS = 2_000

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
type PaymentStep = Exclude<Step, { kind: 'units' | 'wait' | 'done' }>

const isPayment = (step: Step): step is PaymentStep =>
  step.kind !== 'units' && step.kind !== 'wait' && step.kind !== 'done'

const ENDPOINT: Record<PaymentStep['kind'], Endpoint> = {
  authorise: 'payment_intents.create',
  read: 'payment_intents.retrieve',
  capture: 'payment_intents.capture',
  cancel_payment: 'payment_intents.cancel',
  refund: 'refunds.create',
}

export class Settler {
  readonly #parts: SettlerParts
  readonly #pace = new MemoryPacerStore()
  #pacer: PacerKeeper

  constructor(parts: SettlerParts) {
    this.#parts = parts
    this.#pacer = this.#newPacer()
  }

  settle(book: BookHost, orderId: string): void {
    const { network } = this.#parts
    network.ask<Step>(
      (reply) => reply(book.turn((keeper) => keeper.tell(orderId, [], 'shown'))),
      (step) => step && this.#go(book, step, 0),
    )
  }

  #go(book: BookHost, shown: Step, steps: number): void {
    const { world, weather } = this.#parts
    world.tell(() => `settler: ${shown.orderId} ${shown.kind}${shown.kind === 'units' ? ` ${shown.move}` : ''}`)
    if (shown.kind === 'wait' || shown.kind === 'done' || steps > STEPS_MOST) return
    if (world.strikes(weather.evicted)) {
      world.sometimes('a settler died between two steps')
      return
    }
    if (isPayment(shown)) this.#awaitTurn(book, shown, steps)
    else this.#carryOut(book, shown, steps)
  }

  /** Begun only with the permit in hand; without one the order is put off, and nothing has been asked of anybody. */
  #awaitTurn(book: BookHost, shown: PaymentStep, steps: number): void {
    const { world, network } = this.#parts
    const { orderId } = shown
    network.ask<PermitAnswer>(
      (reply) => reply(this.#askPacer({ endpoint: ENDPOINT[shown.kind], name: orderId })),
      (turn) => {
        if (turn?.kind === 'come_back') {
          world.sometimes('an order waited for its turn at the provider')
          return network.ask<true>((reply) => {
            book.turn((keeper) => keeper.postpone([{ orderId, inMs: turn.inMs }]))
            reply(true)
          }, nobodyWaits)
        }
        world.later(turn?.inMs ?? ALONE_MS, () =>
          network.ask<Step>(
            (reply) => reply(book.turn((keeper) => keeper.nextStep(orderId))),
            (begun) => {
              if (begun && isPayment(begun)) this.#carryOut(book, begun, steps)
              else if (begun) this.#go(book, begun, steps + 1)
            },
          ),
        )
      },
    )
  }

  #askPacer(ask: { endpoint: Endpoint; name: string }): PermitAnswer {
    const { world, weather } = this.#parts
    if (world.strikes(weather.evicted)) {
      world.sometimes('the pacer was evicted')
      this.#pacer = this.#newPacer()
    }
    return this.#pacer.ask([ask], [])[0]!
  }

  #newPacer(): PacerKeeper {
    return new PacerKeeper(this.#pace, this.#parts.world.clock, LIMITS)
  }

  #carryOut(book: BookHost, handed: Exclude<Step, { kind: 'wait' | 'done' }>, steps: number): void {
    const { network, bendStep, bendNews } = this.#parts
    const step = bendStep(handed)
    if (step.kind === 'wait' || step.kind === 'done') return
    this.#perform(book, step, (...news) => {
      network.ask<Step>(
        (reply) => reply(book.turn((keeper) => keeper.tell(step.orderId, news.map(bendNews), 'shown'))),
        (next) => next && this.#go(book, next, steps + 1),
      )
    })
  }

  #perform(book: BookHost, step: Exclude<Step, { kind: 'wait' | 'done' }>, done: (...news: News[]) => void): void {
    const { provider } = this.#parts
    const aboutMoney = (called: Called<PaymentNews>, asOf: number | null): void =>
      done({ kind: 'payment', news: called.ok ? called.result : called.news, asOf, eventId: null })
    switch (step.kind) {
      case 'units':
        return this.#units(book, step, done)
      case 'authorise':
        return this.#call(
          step.kind,
          () => authorise(provider, step),
          (called) => aboutMoney(called.ok ? called : { ok: false, news: unmade(step, called.news) }, null),
        )
      case 'read':
        return this.#call(
          step.kind,
          () => provider.read(step.providerId),
          (called) => aboutMoney(called, step.asOf),
        )
      case 'capture':
        return this.#call<MoneyNews>(
          step.kind,
          () => provider.capture(step.providerId, step.amount.amount),
          (called) => aboutMoney(called, null),
        )
      case 'cancel_payment':
        return this.#call(
          step.kind,
          () => provider.cancel(step.providerId, step.key),
          (called) => aboutMoney(called, null),
        )
      case 'refund':
        return this.#refund(step, done)
    }
  }

  #units(book: BookHost, step: Extract<Step, { kind: 'units' }>, done: (...news: News[]) => void): void {
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
    for (const { sku, holdId, moves, atLeaf } of step.asks) {
      // What is held anew may be the book's to hold, even where the first hold was the owner's.
      const isBooks = atLeaf === true || step.move === 'reacquire'
      const asked: AskStock = isBooks ? this.#askBook(book) : this.#parts.askStock
      asked(sku, moves, (answers) => {
        const last = answers?.at(-1)
        if (answers) lines.push({ sku, holdId, refusal: last && !last.ok ? last.refusal : null })
        else faults += 1
        open -= 1
        if (open === 0) closed()
      })
    }
  }

  #askBook(book: BookHost): AskStock {
    return (sku, moves, done) => this.#parts.network.ask((reply) => book.askUnits(sku, moves, reply), done)
  }

  #refund(step: Extract<Step, { kind: 'refund' }>, done: (news: News) => void): void {
    const { provider } = this.#parts
    this.#call(
      step.kind,
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
  #call<Result>(kind: PaymentStep['kind'], effect: () => Result, done: (called: Called<Result>) => void): void {
    const { world, weather, provider, isProviderAway } = this.#parts
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
      if (!provider.takes(ENDPOINT[kind], PROVIDER_TAKES)) {
        world.sometimes('the provider turned a call away')
        this.#pacer.report([
          {
            endpoint: ENDPOINT[kind],
            calls: 0,
            tookMs: 0,
            refused: 1,
            notMade: [],
            retryAfterMs: null,
            wholeAccount: false,
          },
        ])
        return world.later(50, () => done({ ok: false, news: { kind: 'again_later', afterMs: 1_000 } }))
      }
      const result = effect()
      if (world.strikes(weather.paymentTimesOutAfterEffect)) {
        world.sometimes('the provider did it and did not answer')
        return world.later(10_000, () => done(inDoubt))
      }
      world.later(world.between(20, 2_000), () => done({ ok: true, result }))
    })
  }
}

const nobodyWaits = (): void => {}

/** A first question that was turned away counts as none. */
function unmade(step: Extract<Step, { kind: 'authorise' }>, news: PaymentNews): PaymentNews {
  const isNone = news.kind === 'again_later' && step.askedBetween === null
  return isNone ? { ...news, unmade: step.asking } : news
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
