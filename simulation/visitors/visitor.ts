/** One visitor of one seed: what they want, how they are, and what they were told. */
import type {
  Answered,
  BasketHold,
  BasketRefusal,
  HoldCommand,
  OrderRefusal,
  OrderView,
} from '../../domain/message/order-book.ts'
import { decideBasket } from '../../domain/order/basket.ts'
import type { Checks } from '../checkers/checks.ts'
import { Violation } from '../checkers/violation.ts'
import { METHODS } from '../provider.ts'
import { STORE, type Shop } from '../shop.ts'
import { HABITS, type Habit } from './habits.ts'

const TRIES_MOST = 8
const KNOCKS_MOST = 30

export class Visitor {
  readonly id: string
  readonly habit: Habit
  readonly #shop: Shop
  readonly #checks: Checks
  #keys = 0
  #knocks = 0

  constructor(id: string, shop: Shop, checks: Checks, habits: readonly Habit[] = HABITS) {
    this.id = id
    this.#shop = shop
    this.#checks = checks
    this.habit = shop.world.oneOf(habits)
  }

  comes(): void {
    const { world, stocks } = this.#shop
    if (this.habit === 'greedy')
      return this.#holds([{ sku: world.oneOf([...stocks.keys()]), units: world.between(2, 4) }])
    const skus = [...stocks.keys()].filter(() => world.dice.fraction() < 0.6)
    if (skus.length === 0) skus.push(world.oneOf([...stocks.keys()]))
    const wish = skus.map((sku) => ({ sku, units: world.between(1, 2) }))
    // The same SKU twice in one basket is one wish, summed.
    if (world.dice.fraction() < 0.2) wish.push({ sku: skus[0]!, units: 1 })
    const basket = decideBasket(wish)
    if (!basket.ok) return
    this.#holds(basket.value)
    if (this.habit === 'collector') world.later(world.between(1_000, 600_000), () => this.#holds(basket.value))
  }

  #holds(lines: { sku: string; units: number }[]): void {
    const { world } = this.#shop
    const key = this.#newKey()
    const request = { key, fingerprint: JSON.stringify(lines), requestId: `req_${world.steps}` }
    const command = { request, storeId: STORE, visitorId: this.id, lines, drop: null }
    let answered = false
    this.#insists<Answered<BasketHold, BasketRefusal>>(
      (done) =>
        this.#shop.network.ask<Answered<BasketHold, BasketRefusal>>(
          (reply) => this.#shop.hold(command, reply),
          (answer) => {
            if (answer === null) this.#checks.basketUnanswered(lines)
            done(answer)
          },
        ),
      (answer) => {
        this.#checks.answers.heard(`${this.id}/hold/${key}`, answer)
        if (isInFlight(answer)) return 'again'
        if (answered) return 'done'
        answered = true
        if (world.dice.fraction() < 0.1) this.#misusesKey(command)
        if (answer.decision.ok) this.#has(answer.decision.value)
        else this.#isRefused(lines, answer.decision.refusal)
        return 'done'
      },
    )
  }

  #isRefused(lines: { sku: string; units: number }[], { code }: BasketRefusal): void {
    const { world } = this.#shop
    world.sometimes(`a hold was refused: ${code}`)
    if (code !== 'not_enough_stock' || this.#knocks === KNOCKS_MOST) return
    if (this.habit !== 'keeps_knocking' && this.habit !== 'greedy') return
    this.#knocks += 1
    // Often in the hope of what somebody gives back, then ever more rarely.
    const pause =
      (this.habit === 'greedy' ? world.between(50, 400) : world.between(300, 1_500)) * (1 + this.#knocks / 10)
    world.later(pause, () => this.#holds(lines))
  }

  /** The same key for something else must be refused, whatever became of the first. */
  #misusesKey(command: HoldCommand): void {
    const request = { ...command.request, fingerprint: 'something else' }
    this.#shop.network.ask<Answered<BasketHold, BasketRefusal>>(
      (reply) => this.#shop.hold({ ...command, request }, reply),
      (answer) => {
        if (!answer) return
        const code = answer.decision.ok ? 'a hold' : answer.decision.refusal.code
        if (code !== 'idempotency_key_reused') throw new Violation('HLD6', `a key used for something else got ${code}`)
        this.#shop.world.sometimes('a key was used for something else')
      },
    )
  }

  #has(hold: BasketHold): void {
    const { world } = this.#shop
    world.tell(() => `${this.id} holds ${hold.id}`)
    const left = Math.max(0, hold.expiresAt - world.clock.now())
    switch (this.habit) {
      case 'vanishes_with_hold':
        return
      case 'changes_their_mind':
        return world.later(world.dice.fraction() * left * 1.2, () => this.#givesBack(hold.id))
      case 'last_second':
        world.sometimes('an order came in the last milliseconds')
        return world.later(left - world.oneOf([2, 1, 0]) - world.oneOf([0, 0, 5]), () => this.#orders(hold))
      default:
        return world.later(world.dice.fraction() * left, () => this.#orders(hold))
    }
  }

  #givesBack(holdId: string): void {
    const book = this.#shop.bookOfHold(holdId)
    this.#shop.network.ask(
      (reply) => reply(book.turn((keeper) => keeper.releaseHold(holdId))),
      () => {},
    )
  }

  #orders(hold: BasketHold): void {
    const { world } = this.#shop
    const key = this.#newKey()
    const method = world.dice.fraction() < 0.5 ? 'pays' : world.oneOf(METHODS)
    const command = {
      request: { key, fingerprint: hold.id, requestId: `req_${world.steps}` },
      storeId: STORE,
      holdId: hold.id,
      visitorId: this.id,
      email: `${this.id}@example.com`,
      name: null,
      shippingAddress: null,
      paymentMethod: method,
      returnUrl: 'https://shop.example/orders/{order}',
      orderUrl: 'https://shop.example/orders/{order}',
      locale: 'en',
      storeName: 'Simulated',
    }
    const book = this.#shop.bookOfHold(hold.id)
    const attempt = (done: (answer: Answered<OrderView, OrderRefusal> | null) => void): void =>
      this.#shop.network.ask((reply) => reply(book.turn((keeper) => keeper.order(command))), done)
    if (this.habit === 'vanishes_at_payment') return attempt(() => {})
    this.#insists(attempt, (answer) => {
      this.#checks.answers.heard(`${this.id}/order/${key}`, answer)
      if (!answer.decision.ok) world.sometimes(`an order was refused: ${answer.decision.refusal.code}`)
      return 'done'
    })
  }

  /** Repeats with the same key until there is an answer, as a good client does; some do it more eagerly. */
  #insists<Answer>(
    ask: (done: (answer: Answer | null) => void) => void,
    hear: (answer: Answer) => 'done' | 'again',
  ): void {
    const { world } = this.#shop
    let tries = 0
    let settled = false
    const attempt = (): void => {
      tries += 1
      ask((answer) => {
        const outcome = answer === null ? 'again' : hear(answer)
        if (outcome === 'done') settled = true
        if (outcome === 'again' && !settled && tries < TRIES_MOST) world.later(world.between(100, 2_000), attempt)
      })
    }
    attempt()
    if (this.habit === 'double_clicker') world.later(world.between(0, 50), attempt)
    if (this.habit === 'impatient') for (const ms of [200, 900, 20_000]) world.later(ms, attempt)
  }

  #newKey(): string {
    this.#keys += 1
    return `key-${this.#keys}`
  }
}

const isInFlight = ({ decision }: Answered<unknown, { code: string }>): boolean =>
  !decision.ok && decision.refusal.code === 'idempotency_request_in_flight'
