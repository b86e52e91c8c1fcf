/**
 * What others ask of the object of one drop, and of the objects that keep the places in its waiting room.
 *
 * The drop's object owns the clock of its opening, the draw, the one counter behind it, and who may come in; the places
 * are spread over several objects, so that a crowd may join at once. Everything here is safe to repeat.
 */
import type { Decision } from '../basics/decision.ts'
import type { DropStatus } from '../drop/drop.ts'

/** The operator's terms of a drop, as the catalog last told its object. */
export interface DropTerms {
  storeId: string
  id: string
  slug: string
  title: string
  /** The catalog's counter: older terms that arrive late change nothing. */
  version: number
  /** ms, inclusive. */
  opensAt: number
  /** Exclusive; null: open until paused or sold out. */
  endsAt: number | null
  paused: boolean
  skus: string[]
  /** How large a crowd to be ready for. Fixes the number of objects that keep places, once, when first described. */
  expectedBuyers: number
  /** Null: no waiting room; whoever comes may hold. */
  room: RoomTerms | null
}

export interface RoomTerms {
  /** People inside at once, at most: with a pass, or called and expected. */
  insideMax: number
  admissionsPerMinute: number
  /** How long a pass is good for. */
  passDurationMs: number
  /** Whether joining needs an answer to a bot challenge. */
  challenge: boolean
  /** Whether joining needs an e-mail address, and an address gets one place. */
  oneLotPerEmail: boolean
}

/** `before` the opening people join; they are ordered by lot while `drawing`; then there is a `line`, until `closed`. */
export type RoomPhase = 'before' | 'drawing' | 'line' | 'closed'

/** How a drop stands this second: the same for everybody. */
export interface DropNow {
  /** The drop's own id, version of its terms and where they lead. */
  id: string
  slug: string
  version: number
  status: DropStatus
  /** When this was said, by the object's clock. */
  at: number
  opensAt: number
  endsAt: number | null
  room: RoomNow | null
  /** Units of all its SKUs; null while their owners have not been heard yet. */
  units: DropUnits | null
  /** When the owners were asked for them, by the object's clock. An owner that is slow makes them older; null with `units`. */
  unitsAt: number | null
  /** It was sold out, and units have truly come back. */
  againAvailable: boolean
}

export interface DropUnits {
  total: number
  free: number
  held: number
  sold: number
}

export interface RoomNow {
  phase: RoomPhase
  /** When everybody's position was settled; null: not yet. */
  drawnAt: number | null
  terms: RoomTerms
  /** How many objects keep its places. */
  shards: number
  /** Everybody up to this position has been called; 0: nobody yet. */
  admittedThrough: number
  /** People who have a place and have not been called. Before the opening this may be a second old. */
  waiting: number
  /** People who hold a pass that is good. */
  inside: number
  /** People who were called and are still expected. */
  called: number
  /** The pace right now: the operator's, or what stock and payment allow if that is less. */
  admissionsPerMinute: number
  /** Units that one pass takes on average, as seen so far; for estimates. */
  unitsPerPass: number
}

/** Somebody who was called wants in. */
export interface PassAsked {
  placeId: string
  visitorId: string
  position: number
}

/** What a signed pass says. Asking again within its life gives the same. */
export interface PassGranted {
  passId: string
  issuedAt: number
  /** Exclusive. */
  expiresAt: number
}

export type PassRefusal =
  /** Not called yet, or called, late, and next to be let in. */
  | { code: 'not_your_turn_yet'; position: number | null; admittedThrough: number; retryInMs: number }
  /** Came too late even for the grace time, or the pass was used and its checkout is over, or its time ran out. */
  | { code: 'place_has_left' }
  | { code: 'room_closed'; reason: 'sold_out' | 'ended' }
  | { code: 'drop_paused' }
  | { code: 'drop_has_no_room'; drop: string }

/**
 * Where a position that has been called stands; `waiting`: it has not. `missed`: did not come in time, and may still
 * until then; `left`: not even then. `used`: the pass has been used, or its time is over.
 */
export type Standing =
  | { phase: 'waiting' | 'used' | 'left' | 'closed' }
  | { phase: 'missed'; until: number }
  | { phase: 'called'; until: number }
  | { phase: 'inside'; until: number }

/** The draw as anybody may read it. What is null is not revealed before the draw is done. */
export interface DrawView {
  /** SHA-256 of the seed, published when the drop was first described. Hexadecimal, as everything here. */
  commitment: string
  algorithm: string
  /** How many lots took part; before the opening, how many have joined so far. */
  joined: number
  drawnAt: number | null
  seed: string | null
  publicValue: string | null
  /** Fixes who took part: a digest over all lots in ascending order. */
  root: string | null
}

