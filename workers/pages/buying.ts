/**
 * What the forms do: the same commands to the same order books as the JSON API (workers/routes/holds.ts, orders.ts),
 * with keys from hidden fields. A browser repeats forms in ways a client does not: it goes back, and sends an old form
 * again on purpose. So a replayed answer that is of no use any more is asked for anew, under a key derived from the
 * first: two such repeats are still one.
 */
import type { Decision } from '../../domain/basics/decision.ts'
import { refuse } from '../../domain/basics/decision.ts'
import { bookOf } from '../../domain/basics/ids.ts'
import type { BasketHold, BasketLine, BasketRefusal, OrderRefusal, OrderView } from '../../domain/message/order-book.ts'
import type { Admission } from '../../domain/message/stock-desk.ts'
import type { RestrictionRefusal } from '../../domain/market/restrictions.ts'
import { decideBasket, type BasketShapeRefusal } from '../../domain/order/basket.ts'
import { admissionOf } from '../admission/index.ts'
import type { Asked } from '../context.ts'
import { orderBook } from '../desks.ts'
import { marketOfPurchase, restrictionOfPurchase } from '../market.ts'
import { buyingRate } from '../middleware/limit/index.ts'
import { digest } from '../signing.ts'
import { homeBook } from '../visitors.ts'
import type { Buyer } from './forms.ts'

/** A form that was useless this often in a row is answered as it is. */
const TRIES_MAX = 5

/** Reserves. Safe to repeat with the same key while the hold lives. */
export async function reserve(
  c: Asked,
  visitorId: string,
  wish: { key: string; lines: readonly BasketLine[]; drop?: string; pass?: Admission['pass'] },
): Promise<Decision<BasketHold, BasketRefusal | BasketShapeRefusal | RestrictionRefusal>> {
  const basket = decideBasket(wish.lines)
  if (!basket.ok) return basket
  const { storeId, requestId, clock } = c.var.visit
  const home = homeBook(c, visitorId)
  const book = orderBook(c.env, storeId, home.book)
  // A pass that was given this very moment travels with the answer; the request does not show it yet.
  const admission = { ...(await admissionOf(c, visitorId)), ...(wish.pass && { pass: wish.pass }) }
  const inMarket = marketOfPurchase(c)
  const fingerprint = await digest(`page hold ${JSON.stringify(basket.value)} ${inMarket.market ?? ''}`)
  for (let attempt = 1; ; attempt++) {
    const key = attempt === 1 ? wish.key : `${wish.key}~${attempt}`
    const answered = await book.hold({
      request: { key: `${visitorId} hold ${key}`, fingerprint, requestId },
      storeId,
      visitorId,
      lines: basket.value,
      drop: wish.drop ?? null,
      ...inMarket,
      ...restrictionOfPurchase(c),
      admission,
      formerHomes: home.former,
      rate: buyingRate(c),
    })
    if (attempt === TRIES_MAX || !(await isStale(answered))) return answered.decision
  }

  /** A "no" of a while ago, or a hold that is over: nothing stands behind it any more, so asking anew doubles nothing. */
  async function isStale({ replayed, decision }: Awaited<ReturnType<typeof book.hold>>): Promise<boolean> {
    if (!decision.ok)
      return (
        decision.refusal.code === 'idempotency_key_reused' ||
        (replayed && decision.refusal.code !== 'idempotency_request_in_flight')
      )
    if (!replayed) return false
    const { id } = decision.value
    const hold = await orderBook(c.env, storeId, bookOf('hld', id)!).findHold(id)
    return hold === null || (hold.state !== 'reserving' && !isLiving(hold, clock.now()))
  }
}

export const isLiving = (hold: BasketHold, now: number): boolean => hold.state === 'held' && hold.expiresAt > now

/** The hold, if it is this visitor's. Somebody else's looks like none. */
export async function holdOf(c: Asked, visitorId: string | null, holdId: string): Promise<BasketHold | null> {
  const book = bookOf('hld', holdId)
  if (book === undefined || visitorId === null) return null
  const { storeId } = c.var.visit
  const hold = await orderBook(c.env, storeId, book).findHold(holdId)
  return hold !== null && hold.storeId === storeId && hold.visitorId === visitorId ? hold : null
}

/** Gives the units back. Safe to repeat; refused once there is an order. */
export const giveBack = (c: Asked, hold: BasketHold) =>
  orderBook(c.env, hold.storeId, bookOf('hld', hold.id)!).releaseHold(hold.id)

/** Orders what the hold reserves. Whatever is sent again, and however changed, a hold is ordered once. */
export async function placeOrder(
  c: Asked,
  hold: BasketHold,
  key: string,
  buyer: Buyer,
): Promise<Decision<OrderView, OrderRefusal | RestrictionRefusal>> {
  const { storeId, requestId, publicOrigin, store } = c.var.visit
  const fingerprint = await digest(`page order ${hold.id} ${JSON.stringify(buyer)}`)
  const book = orderBook(c.env, storeId, bookOf('hld', hold.id)!)
  for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
    const { decision } = await book.order({
      request: { key: `${hold.visitorId} order ${attempt === 1 ? key : `${key}~${attempt}`}`, fingerprint, requestId },
      storeId,
      holdId: hold.id,
      visitorId: hold.visitorId,
      email: buyer.email,
      name: buyer.name,
      shippingAddress: buyer.address,
      paymentMethod: buyer.paymentMethod,
      returnUrl: `${publicOrigin}/orders/{order}`,
      orderUrl: `${publicOrigin}/orders/{order}`,
      locale: 'en',
      storeName: store.name,
      ...restrictionOfPurchase(c, buyer.address.country),
      rate: buyingRate(c),
    })
    // The same form with other contents: somebody went back and mended something. The book still takes one order a hold.
    if (decision.ok || decision.refusal.code !== 'idempotency_key_reused') return decision
  }
  return refuse({ code: 'idempotency_key_reused' })
}
