/**
 * The object of one drop, named `<store>/<drop>`: its clock opens the drop, its dice draw the lots, and it alone says who
 * comes in. How an object is built, and why hardly a write is awaited, is told in ../stock/stock-object.ts.
 *
 * People do not come here to wait: they ask `now`, which the edge keeps for a second, and only who has been called asks
 * for a pass. While somebody waits the object looks about twice a second at what the stock says and calls the next.
 *
 * If it dies: whoever was called or has a pass is in its rows. What the stock says is asked anew, and until it answers
 * nobody new is called. A draw that was interrupted begins again with the same lots and ends with the same order.
 */
import { DurableObject } from 'cloudflare:workers'
import { assert } from '../../domain/basics/assert.ts'
import type { Decision } from '../../domain/basics/decision.ts'
import type {
  DrawEntry,
  DrawView,
  DropDesk,
  DropLive,
  DropNow,
  DropTerms,
  DropUnits,
  NumberRange,
  NumbersAsked,
  PassAsked,
  PassGranted,
  PassNews,
  PassRefusal,
  Standing,
} from '../../domain/message/drop-desk.ts'
import { DropKeeper, QUICK_TICK_MS, TICK_MS } from '../../domain/room/keeper.ts'
import { lookPatienceMs } from '../../domain/room/looks.ts'
import { MemoryDropStore } from '../../domain/room/memory-store.ts'
import { dropNameFor } from '../../domain/room/place.ts'
import dropAndRoom from '../../migrations/durable-objects/drop/0001_drop_and_room.sql'
import refusedPasses from '../../migrations/durable-objects/drop/0002_refused_passes.sql'
import { pacerOf, placesOf, stockOf } from '../../platform/desks.ts'
import { systemClock, systemRandom } from '../../platform/dice.ts'
import { systemDigest } from '../../platform/digest.ts'
import { Fault } from '../../platform/fault.ts'
import { Alarms } from '../basics/alarms.ts'
import { CALL_PATIENCE_MS, within } from '../basics/deadline.ts'
import { gather, oneTurn } from '../basics/gather.ts'
import { applySchema, hasSchema } from '../basics/schema.ts'
import { Sql } from '../basics/sql.ts'
import { SqliteDropStore, bufferOf } from './sqlite-drop-store.ts'

/** Exported for tests of the store alone. */
export const SCHEMA = [
  { name: '0001_drop_and_room', text: dropAndRoom },
  { name: '0002_refused_passes', text: refusedPasses },
]

/** Some tens of milliseconds of hashing a turn. */
const LOTS_PER_TURN = 5_000
/** Connections that one request of ours opens at a time. */
const ABREAST = 6
/** After a failed opening: how soon it goes on where it stopped. */
const OPENING_RETRY_MS = 500
/** So long after the last question the room goes on by itself. */
const WATCHED_MS = 60_000
/** Fifty calls a second to owners of stock are as many as one room makes. */
const COUNT_COSTS_MS = 20
/** How often whoever paces the payments is asked, while anybody waits. */
const PAYMENTS_EVERY_MS = 1_000
/** How long a place that came during the draw waits for its number before it is told to ask again. */
const NUMBER_PATIENCE_MS = 3_000

