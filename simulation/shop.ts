/**
 * A whole shop in one seed's world: owners of stock, order books, queues, settlers, the recorder, the post and the
 * payment provider, wired to the same effect as the Workers wire them. Everything that decides is the code that ships;
 * the shells around it (courier, alarms, gathering) are this folder's own.
 */
import { homeOf } from '../domain/sharding/books.ts'
import { bookOf } from '../domain/basics/ids.ts'
import type { Offer, StockCount, StockHold } from '../domain/message/stock-desk.ts'
import type { OwnerStatement } from '../domain/message/lease-desk.ts'
import type { Answered, BasketHold, BasketRefusal, HoldCommand, OrderView } from '../domain/message/order-book.ts'
import type { LetterTask, News } from '../domain/message/settle.ts'
import type { OrderRecord } from '../domain/order/records.ts'
import type { OutboxRow } from '../domain/order/outbox.ts'
import type { MoneyNews } from '../domain/payment/payment.ts'
import { MemoryOrderBookStore } from '../domain/order/memory-store.ts'
import { bookNames } from '../domain/sharding/bucket.ts'
import { forgetfulnessOf, type Forgetfulness } from './forgetfulness.ts'
import { WatchedLeafStore, WatchedStockStore } from './watched-stores.ts'
import { BookHost } from './book-host.ts'
import { CrashingLog } from './crashing.ts'
import type { AskLease, AskStock } from './leaf-talk.ts'
import type { Checks } from './checkers/checks.ts'
import { expectNothingOlder } from './checkers/recorded-forwards.ts'
import { SANE, type Mutant } from './mutants/mutant.ts'
import { Crash, Network, type Reply } from './network.ts'
import { Database, Post } from './outside.ts'
import { Provider } from './provider.ts'
import { Settler } from './settler.ts'
import { StockHost } from './stock-host.ts'
import type { Weather } from './weather.ts'
import type { World } from './world.ts'

type Letter = { task: LetterTask; order: OrderView }

export const STORE = 'store_sim'
/** How many order books there are, and how many when a store has got more of them. */
const SIZES = [3, 5]
/** So long after that some still go by the map of before. */
const OLD_MAPS_MS = 10_000
/** As in production: a leaf waits so long for its owner, an owner for a leaf it recalls from. */
const LEASE_PATIENCE_MS = 4_000
const RECALL_PATIENCE_MS = 1_500
/** The furthest first. */
const HOLD_STATES = ['sold', 'claimed', 'held', 'released', 'expired'] as const
const SWEEP_EVERY_MS = 10 * 60_000
const QUEUE_AGAIN_MS = 5_000
const QUEUE_TRIES = 5
const RECORD_MOST = 50
const WEBHOOK_TRIES = 4

export class Shop {
  readonly world: World
  readonly network: Network
  readonly provider: Provider
  readonly database = new Database()
  readonly post = new Post()
  readonly stocks = new Map<string, StockHost>()
  readonly books: BookHost[]
  #sizes = [SIZES[0]!]
  #grewAt = 0
  readonly #weather: Weather
  readonly #settler: Settler
  readonly #mutant: Mutant
  readonly #checks: Checks
  readonly #keeping: Forgetfulness
  #events = 0

  constructor(world: World, weather: Weather, checks: Checks, mutant: Mutant = SANE) {
    this.world = world
    this.#weather = weather
    this.#mutant = mutant
    this.#checks = checks
    this.#keeping = mutant.keeping(forgetfulnessOf(world.seed))
    this.network = new Network(world, weather)
    this.provider = new Provider(world, (orderId, news) => this.#announce(orderId, news), checks)
    this.database.guarded = mutant.guardsRecords
    this.books = bookNames(STORE, SIZES[0]!).map((name) => this.#newBook(name))
    this.#settler = new Settler({
      world,
      weather,
      network: this.network,
      provider: this.provider,
      askStock: this.askStock,
      isProviderAway: () => weather.providerAway && !world.healed,
      bendStep: (step) => mutant.bendStep(step, world),
      bendNews: mutant.bendNews,
    })
    this.#sweepForEver()
  }

