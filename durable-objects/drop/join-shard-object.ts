/**
 * Some of the places of one drop's waiting room, named `<store>/<drop>/places-<k>`. Joins that arrive together are
 * written down together, and those in line get their numbers from the drop's object in one call for all of them.
 *
 * If it dies: places are on disk; a join that was not answered is asked again and found. A number that was given and
 * forgotten is found again at the drop's object, and so are the positions of the draw.
 */
import { DurableObject } from 'cloudflare:workers'
import { assert } from '../../domain/basics/assert.ts'
import type { Decision } from '../../domain/basics/decision.ts'
import type {
  DropDesk,
  EmailClaim,
  JoinRefusal,
  JoinTerms,
  Joined,
  Joining,
  PlaceDesk,
  PlaceKept,
} from '../../domain/message/drop-desk.ts'
import { MemoryPlacesStore } from '../../domain/room/memory-store.ts'
import { placesNamed, shardOfEmail } from '../../domain/room/place.ts'
import { PlacesKeeper } from '../../domain/room/places.ts'
import places from '../../migrations/durable-objects/places/0001_places.sql'
import { dropOf, placesOf } from '../../platform/desks.ts'
import { systemClock } from '../../platform/dice.ts'
import { systemDigest } from '../../platform/digest.ts'
import { Fault } from '../../platform/fault.ts'
import { CALL_PATIENCE_MS, within } from '../basics/deadline.ts'
import { gather } from '../basics/gather.ts'
import { applySchema, hasSchema } from '../basics/schema.ts'
import { Sql } from '../basics/sql.ts'
import { bufferOf } from './sqlite-drop-store.ts'
import { SqlitePlacesStore } from './sqlite-places-store.ts'

/** Exported for tests of the store alone. */
export const SCHEMA = [{ name: '0001_places', text: places }]

/** How often the drop's object is told how many have joined here. */
const TELL_EVERY_MS = 1_000

type Answer = Decision<Joined, JoinRefusal> | { fault: string }

