/**
 * An order book: the holds and orders of some of a store's visitors, until they have settled. Four per store, more where a
 * drop was planned for a crowd, named `<store>/book-<n>` (domain/sharding/books.ts). How an object is built, and why hardly a write is awaited, is told in
 * ../stock/stock-object.ts.
 *
 * It is the tier that gathers: holds that come together are written down, asked for and recorded together (hold-lots.ts).
 *
 * A settled order stays here, found by its id alone, without a directory. At about 3 kB an order the 10 GB of an object
 * last for some three million; whoever gets near may archive an order that has settled, is recorded in Postgres and is
 * older than any refund (Stripe takes them for 180 days). Answers go after 24 hours, and with them the holds that ended.
 */
import { DurableObject } from 'cloudflare:workers'
import { refuse, type Decision } from '../../domain/basics/decision.ts'
import { LocalJudge } from '../../domain/limit/local-judge.ts'
import { Gate } from '../../domain/load/gate.ts'
import { isLetIn, lotOf, reducedCapacity, type CapacityRefusal } from '../../domain/load/priorities.ts'
import { tooMany, type LimitRefusal } from '../../domain/limit/refusal.ts'
import type {
  Answered,
  BasketHold,
  BookProof,
  BookPulse,
  CancelCommand,
  CancelRefusal,
  FormerHomeDesk,
  HoldCommand,
  HoldOutcome,
  OrderBookDesk,
  OrderCommand,
  OrderRefusal,
  OrderView,
  PulseDesk,
  RefundCommand,
  RefundRefusal,
  RefundView,
  ReleaseRefusal,
} from '../../domain/message/order-book.ts'
import type { LeafDesk, LeafStatement, OwnerStatement } from '../../domain/message/lease-desk.ts'
import type { Handing, LetterTask, News, Postponed, SettlerDesk, Step } from '../../domain/message/settle.ts'
import type { StockAnswer, StockMove, StockRefusal } from '../../domain/message/stock-desk.ts'
import { HomeKeeper } from '../../domain/order/homes.ts'
import { Leaves, OrderBookKeeper } from '../../domain/order/keeper.ts'
import type { OrderRecord } from '../../domain/order/records.ts'
import endedHolds from '../../migrations/durable-objects/order/0004_ended_holds.sql'
import homes from '../../migrations/durable-objects/order/0003_homes.sql'
import leavesOfBook from '../../migrations/durable-objects/order/0002_leaves.sql'
import holdsAndOrders from '../../migrations/durable-objects/order/0001_holds_and_orders.sql'
import { numberOfBook } from '../../domain/sharding/bucket.ts'
import { dropOf, endedUnderTheCall, homeNamed, isOverloaded, jobsOf, stockOf } from '../../platform/desks.ts'
import { systemClock, systemRandom } from '../../platform/dice.ts'
import { Alarms } from '../basics/alarms.ts'
import { applySchema } from '../basics/schema.ts'
import { Sql } from '../basics/sql.ts'
import { Courier } from './courier.ts'
import { HoldLots, type HoldAnswer } from './hold-lots.ts'
import { Homes } from './homes.ts'
import { LeafCalls } from './leaf-calls.ts'
import { SqliteLeafStore, leasedSkus } from './leaf-store.ts'
import { lettersBy } from './letters.ts'
import { SqliteOrderBookStore } from './sqlite-store.ts'
import { Waiters } from './waiters.ts'

const SCHEMA = [
  { name: '0001_holds_and_orders', text: holdsAndOrders },
  { name: '0002_leaves', text: leavesOfBook },
  { name: '0003_homes', text: homes },
  { name: '0004_ended_holds', text: endedHolds },
]

/** How many holds may be under way here: what comes out again in two seconds, and in four at most. */
const HOLDS_AT_ONCE = { start: 500, least: 100, most: 5000, waitMs: { good: 2000, most: 4000 } }
/** Of so many visitors it is remembered, in memory, how often they came of late. */
const VISITORS_COUNTED = 20_000
/** A browser's own patience with a silent connection is longer than this. */
const WAIT_MOST_MS = 25_000

