/**
 * Answers that lie ready: what was said a moment ago and is the same for everybody, as bytes and headers that were put
 * together once. In this isolate's memory only, for as long as each may be said again; middleware/ready says them.
 */
import { matches, unchanged } from './conditional.ts'

export interface Ready {
  body: Uint8Array<ArrayBuffer>
  /** Made once: a response takes them over as a whole, which is much cheaper than one by one. */
  headers: Headers
  freshUntil: number
  /** When the copy's lifetime ends, which may be long after it has to be judged anew; for `Cache-Status`. */
  endsAt?: number
  /** What whoever has the bytes already shows for them. Null: a page, of which nobody keeps a copy. */
  etag: string | null
  /** What has to be said with it in `Cache-Status`, while it was made without knowing all. */
  detail?: string | null
}

/** A handful of addresses gets nearly all the traffic; when there are too many, all go. */
const ANSWERS_MAX = 2000
const answers = new Map<string, Ready>()

/** How many answers were said from here since this isolate woke. */
export const readyFigures = { said: 0 }

/** Data is kept under its full address; a page under `nameOfPage`. */
export const readyUnder = (name: string): Ready | undefined => answers.get(name)

/** A page is another one in each language. */
export const nameOfPage = (address: string, locale: string): string => `${address} ${locale}`

export function keepReady(name: string, answer: Ready): void {
  if (answers.size >= ANSWERS_MAX && !answers.has(name)) answers.clear()
  answers.set(name, answer)
}

/** Something changed that any of them may be made of. */
export const forgetReady = (): void => answers.clear()

/** The bytes, or 304 to whoever has them already. */
export function spoken(asked: Headers, { body, headers, etag }: Ready): Response {
  if (etag === null || !matches(asked.get('if-none-match'), etag)) return new Response(body, { headers })
  return unchanged(headers)
}
