/**
 * A shop for tests, and the people in it: `const shop = await openShop()`, `const ana = shop.visitor()`,
 * `await ana.holds('LAMP', 2)`, `await shop.operator.offers('LAMP', 10)`. Everything goes through the Worker's own front
 * door, with cookies kept as a browser keeps them.
 */
import { env, exports } from 'cloudflare:workers'
import { newId } from '../../domain/basics/ids.ts'
import { newOperatorKey } from '../../domain/store/operator-key.ts'
import { DEFAULT_SETTINGS } from '../../domain/store/store.ts'
import { systemRandom } from '../../platform/dice.ts'
import { keepApiKey } from '../../platform/postgres/api-keys.ts'
import { openDatabase } from '../../platform/postgres/database.ts'
import { putStore } from '../../platform/postgres/stores.ts'

export interface Said {
  status: number
  headers: Headers
  text: string
  /** The body as JSON; {} when it is none. */
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads what it expects, and fails where it is not
  body: any
}

export interface Sending {
  method?: string
  body?: unknown
  headers?: Record<string, string>
  /** Where the network says it comes from; missing: it does not say. */
  country?: string
  /** Sent as it is, instead of `body`. */
  raw?: BodyInit
}

export class Client {
  readonly #origin: string
  readonly #bearer: string | null
  readonly cookies = new Map<string, string>()

  constructor(origin: string, bearer: string | null = null) {
    this.#origin = origin
    this.#bearer = bearer
  }

  async asks(path: string, { method = 'GET', body, headers = {}, raw, country }: Sending = {}): Promise<Said> {
    const response = await exports.default.fetch(
      new Request(`${this.#origin}${path}`, {
        method,
        redirect: 'manual',
        ...(country === undefined ? {} : { cf: { country } }),
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(this.#bearer === null ? {} : { authorization: `Bearer ${this.#bearer}` }),
          ...(this.cookies.size === 0 ? {} : { cookie: [...this.cookies].map((pair) => pair.join('=')).join('; ') }),
          ...headers,
        },
        ...(raw === undefined ? {} : { body: raw }),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    )
    for (const cookie of response.headers.getSetCookie()) {
      const [name = '', value = ''] = cookie.split(';', 1)[0]!.split('=')
      this.cookies.set(name, value)
    }
    const text = await response.text()
    const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '')
    return { status: response.status, headers: response.headers, text, body: isJson && text ? JSON.parse(text) : {} }
  }

  posts(path: string, body: unknown, key: string = crypto.randomUUID()): Promise<Said> {
    return this.asks(path, { method: 'POST', body, headers: { 'idempotency-key': key } })
  }
}

export interface Ordering {
  key?: string
  paymentMethod?: string
}

export class Visitor extends Client {
  holds(sku: string, quantity = 1, key?: string): Promise<Said> {
    return this.posts('/api/v1/holds', { lines: [{ sku, quantity }] }, key)
  }

  orders(holdId: string, { key, paymentMethod = 'pm_card_visa' }: Ordering = {}): Promise<Said> {
    const order = { hold_id: holdId, email: 'ana@example.com', payment_method: paymentMethod }
    return this.posts('/api/v1/orders', order, key)
  }
}

export class Operator extends Client {
  offers(sku: string, stock: number, amount = 4500): Promise<Said> {
    return this.posts('/api/v1/admin/products', {
      slug: sku.toLowerCase(),
      title: `Signed print ${sku}`,
      variants: [{ sku, price: { amount, currency: 'EUR' }, stock }],
    })
  }

  stock(sku: string): Promise<Said> {
    return this.asks(`/api/v1/admin/stock/${sku}`)
  }
}

export interface TestShop {
  storeId: string
  origin: string
  /** May do everything. */
  operator: Operator
  operatorKey: string
  operatorKeyId: string
  visitor(): Visitor
  /** A key of this store with only these scopes. */
  operatorWith(...scopes: string[]): Promise<Operator>
}

/** A store of its own, under a host name of its own. */
export async function openShop(): Promise<TestShop> {
  const now = Date.now()
  const name = newId('req', now, systemRandom).slice(4).toLowerCase()
  const storeId = `store_${name}`
  const hostname = `${name}.shop.test`
  const origin = `https://${hostname}`
  const database = openDatabase(env)
  await putStore(database.write(), {
    id: storeId,
    name: 'Test',
    currency: 'EUR',
    hostnames: [hostname],
    settings: DEFAULT_SETTINGS,
  })
  const issue = async (scopes: string[]): Promise<{ id: string; key: string }> => {
    const key = newOperatorKey('test', systemRandom)
    const id = newId('key', now, systemRandom)
    await keepApiKey(database.write(), storeId, { id, key, name: 'test', scopes })
    return { id, key }
  }
  const { id: operatorKeyId, key: operatorKey } = await issue(['*'])
  return {
    storeId,
    origin,
    operatorKey,
    operatorKeyId,
    operator: new Operator(origin, operatorKey),
    visitor: () => new Visitor(origin),
    operatorWith: async (...scopes) => new Operator(origin, (await issue(scopes)).key),
  }
}
