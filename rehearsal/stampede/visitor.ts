/**
 * One visitor's browser: a cookie, an address, keys, and manners towards a shop that is busy. What gets no answer, or is
 * told to come back, is asked again with the same key after as long as it was told, and a little more, for a crowd that
 * comes back on the same second is the next stampede. Every question is written down.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { Unanswered, type Connections, type Question, type Reply } from '../connections.ts'
import type { Dice } from '../dice.ts'
import type { Exchange, Line } from './history.ts'

export interface Answer {
  status: number
  code: string | null
  retryAfterMs: number | null
  body: Record<string, unknown>
}

export interface Asking {
  body?: unknown
  /** The same thing asked again has the same key. Null: the route takes none. */
  key?: string | null
  headers?: Record<string, string>
  /** There are units in the basket, or somebody is called: this goes before those who have just come. */
  first?: boolean
}

export const newKey = (): string => randomUUID()

const AGAIN_MS = 300
const TRIES_MOST = 40

export class Visitor {
  readonly #connections: Connections
  readonly #dice: Dice
  readonly #buyer: number
  readonly #record: (exchange: Exchange) => void
  #cookie = ''

  constructor(connections: Connections, buyer: number, dice: Dice, record: (exchange: Exchange) => void) {
    this.#connections = connections
    this.#buyer = buyer
    this.#dice = dice
    this.#record = record
  }

  /** Asks until the shop has made up its mind: neither "busy" nor "still at it" nor silence. Null: it never did. */
  async insists(route: string, path: string, asking: Asking = {}): Promise<Answer | null> {
    for (let tries = 0; tries < TRIES_MOST; tries++) {
      const answer = await this.asks(route, path, asking)
      if (answer !== null && !isUndecided(answer)) return answer
      await this.pauses(answer?.retryAfterMs ?? AGAIN_MS)
    }
    return null
  }

  /** One question. Null: no answer. `route` is its name in the OpenAPI document. */
  async asks(
    route: string,
    path: string,
    { body, key = null, headers = {}, first = false }: Asking = {},
  ): Promise<Answer | null> {
    const question: Question = {
      method: route.slice(0, route.indexOf(' ')) as Question['method'],
      path,
      headers: {
        // Each comes from an address of its own, as in the world; see local/runner/shims/in-front.ts.
        'onrush-local-ip': addressOf(this.#buyer),
        ...(this.#cookie && { cookie: this.#cookie }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(key !== null && { 'idempotency-key': key }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      first,
    }
    const about = { buyer: this.#buyer, route, key, pass: 'onrush-pass' in headers, wanted: linesOf(body) }
    try {
      const reply = await this.#connections.ask(question)
      this.#remember(reply)
      const answer = answerOf(reply)
      this.#record({ ...about, sentAt: reply.sentAt, answeredAt: reply.answeredAt, ...wordsOf(answer) })
      return answer
    } catch (cause) {
      if (!(cause instanceof Unanswered)) throw cause
      const { sentAt, message } = cause
      const nothing = { status: 0, code: null, retryAfterS: null, id: message, lacking: null }
      this.#record({ ...about, sentAt, answeredAt: performance.now(), ...nothing })
      return null
    }
  }

  /** As long as told, and up to a quarter more. */
  pauses(ms: number): Promise<void> {
    return wait(ms * this.#dice.between(1, 1.25))
  }

  #remember({ headers }: Reply): void {
    const sent = headers['set-cookie']
    if (sent === undefined) return
    const kept = [sent].flat().map((cookie) => cookie.split(';', 1)[0]!)
    this.#cookie = kept.join('; ')
  }
}

/** Away, too fast, or still at it: the same question may get an answer later. */
const isUndecided = ({ status, code }: Answer): boolean =>
  status >= 500 || status === 429 || code === 'idempotency_request_in_flight'

/** From the net that is kept for benchmarks (RFC 2544): 198.18.0.0/15. */
const addressOf = (buyer: number): string => `198.${18 + ((buyer >> 16) & 1)}.${(buyer >> 8) & 255}.${buyer & 255}`

function answerOf({ status, headers, text }: Reply): Answer {
  const body = parsed(text)
  const isProblem = String(headers['content-type'] ?? '').startsWith('application/problem+json')
  const retryAfter = Number(headers['retry-after'])
  return {
    status,
    code: isProblem && typeof body['code'] === 'string' ? body['code'] : null,
    retryAfterMs: headers['retry-after'] === undefined || Number.isNaN(retryAfter) ? null : retryAfter * 1000,
    body,
  }
}

/** A crowd knows what it asks for itself. */
const linesOf = (body: unknown): Line[] => (body as { lines?: Line[] } | undefined)?.lines ?? []

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {} // a page of a proxy, or nothing: its status is judged
  }
}

function wordsOf({
  status,
  code,
  retryAfterMs,
  body,
}: Answer): Pick<Exchange, 'status' | 'code' | 'retryAfterS' | 'id' | 'lacking'> {
  const { id, sku, requested } = body
  return {
    status,
    code,
    retryAfterS: retryAfterMs === null ? null : retryAfterMs / 1000,
    id: status < 300 && typeof id === 'string' ? id : null,
    lacking:
      code === 'not_enough_stock' && typeof sku === 'string' && typeof requested === 'number'
        ? { sku, requested }
        : null,
  }
}
