/** Cookies, read and written by hand: RFC 6265, and no more of it than we use. */
import type { Asked } from './context.ts'

export const VISITOR_COOKIE = 'onrush_visitor'
export const BOOKMARK_COOKIE = 'onrush_bookmark'
/** The pass of a waiting room (workers/admission/pass.ts). */
export const PASS_COOKIE = 'onrush_pass'
/** An invitation to a drop (workers/admission/invitation.ts). */
export const INVITATION_COOKIE = 'onrush_invitation'
/** What was chosen of a drop before it opens (workers/admission/chosen.ts). */
export const CHOSEN_COOKIE = 'onrush_chosen'

/** The market a visitor has chosen (workers/market.ts). It opens nothing, so it needs no signature. */
export const MARKET_COOKIE = 'onrush_market'

/** Browsers keep no cookie longer than 400 days. */
export const LONGEST_COOKIE_S = 400 * 24 * 60 * 60

/** The first cookie of that name, or undefined. */
export function readCookie(headers: Headers, name: string): string | undefined {
  const all = headers.get('cookie')
  if (all === null) return undefined
  for (const part of all.split(';')) {
    const cookie = part.trim()
    if (cookie.startsWith(`${name}=`)) return cookie.slice(name.length + 1)
  }
  return undefined
}

/** Whether the browser has been given anything by us: then it may be somebody, or have chosen something. */
export const hasOwnCookie = (headers: Headers): boolean => headers.get('cookie')?.includes('onrush_') ?? false

/** Sends a cookie with the answer: for this host, out of reach of scripts, not sent along from other sites. */
export function sendCookie(c: Asked, name: string, value: string, maxAgeSeconds: number): void {
  const secure = c.env.ENVIRONMENT === 'dev' || c.env.ENVIRONMENT === 'test' ? '' : '; Secure'
  c.var.visit.setCookies.push(`${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${secure}`)
}
