/** What is seen of a waiting room from outside, and whether it may be so. */
import type { PassGranted, PlaceKept, RoomTerms } from '../../domain/message/drop-desk.ts'
import { Violation } from '../checkers/violation.ts'
import type { World } from '../world.ts'
import type { DropHost } from './hosts.ts'

interface SeenPlace {
  place: PlaceKept
  /** The first time, whether or not that was heard. */
  askedAt: number
  /** When they first knew their number. */
  answeredAt: number | null
}

export class Ledger {
  readonly #world: World
  readonly #terms: RoomTerms
  readonly #places = new Map<string, SeenPlace>()
  readonly #visitorAt = new Map<number, string>()
  readonly #passes = new Map<string, PassGranted & { placeId: string }>()
  readonly #inside = new Set<string>()
  #admittedThrough = 0

  constructor(world: World, terms: RoomTerms) {
    this.#world = world
    this.#terms = terms
  }

  get people(): number {
    return this.#places.size
  }

  /** An answer about a place has arrived. */
  placeSeen(visitorId: string, place: PlaceKept, askedAt: number): void {
    const seen = this.#places.get(visitorId)
    if (seen && seen.place.id !== place.id) throw new Violation('ROM1', `${visitorId} has two places`)
    const before = seen?.place.position ?? null
    if (before !== null && before !== place.position) {
      throw new Violation('ROM12', `${visitorId} was ${before} and is ${place.position}`)
    }
    if (place.position !== null) {
      const there = this.#visitorAt.get(place.position)
      if (there !== undefined && there !== visitorId) {
        throw new Violation('ROM4', `${there} and ${visitorId} are both number ${place.position}`)
      }
      this.#visitorAt.set(place.position, visitorId)
    }
    this.#places.set(visitorId, {
      place,
      askedAt: seen?.askedAt ?? askedAt,
      answeredAt: seen?.answeredAt ?? (place.position === null ? null : this.#world.clock.now()),
    })
  }

  /** The room has committed a pass; whether the answer arrives is another matter. */
  passGiven(placeId: string, position: number, pass: PassGranted): void {
    const known = [...this.#passes.values()].find((one) => one.placeId === placeId)
    if (known && known.passId !== pass.passId) throw new Violation('PAS3', `number ${position} has two passes`)
    if (position > this.#admittedThrough) throw new Violation('ROM7', `number ${position} came in before its turn`)
    this.#passes.set(pass.passId, { ...pass, placeId })
    if (!known) this.#inside.add(pass.passId)
  }

  /** The checkout is over, whether or not the room hears of it. */
  passOver(passId: string): void {
    this.#inside.delete(passId)
  }

  turned(host: DropHost): void {
    const room = host.store.room()
    if (!room) return
    const { called, inside, admitted, admittedThrough, lastPosition } = room.counts
    const rows = host.store.recount()
    if (rows.called !== called || rows.inside !== inside || rows.admitted !== admitted) {
      throw new Violation('ROM5', `the figures say ${called}/${inside}/${admitted}, the rows ${JSON.stringify(rows)}`)
    }
    if (called + inside > this.#terms.insideMax) {
      throw new Violation('ROM5', `${called} called and ${inside} inside, of ${this.#terms.insideMax}`)
    }
    const now = this.#world.clock.now()
    for (const passId of this.#inside) if (this.#passes.get(passId)!.expiresAt <= now) this.#inside.delete(passId)
    if (this.#inside.size > this.#terms.insideMax) throw new Violation('ROM5', `${this.#inside.size} people are inside`)
    if (admittedThrough < this.#admittedThrough) throw new Violation('ROM4', 'the line went backwards')
    if (admittedThrough > lastPosition) throw new Violation('ROM4', 'somebody was called who is not there')
    this.#admittedThrough = admittedThrough
  }

  /** When all is over: nobody has lost their place, and the order is exact. */
  expectExactOrder(drawn: number): void {
    const seen = [...this.#places.values()]
    const lost = seen.find(({ place }) => place.position === null)
    if (lost) throw new Violation('ROM12', `${lost.place.visitorId} has no number`)
    const line = seen
      .filter(({ place }) => place.kind === 'line')
      .toSorted((a, b) => a.place.position! - b.place.position!)
    if (seen.some(({ place }) => (place.kind === 'draw') !== place.position! <= drawn)) {
      throw new Violation('DRW2', 'somebody in line stands among the drawn')
    }
    let latestAsked = 0
    for (const { place, askedAt, answeredAt } of line) {
      if (answeredAt! < latestAsked)
        throw new Violation('ROM4', `${place.visitorId} was answered first and stands behind`)
      latestAsked = Math.max(latestAsked, askedAt)
    }
  }
}
