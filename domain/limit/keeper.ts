/**
 * Keeps count for many keys: looks, decides and records in one turn. What it knows is in memory; rows are there for the
 * day the object is evicted.
 *
 * A row is written a stride ahead of what was granted, as far as a quarter of the burst, so that a hot key costs one row
 * for some permits and not for each, and so that whoever wakes from the rows is never more generous than it was: a stride
 * too strict at most. Use that would be forgiven within seconds is not written at all; losing that costs a key less than
 * those seconds.
 */
import type { Clock } from '../basics/clock.ts'
import type { PermitGrant, PermitRequest } from '../message/limit-desk.ts'
import { aheadMs, believed, giveBack, judge, owing, restedAt, stepOf, takeUpTo, type Rate, type Tat } from './gcra.ts'
import { RecentLow } from './recent-low.ts'

export interface LimitStore {
  find(key: string): Tat
  put(key: string, tat: number): void
  /** Forgets every key that has rested since `instant` (ms). */
  removeRestedBy(instant: number): void
  /** When the last of them will have rested, ms; undefined: there is none. */
  lastRestsAt(): number | undefined
}

/** Use that is forgiven sooner than this is not worth a row. */
export const WORTH_A_ROW_MS = 5_000
/** How many permits may lie in the bucket for those who were sent away, so that nobody is kept out for good. */
const LINE_LONGEST = ({ units, burst }: Rate): number => Math.floor(Math.min(burst / 4, Math.max(4, units / 200)))
/** Unused permits that come back later than a second or two, or than they are good for, are gone. */
const REMEMBERED_MS = ({ windowMs }: Rate): number => Math.max(1000, windowMs / 100)
/** About 300 bytes each. */
const KEYS_MOST = 50_000

interface Known {
  tat: Tat
  /** How far the row reaches; 0: there is none. */
  written: number
  /** When the last of those who were refused was told to come again, ms. */
  promisedUntil: number
  /** How far the tat was ahead of the clock, of late. */
  low: RecentLow
}

export class LimitKeeper {
  readonly #store: LimitStore
  readonly #clock: Clock
  readonly #known = new Map<string, Known>()

  constructor(store: LimitStore, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  permits({ key, rate, want, owed, unused }: PermitRequest): PermitGrant {
    const now = this.#clock.now()
    const known = this.#look(key, rate, now)
    known.low.note(now, aheadMs(known.tat, now))
    if (unused) known.tat = giveBack(rate, known.tat, unused.count, known.low.since(unused.grantedAt + 1))
    const { granted, tat } = takeUpTo(rate, owing(rate, known.tat, now, owed), now, want)
    known.tat = tat
    this.#record(key, known, rate, now)
    const { remaining, resetMs } = judge(rate, tat, now, 0)
    const retryMs = granted >= want ? 0 : this.#turnOf(known, rate, now)
    return { granted, grantedAt: now, remaining, resetMs, retryMs }
  }

  /**
   * One permit comes back because its work failed. What grew back since it was granted and would have run over is given
   * too: as many seconds' worth as the work took. The row stays, and is stricter by the permit at most.
   */
  handBack(key: string, rate: Rate): void {
    const now = this.#clock.now()
    const known = this.#look(key, rate, now)
    known.tat = giveBack(rate, known.tat, 1, aheadMs(known.tat, now))
  }

  /**
   * When to come again. Who comes in a crowd is told a turn in the line of the refused: the next permit, the one after it
   * and so on. The bucket goes on filling while they wait; past a quarter of it nobody is sent, so that none runs over.
   */
  #turnOf(known: Known, rate: Rate, now: number): number {
    const next = judge(rate, known.tat, now)
    const retryMs = next.allowed ? 0 : next.retryMs!
    const stepMs = stepOf(rate) / 1000
    const last = now + retryMs + LINE_LONGEST(rate) * stepMs
    known.promisedUntil = Math.min(last, Math.max(known.promisedUntil + stepMs, now + retryMs))
    return known.promisedUntil - now
  }

  /** Forgets those that have rested. Answers when to come again, ms; undefined: nothing is left. */
  forgetRested(): number | undefined {
    this.#store.removeRestedBy(this.#clock.now())
    return this.#store.lastRestsAt()
  }

  #look(key: string, rate: Rate, now: number): Known {
    const known = this.#known.get(key) ?? this.#wake(key, rate, now)
    const tat = believed(rate, known.tat, now)
    // The row is of a clock that was ahead, and is to be written anew.
    if (tat !== known.tat) Object.assign(known, { tat, written: 0 })
    return known
  }

  #wake(key: string, rate: Rate, now: number): Known {
    if (this.#known.size >= KEYS_MOST) this.#makeRoom(now)
    const tat = this.#store.find(key)
    const found = { tat, written: tat ?? 0, promisedUntil: 0, low: new RecentLow(REMEMBERED_MS(rate)) }
    this.#known.set(key, found)
    return found
  }

  #record(key: string, known: Known, rate: Rate, now: number): void {
    const { tat } = known
    if (tat === undefined || tat <= known.written || restedAt(tat) - now < WORTH_A_ROW_MS) return
    known.written = tat + Math.floor(rate.burst / 4) * stepOf(rate)
    this.#store.put(key, known.written)
  }

  /** Those that have rested are as good as new ones. When that is not enough all go: their rows speak for them. */
  #makeRoom(now: number): void {
    for (const [key, { tat }] of this.#known) if (restedAt(tat) <= now) this.#known.delete(key)
    if (this.#known.size >= KEYS_MOST) this.#known.clear()
  }
}
