/**
 * The keeper of a drop and of its waiting room: looks, decides and records, each turn in one transaction. The room's
 * clock is this keeper's clock; what is due is done by whoever touches it next, and an alarm touches it when nobody does.
 *
 * The draw is told in lots-keeper.ts, who comes in in gate-keeper.ts, and what people hear of it in told.ts.
 */
import { assert } from '../basics/assert.ts'
import type { Clock } from '../basics/clock.ts'
import { refuse, type Decision } from '../basics/decision.ts'
import type { Random } from '../basics/random.ts'
import { statusAt } from '../drop/drop.ts'
import type {
  DrawEntry,
  DrawView,
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
} from '../message/drop-desk.ts'
import type { Pressure } from '../message/pacer-desk.ts'
import { haltOf, type Counts } from './admission.ts'
import { hexOf, type Digest } from './bytes.ts'
import { SEED_BYTES, type Draw } from './draw.ts'
import { GateKeeper } from './gate-keeper.ts'
import { Hearsay } from './hearsay.ts'
import { LotsKeeper } from './lots-keeper.ts'
import { isNearEnd } from './outlook.ts'
import { fullBucket } from './pace.ts'
import { shardsFor } from './place.ts'
import type { DropStore, RoomState, Turn } from './store.ts'
import { Tally, liveOf, nowOf } from './told.ts'

/** How often the room looks by itself while people wait. */
export const TICK_MS = 500
/** And near the end: a part of the two seconds in which everybody knows. */
export const QUICK_TICK_MS = 250

export class DropKeeper {
  readonly #store: DropStore
  readonly #clock: Clock
  readonly #random: Random
  readonly #hearsay = new Hearsay()
  readonly #tally = new Tally()
  readonly #lots: LotsKeeper
  readonly #gate: GateKeeper

  constructor(store: DropStore, clock: Clock, random: Random, digest: Digest) {
    this.#store = store
    this.#clock = clock
    this.#random = random
    this.#lots = new LotsKeeper(store, digest)
    this.#gate = new GateKeeper(store, random, this.#hearsay, this.#tally)
  }

