/**
 * Answers that lie ready: what was said a moment ago and is the same for everybody, as bytes and headers that were put
 * together once. In this isolate's memory only, for as long as each may be said again; middleware/ready says them.
 */
import { newId } from '../domain/basics/ids.ts'
import { systemClock, systemRandom } from '../platform/dice.ts'
import { countryIn } from './admission/country.ts'
import { matches, unchanged } from './conditional.ts'
import { MARKET_COOKIE, readCookie } from './cookies.ts'

export interface Ready {
  body: Uint8Array<ArrayBuffer>
  /** Made once: a response takes them over as a whole, which is much cheaper than one by one. */
  headers: Headers
  freshUntil: number
  /** When the copy's lifetime ends, which may be long after it has to be judged anew; for `Cache-Status`. */
  endsAt?: number
  /** Where in the bytes a form's key stands: everybody is sent one of their own in its place. */
  keysAt?: readonly number[]
  /** What whoever has the bytes already shows for them. Null: a page, of which nobody keeps a copy. */
  etag: string | null
  /** What has to be said with it in `Cache-Status`, while it was made without knowing all. */
  detail?: string | null
}

/** A handful of addresses gets nearly all the traffic; when there are too many, all go. */
const ANSWERS_MAX = 2000
const BY_MARKET = 'differs by market'
const answers = new Map<string, Ready | typeof BY_MARKET>()

/** How many answers were said from here since this isolate woke. */
export const readyFigures = { said: 0 }

/** Data is kept under its full address; a page under `nameOfPage`. Undefined: there is none, or it differs by market. */
export function readyUnder(name: string): Ready | undefined {
  const kept = answers.get(name)
  return kept === BY_MARKET ? undefined : kept
}

/**
 * The answer for this request, and the name it is kept under. What differs by market is kept once for each of the things
 * that decide on the market, and only that: under its plain name stands that it differs, as `Vary` would say it.
 */
export function readyFor(name: string, request: Request): { name: string; answer: Ready } | undefined {
  const kept = answers.get(name)
  const there = kept === BY_MARKET ? nameByMarket(name, request) : name
  const answer = there === null ? undefined : readyUnder(there)
  return answer && there !== null ? { name: there, answer } : undefined
}

/** A page is another one in each language. */
export const nameOfPage = (address: string, locale: string): string => `${address} ${locale}`

export function keepReady(name: string, answer: Ready): void {
  if (answers.size >= ANSWERS_MAX && !answers.has(name)) answers.clear()
  answers.set(name, answer)
}

/** Keeps an answer that is the same for everybody whose market and language are found as this request's are. */
export function keepReadyByMarket(name: string, request: Request, answer: Ready): void {
  const there = nameByMarket(name, request)
  if (there === null) return
  keepReady(there, answer)
  answers.set(name, BY_MARKET)
}

/** Longer wishes are rare, and would fill the memory. */
const WISH_LENGTH_MOST = 120

/** All of a request that its market and its language follow from, but the address, which is in the name already. */
function nameByMarket(name: string, request: Request): string | null {
  const wish = request.headers.get('accept-language') ?? ''
  const choice = readCookie(request.headers, MARKET_COOKIE) ?? ''
  if (wish.length > WISH_LENGTH_MOST || choice.length > WISH_LENGTH_MOST) return null
  return `${name}\n${countryIn(request) ?? ''}\n${choice}\n${wish}`
}

/** Something changed that any of them may be made of. */
export const forgetReady = (): void => answers.clear()

/** The bytes, or 304 to whoever has them already. */
export function spoken(asked: Headers, answer: Ready): Response {
  const { headers, etag } = answer
  if (etag !== null && matches(asked.get('if-none-match'), etag)) return unchanged(headers)
  return new Response(bodyOf(answer), { headers })
}

const ascii = new TextEncoder()

/** A form that is sent twice does its work once; so two people must never have the same. */
function bodyOf({ body, keysAt = [] }: Ready): Uint8Array<ArrayBuffer> {
  if (keysAt.length === 0) return body
  const own = body.slice()
  const key = ascii.encode(newId('req', systemClock.now(), systemRandom))
  for (const at of keysAt) own.set(key, at)
  return own
}