  offers(offer: Offer, units: number): void {
    const makeStore = (crashes: () => boolean) =>
      this.#mutant.stockStore(new WatchedStockStore(offer.sku, new CrashingLog(crashes), this.#checks))
    const host = new StockHost(this.world, this.#weather, offer.sku, {
      keeping: this.#keeping.holds,
      makeStore,
      turned: (turned) => this.#checks.stockTurned(turned),
      askLeaf: (leaf, sku, said, done) =>
        this.network.ask(
          (reply) => this.#bookNamed(leaf).hearOwner(sku, this.#mutant.bendWord(said), reply),
          done,
          RECALL_PATIENCE_MS,
        ),
      report: (reporting) => this.#deliver(() => this.#recordCount(reporting)),
    })
    this.stocks.set(offer.sku, host)
    insist(() => host.describe(offer))
    const initial = { adjustmentId: `initial:${offer.sku}`, delta: units, kind: 'initial', reason: 'opening' } as const
    insist(() => host.turn((keeper) => keeper.adjust(initial)))
  }

  readonly askStock: AskStock = (sku, moves, done) => {
    this.network.ask((reply) => {
      this.#checks.asked(this.stocks.get(sku)!, moves)
      this.stocks.get(sku)!.ask(moves, reply)
    }, done)
  }

  readonly #askLease: AskLease = (sku, said, done) => {
    this.network.ask<{ word: OwnerStatement | null }>(
      (reply) => this.stocks.get(sku)!.lease(this.#mutant.bendStatement(said), reply),
      (answer) => done(answer && { word: answer.word && this.#mutant.bendWord(answer.word) }),
      LEASE_PATIENCE_MS,
    )
  }

  #bookNamed(name: string): BookHost {
    return this.books.find((book) => book.name === name)!
  }

  /**
   * The row of a hold, wherever its units are. It may be in two places: granted by the owner, whose answer was lost, and
   * asked for again when the book had become a leaf. Then the one that counts is what became of it; the other one ends.
   */
  holdRow(sku: string, holdId: string): StockHold | undefined {
    const rows = [
      this.stocks.get(sku)?.holdRow(holdId),
      ...this.books.map((book) => book.leaves.get(sku)?.hold(holdId)),
    ]
    const known = rows.filter((row) => row !== undefined)
    return HOLD_STATES.flatMap((state) => known.filter((row) => row.state === state))[0]
  }

  /** By the ring as it is now. */
  bookOf(visitorId: string): BookHost {
    return this.books[homeOf(STORE, visitorId, this.#sizes).book]!
  }

  /** By the id of a hold, which carries its book. */
  bookOfHold(holdId: string): BookHost {
    return this.books[bookOf('hld', holdId)!]!
  }

  /** A drop was planned for a crowd: from now on there are more books, and the ring gives some visitors another home. */
  grows(): void {
    if (this.#sizes.length === SIZES.length) return
    for (const name of bookNames(STORE, SIZES[1]!).slice(this.books.length)) this.books.push(this.#newBook(name))
    this.#sizes = SIZES
    this.#grewAt = this.world.clock.now()
    this.world.sometimes('a store got more books')
  }

  /** As the Worker does: to the book that the ring names, by the newest map or by the one of before. */
  hold(command: HoldCommand, reply: Reply<Answered<BasketHold, BasketRefusal>>): void {
    const isOld = this.#sizes.length > 1 && this.world.clock.now() < this.#grewAt + OLD_MAPS_MS
    const sizes = isOld && this.world.dice.fraction() < 0.3 ? this.#sizes.slice(0, 1) : this.#sizes
    const { book, former } = homeOf(STORE, command.visitorId, sizes)
    if (sizes !== this.#sizes) this.world.sometimes('a hold came by an old map')
    this.books[book]!.hold(former.length === 0 ? command : { ...command, formerHomes: former }, reply)
  }

  bookOfOrder(orderId: string): BookHost | undefined {
    return this.books.find((book) => book.store.order(orderId) !== undefined)
  }

  #newBook(name: string): BookHost {
    return new BookHost(this.world, this.#weather, name, {
      keeping: this.#keeping,
      makeStores: (crashes) => {
        const log = new CrashingLog(crashes)
        return {
          book: this.#mutant.bookStore(new MemoryOrderBookStore(log)),
          leafFor: (sku) => this.#mutant.leafStore(new WatchedLeafStore(name, sku, log, this.#checks)),
        }
      },
      askOwner: this.askStock,
      askLease: this.#askLease,
      askTaken: (sku, visitorIds, done) =>
        this.network.ask<number[]>(
          (reply) => reply(this.stocks.get(sku)!.takenBy(visitorIds)),
          done,
          LEASE_PATIENCE_MS,
        ),
      askLetGo: (former, visitorId, to, done) =>
        this.network.ask<string>(
          (reply) => reply(this.#mutant.letGo(this.#bookNamed(former), visitorId, to)),
          done,
          LEASE_PATIENCE_MS,
        ),
      sendOn: (book, command, reply) =>
        this.network.ask((answer) => this.#bookNamed(book).hold(command, answer), reply),
      send: (book, row) => this.#send(book, row),
      turned: (book) => this.#checks.bookTurned(book),
      decided: (answered) => this.#checks.basketDecided(answered),
    })
  }

  // Queues: at least once, in any order, or not at all. The outbox knows.

  #send(book: BookHost, row: OutboxRow): void {
    if (!this.#mutant.keepsOutbox) insist(() => book.turn(() => book.store.removeOutbox(row.id)))
    this.#deliver((tries) => {
      if (row.topic === 'settle') this.#settler.settle(book, row.orderId)
      if (row.topic === 'record') this.#recordOrders(book, tries)
      if (row.topic === 'letter') this.#sendLetter(book, row.id)
    })
  }

  #deliver(consume: (tries: number) => void): void {
    const { world } = this
    if (world.strikes(this.#weather.queueTwice)) {
      world.sometimes('a queue message came twice')
      world.later(this.#queueDelay(), () => consume(1))
    }
    if (world.strikes(this.#weather.queueLost)) {
      world.sometimes('a queue message was lost')
      return
    }
    world.later(this.#queueDelay(), () => consume(1))
  }

  #queueDelay(): number {
    return this.world.dice.fraction() * (1_000 + this.#weather.slowestMs)
  }

  #recordOrders(book: BookHost, tries: number): void {
    this.network.ask<OrderRecord[]>(
      (reply) => reply(book.turn((keeper) => keeper.unrecorded(RECORD_MOST))),
      (records) => {
        if (!records) return
        if (this.#isDatabaseAway()) return this.#recordLater(book, tries)
        // Two recorders may be under way, and the one that read first may write last.
        this.world.later(this.#queueDelay(), () => this.#writeOrders(book, records))
      },
    )
  }

  #writeOrders(book: BookHost, records: readonly OrderRecord[]): void {
    const before = records.map(({ order }) => this.database.orders.get(order.id)?.order.version ?? 0)
    this.database.recordOrders(records)
    expectNothingOlder(this.database, records, before)
    const versions = records.map(({ order }) => ({ orderId: order.id, version: order.version }))
    this.network.ask<true>((reply) => {
      book.turn((keeper) => keeper.recorded(versions))
      reply(true)
    }, nobodyWaits)
  }

  #recordLater(book: BookHost, tries: number): void {
    this.world.sometimes('the database was away')
    if (tries < QUEUE_TRIES) this.world.later(QUEUE_AGAIN_MS, () => this.#recordOrders(book, tries + 1))
  }

  #recordCount(host: StockHost): void {
    this.network.ask<StockCount | null>(
      (reply) => reply(host.turn((keeper) => keeper.count())),
      (count) => {
        if (!count || this.#isDatabaseAway()) return
        this.database.recordCount(count)
        this.network.ask<true>((reply) => {
          host.turn((keeper) => keeper.reported(count.version))
          reply(true)
        }, nobodyWaits)
      },
    )
  }

  #sendLetter(book: BookHost, outboxId: string): void {
    this.network.ask<Letter | null>(
      (reply) => reply(book.turn((keeper) => keeper.letter(outboxId))),
      (letter) => {
        if (!letter || (this.#weather.mailAway && !this.world.healed)) return
        this.post.carry(outboxId)
        this.network.ask<true>((reply) => {
          book.turn((keeper) => keeper.letterSent(outboxId, letter.task.kind === 'confirmation' ? 'doc_1' : null))
          reply(true)
        }, nobodyWaits)
      },
    )
  }

  // Webhooks: late, twice, in any order, or lost.

  #announce(orderId: string, news: MoneyNews): void {
    const { world } = this
    const eventId = `evt_${++this.#events}`
    const times = world.strikes(this.#weather.webhookTwice) ? 2 : 1
    if (times === 2) world.sometimes('a webhook came twice')
    for (let i = 0; i < times; i++) {
      if (world.strikes(this.#weather.webhookLost)) world.sometimes('a webhook was lost')
      else
        world.later(this.#webhookDelay(), () =>
          this.#webhook(orderId, { kind: 'payment', news, asOf: null, eventId }, 1),
        )
    }
  }

  #webhook(orderId: string, news: News, tries: number): void {
    const book = this.bookOfOrder(orderId)
    if (!book) return
    this.network.ask<true>(
      (reply) => {
        book.turn((keeper) => keeper.overhear(orderId, [news], false))
        reply(true)
      },
      (taken) => {
        if (!taken && tries < WEBHOOK_TRIES) this.world.later(60_000, () => this.#webhook(orderId, news, tries + 1))
      },
    )
  }

  #webhookDelay(): number {
    return this.world.dice.fraction() * this.#weather.webhookSlowestMs
  }

  #isDatabaseAway(): boolean {
    return this.#weather.databaseAway && !this.world.healed
  }

  /** The cron. It finds what a lost alarm forgot. */
  #sweepForEver(): void {
    this.world.later(SWEEP_EVERY_MS, () => {
      if (this.#mutant.sweeps) for (const host of [...this.books, ...this.stocks.values()]) host.sweep()
      this.#sweepForEver()
    })
  }
}

const nobodyWaits = (): void => {}

/** For what the world sets up or a checker does: again until it commits. */
export function insist<Result>(work: () => Result): Result {
  for (;;) {
    try {
      return work()
    } catch (fault) {
      if (!(fault instanceof Crash)) throw fault
    }
  }
}
