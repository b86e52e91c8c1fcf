/**
 * Visitors: somebody with a browser and a cookie that we signed. The id says which order book keeps their baskets; the
 * signature keeps anybody from choosing an id, and is bound to the store.
 */
import { isId, newId } from '../domain/basics/ids.ts'
import { homeOf, type Home } from '../domain/sharding/books.ts'
import { LONGEST_COOKIE_S, VISITOR_COOKIE, readCookie, sendCookie } from './cookies.ts'
import type { Asked, Visitor } from './context.ts'
import { isSigned, mac, sign } from './signing.ts'

/** The visitor whose cookie came along, or null. A cookie that is not ours, or of another store, is no cookie. */
export async function knownVisitor(c: Asked): Promise<string | null> {
  const [id = '', signature = ''] = (readCookie(c.req.raw.headers, VISITOR_COOKIE) ?? '').split('.')
  if (!isId('vis', id)) return null
  return (await isSigned(c.env.SIGNING_KEY, 'visitor', inStore(c, id), signature)) ? id : null
}

/** The visitor behind the request; who has none is given one, and the cookie travels with the answer. */
export async function visitorOf(c: Asked): Promise<Visitor> {
  const known = await knownVisitor(c)
  if (known !== null) return { id: known, isNew: false }
  const { clock, random } = c.get('visit')
  const id = newId('vis', clock.now(), random)
  await welcome(c, id)
  return { id, isNew: true }
}

/**
 * As `visitorOf`, for a request that must be done once: a client without a cookie is given an id derived from who asks
 * and the request's key, so that its retry, cookie-less again because the answer was lost, finds the same basket.
 */
export async function visitorOfKey(c: Asked, key: string): Promise<Visitor> {
  const known = await knownVisitor(c)
  if (known !== null) return { id: known, isNew: false }
  const { storeId, clientIp } = c.get('visit')
  const chance = await mac(c.env.SIGNING_KEY, `new-visitor\n${storeId}\n${clientIp}\n${key}`)
  // The time in a derived id must be derived too, or the retry would be somebody else.
  const id = newId('vis', 0, { fraction: () => 0, bytes: (count) => chance.subarray(0, count) })
  await welcome(c, id)
  return { id, isNew: true }
}

async function welcome(c: Asked, id: string): Promise<void> {
  const signature = await sign(c.env.SIGNING_KEY, 'visitor', inStore(c, id))
  sendCookie(c, VISITOR_COOKIE, `${id}.${signature}`, LONGEST_COOKIE_S)
}

/** The order book where a visitor's baskets are kept, and those where they may have been while the store had fewer. */
export const homeBook = (c: Asked, visitorId: string): Home =>
  homeOf(c.get('visit').storeId, visitorId, c.get('visit').store.orderBooks)

const inStore = (c: Asked, id: string): string => `${c.get('visit').storeId} ${id}`
