/** A shop with two products that do not run out within a bench: one quiet, one in a drop that is planned for a crowd. */
import { randomUUID } from 'node:crypto'
import type { Shop } from '../local/runner/shop.ts'

const UNITS = 900_000
const LONG_AGO = '2020-01-01T00:00:00Z'

/** Makes a product of one SKU. */
export const stockUp = (shop: Shop, sku: string): Promise<void> =>
  operate(shop, '/products', {
    slug: sku.toLowerCase(),
    title: 'Bench print',
    variants: [{ sku, price: { amount: 4_500, currency: 'EUR' }, stock: UNITS }],
  })

/** Puts SKUs on sale in a drop whose units are sold by so many leaves. */
export const openDrop = (shop: Shop, skus: readonly string[], leaves: number): Promise<void> =>
  operate(shop, '/drops', { slug: 'bench-drop', title: 'Bench drop', opens_at: LONG_AGO, skus, leaves })

async function operate(shop: Shop, path: string, body: object): Promise<void> {
  const response = await fetch(`${shop.url}/api/v1/admin${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${shop.operatorKey}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`The bench could not be set up: ${response.status} ${await response.text()}`)
}
