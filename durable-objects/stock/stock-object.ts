/**
 * The owner of one SKU's stock. One object per SKU of a store, named `<store>/<sku>` (domain/sharding/bucket.ts).
 *
 * If you read one Durable Object here, read this one; its comments explain the platform as it comes up. The shape is
 * the same everywhere: the object wires storage, clock, alarm and queue to a keeper of domain/ and offers the keeper by
 * RPC. Not one decision about units is taken in this file.
 *
 * What makes it safe. The platform runs at most one instance of an object, and that instance runs on one thread. A turn
 * that never awaits between reading and writing is therefore alone with the rows, without locks; SQLite here is
 * synchronous, so such turns are easy to write. And an answer, or any other message, leaves the object only after
 * everything written before it is safely on disk (the "output gate"): a visitor never hears of a hold that a crash then
 * forgets. That is also why hardly a write in this file is awaited.
 *
 * What may happen to it at any moment: it is moved, evicted or redeployed, and everything in memory is gone, without a
 * goodbye. So memory holds nothing but copies of rows, and each field below says what it is a copy of.
 */
import { DurableObject } from 'cloudflare:workers'
import { assert } from '../../domain/basics/assert.ts'
import type { Clock } from '../../domain/basics/clock.ts'
import type { Decision } from '../../domain/basics/decision.ts'
import type { RecordMessage } from '../../domain/message/queues.ts'
import type {
  Adjustment,
  AdjustmentRefusal,
  Offer,
  StockAnswer,
  StockCount,
  StockDesk,
  StockMove,
  StockProof,
  StockRefusal,
  StockReporter,
  StockTree,
  StockTreeDesk,
} from '../../domain/message/stock-desk.ts'
import type { LeafStatement, LeaseDesk, OwnerStatement } from '../../domain/message/lease-desk.ts'
import { stockNameFor } from '../../domain/sharding/bucket.ts'
import { StockKeeper } from '../../domain/stock/keeper.ts'
import { MemoryStockStore } from '../../domain/stock/memory-store.ts'
import { assertAdjustment, assertMoves, assertOffer } from '../../domain/stock/moves.ts'
import { LeaseKeeper, wordOf, type Leased } from '../../domain/stock/owner.ts'
import endedHolds from '../../migrations/durable-objects/stock/0003_ended_holds.sql'
import leases from '../../migrations/durable-objects/stock/0002_leases.sql'
import unitsAndHolds from '../../migrations/durable-objects/stock/0001_units_and_holds.sql'
import { leafOf } from '../../platform/desks.ts'
import { Fault } from '../../platform/fault.ts'
import { Alarms } from '../basics/alarms.ts'
import { CALL_PATIENCE_MS, within } from '../basics/deadline.ts'
import { gather } from '../basics/gather.ts'
import { applySchema, hasSchema } from '../basics/schema.ts'
import { Sql } from '../basics/sql.ts'
import { LeafCalls, RECALL_PATIENCE_MS, TELL_TERMS_EVERY_MS } from './leaf-calls.ts'
import { Line } from './line.ts'
import { SqliteStockStore } from './sqlite-store.ts'

/** Exported for tests of the store alone. */
export const SCHEMA = [
  { name: '0001_units_and_holds', text: unitsAndHolds },
  { name: '0002_leases', text: leases },
  { name: '0003_ended_holds', text: endedHolds },
]

type AskAnswer = Decision<StockAnswer, StockRefusal>[]

/**
 * The platform's clock. It stands still while code runs and moves on with I/O, so a turn sees one instant however often
 * it looks; nothing here measures how long something took.
 */
const clock: Clock = { now: () => Date.now() }

export class StockObject extends DurableObject<Env> implements StockDesk, StockReporter, LeaseDesk, StockTreeDesk {
  /** Holds nothing but its store. Over an empty store of its own until somebody describes this SKU: see #openAccount. */
  #keeper: StockKeeper
  #leases: LeaseKeeper
  readonly #leafCalls: LeafCalls
  /** Leaves that need more than the owner has. Units that are asked back for one are not given to the next who asks. */
  readonly #line = new Line(clock)
  /** When leaves that sell on old terms are told; null: all know the newest. A copy of what the leases say. */
  #tellTermsAt: number | null
  #hasAccount: boolean
  /** Remembers what the one alarm is set to: a copy of the alarm, which is itself a copy of due times in rows. */
  readonly #alarms: Alarms
  readonly #askTogether: (moves: readonly StockMove[]) => Promise<AskAnswer>

