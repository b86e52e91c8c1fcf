/**
 * A buyer over HTTP. Whatever gets no answer, or is told that something is temporarily away, is asked again with the
 * same key, for as long as the buyer's patience lasts: that is what Idempotency-Key is for.
 */
import { randomUUID } from 'node:crypto'

export interface Answer {
  status: number
  headers: Headers
  body: Record<string, unknown>
}

export interface Placed {
  id: string
  secret: string
}

const BETWEEN_TRIES_MS = 100

export class Buyer {
  readonly #url: string
  readonly #patienceMs: number
  #cookie = ''
  /** How often something had to be asked again. */
  repeats = 0

  constructor(url: string, { patienceMs = 40_000 } = {}) {
    this.#url = url
    this.#patienceMs = patienceMs
  }

  /** Holds units of one SKU. Answers whatever the shop decided. */
  holds(sku: string, quantity = 1): Promise<Answer> {
    return this.#insists('POST', '/api/v1/holds', { lines: [{ sku, quantity }] })
  }

  orders(holdId: string, { email = 'ana@example.com', paymentMethod = 'pm_card_visa' } = {}): Promise<Answer> {
    return this.#insists('POST', '/api/v1/orders', { hold_id: holdId, email, payment_method: paymentMethod })
  }

  /** From nothing to an accepted order. Throws when the shop says no. */
  async buys(sku: string, quantity = 1): Promise<Placed> {
    const hold = await this.holds(sku, quantity)
    if (hold.status !== 201) throw new Error(`the hold was refused: ${hold.status} ${JSON.stringify(hold.body)}`)
    const order = await this.orders(String(hold.body['id']))
    if (order.status !== 202) throw new Error(`the order was refused: ${order.status} ${JSON.stringify(order.body)}`)
    return { id: String(order.body['id']), secret: String(order.body['secret']) }
  }

  looksAt(order: Placed): Promise<Answer> {
    return this.#once('GET', `/api/v1/orders/${order.id}`, undefined, { authorization: `Bearer ${order.secret}` })
  }

  async #insists(method: string, path: string, body: unknown): Promise<Answer> {
    const headers = { 'idempotency-key': randomUUID() }
    const giveUpAt = Date.now() + this.#patienceMs
    for (;;) {
      const answer = await this.#once(method, path, body, headers).catch((cause: unknown) => cause as Error)
      const settled = !(answer instanceof Error) && answer.status < 500 && !isInFlight(answer)
      if (settled) return answer
      if (Date.now() > giveUpAt) {
        throw new Error(`${method} ${path} got no answer`, { cause: answer })
      }
      this.repeats += 1
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_TRIES_MS))
    }
  }

  async #once(method: string, path: string, body: unknown, headers: Record<string, string>): Promise<Answer> {
    const response = await fetch(this.#url + path, {
      method,
      headers: { ...headers, 'content-type': 'application/json', ...(this.#cookie && { cookie: this.#cookie }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(15_000),
    })
    this.#remembers(response)
    return { status: response.status, headers: response.headers, body: await response.json<Answer['body']>() }
  }

  #remembers(response: Response): void {
    const kept = response.headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0]!)
    if (kept.length > 0) this.#cookie = kept.join('; ')
  }
}

const isInFlight = ({ body }: Answer): boolean => body['code'] === 'idempotency_request_in_flight'
