/**
 * The keeper of some of a drop's places. Joining is one row; who joined before the opening gets a place in the order of
 * the draw, who came after it a number from the drop's one counter, fetched for all who came together.
 *
 * A join has up to three turns with calls to others in between: it is written down, its e-mail address is claimed where
 * that is asked for, its number is fetched. After each of them everything may be forgotten but the rows; a repeat goes
 * on where the first one stopped.
 */
import { assert } from '../basics/assert.ts'
import type { Clock } from '../basics/clock.ts'
import { accept, refuse, type Decision } from '../basics/decision.ts'
import type {
  EmailClaim,
  JoinRefusal,
  JoinTerms,
  Joined,
  Joining,
  NumberRange,
  NumbersAsked,
  PlaceKept,
} from '../message/drop-desk.ts'
import { hexOf, joined, type Digest } from './bytes.ts'
import { lotOf } from './draw.ts'

/** New places from one network address and drop. A large office or a small phone network, and no more. */
export const PLACES_PER_ADDRESS = 300

export interface PlaceRow {
  visitorId: string
  id: string
  joinedAt: number
  /** `claiming`: its e-mail address is not known to be its own yet; it takes part in nothing so far. */
  kind: 'claiming' | 'draw' | 'line'
  /** Its number among those of its kind here, from 1; 0 while claiming. */
  seq: number
  emailDigest: string | null
}

export interface PlacesState {
  /** Set by the drop's object: nobody joins the draw any more. */
  openedAt: number | null
  draw: number
  line: number
  /** Places in line that have their numbers, from the first on. */
  numbered: number
  lastJoinedAt: number
}

export interface PlacesStore {
  /** All of the work, or, when it throws, none of it. */
  transaction<Result>(work: () => Result): Result
  state(): PlacesState
  saveState(state: PlacesState): void
  place(visitorId: string): PlaceRow | undefined
  savePlace(place: PlaceRow): void
  removePlace(visitorId: string): void
  /** Places in the draw in their order. */
  inDraw(): PlaceRow[]
  /** The positions of the places in the draw; undefined: not drawn yet. */
  drawn(): Uint8Array | undefined
  saveDrawn(positions: Uint8Array): void
  insertRange(range: NumberRange): void
  /** The range that holds a place in line, or the last one before it. */
  rangeBefore(seq: number): NumberRange | undefined
  placesFrom(address: string): number
  countPlaceFrom(address: string): void
  ownerOfEmail(digest: string): string | undefined
  keepEmail(digest: string, placeId: string): void
}

/** What became of a join so far. `claim`: its address must be claimed before it counts. */
export type JoinBegun = { kind: 'done'; decision: Decision<Joined, JoinRefusal> } | { kind: 'claim'; claim: EmailClaim }

interface Turn {
  state: PlacesState
}

export class PlacesKeeper {
  readonly #store: PlacesStore
  readonly #clock: Clock
  readonly #digest: Digest

  constructor(store: PlacesStore, clock: Clock, digest: Digest) {
    this.#store = store
    this.#clock = clock
    this.#digest = digest
  }

  /** Writes joins down. One place a visitor: a repeat finds it, with whatever else it brings. */
  join(joinings: readonly (Joining & { terms: JoinTerms })[]): JoinBegun[] {
    return this.#turn((turn) => joinings.map((joining) => this.#joinOne(joining, turn)))
  }

