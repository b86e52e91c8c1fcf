/**
 * Which reservations this browser has made, newest first: ids in a cookie, so that the basket needs no list kept
 * anywhere. An id proves nothing here; the basket shows only holds of the visitor who asks.
 */
import { isId } from '../../domain/basics/ids.ts'
import type { Asked } from '../context.ts'
import { readCookie, sendCookie } from '../cookies.ts'

const BASKET_COOKIE = 'onrush_basket'
/** A basket is small, and each id is a question to an order book. */
const HOLDS_MAX = 8
/** Long enough to come back in the evening and read what became of it. */
const BASKET_S = 24 * 60 * 60

export const holdsInBasket = (c: Asked): string[] =>
  (readCookie(c.req.raw.headers, BASKET_COOKIE) ?? '')
    .split('.')
    .filter((id) => isId('hld', id))
    .slice(0, HOLDS_MAX)

export const putInBasket = (c: Asked, holdId: string): void =>
  keep(c, [holdId, ...holdsInBasket(c).filter((id) => id !== holdId)])

export const takeFromBasket = (c: Asked, holdId: string): void =>
  keep(
    c,
    holdsInBasket(c).filter((id) => id !== holdId),
  )

const keep = (c: Asked, ids: readonly string[]): void =>
  sendCookie(c, BASKET_COOKIE, ids.slice(0, HOLDS_MAX).join('.'), BASKET_S)
