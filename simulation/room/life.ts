/**
 * One seed of a waiting room: people join before and after the opening, vanish, come late, buy, give back; the operator
 * pauses; objects die and messages are lost. Then the world heals, and everybody who is still there must get their turn.
 *
 * The shop behind the door is only a number of units: what becomes of them is the other simulation's (../shop.ts).
 */
import type {
  DropNow,
  DropTerms,
  PassGranted,
  PassNews,
  PassRefusal,
  PlaceKept,
} from '../../domain/message/drop-desk.ts'
import type { Decision } from '../../domain/basics/decision.ts'
import { PATIENCE_MS, type Counts } from '../../domain/room/admission.ts'
import { newPlaceId, shardOfVisitor } from '../../domain/room/place.ts'
import { Violation } from '../checkers/violation.ts'
import { livedThrough, type Life } from '../life.ts'
import { Crash, Network, type Reply } from '../network.ts'
import { insist } from '../shop.ts'
import { drawWeather, type Weather } from '../weather.ts'
import { World } from '../world.ts'
import { DropHost, PlacesHost, type BendDropStore } from './hosts.ts'
import { Ledger } from './ledger.ts'
import { Queuer } from './queuer.ts'

const OPENS_AFTER_MS = 60_000
const WEATHER_LASTS_MS = 8 * 60_000
const REST_WITHIN_MS = 40 * 60_000
const LOOK_EVERY_MS = 500
const STEPS_MOST = 150_000
/** A copy of `now` in a data centre. */
const KEPT_MS = 1_000

export function liveInRoom(seed: number, bend: BendDropStore = (store) => store): Life {
  const world = new World(seed)
  return livedThrough(world, () => new Room(world, bend).live())
}

export class Room {
  readonly world: World
  readonly network: Network
  readonly ledger: Ledger
  readonly stock: { total: number; free: number; held: number; sold: number }
  readonly #weather: Weather
  readonly #drop: DropHost
  readonly #places: PlacesHost[]
  readonly #queuers: Queuer[] = []
  readonly #heard = new Map<string, { place: PlaceKept; saidAt: number }>()
  #terms: DropTerms
  #now: { at: number; told: DropNow } | null = null
  #isLooking = false
  #lookedAt = 0
  #opening: { life: number } | null = null

