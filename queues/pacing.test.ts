/**
 * Payment at the peak, in virtual time: the settler that ships over the keepers that ship, a queue that delivers in
 * batches and late, and a provider that takes 25 calls a second per endpoint and answers 429 to the rest.
 */
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../domain/basics/random.ts'
import type { CallReport, Endpoint, PacerDesk } from '../domain/message/pacer-desk.ts'
import type { SettleMessage } from '../domain/message/queues.ts'
import type { News } from '../domain/message/settle.ts'
import type { PaymentNews } from '../domain/payment/payment.ts'
import { PacerKeeper } from '../domain/pacing/keeper.ts'
import { MemoryPacerStore } from '../domain/pacing/memory-store.ts'
import { ALONE_LIMITS, STRIPE_LIMITS, type Limits } from '../domain/pacing/pace.ts'
import { Pacing as StripesOwnLimits } from '../local/stripe/pacing.ts'
import { NotYet, type Calls, type PushBack } from '../platform/stripe/calls.ts'
import type { PaymentProvider, PaymentStep } from '../platform/stripe/payments.ts'
import { settleOrders } from './order-settler.ts'
import { BOOK, TestShop } from './testing.ts'

const BUYERS = 2_000
const LIMIT = 25
const MINUTE = 60_000

/** Time that passes only when everybody waits for it. */
class VirtualTime {
  readonly #shop: TestShop
  readonly #sleepers: { at: number; wake: () => void }[] = []

  constructor(shop: TestShop) {
    this.#shop = shop
  }

  now = (): number => this.#shop.now

  readonly sleep = (ms: number): Promise<void> =>
    new Promise((wake) => {
      const at = this.#shop.now + ms
      let i = this.#sleepers.length
      while (i > 0 && this.#sleepers[i - 1]!.at > at) i -= 1
      this.#sleepers.splice(i, 0, { at, wake })
    })

  /** Runs until `done`, or until so much time has passed. */
  async run(done: () => boolean, mostMs: number): Promise<void> {
    const end = this.#shop.now + mostMs
    while (!done() && this.#shop.now < end) {
      await new Promise((resolve) => setImmediate(resolve))
      const next = this.#sleepers.shift()
      if (!next) throw new Error('everybody waits for nothing')
      this.#shop.now = Math.max(this.#shop.now, next.at)
      next.wake()
    }
  }
}

interface Weather {
  /** Of the creations that were carried out, those whose answer gets lost. */
  answersLost?: number
  /** The provider's own limit, which we do not know; ours is 25. */
  limit?: number
  slowFrom?: { at: number; until: number; ms: number }
  retryAfterMs?: number
  /** Whether the provider also tells by itself what it did, sooner than by its answer, so that a second settler comes. */
  webhooks?: boolean
  /** Orders a second; absent: everybody orders in the same moment. */
  ordersPerSecond?: number
}

/** Keeps intents by their key as Stripe does, and counts every call that reaches it, refused ones too. */
class Provider implements PaymentProvider {
  readonly calls = new Map<Endpoint, number>()
  readonly charged = new Map<string, number>()
  readonly refusedAt: number[] = []
  /** Is told what a webhook would bring. */
  hears: (orderId: string, news: PaymentNews) => void = () => {}
  readonly #intents = new Map<string, { id: string; orderId: string; amount: number }>()
  readonly #limits = new StripesOwnLimits()
  readonly #recent: number[] = []
  readonly #random = seededRandom(3)
  readonly #time: VirtualTime
  readonly #weather: Weather

  constructor(time: VirtualTime, weather: Weather) {
    this.#time = time
    this.#weather = weather
  }

  async perform(step: PaymentStep, calls: Calls): Promise<News> {
    try {
      switch (step.kind) {
        case 'authorise': {
          const intent = await this.#call('payment_intents.create', calls, () => this.#create(step))
          const { id: providerId, amount } = intent
          return about({ kind: 'authorised', source: 'answer', providerId, amount })
        }
        case 'capture': {
          const amount = await this.#call('payment_intents.capture', calls, () => this.#capture(step))
          return about({ kind: 'captured', source: 'answer', providerId: step.providerId, amount })
        }
        default:
          throw new Error(`nobody expected ${step.kind}`)
      }
    } catch (thrown) {
      if (thrown instanceof NotYet) return about({ kind: 'again_later', afterMs: thrown.inMs })
      if (thrown === LOST) return about({ kind: 'in_doubt', message: 'no answer' })
      const first = step.kind === 'authorise' && step.askedBetween === null
      const afterMs = this.#weather.retryAfterMs ?? null
      return about({ kind: 'again_later', afterMs, ...(first ? { unmade: step.asking } : {}) })
    }
  }

