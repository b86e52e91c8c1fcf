/** A cache, an origin that answers what it was told to, and a clock that stands still: for tests. */
import { writeHttpDate } from '../../domain/http-cache/http-date.ts'
import { TRANSPARENT } from '../../domain/http-cache/policy.ts'
import { Flights } from './flights.ts'
import { fieldsFrom } from './headers.ts'
import { Unreachable, type Surroundings } from './asking.ts'
import { HttpCache } from './http-cache.ts'
import { MemoryTier } from './memory.ts'
import { Tiers } from './tiers.ts'

export const NOON = Date.UTC(2026, 10, 21, 12)
const SHOP = 'https://shop.example'

export interface Says {
  status?: number
  body?: string | ReadableStream
  /** `date`: '' for none; unless said, it is written as by any origin. */
  fields?: Record<string, string>
  /** It never answers, or breaks off. */
  isAway?: boolean
  /** It answers once this has resolved. */
  after?: Promise<void>
  /** Without the length, as a body that is sent in chunks. */
  isChunked?: boolean
}

export interface Answer {
  status: number
  body: string
  headers: Headers
  cacheStatus: string
}

export class Stage {
  now = NOON
  policy = TRANSPARENT
  far: Surroundings['far'] = []
  changes: Surroundings['changes'] = null
  readonly memory = new MemoryTier(1024 * 1024)
  readonly tiers = new Tiers(this.memory)
  cache: HttpCache
  /** What the origin was asked with, oldest first. */
  readonly asked: Headers[] = []
  #says: Says[] = []
  #behind: Promise<unknown>[] = []

  constructor(patienceMs?: number) {
    this.cache = new HttpCache(this.tiers, new Flights(patienceMs))
  }

  /** What the origin answers next, one after the other; the last one for ever. */
  origin(...says: Says[]): void {
    this.#says = says
  }

  later(seconds: number): void {
    this.now += seconds * 1000
  }

  get(path = '/a', headers: Record<string, string> = {}): Promise<Answer> {
    return this.ask('GET', path, headers)
  }

  async ask(method: string, path = '/a', headers: Record<string, string> = {}): Promise<Answer> {
    return read(await this.open(method, path, headers))
  }

  /** Without reading the body. */
  open(method: string, path = '/a', headers: Record<string, string> = {}): Promise<Response> {
    const came = new Headers(headers)
    const request = { method, key: `${SHOP}${path}`, headers: came, fields: fieldsFrom(came) }
    return this.cache.answer(request, {
      now: () => this.now,
      waitUntil: (work) => void this.#behind.push(work),
      policy: this.policy,
      far: this.far,
      changes: this.changes,
      forward: (fields) => this.#forward(new Headers(fields.map(([name, value]): [string, string] => [name, value]))),
      keyOf: (address) => {
        const meant = new URL(address, request.key)
        return meant.origin === SHOP ? meant.href : null
      },
    })
  }

  /** Until all that was begun behind the visitors' backs is over. */
  async settled(): Promise<void> {
    while (this.#behind.length > 0) await Promise.allSettled(this.#behind.splice(0))
  }

  async #forward(headers: Headers): Promise<Response> {
    this.asked.push(headers)
    const says = (this.#says.length > 1 ? this.#says.shift() : this.#says[0]) ?? {}
    await says.after
    if (says.isAway) throw new Unreachable('destination_unavailable')
    const { status = 200, body = 'hello', fields = {}, isChunked } = says
    const response = new Response([204, 304].includes(status) ? null : body, { status, headers: fields })
    if (fields['date'] === '') response.headers.delete('date')
    else if (!fields['date']) response.headers.set('date', writeHttpDate(this.now))
    if (typeof body === 'string' && !isChunked && !fields['content-length'] && response.body !== null) {
      response.headers.set('content-length', String(new TextEncoder().encode(body).byteLength))
    }
    if (!fields['content-type']) response.headers.delete('content-type')
    return response
  }
}

export async function read(response: Response): Promise<Answer> {
  const { status, headers } = response
  return { status, body: await response.text(), headers, cacheStatus: headers.get('cache-status') ?? '' }
}
