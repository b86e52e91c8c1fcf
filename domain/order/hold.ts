/**
 * A basket's hold: one hold a SKU, each with that SKU's owner, and all of them or none (SPEC HLD1).
 *
 * The book asks every owner at once and decides here from their answers. Whatever was granted beside a refusal is
 * given back by the caller; nothing here talks to anybody.
 */
import { assert } from '../basics/assert.ts'
import { accept, refuse, type Decision } from '../basics/decision.ts'
import { addMoney, money, timesMoney, type Money } from '../basics/money.ts'
import type {
  BasketHold,
  BasketLine,
  BasketRefusal,
  HeldLine,
  OrderCommand,
  OrderRefusal,
} from '../message/order-book.ts'
import type { Admission, OfferedDrop, StockAnswer, StockRefusal } from '../message/stock-desk.ts'
import { keptFor } from '../market/pricing.ts'
import { CLAIM_GRACE_MS, type MoveOf } from '../stock/stock.ts'
import { unitsOf, type Order } from './order.ts'

/** The longest hold an offer may grant. The owner shortens what we ask for to what its offer says. */
export const HOLD_DURATION_MOST_MS = 30 * 60_000

/** The hold as it is written down before anybody is asked, so that a crash leaves a trace to follow. */
export interface HoldIntent {
  id: string
  storeId: string
  visitorId: string
  lines: BasketLine[]
  drop: string | null
  /** Whose prices it is held at, and so ordered and paid. */
  market?: string
  admission?: Admission
  createdAt: number
}

/** A hold as the book keeps it: what was asked for, and what came of it. */
export interface BookHold extends HoldIntent {
  state: BasketHold['state']
  terms: Pick<BasketHold, 'lines' | 'total'> | null
  /** The basket's end; of an intent, the end of patience with it. ms, exclusive. */
  expiresAt: number
  orderId: string | null
  answerKey: string
}

export const stockMoveFor = (intent: HoldIntent, line: BasketLine): MoveOf<'hold'> => ({
  kind: 'hold',
  holdId: intent.id,
  visitorId: intent.visitorId,
  units: line.units,
  expiresAt: intent.createdAt + HOLD_DURATION_MOST_MS + CLAIM_GRACE_MS,
  ...(intent.admission && { admission: intent.admission }),
})

type Terms = Pick<BasketHold, 'lines' | 'total' | 'expiresAt'>

/**
 * One answer a line, in the lines' order. Accepted: prices and the instant the whole basket ends, which is its first
 * line's end. Refused: the first refusal in the order of the SKUs, so that a repeat hears the same one. The limit of an
 * order is judged here and not by an owner, since no owner sees what the basket takes of the drop's other SKUs.
 */
export function decideHold(
  intent: HoldIntent,
  answers: readonly Decision<StockAnswer, StockRefusal>[],
): Decision<Terms, BasketRefusal> {
  assert(answers.length === intent.lines.length, `${intent.id}: one answer a line`)
  const lines: HeldLine[] = []
  const drops = new Map<string, { drop: OfferedDrop; units: number }>()
  let expiresAt = Infinity
  for (const [i, line] of intent.lines.entries()) {
    const answer = answers[i]!
    if (!answer.ok) return refuse({ ...forBuyers(answer.refusal), sku: line.sku })
    const { hold, offer } = answer.value
    if (intent.drop !== null && offer.drop?.slug !== intent.drop) {
      return refuse({ code: 'not_in_drop', sku: line.sku, drop: intent.drop })
    }
    expiresAt = Math.min(expiresAt, hold.expiresAt - CLAIM_GRACE_MS, intent.createdAt + offer.holdDurationMs)
    lines.push(heldLine(line, answer.value, intent.market))
    if (offer.drop)
      drops.set(offer.drop.id, { drop: offer.drop, units: line.units + (drops.get(offer.drop.id)?.units ?? 0) })
  }
  for (const { drop, units } of drops.values()) {
    const limit = drop.unitsPerOrderMax ?? Infinity
    if (units > limit) return refuse({ code: 'order_limit_reached', drop: drop.slug, limit, requested: units })
  }
  const currencies = [...new Set(lines.map((line) => line.unitPrice.currency))].sort()
  if (currencies.length > 1) return refuse({ code: 'mixed_currencies', currencies })
  return accept({ lines, total: totalOf(lines), expiresAt })
}

/** A book that was told to become a leaf has become one, and asked again, before anything is decided. */
function forBuyers(refusal: StockRefusal): Exclude<StockRefusal, { code: 'sold_by_leaves' }> {
  assert(refusal.code !== 'sold_by_leaves', 'what is sold by leaves is asked of the leaf')
  return refusal
}

function heldLine({ sku, units }: BasketLine, { offer }: StockAnswer, market: string | undefined): HeldLine {
  const { productSlug, productTitle, variantTitle } = offer
  const price = keptFor(offer.marketPrices, market) ?? offer.price
  return { sku, units, productSlug, productTitle, variantTitle, unitPrice: price, lineTotal: timesMoney(price, units) }
}

const totalOf = (lines: readonly HeldLine[]): Money =>
  lines.reduce((sum, line) => addMoney(sum, line.lineTotal), money(0, lines[0]!.unitPrice.currency))

/**
 * Whether a hold may become an order: it must be the caller's (who proves it by cookie, or by knowing the id), still be
 * held, and not be over. To the millisecond: at `expiresAt` it is over.
 */
export function decideOrder(
  { holdId, storeId, visitorId }: Pick<OrderCommand, 'holdId' | 'storeId' | 'visitorId'>,
  hold: BookHold | undefined,
  now: number,
): Decision<BookHold, OrderRefusal> {
  const theirs = hold?.terms && hold.storeId === storeId && (visitorId === null || hold.visitorId === visitorId)
  if (!theirs) return refuse({ code: 'hold_not_found', holdId })
  if (hold.orderId !== null) return refuse({ code: 'hold_already_ordered', holdId, orderId: hold.orderId })
  const state = stateAt(now, hold, undefined)
  if (state === 'expired' || state === 'released') return refuse({ code: 'hold_has_ended', holdId, end: state })
  return accept(hold)
}

/** The hold as its visitor sees it. `order` is the one that stands behind it, if any. */
export function viewOfHold(hold: BookHold, order: Order | undefined, now: number): BasketHold {
  const { id, storeId, visitorId, terms, expiresAt, orderId, createdAt } = hold
  assert(terms, `${id} has its terms before anybody sees it`)
  return { id, storeId, visitorId, ...terms, expiresAt, state: stateAt(now, hold, order), orderId, createdAt }
}

/** A hold that is over says so even before anybody has written it down. */
export function stateAt(now: number, hold: BookHold, order: Order | undefined): BasketHold['state'] {
  if (hold.state === 'held' && now >= hold.expiresAt) return 'expired'
  if (hold.state !== 'ordered' || !order) return hold.state
  const units = unitsOf(order)
  if (units === 'sold' && !order.givenUp) return 'sold'
  return units === 'free' ? 'released' : 'ordered'
}
