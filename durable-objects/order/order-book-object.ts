/**
 * An order book: the holds and orders of some of a store's visitors, until they have settled. Four per store, more where a
 * drop was planned for a crowd, named `<store>/book-<n>` (domain/sharding/books.ts). How an object is built, and why hardly a write is awaited, is told in
 * ../stock/stock-object.ts.
 *
 * It is the tier that gathers: holds that come together are written down together, asked of each SKU's owner in one
 * call, and recorded together. While the owners are asked, other calls come in; that is safe because nothing is decided
 * before their answers are back, and then again in one turn, from the rows as they are by then.
 *
 * A settled order stays here, found by its id alone, without a directory. At about 3 kB an order the 10 GB of an object
 * last for some three million; whoever gets near may archive an order that has settled, is recorded in Postgres and is
 * older than any refund (Stripe takes them for 180 days). Answers go after 24 hours.
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
  BasketRefusal,
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
import type { AskedHold, BegunHold } from '../../domain/order/baskets.ts'
import { stockMoveFor } from '../../domain/order/hold.ts'
import { HomeKeeper } from '../../domain/order/homes.ts'
import { Leaves, OrderBookKeeper } from '../../domain/order/keeper.ts'
import type { OrderRecord } from '../../domain/order/records.ts'
import homes from '../../migrations/durable-objects/order/0003_homes.sql'
import leavesOfBook from '../../migrations/durable-objects/order/0002_leaves.sql'
import holdsAndOrders from '../../migrations/durable-objects/order/0001_holds_and_orders.sql'
import { numberOfBook } from '../../domain/sharding/bucket.ts'
import { dropOf, endedUnderTheCall, homeNamed, isOverloaded, stockOf } from '../../platform/desks.ts'
import { systemClock, systemRandom } from '../../platform/dice.ts'
import { Fault } from '../../platform/fault.ts'
import { Alarms } from '../basics/alarms.ts'
import { gather } from '../basics/gather.ts'
import { applySchema } from '../basics/schema.ts'
import { Sql } from '../basics/sql.ts'
import { Courier } from './courier.ts'
import { Homes } from './homes.ts'
import { LeafCalls } from './leaf-calls.ts'
import { SqliteLeafStore, leasedSkus } from './leaf-store.ts'
import { SqliteOrderBookStore } from './sqlite-store.ts'
import { askOwners, type StockReply } from './stock-calls.ts'
import { Waiters } from './waiters.ts'

const SCHEMA = [
  { name: '0001_holds_and_orders', text: holdsAndOrders },
  { name: '0002_leaves', text: leavesOfBook },
  { name: '0003_homes', text: homes },
]

/** How many lots of holds are with their owners at once. More would mean smaller lots. */
const LOTS_MOST = 4
/** After this long a lot no longer counts: it waits for an owner that is slow or hangs, and others need not. */
const LOT_PATIENCE_MS = 250
const HOLDS_PER_LOT = 100
/** Rounds of asking for units that our leaves lack: what came for one basket may have gone to another. */
const ROUNDS_MOST = 5
/** How many holds may be under way here: what comes out again in two seconds, and in four at most. */
const HOLDS_AT_ONCE = { start: 500, least: 100, most: 5000, waitMs: { good: 2000, most: 4000 } }
/** Of so many visitors it is remembered, in memory, how often they came of late. */
const VISITORS_COUNTED = 20_000
/** A browser's own patience with a silent connection is longer than this. */
const WAIT_MOST_MS = 25_000

type HoldAnswer = Answered<BasketHold, BasketRefusal>
/** A promise in a box, so that whoever hands it on does not wait for it. */
type Pending = { answer: Promise<HoldAnswer> }
/** A basket that our leaves have too few units for, and how often it has been tried. */
type Lacking = { command: HoldCommand; round: number }
type AskedFor = Extract<BegunHold, { kind: 'asking' }>
/** A basket whose owners have all answered, or failed to, and who wants to know. */
type RipeHold = PromiseWithResolvers<HoldAnswer> & { one: AskedFor; own: StockReply[] }

