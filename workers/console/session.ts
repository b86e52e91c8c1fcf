/**
 * Who sits at the console. An operator's key is shown once, by a form; from then on the browser carries a signed slip of
 * paper that names the key's id and an end. Every request asks whether that key still lives, as the API does, so that a
 * revoked key closes both within the same five seconds; and what the key may not do, the slip may not either.
 *
 *     v1.<key id>.<signed in at>.<good until>.<signature>
 *
 * The store is in the signature and not in the text. The slip lasts an hour, is renewed while somebody works, and ends for
 * good after half a day.
 */
import { isId } from '../../domain/basics/ids.ts'
import type { Scope } from '../../domain/store/operator-key.ts'
import { mayDo } from '../../domain/store/operator-key.ts'
import type { Asked } from '../context.ts'
import { readCookie } from '../cookies.ts'
import { keyOfId, keyShown } from '../middleware/operator/index.ts'
import { isSigned, sign } from '../signing.ts'

const GOOD_FOR_MS = 60 * 60_000
const RENEWED_BELOW_MS = 45 * 60_000
const DAY_IS_OVER_AFTER_MS = 12 * 60 * 60_000

interface Slip {
  keyId: string
  signedInAt: number
  until: number
}

/** Lets in whoever shows a living key of this store. False: it is not one. */
export async function signIn(c: Asked, shown: string): Promise<boolean> {
  const key = await keyShown(c, shown)
  if (!key) return false
  await hand(c, key.id, c.var.visit.clock.now())
  return true
}

export function signOut(c: Asked): void {
  send(c, '', 0)
}

/** Whether somebody is signed in; then `c.var.operator` says who. */
export async function isSignedIn(c: Asked): Promise<boolean> {
  const now = c.var.visit.clock.now()
  const slip = await slipOf(c, now)
  const key = slip && (await keyOfId(c, slip.keyId))
  if (!slip || !key) return false
  c.set('operator', { keyId: key.id, scopes: key.scopes })
  if (slip.until - now < RENEWED_BELOW_MS) await hand(c, key.id, slip.signedInAt)
  return true
}

export const mayHere = (c: Asked, scope: Scope): boolean => mayDo({ scopes: [...c.var.operator.scopes] }, scope)

async function slipOf(c: Asked, now: number): Promise<Slip | null> {
  const parts = (readCookie(c.req.raw.headers, cookieName(c)) ?? '').split('.')
  const [version, keyId = '', signedIn = '', until = '', signature = ''] = parts
  if (parts.length !== 5 || version !== 'v1' || !isId('key', keyId)) return null
  const slip = { keyId, signedInAt: Number.parseInt(signedIn, 36), until: Number.parseInt(until, 36) }
  if (!(now < slip.until)) return null
  return (await isSigned(c.env.SIGNING_KEY, 'console', textOf(c, slip), signature)) ? slip : null
}

async function hand(c: Asked, keyId: string, signedInAt: number): Promise<void> {
  const now = c.var.visit.clock.now()
  const until = Math.min(now + GOOD_FOR_MS, signedInAt + DAY_IS_OVER_AFTER_MS)
  const slip = { keyId, signedInAt, until }
  const signature = await sign(c.env.SIGNING_KEY, 'console', textOf(c, slip))
  const value = ['v1', keyId, signedInAt.toString(36), until.toString(36), signature].join('.')
  send(c, value, Math.ceil((until - now) / 1000))
}

const textOf = (c: Asked, { keyId, signedInAt, until }: Slip): string =>
  `${c.var.visit.storeId} ${keyId} ${signedInAt} ${until}`

/** `__Host-`: browsers take it over TLS only, and neither a subdomain nor a page over plain HTTP can plant one. */
const cookieName = (c: Asked): string => (isPlainLaptop(c) ? 'onrush_console' : '__Host-onrush_console')

function send(c: Asked, value: string, maxAgeSeconds: number): void {
  const secure = isPlainLaptop(c) ? '' : '; Secure'
  c.var.visit.setCookies.push(
    `${cookieName(c)}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${secure}`,
  )
}

/** A shop on a laptop is asked over plain HTTP, where browsers differ in what they keep. */
const isPlainLaptop = (c: Asked): boolean =>
  (c.env.ENVIRONMENT === 'dev' || c.env.ENVIRONMENT === 'test') && c.var.visit.origin.startsWith('http:')