export interface DrawEntry {
  position: number
  lot: string
}

/** What the console shows beside `now`. */
export interface DropLive extends DropNow {
  /** People admitted since the opening, and in the last whole second. */
  admitted: number
  admittedLastSecond: number
  /** Called, did not come in their time, and may still. */
  missed: number
}

/**
 * What became of a pass: a hold was granted on it (`used`), or was `refused` because there was not enough, or what was
 * begun with it is `over` (paid, failed or given up), so that its place inside is free.
 */
export interface PassNews {
  what: 'used' | 'refused' | 'over'
  passId: string
}

/** The object of one drop. */
export interface DropDesk {
  /** Takes over newer terms; older or equal ones are ignored. The first ones draw the seed and publish its digest. */
  describe(terms: DropTerms): Promise<void>
  /** Null: never described. */
  now(): Promise<DropNow | null>
  live(): Promise<DropLive | null>
  draw(): Promise<DrawView | null>
  /** Entries in order of position, beginning after `afterPosition`; at most 1,000. Empty before the draw. */
  drawEntries(afterPosition: number): Promise<DrawEntry[]>
  admit(asked: PassAsked): Promise<Decision<PassGranted, PassRefusal>>
  standing(position: number): Promise<Standing>
  /** Hints of an order book, in their order. Safe to repeat; losing them slows the room down a little and no more. */
  hearOfPasses(news: readonly PassNews[]): Promise<void>
  /** Does what is due and re-arms a lost alarm. Safe at any time. */
  sweep(): Promise<void>
  /** Of the places' objects: gives numbers in the line to all places of `shard` up to its `through`th; see NumberRange. */
  number(asked: NumbersAsked): Promise<NumberRange[] | null>
  /** Of the places' objects: how many have joined there so far. A hint, for `waiting`. */
  joined(shard: number, count: number): Promise<void>
  /** Of the places' objects: the positions drawn for its lots, in the order in which it handed them over; null: not yet. */
  positionsOf(shard: number): Promise<ArrayBuffer | null>
}

export interface NumbersAsked {
  shard: number
  /** Numbers are wanted for the shard's places in line from its `after + 1`st … */
  after: number
  /** … to its `through`th. Counting begins with 1. */
  through: number
}

/** The shard's places in line from its `from`th on have the positions from `first` on, `count` of them. */
export interface NumberRange {
  from: number
  count: number
  first: number
}

/** Somebody joins the waiting room. */
export interface Joining {
  visitorId: string
  /** The id the place gets if it is new. */
  placeId: string
  /** The digest of a normalised e-mail address, where one was given. */
  emailDigest: string | null
  /** Where the request came from (an IPv4 address, or the /64 of an IPv6 one); null: not to be counted. */
  address: string | null
}

/** What the objects of places need to know of their room; the door hands it along, at most seconds old. */
export interface JoinTerms {
  shards: number
  oneLotPerEmail: boolean
  /** Sold out or ended: whoever has a place keeps it, nobody new gets one. */
  closed: 'sold_out' | 'ended' | null
}

export type JoinRefusal =
  | { code: 'room_closed'; reason: 'sold_out' | 'ended' }
  | { code: 'email_required' }
  | { code: 'email_has_a_place_already' }
  | { code: 'too_many_places_from_here'; limit: number }

/** A place as its object knows it. */
export interface PlaceKept {
  id: string
  visitorId: string
  joinedAt: number
  lot: string
  /** Whether it takes part in the draw or came after the opening. */
  kind: 'draw' | 'line'
  /** Null until drawn, or until the counter has been asked. */
  position: number | null
}

export interface Joined {
  place: PlaceKept
  isNew: boolean
}

/** One of the objects that keep places, named `<store>/<drop>/places-<k>`. */
export interface PlaceDesk {
  join(joining: Joining, terms: JoinTerms): Promise<Decision<Joined, JoinRefusal>>
  /** The visitor's place, when they have one here. */
  find(visitorId: string): Promise<PlaceKept | null>
  /**
   * Of the drop's object: nobody joins the draw any more. Answers 16 bytes for each lot that had joined before
   * `openedAt`, in order of joining; the same for ever.
   */
  seal(openedAt: number): Promise<ArrayBuffer>
  /** Of the drop's object: these are the positions of the lots it was given (uint32, little endian). A hint. */
  drawn(positions: ArrayBuffer): Promise<void>
  /** Of the drop's object: how many have joined here. */
  count(): Promise<number>
  /** Of its neighbours: each address (as a digest) is this place's, unless it is another's already. */
  claimEmails(claims: readonly EmailClaim[]): Promise<boolean[]>
}

export interface EmailClaim {
  emailDigest: string
  placeId: string
}
