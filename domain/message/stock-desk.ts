/**
 * What others ask of the object that owns one SKU's stock, and what it answers.
 *
 * Moves arrive in lists, because one call carrying a hundred holds costs little more than one carrying a single hold
 * (docs/decisions/004-books-gather-holds.md). Each move is decided on its own; one refusal never spoils its neighbours.
 * Every move carries an id its caller chose, so all of them are safe to repeat.
 */
import type { Decision } from '../basics/decision.ts'
import type { Money } from '../basics/money.ts'

export type StockMove =
  /**
   * Reserve units until `expiresAt` (exclusive), or until the offer's own hold duration (and CLAIM_GRACE_MS) is over if
   * that is sooner: the answer's hold says which. A repeat of a living hold answers that hold.
   */
  | { kind: 'hold'; holdId: string; visitorId: string; units: number; expiresAt: number; admission?: Admission }
  /** An order stands behind the hold now: it ends no sooner than `expiresAt`. */
  | { kind: 'claim'; holdId: string; orderId: string; expiresAt: number }
  /** The units are sold to the order. Final. */
  | { kind: 'commit'; holdId: string; orderId: string }
  /** The units are free again. Releasing a released or expired hold is a success. */
  | { kind: 'release'; holdId: string }
  /** Sold units come back for sale after a refund or a cancellation. */
  | { kind: 'take_back'; takeBackId: string; holdId: string; units: number }

/** What the door has checked about whoever wants to hold. It is judged where the units are, by the drop's own terms. */
export interface Admission {
  /** ISO 3166-1 alpha-2, upper case, as the network says; null: unknown. */
  country: string | null
  /** A valid pass of this visitor's for a drop's waiting room; null: none was shown. */
  pass: { passId: string; dropId: string } | null
  /** An invitation to a drop (a presale code, a place on its list) that is this visitor's; null: none was shown. */
  invitation: {
    dropId: string
    /** ms, inclusive; null: with the drop */ opensAt: number | null
    /** ms, exclusive */ endsAt: number | null
  } | null
}

export type EndOfHold = 'sold' | 'released' | 'expired'

export interface StockHold {
  id: string
  visitorId: string
  units: number
  /** ms since the epoch, exclusive: at this instant the hold is already over. */
  expiresAt: number
  state: 'held' | 'claimed' | EndOfHold
  orderId: string | null
  /** Units of this hold that came back after they were sold. */
  unitsTakenBack: number
}

export type StockRefusal =
  | { code: 'unknown_sku' }
  | { code: 'not_for_sale' }
  | { code: 'drop_not_open_yet'; opensAt: number; opensInMs: number }
  | { code: 'drop_paused' }
  | { code: 'drop_ended'; endedAt: number }
  /** The drop is sold to some countries only; `country` null: the network could not say where the buyer is. */
  | { code: 'not_in_market'; country: string | null; countries: string[] }
  | { code: 'invitation_required'; drop: string }
  /** The drop has a waiting room, and no valid pass of it was shown. */
  | { code: 'pass_required'; drop: string }
  | { code: 'not_enough_stock'; requested: number; free: number }
  | { code: 'purchase_limit_reached'; limit: number; alreadyTaken: number }
  | { code: 'hold_id_taken'; holdId: string }
  | { code: 'hold_not_found'; holdId: string }
  | { code: 'hold_has_ended'; holdId: string; end: EndOfHold }
  | { code: 'too_many_units_taken_back'; sold: number; takenBack: number; requested: number }
  | { code: 'take_back_id_taken'; takeBackId: string }
  /** Only to order books: the units of this SKU are sold by leaves, and this book is to be one. */
  | { code: 'sold_by_leaves' }

/** An accepted hold also carries the terms it was made under, so that a basket needs no second question. */
export interface StockAnswer {
  hold: StockHold
  offer: Offer
}