  /**
   * Runs whenever the object comes to life: on the first call ever, after an eviction, before an alarm. It has to be
   * quick, for somebody is waiting: one look at the schema, one at the alarm.
   */
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#hasAccount = hasSchema(ctx.storage)
    const store = this.#hasAccount ? this.#openAccount() : new MemoryStockStore()
    this.#keeper = new StockKeeper(store, clock)
    this.#leases = new LeaseKeeper(this.#keeper, store)
    this.#leafCalls = new LeafCalls(
      () => this.#leases,
      (name) => leafOf(env, name),
    )
    this.#tellTermsAt = this.#leases.onOldTerms().length > 0 ? 0 : null
    this.#alarms = new Alarms(ctx.storage, clock, [
      { nextDueAt: () => this.#keeper.nextHoldEnd(), run: () => void this.#keeper.expireDue() },
      { nextDueAt: () => this.#keeper.nextReportDue(), run: () => this.#reportBeside() },
      { nextDueAt: () => this.#keeper.nextForgetDue(), run: () => void this.#keeper.forgetEnded() },
      { nextDueAt: () => this.#tellTermsAt, run: () => ctx.waitUntil(this.#tellTerms()) },
    ])
    this.#askTogether = gather({ flush: (lists) => this.#askAll(lists), callsMax: 100, room: () => ctx.storage.sync() })
    // Reading the alarm is asynchronous, unlike SQL. Until this promise is done no event is let in, so no method ever
    // meets an object that is half awake. Only ever for such small things: it holds up everybody.
    void ctx.blockConcurrencyWhile(() => this.#alarms.wake())
  }

  /**
   * Calls that come together are answered together, from one transaction: committing is what costs, and one commit
   * serves a hundred calls as well as one. Each list is checked before it joins, so that a caller's bug spoils nobody
   * else's answer; a fault of ours, though, is everybody's, and asking again is safe.
   */
  async ask(moves: readonly StockMove[]): Promise<AskAnswer> {
    assertMoves(moves)
    return this.#askTogether(moves)
  }

  /** Units that were lost may be free with the leaves: then they are asked back first. */
  async adjust(adjustment: Adjustment): Promise<Decision<StockCount, AdjustmentRefusal>> {
    assertAdjustment(adjustment)
    const decision = this.#touch(() => this.#keeper.adjust(adjustment))
    if (decision.ok || decision.refusal.code !== 'adjustment_exceeds_free') return decision
    const leaves = this.#leases.mayHaveFree() // only a SKU that was described has any
    if (leaves.length === 0) return decision
    await this.#leafCalls.gatherFree(this.#sku, leaves)
    return this.#touch(() => this.#keeper.adjust(adjustment))
  }

  /**
   * A leaf says how it stands and what it needs. What the owner cannot give it is asked back from the other leaves, and
   * only when they all have given what they had may anybody be told that there is no more.
   */
  async lease(said: LeafStatement): Promise<OwnerStatement | null> {
    const asked = this.#line.isEmpty ? said : { ...said, need: 0, least: 0, wish: 0 }
    const leased = this.#touch(() => this.#leases.lease(asked))
    if (!leased) return null
    if (asked.need === said.need && leased.mayHave.length === 0) return wordOf(leased)
    return this.#line.join((waitedMs) => this.#leaseFromOthers(said, waitedMs))
  }

  /** For whoever is first in line. */
  async #leaseFromOthers(said: LeafStatement, waitedMs: number): Promise<OwnerStatement> {
    const lease = (): Leased => this.#touch(() => this.#leases.lease({ ...said, wish: 0 }))!
    // Whoever has answered has given all there was. What we know of the end of its holds may be older than that.
    const asked = new Set<string>()
    let leased = lease()
    for (;;) {
      const others = leased.mayHave.filter((leaf) => !asked.has(leaf))
      if (others.length === 0) return wordOf(leased)
      // A leaf that does not answer would be waited for once for each of those who stand in line.
      if (waitedMs >= RECALL_PATIENCE_MS) throw new Fault(`units of ${this.#sku} are moving`)
      const silent = await this.#leafCalls.gatherFree(this.#sku, others)
      for (const leaf of others) asked.add(leaf)
      leased = lease()
      if (leased.missing > 0 && silent.length > 0)
        throw new Fault(`${silent.join(', ')} may have units of ${this.#sku}`)
    }
  }

  async takenBy(visitorIds: readonly string[]): Promise<number[]> {
    return visitorIds.map((visitorId) => this.#keeper.unitsTakenBy(visitorId))
  }

  async describe(offer: Offer): Promise<void> {
    // An object knows the name it was addressed by. An offer that went to the wrong house must not move in.
    assert(
      this.ctx.id.name === stockNameFor(offer.storeId, offer.sku),
      `${this.ctx.id.name} does not sell ${offer.sku}`,
    )
    assertOffer(offer)
    if (!this.#hasAccount) {
      const store = this.#openAccount()
      this.#keeper = new StockKeeper(store, clock)
      this.#leases = new LeaseKeeper(this.#keeper, store)
      this.#hasAccount = true
    }
    this.#touch(() => this.#keeper.describe(offer))
    await this.#tellTerms()
  }

  async count(): Promise<StockCount | null> {
    return this.#touch(() => this.#keeper.count())
  }

  async tree(): Promise<StockTree | null> {
    const count = await this.count()
    return count && { count, freeHere: this.#leases.free().here, leases: this.#leases.said() }
  }

  async proof(): Promise<StockProof | null> {
    const proof = this.#keeper.proof()
    return proof && { ...proof, leases: this.#leases.said() }
  }

  /** For the order books and the cron: whoever knows that something is due, and does not trust our alarm. */
  async sweep(): Promise<void> {
    this.#touch(() => this.#keeper.expireDue())
  }

  report(): Promise<StockCount | null> {
    return this.count()
  }

  async reported(version: number): Promise<void> {
    this.#touch(() => this.#keeper.reported(version))
  }

  /** The platform's call, at least once per alarm. What is due, and what to do when that fails, is in alarms.ts. */
  override alarm(info?: AlarmInvocationInfo): Promise<void> {
    return this.#alarms.ring(info)
  }

  #askAll(lists: readonly (readonly StockMove[])[]): AskAnswer[] {
    const answers = this.#touch(() => this.#keeper.ask(lists.flat()))
    let at = 0
    return lists.map((list) => answers.slice(at, (at += list.length)))
  }

  /**
   * One turn: the keeper's work and what follows from it. No await in here, so the rows, the alarm and the decision to
   * report are written as one; the platform commits whatever a turn writes as a whole.
   */
  #touch<Result>(turn: () => Result): Result {
    const result = turn()
    const reportDueAt = this.#keeper.nextReportDue()
    if (reportDueAt !== null && reportDueAt <= clock.now()) this.#reportBeside()
    this.#alarms.arm()
    return result
  }

  /** Beside the answer and the alarm, not before them: nobody who wants a unit waits for a queue. */
  #reportBeside(): void {
    this.ctx.waitUntil(this.#report())
  }

  /**
   * Tells the recorder that our numbers changed. The keeper writes down that they were told first: a crash in between,
   * or a queue that is away or hangs, leaves a report that falls due again by itself. The message carries no numbers; by the
   * time it is read they would be old, and two messages would need an order. The recorder asks `report()` instead.
   */
  async #report(): Promise<void> {
    const news = this.#keeper.takeReport()
    if (!news) return
    const message: RecordMessage = { v: 1, kind: 'stock', ...news }
    try {
      await within(CALL_PATIENCE_MS, 'telling the recorder', this.env.RECORD.send(message))
    } catch (fault) {
      console.warn(`the recorder could not be told about ${news.sku}; it will be told again`, fault)
    }
    this.#alarms.arm()
  }

  /**
   * Tables come with the first offer and not with the first call: anybody can name a SKU that does not exist, and each
   * object with tables in it is stored, and billed, for ever. Until then an empty store in memory gives all the right
   * answers, and none of them writes.
   */
  #openAccount(): SqliteStockStore {
    applySchema(this.ctx.storage, SCHEMA)
    return new SqliteStockStore(new Sql(this.ctx.storage))
  }

  /** Whoever waits for new terms to be in force waits for the leaves, too: a pause that they have not heard is none. */
  async #tellTerms(): Promise<void> {
    const leaves = this.#leases.onOldTerms()
    this.#tellTermsAt = leaves.length === 0 ? null : clock.now() + TELL_TERMS_EVERY_MS
    if (leaves.length === 0) return
    await this.#leafCalls.tellTerms(this.#sku, leaves)
    if (this.#leases.onOldTerms().length === 0) this.#tellTermsAt = null
    this.#alarms.arm()
  }

  /** The SKU that this object is named after. */
  get #sku(): string {
    const name = this.ctx.id.name ?? ''
    return name.slice(name.indexOf('/') + 1)
  }
}