export class DropObject extends DurableObject<Env> implements DropDesk {
  #keeper: DropKeeper
  #isDescribed: boolean
  readonly #alarms: Alarms
  readonly #numberTogether: (asked: NumbersAsked) => Promise<NumberRange[] | null>
  #opening: Promise<void> | undefined
  #openingTriedAt = 0
  #lookedAt = 0
  /** When the alarm has us look next; apart from when we looked, since an owner of stock may take its time to answer. */
  #lookDueAt = 0
  #looking: Promise<void> | undefined
  #isNearEnd = false
  /** Places that wait to hear with which number the line begins. */
  #counted = Promise.withResolvers<void>()
  #askedHowMany = false
  /** When somebody last asked how the drop stands; see #nextLookDue. */
  #askedAt = 0
  #askedPaymentsAt = 0

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#isDescribed = hasSchema(ctx.storage)
    this.#keeper = this.#isDescribed ? this.#openBooks() : keeperOver(new MemoryDropStore())
    this.#alarms = new Alarms(ctx.storage, systemClock, [
      { nextDueAt: () => this.#nextOpeningDue(), run: () => this.#openBeside() },
      { nextDueAt: () => this.#nextLookDue(), run: () => this.#lookBeside() },
    ])
    this.#numberTogether = gather({
      flush: (asked) => this.#touch(() => asked.map((one) => this.#keeper.number(one))),
      callsMax: 100,
      room: () => ctx.storage.sync(),
    })
    void ctx.blockConcurrencyWhile(() => this.#alarms.wake())
  }

  async describe(terms: DropTerms): Promise<void> {
    assert(this.ctx.id.name === dropNameFor(terms.storeId, terms.id), `${this.ctx.id.name} is not ${terms.id}`)
    assertTerms(terms)
    if (!this.#isDescribed) this.#keeper = this.#openBooks()
    this.#isDescribed = true
    this.#touch(() => this.#keeper.describe(terms))
  }

  async now(): Promise<DropNow | null> {
    if (!this.#isDescribed) return null
    this.#askedAt = systemClock.now()
    await this.#lookForAMoment()
    this.#askHowMany()
    return this.#touch(() => this.#keeper.now())
  }

  async live(): Promise<DropLive | null> {
    if (!this.#isDescribed) return null
    await this.#lookForAMoment()
    return this.#touch(() => this.#keeper.live())
  }

  async draw(): Promise<DrawView | null> {
    return this.#touch(() => this.#keeper.draw())
  }

  async drawEntries(afterPosition: number): Promise<DrawEntry[]> {
    return this.#keeper.drawEntries(afterPosition)
  }

  async admit(asked: PassAsked): Promise<Decision<PassGranted, PassRefusal>> {
    return this.#touch(() => this.#keeper.admit(asked))
  }

  async standing(position: number): Promise<Standing> {
    return this.#touch(() => this.#keeper.standing(position))
  }

  async hearOfPasses(news: readonly PassNews[]): Promise<void> {
    this.#touch(() => this.#keeper.hearOfPasses(news))
  }

  async sweep(): Promise<void> {
    this.#touch(() => this.#keeper.advance())
  }

  /** Waits for the draw's lots to be counted, if need be: a number is better late than wrong. */
  async number(asked: NumbersAsked): Promise<NumberRange[] | null> {
    if (!this.#isDescribed) return null
    const ranges = await this.#numberTogether(asked)
    if (ranges) return ranges
    this.#openBeside()
    await within(NUMBER_PATIENCE_MS, 'counting the lots', this.#counted.promise).catch(() => undefined)
    return this.#numberTogether(asked)
  }

  async joined(shard: number, count: number): Promise<void> {
    this.#touch(() => this.#keeper.joined(shard, count))
  }

  async positionsOf(shard: number): Promise<ArrayBuffer | null> {
    const positions = this.#keeper.positionsOf(shard)
    return positions && bufferOf(positions)
  }

  /** For the proof: the figures beside what the rows add up to. */
  async proof(): Promise<ReturnType<DropKeeper['proof']>> {
    return this.#keeper.proof()
  }

  override alarm(info?: AlarmInvocationInfo): Promise<void> {
    return this.#alarms.ring(info)
  }

  /** One turn, and what follows from it. */
  #touch<Result>(turn: () => Result): Result {
    const result = turn()
    if (this.#isDescribed) {
      const openingDueAt = this.#nextOpeningDue()
      if (openingDueAt !== null && openingDueAt <= systemClock.now()) this.#openBeside()
      this.#alarms.arm()
    }
    return result
  }

  // The opening

  #nextOpeningDue(): number | null {
    const dueAt = this.#keeper.nextOpeningDue()
    return dueAt === null ? null : Math.max(dueAt, this.#openingTriedAt + OPENING_RETRY_MS)
  }

  #openBeside(): void {
    this.#openingTriedAt = systemClock.now()
    if (this.#opening) return
    this.#opening = this.#open()
      .catch((fault: unknown) => console.warn('the opening of a drop goes on in a moment', fault))
      .finally(() => {
        this.#opening = undefined
        this.#alarms.arm()
      })
    this.ctx.waitUntil(this.#opening)
  }

  /** Collects the lots, draws, and tells. Each step is written down; after an interruption it goes on with the next. */
  async #open(): Promise<void> {
    const opened = this.#keeper.open()
    if (opened) await this.#collect(opened.openedAt, opened.missing)
    await this.#draw()
    await this.#look()
    this.#touch(() => this.#keeper.advance())
  }

  async #collect(openedAt: number, missing: readonly number[]): Promise<void> {
    await this.#eachShard(missing, async (shard) => {
      const lots = await within(CALL_PATIENCE_MS, 'closing the lots', this.#places(shard).seal(openedAt))
      this.#keeper.keepLots(shard, new Uint8Array(lots))
    })
    this.#counted.resolve()
  }

  async #draw(): Promise<void> {
    const draw = this.#keeper.beginDraw()
    if (!draw) return
    while (draw.step(LOTS_PER_TURN)) await oneTurn()
    this.#keeper.keepOrder(draw.order())
    // Only to save them from asking; who does not hear of it asks.
    this.ctx.waitUntil(this.#eachShard(this.#allShards(), (shard) => this.#tellPositions(shard)).catch(() => undefined))
  }

  async #tellPositions(shard: number): Promise<void> {
    const positions = this.#keeper.positionsOf(shard)
    if (positions && positions.length > 0) await this.#places(shard).drawn(bufferOf(positions))
  }

  /** Some at a time; the first fault is thrown when all have had their turn. */
  async #eachShard(shards: readonly number[], work: (shard: number) => Promise<void>): Promise<void> {
    const rest = shards.values()
    const faults: unknown[] = []
    const worker = async (): Promise<void> => {
      for (const shard of rest) await work(shard).catch((fault: unknown) => void faults.push(fault))
    }
    await Promise.all(Array.from({ length: ABREAST }, worker))
    if (faults.length > 0) throw faults[0]
  }

  /** Those who joined are counted by those who keep them, and tell us; after an eviction we ask, once. */
  #askHowMany(): void {
    if (this.#askedHowMany) return
    this.#askedHowMany = true
    if (this.#keeper.now()?.room?.phase !== 'before') return
    this.ctx.waitUntil(
      this.#eachShard(this.#allShards(), async (shard) =>
        this.#keeper.joined(shard, await this.#places(shard).count()),
      ).catch(() => undefined),
    )
  }

  #allShards(): number[] {
    return Array.from({ length: this.#keeper.shards() }, (_, shard) => shard)
  }

  #places(shard: number): ReturnType<typeof placesOf> {
    const { storeId, id } = this.#keeper.terms()!
    return placesOf(this.env, storeId, id, shard)
  }

  // What the stock says

  /**
   * While people wait, somebody polls. When nobody has for a minute they have gone, and a room that was left standing
   * costs nothing; whoever comes back finds it brought up to date within the same turn.
   */
  #nextLookDue(): number | null {
    const isWatched = systemClock.now() < this.#askedAt + WATCHED_MS
    return isWatched && this.#keeper.isBusy() ? this.#lookDueAt : null
  }

  /** Looks beside the turn; the answer calls the next people. */
  #lookBeside(): void {
    this.#lookDueAt = systemClock.now() + this.#lookEveryMs()
    this.ctx.waitUntil(this.#look())
  }

  /** Whoever asks how the drop stands does not wait for an owner of stock that hangs: then the last figures are told. */
  async #lookForAMoment(): Promise<void> {
    const looking = this.#look()
    const patienceMs = lookPatienceMs(systemClock.now(), this.#lookedAt)
    if (this.#looking && patienceMs > 0)
      await within(patienceMs, 'looking at the stock', looking).catch(() => undefined)
  }

  /** Asks the owners of its SKUs how much there is, no more often than that, together for all who want to know. Never rejects. */
  #look(): Promise<void> {
    const now = systemClock.now()
    if (this.#looking || now < this.#lookedAt + this.#lookEveryMs()) return this.#looking ?? Promise.resolve()
    this.#lookedAt = now
    if (this.#keeper.isBusy() && now >= this.#askedPaymentsAt + PAYMENTS_EVERY_MS) this.#askPayments(now)
    this.#looking = this.#countUnits()
      .then((units) => this.#touch(() => this.#keeper.heardStock(units, now)))
      .catch((fault: unknown) =>
        console.warn('the stock of a drop could not be counted; the last figures stand', fault),
      )
      .finally(() => {
        this.#looking = undefined
        this.#isNearEnd = this.#touch(() => this.#keeper.isNearEnd())
      })
    return this.#looking
  }

  /** How fast payments can be taken. While nobody can say, the last word holds for a minute, and then the operator's pace. */
  #askPayments(now: number): void {
    this.#askedPaymentsAt = now
    const asked = pacerOf(this.env, this.#keeper.terms()!.storeId).pressure()
    this.ctx.waitUntil(
      within(CALL_PATIENCE_MS, 'asking how payments go', asked)
        .then((pressure) => this.#keeper.heardPressure(pressure))
        .catch((fault: unknown) => console.warn('the pace of payments is not known', fault)),
    )
  }

  /** Twice a second, near the end four times; with more than a dozen SKUs less often, since each is a call. */
  #lookEveryMs(): number {
    return Math.max(
      this.#isNearEnd ? QUICK_TICK_MS : TICK_MS,
      COUNT_COSTS_MS * (this.#keeper.terms()?.skus.length ?? 0),
    )
  }

  async #countUnits(): Promise<DropUnits> {
    const { storeId, skus } = this.#keeper.terms()!
    const sum: DropUnits = { total: 0, free: 0, held: 0, sold: 0 }
    let unknown = 0
    const rest = skus.values()
    const worker = async (): Promise<void> => {
      for (const sku of rest) {
        const count = await within(CALL_PATIENCE_MS, `counting ${sku}`, stockOf(this.env, storeId, sku).count())
        if (!count) {
          unknown += 1
          continue
        }
        sum.total += count.total
        sum.free += count.free
        sum.held += count.held
        sum.sold += count.sold
      }
    }
    await Promise.all(Array.from({ length: ABREAST }, worker))
    // A SKU whose owner has not been told of it yet is no reason to say that everything is gone.
    if (unknown > 0 && sum.free === 0) throw new Fault(`${unknown} SKUs of ${this.ctx.id.name} are not described yet`)
    return sum
  }

  #openBooks(): DropKeeper {
    applySchema(this.ctx.storage, SCHEMA)
    return keeperOver(new SqliteDropStore(new Sql(this.ctx.storage)))
  }
}

const keeperOver = (store: ConstructorParameters<typeof DropKeeper>[0]): DropKeeper =>
  new DropKeeper(store, systemClock, systemRandom, systemDigest)

function assertTerms({ opensAt, endsAt, version, skus, expectedBuyers, room }: DropTerms): void {
  const isWhole = (value: number, least: number): boolean => Number.isSafeInteger(value) && value >= least
  assert(isWhole(opensAt, 0) && (endsAt === null || isWhole(endsAt, 0)), 'a drop opens and ends at an instant')
  assert(isWhole(version, 0) && isWhole(expectedBuyers, 0), 'terms have a version and a crowd')
  assert(Array.isArray(skus), 'a drop offers SKUs')
  if (!room) return
  assert(isWhole(room.insideMax, 1) && isWhole(room.admissionsPerMinute, 1), 'somebody may come in')
  assert(isWhole(room.passDurationMs, 1), 'a pass lasts')
}
