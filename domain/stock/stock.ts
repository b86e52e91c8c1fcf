/**
 * Stock: how many units of a SKU there are, and where each of them is right now.
 *
 * A hold reserves units for one visitor until an instant. An order may claim it, which moves that instant. It ends in
 * exactly one of three ways: sold, released or expired; and its id ends with it. Through all of it (SPEC STK1):
 *
 *     free + held + sold = total = initial + adjusted
 *
 * Everything here is a decision: plain values in, plain values out. A decision answers the hold as it shall be, and
 * `countAfter` says what that does to the numbers. The clock and the storage belong to the keeper. What happens in
 * every (state of the hold x move) is a table in SPEC.md (STK10), and a test walks all of it.
 */
import { assert } from '../basics/assert.ts'
import { accept, refuse, type Decision } from '../basics/decision.ts'
import type {
  Adjustment,
  AdjustmentRefusal,
  Admission,
  Offer,
  OfferedDrop,
  StockCount,
  StockHold,
  StockMove,
  StockRefusal,
} from '../message/stock-desk.ts'

/**
 * How much longer than a basket's own end its units stay reserved. The order book refuses orders at the basket's end to
 * the millisecond; an order it accepted in the last one still has to reach us.
 */
export const CLAIM_GRACE_MS = 2_000

export type MoveOf<Kind extends StockMove['kind']> = Extract<StockMove, { kind: Kind }>
export type StockDecision = Decision<StockHold, StockRefusal>
type Invitation = NonNullable<Admission['invitation']>

/** Units that came back after they were sold; its id makes a repeat harmless. */
export interface TakeBack {
  id: string
  holdId: string
  units: number
}

/** What a decision about holding needs to know: the part of the stock that one visitor touches. */
export interface HoldView {
  /** Whatever became of an earlier hold with this request's id. */
  existing: StockHold | undefined
  /** Undefined: nobody ever described this SKU to us. */
  offer: Offer | undefined
  free: number
  /** Held, or sold and not taken back. Not looked up, and zero, where `existing` decides alone. */
  unitsTakenByVisitor: number
}

/**
 * Whether units may be reserved, in a specified order of checks (SPEC STK3): have we seen this id, is there such a SKU,
 * is it for sale, does its drop let this visitor in, may they have so many, are there so many.
 */
export function decideHold(view: HoldView, move: MoveOf<'hold'>, now: number): StockDecision {
  const { existing, offer, free, unitsTakenByVisitor } = view
  // A repeat comes first: a visitor whose answer got lost must get the same hold back, even if the stock has gone since.
  if (existing) return decideRepeat(existing, move)
  if (!offer) return refuse({ code: 'unknown_sku' })
  // Late news: a request that was on its way for longer than the hold should have lasted. Whoever sent it has given up.
  if (move.expiresAt <= now) return refuse({ code: 'hold_has_ended', holdId: move.holdId, end: 'expired' })
  if (!offer.forSale) return refuse({ code: 'not_for_sale' })
  const shut = offer.drop && dropShutTo(offer.drop, move.admission ?? NOTHING_SHOWN, now)
  if (shut) return refuse(shut)
  const limit = offer.unitsPerVisitorMax
  if (unitsTakenByVisitor + move.units > limit) {
    return refuse({ code: 'purchase_limit_reached', limit, alreadyTaken: unitsTakenByVisitor })
  }
  if (move.units > free) return refuse({ code: 'not_enough_stock', requested: move.units, free })
  return accept({
    id: move.holdId,
    visitorId: move.visitorId,
    units: move.units,
    expiresAt: Math.min(move.expiresAt, now + offer.holdDurationMs + CLAIM_GRACE_MS),
    state: 'held',
    orderId: null,
    unitsTakenBack: 0,
  })
}

function decideRepeat(existing: StockHold, { holdId, visitorId, units }: MoveOf<'hold'>): StockDecision {
  if (existing.visitorId !== visitorId || existing.units !== units) return refuse({ code: 'hold_id_taken', holdId })
  // The id is burnt. A request that arrives late must not quietly start a second hold for someone who was told, perhaps
  // already, that the first one is over.
  if (hasEnded(existing)) return refuse({ code: 'hold_has_ended', holdId, end: existing.state })
  return accept(existing)
}

/** A move without an admission comes from somebody who showed nothing at the door. */
const NOTHING_SHOWN: Admission = { country: null, pass: null, invitation: null }

/**
 * Why a drop does not sell to this visitor now; null: it does. What waiting cannot change is said first, so that nobody
 * waits for a "no": it has ended, it is not sold there, it is for the invited. Then when it opens, to the millisecond.
 *
 * An invitation opens the drop earlier for whoever has it, for as long as its window lasts. The waiting room opens with
 * the drop, so before the opening an invitation is admission enough; from the opening on everybody needs a pass.
 */
