/**
 * A waiting room for tests: a drop's keeper and those of its places, wired without a network, under a clock that is moved
 * by hand. Each keeper can be forgotten and made anew over its rows at any moment, as an eviction does it.
 */
import { assert } from '../basics/assert.ts'
import type { Decision } from '../basics/decision.ts'
import { seededRandom } from '../basics/random.ts'
import type {
  DropTerms,
  DropUnits,
  JoinRefusal,
  Joined,
  PassGranted,
  PassNews,
  PassRefusal,
  RoomTerms,
} from '../message/drop-desk.ts'
import type { Digest } from './bytes.ts'
import { DropKeeper } from './keeper.ts'
import { MemoryDropStore, MemoryPlacesStore } from './memory-store.ts'
import { newPlaceId, shardOfEmail, shardOfVisitor } from './place.ts'
import { PlacesKeeper } from './places.ts'

export const NOON = 1_800_000_000_000
export const MINUTE = 60_000

export const roomTerms = (changes: Partial<RoomTerms> = {}): RoomTerms => ({
  insideMax: 100,
  admissionsPerMinute: 600,
  passDurationMs: 5 * MINUTE,
  challenge: false,
  oneLotPerEmail: false,
  ...changes,
})

/** Opens at noon, with a waiting room. */
export const dropTerms = (changes: Partial<DropTerms> = {}): DropTerms => ({
  storeId: 'store_test',
  id: 'drp_01KAHZ00000000000000000000',
  slug: 'friday',
  title: 'Friday',
  version: 1,
  opensAt: NOON,
  endsAt: null,
  paused: false,
  skus: ['runner-42'],
  expectedBuyers: 12_000,
  room: roomTerms(),
  ...changes,
})

export const units = (free: number, held = 0, sold = 0): DropUnits => ({ total: free + held + sold, free, held, sold })

export class TestRoom {
  now = NOON - 10 * MINUTE
  readonly #random
  readonly #digest: Digest
  readonly #clock = { now: () => this.now }
  readonly #dropStore = new MemoryDropStore()
  readonly #placesStores: MemoryPlacesStore[]
  drop: DropKeeper
  places: PlacesKeeper[]
  terms: DropTerms
  stock = units(1_000_000)

  constructor(digest: Digest, { terms = dropTerms(), seed = 1 }: { terms?: DropTerms; seed?: number } = {}) {
    this.#digest = digest
    this.#random = seededRandom(seed)
    this.terms = terms
    this.drop = this.#newDrop()
    this.drop.describe(terms)
    this.#placesStores = Array.from({ length: this.drop.shards() }, () => new MemoryPlacesStore())
    this.places = this.#placesStores.map((store) => this.#newPlaces(store))
  }

  /** Everything but the rows is forgotten. */
  evict(): void {
    this.drop = this.#newDrop()
    this.places = this.#placesStores.map((store) => this.#newPlaces(store))
  }

  describe(changes: Partial<DropTerms>): void {
    this.terms = { ...this.terms, ...changes, version: this.terms.version + 1 }
    this.drop.describe(this.terms)
  }

  joins(visitorId: string, { emailDigest = null as string | null, address = null as string | null } = {}): Joined {
    const answer = this.asksToJoin(visitorId, { emailDigest, address })
    assert(answer.ok, `joined: ${JSON.stringify(answer)}`)
    return answer.value
  }

  asksToJoin(
    visitorId: string,
    { emailDigest = null as string | null, address = null as string | null } = {},
  ): Decision<Joined, JoinRefusal> {
    const shards = this.drop.shards()
    const shard = shardOfVisitor(visitorId, shards)
    const keeper = this.places[shard]!
    const placeId = newPlaceId(this.terms.id, visitorId, this.now, this.#random)
    const oneLotPerEmail = this.terms.room?.oneLotPerEmail ?? false
    const terms = { shards, oneLotPerEmail, closed: null }
    const [begun] = keeper.join([{ visitorId, placeId, emailDigest, address, terms }])
    const isOwn = (claim: { emailDigest: string; placeId: string }): boolean =>
      this.places[shardOfEmail(claim.emailDigest, shards)]!.claimEmails([claim])[0]!
    const decision = begun!.kind === 'done' ? begun!.decision : keeper.claimed(visitorId, isOwn(begun!.claim))
    this.fetchNumbers(shard)
    if (!decision.ok) return decision
    return { ok: true, value: { ...decision.value, place: keeper.find(visitorId)! } }
  }

  /** A shard's one call for the numbers that its places in line still want. */
  fetchNumbers(shard: number): void {
    const wanted = this.places[shard]!.wantsNumbers()
    const ranges = wanted && this.drop.number({ ...wanted, shard })
    if (ranges) this.places[shard]!.keepNumbers(ranges)
  }

  /** The opening as the drop's object carries it out; `evict` is called between all its steps. */
  opens(betweenSteps: () => void = () => undefined): void {
    const opened = this.drop.open()
    betweenSteps()
    for (const shard of opened?.missing ?? []) {
      const lots = this.places[shard]!.seal(opened!.openedAt)
      betweenSteps()
      this.drop.keepLots(shard, lots)
      betweenSteps()
    }
    const draw = this.drop.beginDraw()
    betweenSteps()
    if (draw) {
      while (draw.step(1000));
      this.drop.keepOrder(draw.order())
    }
    betweenSteps()
    this.places.forEach((places, shard) => {
      const positions = this.drop.positionsOf(shard)
      if (positions && positions.length > 0) places.keepDrawn(positions)
      betweenSteps()
      this.fetchNumbers(shard)
    })
    this.hears()
  }

  /** The owners of the stock say how much there is. */
  hears(stock: DropUnits = this.stock): void {
    this.stock = stock
    this.drop.heardStock(stock)
  }

  passIs(what: PassNews['what'], passId: string): void {
    this.drop.hearOfPasses([{ what, passId }])
  }

  /** Time passes; the room looks as often as its object does. */
  passes(ms: number, everyMs = 500): void {
    for (const end = this.now + ms; this.now < end;) {
      this.now = Math.min(end, this.now + everyMs)
      this.hears()
    }
  }

  position(visitorId: string): number | null {
    return this.places[shardOfVisitor(visitorId, this.drop.shards())]!.find(visitorId)?.position ?? null
  }

  asksForPass(visitorId: string): Decision<PassGranted, PassRefusal> {
    const place = this.places[shardOfVisitor(visitorId, this.drop.shards())]!.find(visitorId)
    assert(place?.position != null, `${visitorId} has a position`)
    return this.drop.admit({ placeId: place.id, visitorId, position: place.position })
  }

  #newDrop(): DropKeeper {
    return new DropKeeper(this.#dropStore, this.#clock, this.#random, this.#digest)
  }

  #newPlaces(store: MemoryPlacesStore): PlacesKeeper {
    return new PlacesKeeper(store, this.#clock, this.#digest)
  }
}
