/** The object of a drop and those of its places, housed in the simulation, with what they say to each other. */
import type { DropNow, DropTerms, PlaceKept } from '../../domain/message/drop-desk.ts'
import type { Digest } from '../../domain/room/bytes.ts'
import { DropKeeper } from '../../domain/room/keeper.ts'
import { MemoryDropStore, MemoryPlacesStore } from '../../domain/room/memory-store.ts'
import { PlacesKeeper } from '../../domain/room/places.ts'
import { CrashingLog } from '../crashing.ts'
import { Host } from '../host.ts'
import { Crash, type Network, type Reply } from '../network.ts'
import type { Weather } from '../weather.ts'
import type { World } from '../world.ts'

/** In production twice a second; here the same things happen in fewer steps. */
const TICK_MS = 1_000

/** Any bytes, 32 of them: who comes first does not matter here, only that somebody does. */
export const digest: Digest = (bytes) => {
  const out = new Uint8Array(32)
  let mixed = 0x811c9dc5
  for (let i = 0; i < 32 + bytes.length; i++) {
    mixed = Math.imul(mixed ^ (bytes[i % Math.max(1, bytes.length)] ?? 0) ^ i, 0x01000193) >>> 0
    out[i % 32] = out[i % 32]! ^ (mixed >>> 11)
  }
  return out
}

export type BendDropStore = (store: MemoryDropStore) => MemoryDropStore

export class DropHost extends Host<DropKeeper> {
  /** For checkers: the rows, as they are. */
  readonly store: MemoryDropStore
  readonly #turned: (host: DropHost) => void
  readonly #look: (host: DropHost) => void
  readonly #open: (host: DropHost) => void

  constructor(
    world: World,
    weather: Weather,
    hooks: { turned: (host: DropHost) => void; look: (host: DropHost) => void; open: (host: DropHost) => void },
    bend: BendDropStore,
  ) {
    const store = bend(new MemoryDropStore(new CrashingLog(() => world.strikes(weather.crashed))))
    super(world, weather, () => new DropKeeper(store, world.clock, world.dice, digest))
    this.store = store
    this.#turned = hooks.turned
    this.#look = hooks.look
    this.#open = hooks.open
  }

  describe(terms: DropTerms): void {
    this.turn((keeper) => keeper.describe(terms))
  }

  /** Whoever asks brings the room up to date, as the edge does about once a second. */
  now(): DropNow | null {
    const now = this.turn((keeper) => keeper.now())
    this.#look(this)
    this.#open(this)
    return now
  }

  protected nextDue(): number | null {
    const opening = this.keeper.nextOpeningDue()
    if (opening !== null) return Math.max(opening, this.world.clock.now() + 200)
    return this.keeper.isBusy() ? this.world.clock.now() + TICK_MS : null
  }

  protected wake(): void {
    this.turn((keeper) => keeper.advance())
    this.#look(this)
    this.#open(this)
  }

  protected afterTurn(): void {
    this.#turned(this)
  }
}

export class PlacesHost extends Host<PlacesKeeper> {
  readonly #drop: DropHost
  readonly #network: Network
  readonly #shard: number

  constructor(world: World, weather: Weather, drop: DropHost, network: Network, shard: number) {
    const store = new MemoryPlacesStore(new CrashingLog(() => world.strikes(weather.crashed)))
    super(world, weather, () => new PlacesKeeper(store, world.clock, digest))
    this.#drop = drop
    this.#network = network
    this.#shard = shard
  }

  /** As the shell does: written down, then numbered if it came after the opening; answered when its number is known. */
  join(visitorId: string, placeId: string, shards: number, reply: Reply<PlaceKept>): void {
    const terms = { shards, oneLotPerEmail: false, closed: null }
    const joining = { visitorId, placeId, emailDigest: null, address: null, terms }
    const [begun] = this.turn((keeper) => keeper.join([joining]))
    if (begun?.kind !== 'done' || !begun.decision.ok) return reply(null)
    this.find(visitorId, reply)
  }

  find(visitorId: string, reply: Reply<PlaceKept>): void {
    const place = this.turn((keeper) => keeper.find(visitorId)) ?? null
    if (place === null || place.position !== null) return reply(place)
    if (place.kind === 'draw') this.#fetchDrawn(() => reply(this.keeper.find(visitorId) ?? null))
    else this.#fetchNumbers(() => reply(this.keeper.find(visitorId) ?? null))
  }

  seal(openedAt: number): Uint8Array {
    return this.turn((keeper) => keeper.seal(openedAt))
  }

  #fetchDrawn(done: () => void): void {
    const { life } = this
    this.#network.ask<Uint8Array | null>(
      (reply) => reply(this.#drop.turn((keeper) => keeper.positionsOf(this.#shard))),
      (positions) => {
        if (this.life === life && positions !== null && positions.length > 0)
          this.world.later(0, () => this.#quietly(() => this.turn((keeper) => keeper.keepDrawn(positions)), done))
        else done()
      },
    )
  }

  #fetchNumbers(done: () => void): void {
    const { life } = this
    const wanted = this.keeper.wantsNumbers()
    if (!wanted) return done()
    this.#network.ask<ReturnType<DropKeeper['number']>>(
      (reply) => reply(this.#drop.turn((keeper) => keeper.number({ ...wanted, shard: this.#shard }))),
      (ranges) => {
        if (this.life === life && ranges !== null)
          this.#quietly(() => this.turn((keeper) => keeper.keepNumbers(ranges)), done)
        else done()
      },
    )
  }

  /** A turn that crashes is as if the answer had not come. */
  #quietly(work: () => unknown, done: () => void): void {
    try {
      work()
    } catch (fault) {
      if (!(fault instanceof Crash)) throw fault
    }
    done()
  }

  protected nextDue(): null {
    return null
  }

  protected wake(): void {}

  protected afterTurn(): void {}
}