function dropShutTo(drop: OfferedDrop, shown: Admission, now: number): StockRefusal | null {
  const { opensAt, endsAt, paused } = drop
  if (endsAt !== null && now >= endsAt) return { code: 'drop_ended', endedAt: endsAt }
  const never = dropNeverOpenTo(drop, shown, now)
  if (never) return never
  const letInAt = opensFor(drop, invitationTo(drop, shown, now))
  if (now < letInAt) return { code: 'drop_not_open_yet', opensAt: letInAt, opensInMs: letInAt - now }
  if (paused) return { code: 'drop_paused' }
  if (drop.room && now >= opensAt && shown.pass?.dropId !== drop.id) return { code: 'pass_required', drop: drop.slug }
  return null
}

/** Why waiting would not help this visitor: asked by the waiting room too, so that nobody waits for a "no". */
export function dropNeverOpenTo(
  drop: Pick<OfferedDrop, 'id' | 'slug' | 'countries' | 'inviteOnly'>,
  shown: Pick<Admission, 'country' | 'invitation'>,
  now: number,
): Extract<StockRefusal, { code: 'not_in_market' | 'invitation_required' }> | null {
  const { countries } = drop
  if (countries && !isSoldTo(shown.country, countries)) {
    return { code: 'not_in_market', country: shown.country, countries }
  }
  if (drop.inviteOnly && !invitationTo(drop, shown, now)) return { code: 'invitation_required', drop: drop.slug }
  return null
}

const invitationTo = (
  { id }: Pick<OfferedDrop, 'id'>,
  { invitation }: Pick<Admission, 'invitation'>,
  now: number,
): Invitation | null => (invitation?.dropId === id && !isOver(invitation, now) ? invitation : null)

/** A country that nobody knows is refused only where it matters: a drop that names countries is not sold to a guess. */
const isSoldTo = (country: string | null, countries: readonly string[]): boolean =>
  country !== null && countries.includes(country)

const isOver = ({ endsAt }: Invitation, now: number): boolean => endsAt !== null && now >= endsAt

/** For the invited the drop opens with their window, if that is sooner; for the invited only, with it or not at all. */
function opensFor({ opensAt, inviteOnly }: OfferedDrop, invitation: Invitation | null): number {
  const invitedAt = invitation?.opensAt ?? opensAt
  return inviteOnly ? invitedAt : Math.min(opensAt, invitedAt)
}

/**
 * An order stands behind the hold: it ends no sooner than the payment's deadline. It still ends. We cannot see whether
 * the order lives; an order book that is lost, or a bug in how orders settle, must not keep units from everybody for
 * ever. An order whose hold has ended under it holds anew under a new id before it takes any money, and gives up when
 * the units have gone. Safe to repeat, in any order: the later deadline wins.
 */
export function decideClaim(existing: StockHold | undefined, move: MoveOf<'claim'>): StockDecision {
  if (!existing) return refuse({ code: 'hold_not_found', holdId: move.holdId })
  if (belongsToAnother(existing, move.orderId)) return refuse({ code: 'hold_id_taken', holdId: existing.id })
  // A claim that arrives after its own order was served has nothing left to do.
  if (existing.state === 'sold') return accept(existing)
  if (hasEnded(existing)) return refuse({ code: 'hold_has_ended', holdId: existing.id, end: existing.state })
  const expiresAt = Math.max(existing.expiresAt, move.expiresAt)
  if (existing.state === 'claimed' && existing.expiresAt === expiresAt) return accept(existing)
  return accept({ ...existing, state: 'claimed', orderId: move.orderId, expiresAt })
}

/** The units are sold, for good. A hold that has ended cannot be sold: its units may be somebody else's by now. */
export function decideCommit(existing: StockHold | undefined, move: MoveOf<'commit'>): StockDecision {
  if (!existing) return refuse({ code: 'hold_not_found', holdId: move.holdId })
  if (belongsToAnother(existing, move.orderId)) return refuse({ code: 'hold_id_taken', holdId: existing.id })
  if (existing.state === 'sold') return accept(existing)
  if (hasEnded(existing)) return refuse({ code: 'hold_has_ended', holdId: existing.id, end: existing.state })
  return accept({ ...existing, state: 'sold', orderId: move.orderId })
}

/**
 * The units are free again. A claimed hold may be released too: that the payment was cancelled first is the care of
 * whoever releases. Only sold units stay sold; they come back through `decideTakeBack`.
 */
export function decideRelease(existing: StockHold | undefined, move: MoveOf<'release'>): StockDecision {
  if (!existing) return refuse({ code: 'hold_not_found', holdId: move.holdId })
  if (existing.state === 'sold') return refuse({ code: 'hold_has_ended', holdId: existing.id, end: 'sold' })
  if (hasEnded(existing)) return accept(existing)
  return accept({ ...existing, state: 'released' })
}

