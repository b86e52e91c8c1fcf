/**
 * Who may see an order: whoever knows its secret (handed out with the 202, put into links), or the visitor who placed
 * it. Everybody else is told that there is no such order, in the same words as for an id that never was.
 */
import { bookOf } from '../domain/basics/ids.ts'
import type { OrderView } from '../domain/message/order-book.ts'
import { readCookie, sendCookie } from './cookies.ts'
import type { Asked } from './context.ts'
import { orderBook } from './desks.ts'
import { isSigned, sign } from './signing.ts'
import { knownVisitor } from './visitors.ts'

/** An order page is looked at for weeks: until the parcel has come. */
const ORDER_COOKIE_S = 90 * 24 * 60 * 60

/** 128 bits that open one order of one store. */
export const orderSecret = (c: Asked, orderId: string): Promise<string> =>
  sign(c.env.SIGNING_KEY, 'order', `${c.var.visit.storeId} ${orderId}`)

/** The order, if it is there and whoever asks may see it. */
export async function orderFor(c: Asked, orderId: string): Promise<OrderView | null> {
  const { storeId } = c.var.visit
  const book = bookOf('ord', orderId)
  if (book === undefined) return null
  const holdsSecret = await showsSecret(c, orderId)
  const visitorId = holdsSecret ? null : await knownVisitor(c)
  // Nobody who could see it: the book need not be asked.
  if (!holdsSecret && visitorId === null) return null
  const order = await orderBook(c.env, storeId, book).findOrder(orderId)
  if (!order || order.storeId !== storeId) return null
  return holdsSecret || order.visitorId === visitorId ? order : null
}

/** Shown as `Authorization: Bearer`, as `?secret=`, or as the cookie that the order page leaves. */
async function showsSecret(c: Asked, orderId: string): Promise<boolean> {
  const shown = [
    /^Bearer (\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1],
    c.req.query('secret'),
    readCookie(c.req.raw.headers, cookieOf(orderId)),
  ]
  for (const secret of shown) {
    if (secret && (await isSigned(c.env.SIGNING_KEY, 'order', `${c.var.visit.storeId} ${orderId}`, secret))) return true
  }
  return false
}

/** Leaves the secret in the browser, so that the link's address can be cleaned of it. Only after it was checked. */
export async function rememberOrder(c: Asked, orderId: string): Promise<void> {
  sendCookie(c, cookieOf(orderId), await orderSecret(c, orderId), ORDER_COOKIE_S)
}

const cookieOf = (orderId: string): string => `onrush_${orderId}`
