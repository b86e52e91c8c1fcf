/** What people want of a shop while a drop is on: most look, a quarter buys. Whoever gets a hold orders it. */
import { randomUUID } from 'node:crypto'
import type { Dice } from '../dice.ts'

/** From what goes first to what goes last (domain/load/priorities.ts). */
export const KINDS = ['order', 'hold', 'page', 'product', 'search', 'crawl'] as const
export type Kind = (typeof KINDS)[number]

/** The route that answers each, as the OpenAPI document names it; null: a page, of which it says nothing. */
export const ROUTES: Readonly<Record<Kind, string | null>> = {
  order: 'POST /api/v1/orders',
  hold: 'POST /api/v1/holds',
  page: null,
  product: 'GET /api/v1/products/{slug}',
  search: null,
  crawl: null,
}

/** Of a hundred who come. */
const COMING: readonly (readonly [weight: number, kind: Kind])[] = [
  [35, 'page'],
  [25, 'product'],
  [25, 'hold'],
  [10, 'search'],
  [5, 'crawl'],
]

export const whoComes = (dice: Dice): Kind => dice.weighted(COMING)

/** Everybody has an address of their own, from the net that is kept for benchmarks (RFC 2544): 198.18.0.0/15. */
const addressOf = (person: number): string => `198.${18 + ((person >> 16) & 1)}.${(person >> 8) & 255}.${person & 255}`

/** Questions as bytes. What the network says of an address is said by a header that exists locally only. */
export class Questions {
  readonly #host: string
  readonly #sku: string
  readonly #holdBody: string

  constructor(host: string, sku: string) {
    this.#host = host
    this.#sku = sku
    this.#holdBody = JSON.stringify({ lines: [{ sku, quantity: 1 }] })
  }

  of(kind: Exclude<Kind, 'order'>, person: number): string {
    const slug = this.#sku.toLowerCase()
    switch (kind) {
      case 'page':
        return this.#get(`/products/${slug}`, person)
      case 'product':
        return this.#get(`/api/v1/products/${slug}`, person)
      case 'search':
        return this.#get('/search?q=print', person)
      case 'crawl':
        return this.#get('/', person, 'Mozilla/5.0 (compatible; Examplebot/2.1)')
      default:
        return this.#post('/api/v1/holds', person, '', this.#holdBody)
    }
  }

  order(person: number, holdId: string, cookie: string): string {
    const body = { hold_id: holdId, email: `buyer-${person}@example.com`, payment_method: 'pm_card_visa' }
    return this.#post('/api/v1/orders', person, `cookie: ${cookie}\r\n`, JSON.stringify(body))
  }

  #get(path: string, person: number, agent = 'Mozilla/5.0'): string {
    return `GET ${path} HTTP/1.1\r\nhost: ${this.#host}\r\nuser-agent: ${agent}\r\nonrush-local-ip: ${addressOf(person)}\r\n\r\n`
  }

  #post(path: string, person: number, more: string, body: string): string {
    return `POST ${path} HTTP/1.1\r\nhost: ${this.#host}\r\nuser-agent: Mozilla/5.0\r\nonrush-local-ip: ${addressOf(person)}\r\n${more}content-type: application/json\r\nidempotency-key: ${randomUUID()}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  }
}