/** Sold units are for sale again: never more of a hold than were sold with it, whatever the ids say. */
export function decideTakeBack(
  existing: StockHold | undefined,
  earlier: TakeBack | undefined,
  { takeBackId, holdId, units }: MoveOf<'take_back'>,
): StockDecision {
  if (earlier && (earlier.holdId !== holdId || earlier.units !== units)) {
    return refuse({ code: 'take_back_id_taken', takeBackId })
  }
  if (!existing) return refuse({ code: 'hold_not_found', holdId })
  if (earlier) return accept(existing)
  const sold = existing.state === 'sold' ? existing.units : 0
  const takenBack = existing.unitsTakenBack
  if (takenBack + units > sold) return refuse({ code: 'too_many_units_taken_back', sold, takenBack, requested: units })
  return accept({ ...existing, unitsTakenBack: takenBack + units })
}

/**
 * Units were found or lost. Only free ones can be lost: what is held or sold has been promised to somebody. `free` are
 * those that are free here; what leaves have leased has to come back first.
 */
export function decideAdjust(
  count: StockCount | undefined,
  free: number,
  earlier: Adjustment | undefined,
  { adjustmentId, delta, kind }: Adjustment,
): Decision<StockCount, AdjustmentRefusal> {
  if (!count) return refuse({ code: 'unknown_sku' })
  if (earlier) {
    const same = earlier.delta === delta && earlier.kind === kind
    return same ? accept(count) : refuse({ code: 'adjustment_id_taken', adjustmentId })
  }
  if (free + delta < 0) return refuse({ code: 'adjustment_exceeds_free', delta, free })
  const initial = count.initial + (kind === 'initial' ? delta : 0)
  const adjusted = count.adjusted + (kind === 'adjustment' ? delta : 0)
  const total = initial + adjusted
  return accept({ ...count, initial, adjusted, total, free: count.free + delta, version: count.version + 1 })
}

/** Whether the catalog's news is newer than what we sell on. Offers overtake one another on their way. */
export const isNewer = (offer: Offer, current: Offer | undefined): boolean =>
  !current || offer.version > current.version

/** The numbers after a hold became something else. `before` is undefined for a new one. */
export function countAfter(count: StockCount, before: StockHold | undefined, after: StockHold): StockCount {
  const held = unitsHeld(after) - unitsHeld(before)
  const sold = unitsSold(after) - unitsSold(before)
  if (held === 0 && sold === 0) return count
  return {
    ...count,
    free: count.free - held - sold,
    held: count.held + held,
    sold: count.sold + sold,
    version: count.version + 1,
  }
}

/** The numbers after holds ran out that kept this many units between them. */
export const countAfterExpiry = (count: StockCount, units: number): StockCount =>
  units === 0 ? count : { ...count, free: count.free + units, held: count.held - units, version: count.version + 1 }

/** The account of a SKU that was described a moment ago: no units yet. */
export const emptyCount = (sku: string): StockCount => ({
  sku,
  initial: 0,
  adjusted: 0,
  total: 0,
  free: 0,
  held: 0,
  sold: 0,
  version: 0,
})

/** Stops the turn, before it is written, when units would have been made or lost. */
export function assertConserved({ sku, initial, adjusted, total, free, held, sold }: StockCount): void {
  assert(
    free >= 0 && held >= 0 && sold >= 0,
    `no figure of ${sku} is negative: ${free} free, ${held} held, ${sold} sold`,
  )
  assert(free + held + sold === total, `${free} free, ${held} held and ${sold} sold are not the ${total} of ${sku}`)
  assert(initial + adjusted === total, `${initial} initial and ${adjusted} adjusted are not the ${total} of ${sku}`)
}

/**
 * Whether nothing is lost when this hold's row is: its units were given back so long ago that no message about it is
 * under way. Nobody brings its id back to life, for whoever asks for a hold says by when it is over, and that is over
 * long since. Sold units count against a limit and may come back: those are kept for ever.
 */
export const mayBeForgotten = (hold: StockHold, endedBy: number): boolean =>
  (hold.state === 'released' || hold.state === 'expired') && hold.expiresAt <= endedBy

export const isLiving = (hold: StockHold): boolean => hold.state === 'held' || hold.state === 'claimed'

export const unitsHeld = (hold: StockHold | undefined): number => (hold && isLiving(hold) ? hold.units : 0)

export const unitsSold = (hold: StockHold | undefined): number =>
  hold?.state === 'sold' ? hold.units - hold.unitsTakenBack : 0

type EndedHold = StockHold & { state: 'sold' | 'released' | 'expired' }

const hasEnded = (hold: StockHold): hold is EndedHold => !isLiving(hold)

const belongsToAnother = (hold: StockHold, orderId: string): boolean =>
  hold.orderId !== null && hold.orderId !== orderId