export class OrderBookObject
  extends DurableObject<Env>
  implements OrderBookDesk, SettlerDesk, LeafDesk, FormerHomeDesk, PulseDesk
{
  readonly #keeper: OrderBookKeeper
  readonly #leaves: Leaves
  readonly #leafCalls: LeafCalls
  readonly #homes: Homes
  readonly #alarms: Alarms
  readonly #courier: Courier
  readonly #waiters = new Waiters()
  readonly #gate = new Gate(HOLDS_AT_ONCE, systemClock)
  readonly #counted = new LocalJudge(VISITORS_COUNTED)
  /** Baskets that wait for units, by their first SKU: an owner that hangs holds up few who do not need it. */
  readonly #lacking = new Map<string, (lacking: Lacking) => Promise<Pending>>()
  readonly #holdTogether: (command: HoldCommand) => Promise<Pending>
  readonly #lots = new Set<Promise<unknown>>()
  #landed: (() => void)[] = []

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
      letters: env.LETTERS,
      overhear: (orderId, news) => void this.#change(orderId, () => this.#keeper.overhear(orderId, [news], true)),
    })
    this.#alarms = new Alarms(ctx.storage, systemClock, [
      { nextDueAt: () => this.#keeper.nextHoldDue(), run: () => this.#endDue() },
      { nextDueAt: () => this.#keeper.nextOutboxDue(), run: () => this.#tellDue() },
      { nextDueAt: () => this.#leaves.nextDueAt(), run: () => this.#leafCalls.settleDue() },
    ])
    this.#holdTogether = gather({
      flush: (commands) => this.#holdLot(commands),
      callsMax: HOLDS_PER_LOT,
      room: () => this.#room(),
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
      const { answer } = await this.#holdTogether(command)
      return await answer
    } catch (fault) {
      this.#keeper.pulse().failed(command.lines[0]!.sku)
      throw fault
    } finally {
      this.#gate.leave(inside)
    }
  }

  /**
   * Holds what our own leaves have, in this turn; writes down what the owners must be asked for, and lets the asking take
   * its time. The next lot need not wait for it.
   */
  #holdLot(commands: readonly HoldCommand[]): Pending[] {
    return this.#touch(() => this.#begin(commands, 1))
  }

  #begin(commands: readonly HoldCommand[], round: number): Pending[] {
    // While a basket waited here its visitor may have been let go: then their new home alone may answer it.
    const movedTo = commands.map(({ visitorId }) => this.#homes.movedTo(visitorId))
    const ours = commands.filter((_, i) => movedTo[i] === null)
    const begun = this.#keeper.beginHolds(ours)
    const asked = this.#askAndRecord(begun.filter((one) => one.kind === 'asking'))
    this.#leafCalls.stockUp(ours.flatMap(({ lines }) => lines.map(({ sku }) => sku)))
    const pending = begun
      .map((one): Pending => {
        if (one.kind === 'answered') return { answer: Promise.resolve(one.answered) }
        return { answer: one.kind === 'asking' ? asked.get(one)! : this.#beginAgain(one.command, round + 1) }
      })
      .values()
    return commands.map((command, i) => {
      const home = movedTo[i]
      return home ? { answer: home.hold({ ...command, formerHomes: [] }) } : pending.next().value!
    })
  }

  /** Once more, with the units that our leaves lacked. Those of the same SKU are begun together. */
  async #beginAgain(command: HoldCommand, round: number): Promise<HoldAnswer> {
    if (round > ROUNDS_MOST) throw new Fault('the units could not be gathered')
    const { sku } = command.lines[0]!
    const together = this.#lacking.get(sku) ?? this.#gatherLacking()
    this.#lacking.set(sku, together)
    const { answer } = await together({ command, round })
    return answer
  }

  #gatherLacking() {
    return gather<Lacking, Pending>({
      flush: async (lacking) => {
        const commands = lacking.map(({ command }) => command)
        const round = Math.max(...lacking.map((one) => one.round))
        await this.#leafCalls.askTaken(commands)
        const lines = commands.flatMap((command) => command.lines)
        return this.#leafCalls.withUnits(lines, () => this.#begin(commands, round))
      },
      callsMax: HOLDS_PER_LOT,
      room: async () => undefined,
    })
  }

  /** One call a SKU. What a call completes is recorded in one turn; no basket waits for an owner it did not ask. */
  #askAndRecord(asking: readonly AskedFor[]): Map<AskedFor, Promise<HoldAnswer>> {
    const questions = asking.flatMap(({ intent }) =>
      intent.lines.map((line) => ({ sku: line.sku, move: stockMoveFor(intent, line) })),
    )
    let at = 0
    const open = new Set(
      asking.map((one) => ({
        ...{ one, from: at, to: (at += one.intent.lines.length) },
        ...Promise.withResolvers<HoldAnswer>(),
      })),
    )
    const answers = new Map([...open].map(({ one, promise }) => [one, promise]))
    const heard = (replies: readonly (StockReply | undefined)[]): void => {
      const ripe: RipeHold[] = []
      for (const basket of open) {
        const own = replies.slice(basket.from, basket.to).filter((reply) => reply !== undefined)
        if (own.length < basket.to - basket.from) continue
        open.delete(basket)
        ripe.push({ ...basket, own })
      }
      if (ripe.length > 0) this.#record(ripe)
    }
    if (asking.length > 0) this.#occupy(askOwners(this.#leafCalls.keeperOf, questions, { heard }))
    return answers
  }

  /** Answers each with what was decided or, when nothing is known, with the fault. */
  #record(ripe: readonly RipeHold[]): void {
    try {
      const asked = ripe.map(({ one, own }) => askedHold(one, own))
      const answers = this.#touch(() => this.#keeper.finishHolds(asked))
      ripe.forEach(({ own, resolve, reject }, i) => {
        const answer = answers[i]
        if (answer) resolve(answer)
        else
          reject(own.find((reply) => !reply.answered)?.fault ?? new Fault('the hold was given up while it was asked'))
      })
    } catch (fault) {
      for (const { reject } of ripe) reject(fault)
    }
  }

  /** Never rejects: neither does what is asked. */
  #occupy(lot: Promise<unknown>): void {
    const leave = (): void => {
      clearTimeout(timer)
      this.#lots.delete(lot)
      this.#landed.splice(0).forEach((go) => go())
    }
    const timer = setTimeout(leave, LOT_PATIENCE_MS)
    this.#lots.add(lot)
    void lot.then(leave)
  }

  /** For the next lot: when the intents of the last are on disk, and later when enough lots are under way. */
  async #room(): Promise<void> {
    await this.ctx.storage.sync()
    if (this.#lots.size >= LOTS_MOST) await new Promise<void>((resolve) => this.#landed.push(resolve))
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

/** All of a basket's answers, or null when one is missing. */
function askedHold({ intent, request }: AskedFor, replies: readonly StockReply[]): AskedHold {
  const answers = replies.flatMap((reply) => (reply.answered ? [reply.decision] : []))
  return { intent, request, answers: answers.length === replies.length ? answers : null }
}

/** An error as a value: as one it would lose, on its way through an answer, what the door looks for. */
function asValue(thrown: unknown): { name: string; message: string; overloaded: boolean; retryable: boolean } {
  const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown))
  return { name, message, overloaded: isOverloaded(thrown), retryable: endedUnderTheCall(thrown) }
}