  async #call<Answer>(endpoint: Endpoint, calls: Calls, effect: () => Answer): Promise<Answer> {
    await calls.admit(endpoint)
    const began = this.#time.now()
    const tell = (pushBack: PushBack | null): void => calls.made(endpoint, this.#time.now() - began, pushBack)
    await this.#time.sleep(20 + this.#random.fraction() * 40) // the way there differs from call to call
    this.calls.set(endpoint, (this.calls.get(endpoint) ?? 0) + 1)
    if (this.#isTooFast(endpoint)) {
      this.refusedAt.push(this.#time.now())
      await this.#time.sleep(30)
      tell({ retryAfterMs: this.#weather.retryAfterMs ?? null, wholeAccount: false })
      throw new Error('429')
    }
    const answer = effect()
    const isLost = endpoint === 'payment_intents.create' && this.#random.fraction() < (this.#weather.answersLost ?? 0)
    await this.#time.sleep(isLost ? 10_000 : this.#latencyMs())
    tell(null)
    if (isLost) throw LOST
    return answer
  }

  #latencyMs(): number {
    const { slowFrom } = this.#weather
    const isSlow = slowFrom && this.#time.now() >= slowFrom.at && this.#time.now() < slowFrom.until
    return isSlow ? slowFrom.ms : 100 + this.#random.fraction() * 600
  }

  #isTooFast(endpoint: Endpoint): boolean {
    const now = this.#time.now()
    const own = this.#weather.limit
    if (own === undefined) return this.#limits.admit(endpoint, now) !== null
    if (endpoint !== 'payment_intents.create') return false
    while (this.#recent[0] !== undefined && this.#recent[0] <= now - 1000) this.#recent.shift()
    if (this.#recent.length >= own) return true
    this.#recent.push(now)
    return false
  }

  #create(step: Extract<PaymentStep, { kind: 'authorise' }>) {
    const known = this.#intents.get(step.key)
    if (known) return known
    const intent = { id: `pi_${this.#intents.size + 1}`, orderId: step.orderId, amount: step.amount.amount }
    this.#intents.set(step.key, intent)
    const { id: providerId, amount } = intent
    this.hears(step.orderId, { kind: 'authorised', source: 'webhook', providerId, amount })
    return intent
  }

  #capture(step: Extract<PaymentStep, { kind: 'capture' }>): number {
    const taken = this.charged.get(step.orderId) ?? 0
    // A second capture of one intent is refused by Stripe; what would count is a second intent.
    const intents = [...this.#intents.values()].filter(({ orderId }) => orderId === step.orderId).length
    this.charged.set(step.orderId, Math.max(taken, intents))
    const { providerId, amount } = step
    this.hears(step.orderId, { kind: 'captured', source: 'webhook', providerId, amount: amount.amount })
    return amount.amount
  }
}

const LOST = new Error('lost')
const about = (news: Extract<News, { kind: 'payment' }>['news']): News => ({
  kind: 'payment',
  news,
  asOf: null,
  eventId: null,
})

/** A pacer behind a call: it takes a moment, and can be away. */
class Pacer implements PacerDesk {
  keeper: PacerKeeper
  isAway = false
  takesMs = 2
  questions = 0
  readonly #time: VirtualTime
  readonly #store = new MemoryPacerStore()
  readonly #limits: Limits

  constructor(time: VirtualTime, limits: Limits) {
    this.#time = time
    this.#limits = limits
    this.keeper = new PacerKeeper(this.#store, time, limits)
  }

  async ask(asks: Parameters<PacerDesk['ask']>[0], reports: readonly CallReport[]) {
    this.questions += 1
    return this.#answer(() => this.keeper.ask(asks, reports))
  }

  async report(reports: readonly CallReport[]) {
    return this.#answer(() => this.keeper.report(reports))
  }

  async pressure() {
    return this.keeper.pressure()
  }

  evict(): void {
    this.keeper = new PacerKeeper(this.#store, this.#time, this.#limits)
  }

  async #answer<Result>(work: () => Result): Promise<Result> {
    if (this.isAway) throw new Error('the pacer is away')
    const result = work()
    await this.#time.sleep(this.takesMs)
    return result
  }
}

interface Delivery {
  message: SettleMessage
  at: number
  tries: number
}

/** The peak: everybody ordered in the same second; the book's alarm and the queue do the rest. */
class Peak {
  readonly shop = new TestShop({ 'SKU-A': 2 * BUYERS, 'SKU-B': BUYERS })
  readonly time = new VirtualTime(this.shop)
  readonly pacer: Pacer
  readonly provider: Provider
  readonly orders: string[] = []
  lastOrderAt = 0
  deadLetters = 0
  deliveries = 0
  readonly began = this.shop.now
  readonly #queue: Delivery[] = []
  readonly #random = seededRandom(5)
  readonly #alone: PacerKeeper
  #settlers = 0
  readonly #unpaid = new Set<string>()
  #toCome = 0
  #events = 0

  constructor(buyers: number, weather: Weather = {}, limits: Limits = STRIPE_LIMITS) {
    this.pacer = new Pacer(this.time, limits)
    this.#alone = new PacerKeeper(new MemoryPacerStore(), this.time, ALONE_LIMITS)
    this.provider = new Provider(this.time, weather)
    if (weather.webhooks)
      this.provider.hears = (orderId, news) => {
        for (let events = 0; events < 2; events++) void this.#webhook(orderId, news)
      }
    void this.#order(buyers, weather.ordersPerSecond)
    void this.#ring()
    void this.#deliver()
  }

  async settled(mostMs = 10 * MINUTE): Promise<{ tookMs: number; statuses: Record<string, number> }> {
    await this.time.run(() => this.#isSettled(), mostMs)
    const statuses: Record<string, number> = {}
    for (const id of this.orders) {
      const { status } = this.shop.order(id)
      statuses[status] = (statuses[status] ?? 0) + 1
    }
    return { tookMs: this.shop.now - this.began, statuses }
  }

  /** All calls that reached the provider, refused ones too, over those that had to be made. */
  get callsPerPayment(): number {
    const calls = [...this.provider.calls.values()].reduce((all, some) => all + some, 0)
    return calls / (2 * this.orders.length) // one to authorise, one to capture
  }

  #isSettled(): boolean {
    if (this.#toCome > 0) return false
    for (const id of this.#unpaid) {
      const { status } = this.shop.order(id)
      if (status === 'accepted' || status === 'processing') return false
      this.#unpaid.delete(id)
    }
    return true
  }

  async #order(buyers: number, perSecond: number | undefined): Promise<void> {
    for (this.#toCome = buyers; this.#toCome > 0; this.#toCome -= 1) {
      if (perSecond !== undefined) await this.time.sleep(1000 / perSecond)
      const { id } = this.shop.orders()
      this.orders.push(id)
      this.#unpaid.add(id)
      this.lastOrderAt = this.shop.now
    }
  }

  /** As workers/routes/webhooks.ts: the book takes it in and somebody is sent, whoever is under way already. */
  async #webhook(orderId: string, news: PaymentNews): Promise<void> {
    await this.time.sleep(5 + this.#random.fraction() * 20)
    const eventId = `evt_${++this.#events}`
    const step = this.shop.keeper.overhear(orderId, [{ kind: 'payment', news, asOf: null, eventId }], false)
    if (step.kind === 'done' || step.kind === 'wait') return
    const message = { v: 1, kind: 'settle', book: BOOK, orderId } as const
    this.#queue.push({ message, at: this.shop.now + this.#random.fraction() * 20, tries: 0 })
  }

  /** The book's alarm. */
  async #ring(): Promise<never> {
    for (;;) {
      for (const row of this.shop.keeper.takeDue()) {
        if (row.topic !== 'settle') continue
        const message = { v: 1, kind: 'settle', book: BOOK, orderId: row.orderId } as const
        const at = this.shop.now + 50 + this.#random.fraction() * 1_500 // a queue is not always quick
        this.#queue.push({ message, at, tries: 0 })
      }
      await this.time.sleep(100)
    }
  }

  async #deliver(): Promise<never> {
    for (;;) {
      this.#queue.sort((a, b) => a.at - b.at)
      while (this.#settlers < 10 && this.#queue[0] && this.#queue[0].at <= this.shop.now) {
        const due = this.#queue.findIndex(({ at }) => at > this.shop.now)
        void this.#settle(this.#queue.splice(0, Math.min(10, due < 0 ? this.#queue.length : due)))
      }
      await this.time.sleep(50)
    }
  }

  async #settle(batch: Delivery[]): Promise<void> {
    this.#settlers += 1
    this.deliveries += batch.length
    const outcomes = await settleOrders(
      batch.map(({ message }) => message),
      {
        bookNamed: this.shop.bookNamed,
        stockOf: this.shop.stockOf,
        payments: this.provider,
        pacing: { pacerOf: () => this.pacer, alone: this.#alone, clock: this.time, sleep: this.time.sleep },
      },
    )
    batch.forEach(({ message, tries }, i) => {
      const outcome = outcomes[i]!
      if (outcome.kind !== 'again') return
      if (tries >= 5) this.deadLetters += 1
      else this.#queue.push({ message, at: this.shop.now + outcome.afterMs, tries: tries + 1 })
    })
    this.#settlers -= 1
  }
}

const arithmeticMinimumMs = (buyers: number, limit = LIMIT): number => (buyers / limit) * 1000

function expectAllPaidOnce(peak: Peak, statuses: Record<string, number>): void {
  expect(statuses).toEqual({ paid: peak.orders.length })
  expect([peak.provider.charged.size, ...new Set(peak.provider.charged.values())]).toEqual([peak.orders.length, 1])
  expect(peak.deadLetters).toBe(0)
}

describe('2,000 buyers before a provider that takes 25 calls a second', () => {
  it(
    '[PCE1] all pay once, within 1.3 of the least time, with 1.1 calls a payment at most',
    { timeout: 240_000 },
    async () => {
      const peak = new Peak(BUYERS)
      const { tookMs, statuses } = await peak.settled()
      const { refusedAt } = peak.provider
      console.info(
        `${BUYERS} payments in ${(tookMs / 1000).toFixed(1)} s (least ${arithmeticMinimumMs(BUYERS) / 1000} s), ` +
          `${peak.callsPerPayment.toFixed(4)} calls each, ${refusedAt.length} refused, ` +
          `${peak.pacer.questions} questions to the pacer, ${peak.deliveries} deliveries`,
      )
      expectAllPaidOnce(peak, statuses)
      expect(peak.callsPerPayment).toBeLessThanOrEqual(1.1)
      expect(tookMs).toBeLessThanOrEqual(arithmeticMinimumMs(BUYERS) * 1.3)
    },
  )
})

describe('a crowd of payments', () => {
  const SOME = 400

  it('[PCE1] is charged once each although every fiftieth answer gets lost', async () => {
    const peak = new Peak(SOME, { answersLost: 0.02 })
    const { statuses } = await peak.settled()
    expectAllPaidOnce(peak, statuses)
    expect(peak.callsPerPayment).toBeGreaterThan(1)
    expect(peak.callsPerPayment).toBeLessThanOrEqual(1.1)
  })

  it('[PCE3] finds the pace of a provider that takes less than it should', async () => {
    const peak = new Peak(SOME, { limit: 12 })
    const { tookMs, statuses } = await peak.settled()
    expectAllPaidOnce(peak, statuses)
    expect(peak.callsPerPayment).toBeLessThanOrEqual(1.1)
    expect(tookMs).toBeLessThanOrEqual(arithmeticMinimumMs(SOME, 12) * 1.6)
  })

  it('[PCE3] is silent while the provider wants silence', async () => {
    const peak = new Peak(SOME, { limit: 15, retryAfterMs: 3_000 })
    const { statuses } = await peak.settled()
    expectAllPaidOnce(peak, statuses)
    expect(peak.callsPerPayment).toBeLessThanOrEqual(1.1)
  })

  it('[PCE3] asks less of a provider that labours', async () => {
    const began = Date.now()
    const slowFrom = { at: began + 5_000, until: began + 25_000, ms: 4_000 }
    const peak = new Peak(SOME, { slowFrom })
    let slowest = Infinity
    void (async () => {
      for (;;) {
        await peak.time.sleep(1_000)
        slowest = Math.min(slowest, (await peak.pacer.pressure()).ratePerSecond)
      }
    })()
    const { statuses } = await peak.settled()
    expectAllPaidOnce(peak, statuses)
    expect(slowest).toBeLessThan(16)
    expect(peak.callsPerPayment).toBe(1)
  })

  it('[PCE2] keeps the provider’s limits when the pacer is evicted every other second', async () => {
    const peak = new Peak(SOME)
    void (async () => {
      for (;;) {
        await peak.time.sleep(2_000)
        peak.pacer.evict()
      }
    })()
    const { statuses } = await peak.settled()
    expectAllPaidOnce(peak, statuses)
    expect(peak.provider.refusedAt).toEqual([])
  })

  it('[PCE6] fails nobody whose turn comes after the payment deadline, nor after the end of their hold', async () => {
    const peak = new Peak(120, {}, { perEndpoint: 0.05, perAccount: 1_000 }) // a turn every twenty seconds
    const { tookMs, statuses } = await peak.settled(2 * 60 * MINUTE)
    expectAllPaidOnce(peak, statuses)
    expect(tookMs).toBeGreaterThan(40 * MINUTE)
    expect(peak.shop.count('SKU-A')).toEqual({ free: 2 * BUYERS - 240, held: 0, sold: 240 })
  })

  it('[PCE7] turns no order that waits into a dead letter, and asks for none more than it must', async () => {
    const peak = new Peak(SOME)
    await peak.settled()
    expect(peak.deadLetters).toBe(0)
    // Once to be told when to come, once to pay.
    expect(peak.deliveries).toBeLessThanOrEqual(SOME * 2.2)
  })

  it('[PCE8] is paid slowly and surely while the pacer is away, and fast once it is back', async () => {
    const peak = new Peak(100)
    peak.pacer.isAway = true
    await peak.time.run(() => false, 20_000)
    expect(peak.provider.charged.size).toBeGreaterThan(20)
    expect(peak.provider.charged.size).toBeLessThanOrEqual(1 + 2 * 20)
    peak.pacer.isAway = false
    const { tookMs, statuses } = await peak.settled()
    expectAllPaidOnce(peak, statuses)
    expect(peak.provider.refusedAt).toEqual([])
    expect(tookMs).toBeLessThan(60_000)
  })

  it('[PCE10] that several settlers serve at once is paid as soon as one would, and leaves nobody in the line', async () => {
    const peak = new Peak(45, { webhooks: true, ordersPerSecond: 5 })
    const { statuses } = await peak.settled()
    expectAllPaidOnce(peak, statuses)
    expect(peak.shop.now - peak.lastOrderAt).toBeLessThan(5_000)
    expect(peak.callsPerPayment).toBe(1)
    expect((await peak.pacer.pressure()).waiting).toBe(0)
  })

  it('[PCE10] that several settlers serve at once spends no repeat that an order in doubt needs', async () => {
    const peak = new Peak(200, { webhooks: true, ordersPerSecond: 10, answersLost: 0.05 })
    const { statuses } = await peak.settled()
    expectAllPaidOnce(peak, statuses)
    expect(peak.callsPerPayment).toBeLessThanOrEqual(1.1)
    expect(peak.shop.now - peak.lastOrderAt).toBeLessThan(20_000) // an answer is waited for for ten seconds
    expect((await peak.pacer.pressure()).waiting).toBe(0)
  })

  it('[PCE10] whose permits were given out by a pacer too slow to be heard spends none either', async () => {
    const peak = new Peak(45, { ordersPerSecond: 5 })
    await peak.time.run(() => false, 3_000)
    peak.pacer.takesMs = 1_600
    await peak.time.run(() => false, 4_000)
    peak.pacer.takesMs = 2
    const { statuses } = await peak.settled()
    expectAllPaidOnce(peak, statuses)
    expect(peak.shop.now - peak.lastOrderAt).toBeLessThan(10_000)
    expect((await peak.pacer.pressure()).waiting).toBe(0)
  })

  it('[PCE9] is seen by whoever asks how busy the way to the provider is', async () => {
    const peak = new Peak(SOME)
    await peak.time.run(() => false, 6_000)
    const { ratePerSecond, waiting, oldestWaitMs } = await peak.pacer.pressure()
    expect(ratePerSecond).toBe(23)
    expect(waiting).toBeGreaterThan(SOME / 2)
    expect(oldestWaitMs).toBeGreaterThan(2_000)
    await peak.settled()
    expect((await peak.pacer.pressure()).waiting).toBe(0)
  })
})