/** The terms on which a SKU is sold, copied from the catalog so that a purchase asks no database. */
export interface Offer {
  sku: string
  storeId: string
  /** The catalog's counter: an older offer that arrives late changes nothing. */
  version: number
  productId: string
  variantId: string
  productSlug: string
  /** "Night Runner", and "EU 42" (empty for a product with one variant). */
  productTitle: string
  variantTitle: string
  price: Money
  /** What it costs in markets that have a price of their own for it, by the market's key; missing: none has. */
  marketPrices?: Record<string, Money>
  forSale: boolean
  unitsPerVisitorMax: number
  holdDurationMs: number
  drop: OfferedDrop | null
}

export interface OfferedDrop {
  id: string
  slug: string
  opensAt: number
  /** Exclusive; null: open until paused or sold out. */
  endsAt: number | null
  paused: boolean
  /** How many leaves of the stock tree its SKUs are sold from; missing or 0: their owners sell by themselves. */
  leaves?: number
  /** Whether holds need a pass of its waiting room. */
  room?: boolean
  /** Whether holds need an invitation, also after the opening. */
  inviteOnly?: boolean
  /** Countries it is sold to (ISO 3166-1 alpha-2); missing or null: all. */
  countries?: string[] | null
  /** Units of all its SKUs in one basket; missing or null: no limit but the visitor's. */
  unitsPerOrderMax?: number | null
}

/** free + held + sold = total = initial + adjusted, at every instant (SPEC STK1). */
export interface StockCount {
  sku: string
  initial: number
  adjusted: number
  total: number
  free: number
  held: number
  sold: number
  /** Counts every change of these numbers; guards projections against old news. */
  version: number
}

export interface Adjustment {
  /** Chosen by the caller; the same id twice is one adjustment. */
  adjustmentId: string
  /** Units found (positive) or lost (negative). */
  delta: number
  /** `initial` opens the account: the units a variant starts with. */
  kind: 'initial' | 'adjustment'
  reason: string
}

export type AdjustmentRefusal =
  | { code: 'unknown_sku' }
  /** `held`, where it is said: units in baskets and unpaid orders, some of which may come back. */
  | { code: 'adjustment_exceeds_free'; delta: number; free: number; held?: number }
  | { code: 'adjustment_id_taken'; adjustmentId: string }

/** What an owner says of one leaf's units. */
export interface LeaseSaid {
  leaf: string
  granted: number
  takenBack: number
  held: number
  sold: number
}

/** The owner's own books, added up anew from its rows, beside the running figures: they must agree. */
export interface StockProof {
  count: StockCount
  recounted: { initial: number; adjusted: number; held: number; sold: number }
  holdsOverdue: number
  /** What was leased to leaves, as the owner knows it; missing: this is a leaf's own proof. */
  leases?: LeaseSaid[]
}

/** The object of one SKU, as its callers see it (an RPC stub in production, a keeper in the simulation). */
export interface StockDesk {
  /** One answer a move, in the moves' order. Faults (not refusals) reject; then nothing is known and asking again is safe. */
  ask(moves: readonly StockMove[]): Promise<Decision<StockAnswer, StockRefusal>[]>
  adjust(adjustment: Adjustment): Promise<Decision<StockCount, AdjustmentRefusal>>
  /** Takes over newer terms; older or equal ones are ignored. Creates the account when there is none (0 units). */
  describe(offer: Offer): Promise<void>
  /** Null: this SKU was never described. */
  count(): Promise<StockCount | null>
  proof(): Promise<StockProof | null>
  /** Ends what is due and re-arms a lost alarm. Safe at any time. */
  sweep(): Promise<void>
}

/** Where the units of a SKU are, leaf by leaf, as its owner knows it. */
export interface StockTree {
  count: StockCount
  /** Of the free units, those that are with the owner itself or on their way. */
  freeHere: number
  /** Empty: the owner sells by itself. */
  leases: LeaseSaid[]
}

/** What somebody who watches a drop asks of the same object. */
export interface StockTreeDesk {
  /** From the running figures: cheap enough for once a second. Null: this SKU was never described. */
  tree(): Promise<StockTree | null>
}

/** What the recorder asks of the same object, after a message said that a SKU's numbers have changed. */
export interface StockReporter {
  /** The numbers as they are now; null: this SKU was never described. */
  report(): Promise<StockCount | null>
  /** The recorder has kept the numbers of this version. Until then the object says again and again that they changed. */
  reported(version: number): Promise<void>
}