export class OrderBookObject
  extends DurableObject<Env>
  implements OrderBookDesk, SettlerDesk, LeafDesk, FormerHomeDesk, PulseDesk
{
  readonly #keeper: OrderBookKeeper
  readonly #leaves: Leaves
  readonly #leafCalls: LeafCalls
  readonly #lots: HoldLots
  readonly #homes: Homes
  readonly #alarms: Alarms
  readonly #courier: Courier
  readonly #waiters = new Waiters()
  readonly #gate = new Gate(HOLDS_AT_ONCE, systemClock)
  readonly #counted = new LocalJudge(VISITORS_COUNTED)

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    applySchema(ctx.storage, SCHEMA)
    const sql = new Sql(ctx.storage)
    const book = ctx.id.name ?? ''
    const stores = { leasedSkus: () => leasedSkus(sql), storeFor: (sku: string) => new SqliteLeafStore(sql, sku) }
    this.#leaves = new Leaves(book, stores, systemClock)
    const store = new SqliteOrderBookStore(sql)
    this.#keeper = new OrderBookKeeper(store, systemClock, systemRandom, this.#leaves, numberOfBook(book))
    this.#homes = new Homes(new HomeKeeper(book, store, this.#leaves), book, (name) => homeNamed(env, name))
    this.#leafCalls = new LeafCalls({
      leaves: this.#leaves,
      ownerOf: (sku) => stockOf(env, this.#storeId, sku),
      touch: (turn) => this.#touch(turn),
    })
    this.#courier = new Courier(this.#keeper, {
      book,
      ownerOf: this.#leafCalls.keeperOf,
      settle: env.SETTLE,
      record: env.RECORD,
      letters: lettersBy(
        () => this.#storeId,
        (storeId, shard) => jobsOf(env, storeId, shard),
      ),
      overhear: (orderId, news) => void this.#change(orderId, () => this.#keeper.overhear(orderId, [news], true)),
    })
    this.#alarms = new Alarms(ctx.storage, systemClock, [
      { nextDueAt: () => this.#keeper.nextHoldDue(), run: () => this.#endDue() },
      { nextDueAt: () => this.#keeper.nextOutboxDue(), run: () => this.#tellDue() },
      { nextDueAt: () => this.#leaves.nextDueAt(), run: () => this.#leafCalls.settleDue() },
      { nextDueAt: () => this.#keeper.forgetting.nextDue(), run: () => void this.#keeper.forgetting.forget() },
    ])
    this.#lots = new HoldLots({
      keeper: this.#keeper,
      homes: this.#homes,
      leafCalls: this.#leafCalls,
      touch: (turn) => this.#touch(turn),
      onDisk: () => ctx.storage.sync(),
    })
    void ctx.blockConcurrencyWhile(() => this.#alarms.wake())
  }

  // Holds

  /** Rejects with a fault when an owner of stock does not answer; then nothing is known, and asking again is safe. */
  async hold(command: HoldCommand): Promise<HoldAnswer> {
    const elsewhere = await this.#homes.elsewhere(command)
    if (elsewhere) return elsewhere.hold({ ...command, formerHomes: [] })
    const turnedAway = this.#tooOften(command, command.visitorId) ?? this.#tooFull(command)
    if (turnedAway) return turnedAway
    const inside = this.#gate.enter()
    try {
      return await this.#lots.hold(command)
    } catch (fault) {
      this.#keeper.pulse().failed(command.lines[0]!.sku)
      throw fault
    } finally {
      this.#gate.leave(inside)
    }
  }

  async holdAll(commands: readonly HoldCommand[]): Promise<HoldOutcome[]> {
    const outcomes = await Promise.allSettled(commands.map((command) => this.hold(command)))
    return outcomes.map((one) =>
      one.status === 'fulfilled' ? { answered: one.value } : { fault: asValue(one.reason) },
    )
  }

  async findHold(holdId: string): Promise<BasketHold | null> {
    return this.#keeper.findHold(holdId)
  }

  /** Answers when the owners were told, so that whoever looks at the stock next sees the units free. */
  async releaseHold(holdId: string): Promise<Decision<BasketHold, ReleaseRefusal>> {
    const decision = this.#touch(() => this.#keeper.releaseHold(holdId))
    if (decision.ok) await this.#courier.givenBack(decision.value.lines.map(({ sku }) => sku))
    return decision
  }

  // Orders

  async order(command: OrderCommand): Promise<Answered<OrderView, OrderRefusal>> {
    const tooOften = this.#tooOften(command, command.visitorId ?? command.holdId)
    return tooOften ?? this.#touch(() => this.#keeper.order(command))
  }

  async findOrder(orderId: string): Promise<OrderView | null> {
    return this.#keeper.findOrder(orderId)
  }

  async orderAfter(orderId: string, version: number, waitMs: number): Promise<OrderView | null> {
    const until = systemClock.now() + Math.min(waitMs, WAIT_MOST_MS)
    for (;;) {
      const order = this.#keeper.findOrder(orderId)
      const left = until - systemClock.now()
      if (!order || order.version > version || left <= 0) return order
      await this.#waiters.wait(orderId, left)
    }
  }

  async refund(command: RefundCommand): Promise<Answered<RefundView, RefundRefusal>> {
    return this.#change(command.orderId, () => this.#keeper.refund(command))
  }

  async cancel(command: CancelCommand): Promise<Answered<OrderView, CancelRefusal>> {
    return this.#change(command.orderId, () => this.#keeper.cancel(command))
  }

  // Settling, recording, letters

  async nextStep(orderId: string): Promise<Step> {
    return this.#change(orderId, () => this.#keeper.nextStep(orderId))
  }

  async upcoming(orderIds: readonly string[]): Promise<Step[]> {
    return orderIds.map((id) => this.#keeper.upcomingStep(id))
  }

  async postpone(orders: readonly Postponed[]): Promise<void> {
    this.#touch(() => this.#keeper.postpone(orders))
  }

  async tell(orderId: string, news: readonly News[], handing: Handing = 'begun'): Promise<Step> {
    // A webhook's bearer performs nothing: see `overhear`.
    const overheard = news.some((one) => 'eventId' in one && one.eventId !== null)
    return this.#change(orderId, () =>
      overheard ? this.#keeper.overhear(orderId, news, false) : this.#keeper.tell(orderId, news, handing),
    )
  }

  async unrecorded(limit: number): Promise<OrderRecord[]> {
    return this.#keeper.unrecorded(limit)
  }

  async recorded(orders: readonly { orderId: string; version: number }[]): Promise<void> {
    this.#touch(() => this.#keeper.recorded(orders))
  }

  async letter(outboxId: string): Promise<{ task: LetterTask; order: OrderView } | null> {
    return this.#keeper.letter(outboxId)
  }

  async letterSent(outboxId: string, documentId: string | null): Promise<void> {
    const orderId = this.#keeper.letter(outboxId)?.order.id
    this.#touch(() => this.#keeper.letterSent(outboxId, documentId))
    if (orderId !== undefined) this.#waiters.wake(orderId)
  }

  /** The owners are told first how we stand, so that what they say next can be laid beside it. */
  async proof(): Promise<BookProof> {
    await this.#leafCalls.tellAll()
    return this.#keeper.proof()
  }

  async pulse(skus: readonly string[], afterSecond: number): Promise<BookPulse> {
    return this.#keeper.pulse().of(skus, afterSecond)
  }

  async letGo(visitorIds: readonly string[], to: string): Promise<string[]> {
    return this.#homes.letGo(visitorIds, to)
  }

  // Leaves

  async hearOwner(sku: string, said: OwnerStatement): Promise<LeafStatement> {
    return this.#touch(() => {
      const leaf = this.#leaves.hear(sku, said)
      leaf.handOver()
      return leaf.statement(null)
    })
  }

  /** For the settler: units that are our own, or that we must ask the owner for first. */
  async askUnits(sku: string, moves: readonly StockMove[]): Promise<Decision<StockAnswer, StockRefusal>[]> {
    return this.#leafCalls.keeperOf(sku).ask(moves)
  }

  /** For the cron and for tests: everything that is due, now, whatever became of the alarm. */
  async sweep(): Promise<void> {
    this.#endDue()
    this.#leafCalls.settleDue()
    await this.#courier.deliver([])
  }

  override alarm(info?: AlarmInvocationInfo): Promise<void> {
    return this.#alarms.ring(info)
  }

  /**
   * Whether this buyer asks more often than they may; their home is the one judge they need, and asking it costs nothing.
   * Before everything else, so that whoever asks in a loop costs as little as can be: a repeat is counted too.
   */
  #tooOften(
    { rate, request }: Pick<HoldCommand, 'rate' | 'request'>,
    buyer: string,
  ): Answered<never, LimitRefusal> | null {
    if (!rate) return null
    const verdict = this.#counted.judge(buyer, rate, systemClock.now())
    if (verdict.allowed) return null
    const refusal = tooMany('buying', verdict.retryMs, systemRandom.fraction())
    return { decision: refuse(refusal), replayed: false, requestId: request.requestId }
  }

  /** Whether more holds are under way here than can be served in good time: many doors lead to one book. */
  #tooFull({ visitorId, request }: HoldCommand): Answered<never, CapacityRefusal> | null {
    if (isLetIn('hold', this.#gate.load, lotOf(visitorId, systemClock.now()))) return null
    const refusal = reducedCapacity(systemRandom.fraction())
    return { decision: refuse(refusal), replayed: false, requestId: request.requestId }
  }

  /** A book is named after its store. */
  get #storeId(): string {
    return (this.ctx.id.name ?? '').split('/')[0]!
  }

  #endDue(): void {
    while (this.#touch(() => this.#keeper.endDue()) > 0);
  }

  #change<Result>(orderId: string, turn: () => Result): Result {
    const result = this.#touch(turn)
    this.#waiters.wake(orderId)
    return result
  }

  /** Told beside the turn, not within it, and, by the output gate, not before the turn is on disk. */
  #tellDue(): void {
    const due = this.#keeper.takeDue()
    if (due.length > 0) this.ctx.waitUntil(this.#courier.deliver(due))
  }

  /** Hints, told once and to nobody twice: a room that misses one waits for the pass to end. */
  #tellRooms(): void {
    for (const [dropId, news] of Map.groupBy(this.#keeper.takePassNews(), (pass) => pass.dropId)) {
      const told = dropOf(this.env, this.#storeId, dropId).hearOfPasses(news)
      this.ctx.waitUntil(told.catch((fault: unknown) => console.warn(`the room of ${dropId} was not told`, fault)))
    }
  }

  /** One turn: the keeper's work, what is due to be told because of it, and the alarm for the rest. No await in here. */
  #touch<Result>(turn: () => Result): Result {
    const result = turn()
    this.#tellDue()
    this.#tellRooms()
    this.#alarms.arm()
    return result
  }
}

/** An error as a value: as one it would lose, on its way through an answer, what the door looks for. */
function asValue(thrown: unknown): { name: string; message: string; overloaded: boolean; retryable: boolean } {
  const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown))
  return { name, message, overloaded: isOverloaded(thrown), retryable: endedUnderTheCall(thrown) }
}