  /** Safe to repeat and to reorder: only a newer version changes anything. */
  describe(terms: DropTerms): void {
    this.#store.transaction(() => {
      const now = this.#clock.now()
      const known = this.#store.drop()
      if (known && known.terms.version >= terms.version) return
      const moved = known?.terms.opensAt !== terms.opensAt || known.terms.paused !== terms.paused
      this.#store.saveDrop({
        terms,
        seed: known?.seed ?? hexOf(this.#random.bytes(SEED_BYTES)),
        shards: known?.shards ?? shardsFor(terms.expectedBuyers),
        changedAt: known && !moved ? known.changedAt : now,
      })
      if (!known) this.#store.saveRoom(newRoom(terms, now))
    })
    this.#turn(() => undefined)
  }

  terms(): DropTerms | undefined {
    return this.#store.drop()?.terms
  }

  shards(): number {
    return this.#store.drop()?.shards ?? 0
  }

  // What everybody is told

  now(): DropNow | null {
    return this.#turn((turn) => nowOf(turn, this.#hearsay, this.#unitsPerPass(turn))) ?? null
  }

  /** Whether everything may be gone before people ask again at their ordinary pace. */
  isNearEnd(): boolean {
    const now = this.now()
    return now !== null && isNearEnd(now)
  }

  live(): DropLive | null {
    return this.#turn((turn) => liveOf(turn, this.#hearsay, this.#unitsPerPass(turn), this.#tally)) ?? null
  }

  #unitsPerPass({ now, room }: Turn): number {
    return this.#gate.unitsPerPass(now, room.counts)
  }

  // The opening and the draw

  nextOpeningDue(): number | null {
    return this.#lots.nextDue()
  }

  open(): ReturnType<LotsKeeper['open']> {
    return this.#turn((turn) => this.#lots.open(turn)) ?? null
  }

  keepLots(shard: number, lots: Uint8Array): void {
    this.#turn((turn) => this.#lots.keep(turn, shard, lots))
  }

  beginDraw(): Draw | null {
    return this.#lots.begin()
  }

  keepOrder(order: Uint32Array): void {
    this.#turn((turn) => this.#lots.keepOrder(turn, order))
  }

  positionsOf(shard: number): Uint8Array | null {
    return this.#lots.positionsOf(shard)
  }

  draw(): DrawView | null {
    return this.#lots.view(this.#hearsay.joined())
  }

  drawEntries(afterPosition: number): DrawEntry[] {
    return this.#lots.entries(afterPosition)
  }

  number(asked: NumbersAsked): NumberRange[] | null {
    return this.#turn((turn) => this.#lots.number(turn, asked)) ?? null
  }

  joined(shard: number, count: number): void {
    this.#hearsay.hearJoined(shard, count)
  }

  // Coming in

  admit(asked: PassAsked): Decision<PassGranted, PassRefusal> {
    return this.#turn((turn) => this.#gate.admit(turn, asked)) ?? refuse({ code: 'drop_has_no_room', drop: '' })
  }

  standing(position: number): Standing {
    return this.#turn((turn) => this.#gate.standing(turn, position)) ?? { phase: 'waiting' }
  }

  hearOfPasses(news: readonly PassNews[]): void {
    this.#turn((turn) => news.forEach((one) => this.#gate.hear(turn, one)))
  }

  // What others tell

  /** The owners of the stock, asked then, have said how much there is. Sold out is said at once, and taken back only by units. */
  heardStock(units: DropUnits, askedAt = this.#clock.now()): void {
    this.#hearsay.hearStock(units, askedAt)
    this.advance()
  }

  /** Whoever paces the payments has said how busy the way to the provider is. Holds for a minute. */
  heardPressure(pressure: Pick<Pressure, 'ratePerSecond' | 'waiting'>): void {
    this.#hearsay.hearPressure(pressure, this.#clock.now())
  }

  // Time passes

  /** Does what is due. */
  advance(): void {
    this.#turn(() => undefined)
  }

  /** Whether anybody waits or is inside, so that the stock is worth asking about. */
  isBusy(): boolean {
    const drop = this.#store.drop()
    const room = this.#store.room()
    if (!drop?.terms.room || room?.phase !== 'line') return false
    if (room.halt !== null && room.halt !== 'sold_out') return false
    const { lastPosition, admittedThrough, called, inside } = room.counts
    return lastPosition > admittedThrough || called > 0 || inside > 0
  }

  /** Counted anew from the rows, beside the figures: they must agree. */
  proof(): { counts: Counts; recounted: { called: number; inside: number; admitted: number } } | null {
    const proof = this.#turn(({ room }) => ({ counts: room.counts, recounted: this.#store.recount() }))
    return proof ?? null
  }

  /** One transaction: brings the room up to this instant, does the work, calls whoever may come, and writes. */
  #turn<Result>(work: (turn: Turn) => Result): Result | undefined {
    return this.#store.transaction(() => {
      const drop = this.#store.drop()
      const room = this.#store.room()
      if (!drop || !room) return undefined
      const before = JSON.stringify(room)
      const turn: Turn = { now: this.#clock.now(), drop, room }
      this.#gate.catchUp(turn)
      const result = work(turn)
      this.#gate.call(turn)
      assertWithin(turn)
      if (JSON.stringify(room) !== before) this.#store.saveRoom(room)
      return result
    })
  }
}

function assertWithin({ room: { counts } }: Turn): void {
  assert(counts.called >= 0 && counts.inside >= 0, 'nobody leaves who was not there')
  assert(counts.admittedThrough <= counts.lastPosition, 'only who has a number is called')
  assert(counts.passPace.credit >= 0 && counts.callPace.credit >= 0, 'nobody comes in faster than the pace')
}

const newRoom = (terms: DropTerms, now: number): RoomState => {
  const perMinute = terms.room?.admissionsPerMinute ?? 1
  return {
    phase: 'before',
    openedAt: null,
    drawnAt: null,
    drawn: 0,
    root: null,
    counts: {
      lastPosition: 0,
      admittedThrough: 0,
      called: 0,
      inside: 0,
      admitted: 0,
      callPace: fullBucket(perMinute, now),
      passPace: fullBucket(perMinute, now),
    },
    halt: haltOf(statusAt(now, { ...terms, free: 1 })),
    haltedAt: now,
    showUp: 1,
    soldOut: false,
    soldOutAt: 0,
    againAvailable: false,
  }
}
