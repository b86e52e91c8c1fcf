/** A shop with one product that does not run out within a bench. */
import { randomUUID } from 'node:crypto'
import type { Shop } from '../local/runner/shop.ts'

const UNITS = 900_000

export async function stockUp(shop: Shop, sku: string): Promise<void> {
  const response = await fetch(`${shop.url}/api/v1/admin/products`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${shop.operatorKey}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    body: JSON.stringify({
      slug: sku.toLowerCase(),
      title: 'Bench print',
      variants: [{ sku, price: { amount: 4_500, currency: 'EUR' }, stock: UNITS }],
    }),
  })
  if (!response.ok) throw new Error(`The bench could not stock up: ${response.status} ${await response.text()}`)
}
