/** The merchant's side over HTTP: stock up, look at the proof. */
import { randomUUID } from 'node:crypto'

export class Operator {
  readonly #url: string
  readonly #key: string

  constructor(url: string, key: string) {
    this.#url = url
    this.#key = key
  }

  async offers(sku: string, stock: number, amount = 4_500): Promise<void> {
    await this.asks('POST', '/products', {
      slug: sku.toLowerCase(),
      title: `Signed print ${sku}`,
      variants: [{ sku, price: { amount, currency: 'EUR' }, stock }],
    })
  }

  proof(): Promise<Record<string, unknown>> {
    return this.asks('GET', '/proof')
  }

  stock(sku: string): Promise<Record<string, unknown>> {
    return this.asks('GET', `/stock/${sku}`)
  }

  /** Throws unless the answer is a success. */
  async asks(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.#url}/api/v1/admin${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#key}`,
        'idempotency-key': randomUUID(),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return JSON.parse(text) as Record<string, unknown>
  }
}
