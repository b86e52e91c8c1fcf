/**
 * What a request through the gateway knows of changes: the very epochs by which Onrush's own answers go (platform/cache),
 * so that one purge reaches both, everywhere within the same bound.
 */
import { shardOf, type EpochTables, type Stamp } from '../../domain/freshness/epochs.ts'
import type { EpochDesk } from '../../domain/message/epoch-desk.ts'
import type { Knowledge } from '../../platform/cache/knowledge.ts'
import { coloStore, type ByteStore } from '../../platform/cache/stores.ts'
import { systemTimer, within, type Surroundings } from '../../platform/cache/surroundings.ts'
import type { Changes } from '../../platform/http-cache/changes.ts'
import { epochDesk } from '../desks.ts'
import { sharedCache } from '../public-reads.ts'
import type { Trip } from './to-origin.ts'

/** Whoever sent what changed something waits so long until it is known here. */
const PATIENCE_MS = 300

/** Each is as long as a reader ever waits for the epochs. */
const FIRST_WORD_ROUNDS = 5
const hasWaited = new WeakSet<Knowledge>()

const isUnheard = ({ tables }: Knowledge): boolean => tables.includes(undefined)

/** Null: without a database there is nobody who could say that something has changed. */
export function changesFor(trip: Trip): Changes | null {
  const { env, saved } = trip
  if (!env.DATABASE_URL) return null
  return new ChangesOfStore(sharedCache().knowledge(saved?.storeId ?? env.DEFAULT_STORE), trip)
}

class ChangesOfStore implements Changes {
  readonly #known: Knowledge
  readonly #at: TripSurroundings

  constructor(known: Knowledge, trip: Trip) {
    this.#known = known
    this.#at = new TripSurroundings(trip)
  }

  get tables(): EpochTables {
    return this.#known.tables
  }

  get isBlind(): boolean {
    return !this.#known.isSound(this.#at.now())
  }

  stamp(): Stamp {
    return this.#known.stamp()
  }

  heard(): Promise<void> | undefined {
    return isUnheard(this.#known) && !hasWaited.has(this.#known) ? this.#firstWord() : this.#known.heard(this.#at)
  }

  /** A copy from before an isolate's first word cannot be compared and is fetched again, so that word is worth more. */
  async #firstWord(): Promise<void> {
    for (let n = 0; n < FIRST_WORD_ROUNDS && isUnheard(this.#known); n++) await this.#known.ask(this.#at)
    hasWaited.add(this.#known)
  }

  async changed(tags: readonly string[]): Promise<void> {
    const counted = this.#known
      .bump(this.#at, (shard) => tags.filter((tag) => shardOf(tag) === shard))
      .catch((cause: unknown) => {
        console.warn(JSON.stringify({ level: 'warn', kind: 'groups-not-counted', tags, cause: String(cause) }))
      })
    this.#at.waitUntil(counted)
    await within(this.#at, counted, PATIENCE_MS)
  }
}

/** Makes nothing before it is asked for it: a hit whose epochs are known needs the clock alone. */
class TripSurroundings implements Surroundings {
  readonly #trip: Trip
  readonly after = systemTimer
  readonly shelf = null

  constructor(trip: Trip) {
    this.#trip = trip
  }

  now(): number {
    return this.#trip.clock.now()
  }

  fraction(): number {
    return this.#trip.random.fraction()
  }

  waitUntil(work: Promise<unknown>): void {
    this.#trip.ctx.waitUntil(work)
  }

  get colo(): ByteStore | null {
    return typeof caches === 'undefined' ? null : coloStore(caches.default, new URL(this.#trip.request.url).origin)
  }

  epochs(storeId: string, shard: number): EpochDesk {
    return epochDesk(this.#trip.env, storeId, shard)
  }
}