export class JoinShardObject extends DurableObject<Env> implements PlaceDesk {
  #keeper: PlacesKeeper
  #hasPlaces: boolean
  readonly #joinTogether: (joining: Joining & { terms: JoinTerms }) => Promise<Answer>
  #numbering: Promise<void> | undefined
  #positioning: Promise<void> | undefined
  #toldAt = 0

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#hasPlaces = hasSchema(ctx.storage)
    this.#keeper = this.#hasPlaces ? this.#openBooks() : keeperOver(new MemoryPlacesStore())
    this.#joinTogether = gather({
      flush: (joinings) => this.#joinAll(joinings),
      callsMax: 500,
      room: () => ctx.storage.sync(),
    })
  }

  async join(joining: Joining, terms: JoinTerms): Promise<Decision<Joined, JoinRefusal>> {
    assertJoining(joining)
    this.#open()
    const answer = await this.#joinTogether({ ...joining, terms })
    if ('fault' in answer) throw new Fault(answer.fault)
    return answer
  }

  async find(visitorId: string): Promise<PlaceKept | null> {
    const place = this.#keeper.find(visitorId)
    if (place?.position !== null) return place
    // Told once and missed, or not known when it was asked: whoever waits here asks again, and so do we.
    await (place.kind === 'draw' ? this.#fetchPositions() : this.#fetchNumbers()).catch(() => undefined)
    return this.#keeper.find(visitorId)
  }

  async seal(openedAt: number): Promise<ArrayBuffer> {
    this.#open()
    const lots = this.#keeper.seal(openedAt)
    if (this.#keeper.wantsNumbers()) this.ctx.waitUntil(this.#fetchNumbers().catch(() => undefined))
    return bufferOf(lots)
  }

  async count(): Promise<number> {
    return this.#keeper.count()
  }

  async drawn(positions: ArrayBuffer): Promise<void> {
    this.#keeper.keepDrawn(new Uint8Array(positions))
  }

  async claimEmails(claims: readonly EmailClaim[]): Promise<boolean[]> {
    this.#open()
    return this.#keeper.claimEmails(claims)
  }

  /** Answers each in its place; who needs a call to somebody that fails is told to ask again, and nobody else is. */
  async #joinAll(joinings: readonly (Joining & { terms: JoinTerms })[]): Promise<Answer[]> {
    const begun = this.#keeper.join(joinings)
    const answers = await this.#claim(joinings, begun)
    await this.#fetchNumbers().catch(() => undefined)
    this.#tell()
    return answers.map((answer) => {
      if ('fault' in answer || !answer.ok || answer.value.place.kind === 'draw') return answer
      // Anew: it may have got its number by now.
      const place = this.#keeper.find(answer.value.place.visitorId)
      return place ? { ok: true, value: { ...answer.value, place } } : answer
    })
  }

  /** Claims the e-mail addresses, one call for each neighbour. */
  async #claim(
    joinings: readonly (Joining & { terms: JoinTerms })[],
    begun: ReturnType<PlacesKeeper['join']>,
  ): Promise<Answer[]> {
    const claims = begun.flatMap((one, i) => (one.kind === 'claim' ? [{ i, claim: one.claim }] : []))
    const byShard = Map.groupBy(claims, ({ i, claim }) => shardOfEmail(claim.emailDigest, joinings[i]!.terms.shards))
    const verdicts = new Map<number, boolean | undefined>()
    await Promise.all(
      [...byShard].map(async ([shard, own]) => {
        const verdict = await this.#askNeighbour(
          shard,
          own.map(({ claim }) => claim),
        ).catch(() => undefined)
        own.forEach(({ i }, at) => verdicts.set(i, verdict?.[at]))
      }),
    )
    return begun.map((one, i): Answer => {
      if (one.kind === 'done') return one.decision
      const isOwn = verdicts.get(i)
      if (isOwn === undefined) return { fault: 'an e-mail address could not be claimed' }
      return this.#keeper.claimed(joinings[i]!.visitorId, isOwn)
    })
  }

  async #askNeighbour(shard: number, claims: readonly EmailClaim[]): Promise<boolean[]> {
    const own = this.#own()
    if (shard === own.shard) return this.#keeper.claimEmails(claims)
    return within(
      CALL_PATIENCE_MS,
      'claiming e-mail addresses',
      placesOf(this.env, own.storeId, own.dropId, shard).claimEmails(claims),
    )
  }

  /** One at a time: who comes meanwhile shares the next call. */
  async #fetchNumbers(): Promise<void> {
    while (this.#numbering) await this.#numbering
    const wanted = this.#keeper.wantsNumbers()
    if (!wanted) return
    this.#numbering = within(
      CALL_PATIENCE_MS,
      'fetching numbers',
      this.#drop().number({ ...wanted, shard: this.#own().shard }),
    )
      .then((ranges) => ranges && this.#keeper.keepNumbers(ranges))
      .then(() => undefined)
      .finally(() => (this.#numbering = undefined))
    await this.#numbering
  }

  /** One call, however many want to know. */
  #fetchPositions(): Promise<void> {
    this.#positioning ??= this.#askPositions().finally(() => (this.#positioning = undefined))
    return this.#positioning
  }

  async #askPositions(): Promise<void> {
    if (!this.#keeper.wantsPositions()) return
    const positions = await within(CALL_PATIENCE_MS, 'fetching positions', this.#drop().positionsOf(this.#own().shard))
    if (positions) this.#keeper.keepDrawn(new Uint8Array(positions))
  }

  /** A hint, for the number of people who wait; and a nudge, should the drop's own alarm be late. */
  #tell(): void {
    const now = systemClock.now()
    if (now < this.#toldAt + TELL_EVERY_MS) return
    this.#toldAt = now
    this.ctx.waitUntil(
      this.#drop()
        .joined(this.#own().shard, this.#keeper.count())
        .catch(() => undefined),
    )
  }

  #own(): { storeId: string; dropId: string; shard: number } {
    const own = placesNamed(this.ctx.id.name ?? '')
    assert(own, `${this.ctx.id.name} keeps no places`)
    return own
  }

  #drop(): DropDesk {
    const { storeId, dropId } = this.#own()
    return dropOf(this.env, storeId, dropId)
  }

  /** Tables come with the first place: who only asks for one leaves nothing behind. */
  #open(): void {
    if (this.#hasPlaces) return
    this.#keeper = this.#openBooks()
    this.#hasPlaces = true
  }

  #openBooks(): PlacesKeeper {
    applySchema(this.ctx.storage, SCHEMA)
    return keeperOver(new SqlitePlacesStore(new Sql(this.ctx.storage)))
  }
}

const keeperOver = (store: ConstructorParameters<typeof PlacesKeeper>[0]): PlacesKeeper =>
  new PlacesKeeper(store, systemClock, systemDigest)

function assertJoining({ visitorId, placeId, emailDigest, address }: Joining): void {
  const isShort = (text: string | null): boolean => text === null || (text.length > 0 && text.length <= 200)
  assert(
    isShort(visitorId) && isShort(placeId) && isShort(emailDigest) && isShort(address),
    'ids and digests are short',
  )
}