  /** One transaction; how far things are is written once, however many joins it took. */
  #turn<Result>(work: (turn: Turn) => Result): Result {
    return this.#store.transaction(() => {
      const before = this.#store.state()
      const turn: Turn = { state: before }
      const result = work(turn)
      if (turn.state !== before) this.#store.saveState(turn.state)
      return result
    })
  }

  #joinOne(joining: Joining & { terms: JoinTerms }, turn: Turn): JoinBegun {
    const found = this.#store.place(joining.visitorId)
    if (found?.kind === 'claiming') return claimOf(found)
    if (found) return { kind: 'done', decision: accept({ place: this.#keptOf(found), isNew: false }) }
    const refusal = this.#refusalOf(joining)
    if (refusal) return { kind: 'done', decision: refuse(refusal) }
    if (joining.address !== null) this.#store.countPlaceFrom(joining.address)
    const place: PlaceRow = {
      visitorId: joining.visitorId,
      id: joining.placeId,
      joinedAt: this.#joinedAt(turn),
      kind: 'claiming',
      seq: 0,
      emailDigest: joining.emailDigest,
    }
    if (joining.terms.oneLotPerEmail) {
      this.#store.savePlace(place)
      return claimOf(place)
    }
    return { kind: 'done', decision: accept({ place: this.#settle(place, turn), isNew: true }) }
  }

  #refusalOf({ address, emailDigest, terms }: Joining & { terms: JoinTerms }): JoinRefusal | undefined {
    if (terms.closed !== null) return { code: 'room_closed', reason: terms.closed }
    if (terms.oneLotPerEmail && emailDigest === null) return { code: 'email_required' }
    // Its visitors are spread by hash, so each object sees about its share of an address; some more is let through.
    const share = Math.ceil((PLACES_PER_ADDRESS / terms.shards) * 1.5) + 2
    const most = terms.shards === 1 ? PLACES_PER_ADDRESS : share
    if (address !== null && this.#store.placesFrom(address) >= most) {
      return { code: 'too_many_places_from_here', limit: PLACES_PER_ADDRESS }
    }
    return undefined
  }

  /** Its address is its own, or somebody else's. */
  claimed(visitorId: string, isOwn: boolean): Decision<Joined, JoinRefusal> {
    return this.#turn((turn) => {
      const place = this.#store.place(visitorId)
      assert(place, 'who claims an address has a place')
      if (place.kind !== 'claiming') return accept({ place: this.#keptOf(place), isNew: false })
      if (isOwn) return accept({ place: this.#settle(place, turn), isNew: true })
      this.#store.removePlace(visitorId)
      return refuse({ code: 'email_has_a_place_already' })
    })
  }

  /** For the neighbours: gives each address to whoever claims it first, for good. */
  claimEmails(claims: readonly EmailClaim[]): boolean[] {
    return this.#store.transaction(() =>
      claims.map(({ emailDigest, placeId }) => {
        const owner = this.#store.ownerOfEmail(emailDigest)
        if (owner === undefined) this.#store.keepEmail(emailDigest, placeId)
        return owner === undefined || owner === placeId
      }),
    )
  }

  /** From here on it takes part: in the draw, or in the line. */
  #settle(place: PlaceRow, turn: Turn): PlaceKept {
    const { state } = turn
    const kind = state.openedAt === null ? 'draw' : 'line'
    const settled: PlaceRow = { ...place, kind, seq: state[kind] + 1 }
    this.#store.savePlace(settled)
    turn.state = { ...state, [kind]: settled.seq }
    return this.#keptOf(settled)
  }

  /** Never before anybody who joined earlier, even if the clock steps back: the lots end where the opening cuts. */
  #joinedAt(turn: Turn): number {
    const at = Math.max(this.#clock.now(), turn.state.lastJoinedAt)
    turn.state = { ...turn.state, lastJoinedAt: at }
    return at
  }

  find(visitorId: string): PlaceKept | null {
    const place = this.#store.place(visitorId)
    return place && place.kind !== 'claiming' ? this.#keptOf(place) : null
  }

  /**
   * Closes the draw here. Who came after the opening, but before this was said, moves into the line in the same order.
   * A repeat answers the same lots, whatever instant it names.
   */
  seal(openedAt: number): Uint8Array {
    return this.#turn((turn) => {
      if (turn.state.openedAt === null) this.#moveLateOnes(openedAt, turn)
      return joined(...this.#store.inDraw().map(({ id }) => lotOf(id, this.#digest)))
    })
  }

  #moveLateOnes(openedAt: number, turn: Turn): void {
    const { state } = turn
    const late = this.#store.inDraw().filter(({ joinedAt }) => joinedAt >= openedAt)
    late.forEach((place, i) => this.#store.savePlace({ ...place, kind: 'line', seq: state.line + i + 1 }))
    turn.state = { ...state, openedAt, draw: state.draw - late.length, line: state.line + late.length }
  }

  /** The positions of the lots, in the order in which they were handed over. Once. */
  keepDrawn(positions: Uint8Array): void {
    this.#store.transaction(() => {
      if (this.#store.drawn()) return
      assert(positions.length === this.#store.state().draw * 4, 'each lot has a position')
      this.#store.saveDrawn(positions)
    })
  }

  /** Whether the draw was closed here and its outcome is not known yet. */
  wantsPositions(): boolean {
    const { openedAt, draw } = this.#store.state()
    return openedAt !== null && draw > 0 && !this.#store.drawn()
  }

  /** Which numbers are to be fetched; null: none. */
  wantsNumbers(): Omit<NumbersAsked, 'shard'> | null {
    const { line, numbered } = this.#store.state()
    return line > numbered ? { after: numbered, through: line } : null
  }

  keepNumbers(ranges: readonly NumberRange[]): void {
    this.#turn((turn) => {
      let { numbered } = turn.state
      for (const range of ranges) {
        if (range.from + range.count - 1 <= numbered) continue
        assert(range.from === numbered + 1, 'numbers come without gaps')
        this.#store.insertRange(range)
        numbered += range.count
      }
      if (numbered > turn.state.numbered) turn.state = { ...turn.state, numbered }
    })
  }

  count(): number {
    const { draw, line } = this.#store.state()
    return draw + line
  }

  #keptOf(place: PlaceRow): PlaceKept {
    assert(place.kind !== 'claiming', 'a place that is still being claimed is shown to nobody')
    return {
      id: place.id,
      visitorId: place.visitorId,
      joinedAt: place.joinedAt,
      lot: hexOf(lotOf(place.id, this.#digest)),
      kind: place.kind,
      position: place.kind === 'draw' ? this.#drawnPosition(place.seq) : this.#numberOf(place.seq),
    }
  }

  #drawnPosition(seq: number): number | null {
    const positions = this.#store.drawn()
    if (!positions) return null
    return new DataView(positions.buffer, positions.byteOffset).getUint32((seq - 1) * 4, true)
  }

  #numberOf(seq: number): number | null {
    const range = this.#store.rangeBefore(seq)
    return range && seq < range.from + range.count ? range.first + seq - range.from : null
  }
}

const claimOf = ({ emailDigest, id }: PlaceRow): JoinBegun => {
  assert(emailDigest !== null, 'only an address can be claimed')
  return { kind: 'claim', claim: { emailDigest, placeId: id } }
}