  constructor(world: World, bend: BendDropStore) {
    this.world = world
    this.#weather = drawWeather(world)
    this.network = new Network(world, this.#weather)
    const total = world.between(1, 12)
    this.stock = { total, free: total, held: 0, sold: 0 }
    this.#terms = termsOf(world)
    this.ledger = new Ledger(world, this.#terms.room!)
    const hooks = {
      turned: (host: DropHost) => this.ledger.turned(host),
      look: (host: DropHost) => this.#look(host),
      open: (host: DropHost) => this.#open(host),
    }
    this.#drop = new DropHost(world, this.#weather, hooks, bend)
    insist(() => this.#drop.describe(this.#terms))
    const shards = this.#drop.keeper.shards()
    this.#places = Array.from(
      { length: shards },
      (_, shard) => new PlacesHost(world, this.#weather, this.#drop, this.network, shard),
    )
  }

  live(): void {
    const { world } = this
    for (let i = world.between(5, 40); i > 0; i--) {
      const queuer = new Queuer(`vis_${world.seed}_${i}`, this)
      this.#queuers.push(queuer)
      world.later(world.oneOf([OPENS_AFTER_MS, 2 * OPENS_AFTER_MS, 300_000]) * world.dice.fraction(), () =>
        queuer.comes(),
      )
    }
    if (world.dice.fraction() < 0.3) world.later(world.between(0, WEATHER_LASTS_MS), () => this.#pauses())
    const healsAt = world.clock.now() + WEATHER_LASTS_MS
    this.#run(healsAt, () => false)
    world.healed = true
    this.#run(healsAt + REST_WITHIN_MS, () => this.#queuers.every(({ isDone }) => isDone))
    const waiting = this.#queuers.filter(({ isDone }) => !isDone)
    if (waiting.length > 0) {
      throw new Violation('ROM12', `${waiting.map(({ told }) => told).join('; ')} with ${JSON.stringify(this.stock)}`)
    }
    if (this.ledger.people > 0) this.ledger.expectExactOrder(this.#drop.store.room()!.drawn)
    // Patience and passes run out, and then nobody is expected and nobody inside.
    this.#run(world.clock.now() + this.#terms.room!.passDurationMs + 60_000, () => false)
    const { called, inside } = this.#countsOnceAllHaveGone()
    if (inside > 0) throw new Violation('ROM5', `${inside} are inside for ever`)
    // Of whom was called when the last unit went nobody is told anything, and their patience stands still.
    const { halt } = this.#drop.store.room()!
    if (called > 0 && halt === null) throw new Violation('ROM7', `${called} are expected for ever`)
  }

  /**
   * Nobody asks any more, so whoever is left in line, having gone home, is called by our own look, a few at a time; and a
   * pause that ended late has made passes longer.
   */
  #countsOnceAllHaveGone(): Counts {
    const look = (): Counts => insist(() => this.#drop.turn((keeper) => keeper.proof()))!.counts
    const wavesMost = this.#queuers.length + Math.ceil(this.#terms.room!.passDurationMs / PATIENCE_MS)
    let counts = look()
    for (let wave = 0; wave < wavesMost && counts.called + counts.inside > 0; wave++) {
      this.#run(this.world.clock.now() + PATIENCE_MS, () => false)
      counts = look()
    }
    return counts
  }

  #run(until: number, done: () => boolean): void {
    const { world } = this
    world.later(until - world.clock.now(), () => {})
    while (world.clock.now() < until && world.steps < STEPS_MOST && !done() && world.step());
  }

  // What people ask for

  join(visitorId: string, done: (place: PlaceKept | null) => void): void {
    const { shards, host } = this.#home(visitorId)
    const placeId = newPlaceId(this.#terms.id, visitorId, this.world.clock.now(), this.world.dice)
    this.#asksForPlace(visitorId, (reply) => host.join(visitorId, placeId, shards, reply), done)
  }

  find(visitorId: string, done: (place: PlaceKept | null) => void): void {
    this.#asksForPlace(visitorId, (reply) => this.#home(visitorId).host.find(visitorId, reply), done)
  }

  /** Answers overtake each other on their way; people go by the newest that they have heard. */
  #asksForPlace(visitorId: string, there: (reply: Reply<PlaceKept>) => void, done: Reply<PlaceKept>): void {
    this.network.ask<{ place: PlaceKept; saidAt: number }>(
      (reply) => there((place) => reply(place && { place, saidAt: this.world.steps })),
      (said) => {
        const known = this.#heard.get(visitorId)
        const newest = said && known && known.saidAt > said.saidAt ? known : said
        if (newest) this.#heard.set(visitorId, newest)
        done(newest && newest.place)
      },
    )
  }

  /** The copy that everybody reads; the object is asked when it is a second old. */
  now(): DropNow | null {
    const at = this.world.clock.now()
    if (this.#now === null || at >= this.#now.at + KEPT_MS) {
      try {
        const told = this.#drop.now()
        this.#now = told && { at, told }
      } catch (fault) {
        if (!(fault instanceof Crash)) throw fault
      }
    }
    return this.#now?.told ?? null
  }

  admit(place: PlaceKept, done: (decision: Decision<PassGranted, PassRefusal> | null) => void): void {
    const asked = { placeId: place.id, visitorId: place.visitorId, position: place.position! }
    this.network.ask<Decision<PassGranted, PassRefusal>>((reply) => {
      const decision = this.#drop.turn((keeper) => keeper.admit(asked))
      if (decision.ok) this.ledger.passGiven(place.id, asked.position, decision.value)
      reply(decision)
    }, done)
  }

  tell(news: PassNews): void {
    this.network.ask<true>(
      (reply) => {
        this.#drop.turn((keeper) => keeper.hearOfPasses([news]))
        reply(true)
      },
      () => {},
    )
  }

  #home(visitorId: string): { shards: number; host: PlacesHost } {
    const shards = this.#places.length
    return { shards, host: this.#places[shardOfVisitor(visitorId, shards)]! }
  }

  // What the drop's object does beside its turns

  #look(host: DropHost): void {
    const now = this.world.clock.now()
    if (this.#isLooking || now < this.#lookedAt + LOOK_EVERY_MS) return
    this.#isLooking = true
    this.#lookedAt = now
    this.network.ask<typeof this.stock>(
      (reply) => reply({ ...this.stock }),
      (units) => {
        this.#isLooking = false
        if (units) this.#quietly(() => host.turn((keeper) => keeper.heardStock(units)))
      },
    )
  }

  /** Closes the lots, collects them, draws. What is interrupted begins again where it stopped. */
  #open(host: DropHost): void {
    const dueAt = host.keeper.nextOpeningDue()
    if (dueAt === null || dueAt > this.world.clock.now() || this.#opening?.life === host.life) return
    const opening = (this.#opening = { life: host.life })
    const end = (): void => {
      if (this.#opening === opening) this.#opening = null
    }
    const opened = this.#quietly(() => host.turn((keeper) => keeper.open()))
    let open = opened?.missing.length ?? 0
    const draw = (): void => {
      this.#quietly(() => this.#draw(host))
      end()
    }
    if (!opened || open === 0) return draw()
    for (const shard of opened.missing) {
      this.network.ask<Uint8Array>(
        (reply) => reply(this.#places[shard]!.seal(opened.openedAt)),
        (lots) => {
          if (lots) this.#quietly(() => host.turn((keeper) => keeper.keepLots(shard, lots)))
          open -= 1
          if (open === 0) draw()
        },
      )
    }
  }

  #draw(host: DropHost): void {
    const draw = host.keeper.beginDraw()
    if (!draw) return
    while (draw.step(1000));
    host.turn((keeper) => keeper.keepOrder(draw.order()))
    this.world.sometimes('lots were drawn')
  }

  #quietly<Result>(work: () => Result): Result | null {
    try {
      return work()
    } catch (fault) {
      if (!(fault instanceof Crash)) throw fault
      return null
    }
  }

  #pauses(): void {
    this.world.sometimes('the room was paused')
    const says = (paused: boolean): void => {
      this.#terms = { ...this.#terms, paused, version: this.#terms.version + 1 }
      insist(() => this.#drop.describe(this.#terms))
    }
    says(true)
    this.world.later(this.world.between(1_000, 120_000), () => says(false))
  }
}

const termsOf = (world: World): DropTerms => ({
  ...{ storeId: 'store_sim', id: 'drp_01KAHZ00000000000000000000', slug: 'drop', title: 'Drop', version: 1 },
  ...{ opensAt: world.clock.now() + OPENS_AFTER_MS, endsAt: null, paused: false, skus: ['SKU-1'] },
  expectedBuyers: world.oneOf([10, 10_000]),
  room: {
    insideMax: world.between(1, 8),
    admissionsPerMinute: world.oneOf([30, 600, 6_000]),
    passDurationMs: world.oneOf([20_000, 60_000]),
    challenge: false,
    oneLotPerEmail: false,
  },
})
