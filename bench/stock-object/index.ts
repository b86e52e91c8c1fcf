/**
 * Asks one object from inside its own runtime, with so many calls in flight, and tells how many it answered a second:
 * no HTTP, no crowd, only the object and what it costs to reach it. `/row` or `/hold`, `?inflight=` and `?seconds=`.
 */
import { StockObject } from '../../durable-objects/stock/stock-object.ts'
import type { Offer, StockDesk } from '../../domain/message/stock-desk.ts'
import { drive } from '../driving.ts'
import { RowObject } from '../reference/row-object.ts'

export { RowObject, StockObject }

interface Bindings {
  STOCK: DurableObjectNamespace<StockObject>
  ROW: DurableObjectNamespace<RowObject>
}

const HOLD_MS = 480_000
const UNITS = 900_000

export default {
  async fetch(request: Request, env: Bindings): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    const inFlight = Number(searchParams.get('inflight'))
    const seconds = Number(searchParams.get('seconds'))
    const ask = pathname === '/row' ? askRow(env) : await askStock(env)
    return Response.json(await drive(ask, inFlight, seconds))
  },
}

function askRow(env: Bindings): () => Promise<unknown> {
  const row = env.ROW.getByName('the-one')
  return () => row.write(crypto.randomUUID(), '{"a":1}')
}

/** A SKU of its own each time: a stock that grows must not slow the next round. */
async function askStock(env: Bindings): Promise<() => Promise<unknown>> {
  const sku = `bench-${crypto.randomUUID()}`
  const stock: StockDesk = env.STOCK.getByName(`store_bench/${sku}`)
  await stock.describe(offerOf(sku))
  await stock.adjust({ adjustmentId: `initial:${sku}`, kind: 'initial', delta: UNITS, reason: '' })
  return async () => {
    const id = crypto.randomUUID()
    const [answer] = await stock.ask([
      { kind: 'hold', holdId: `hld_${id}`, visitorId: `vis_${id}`, units: 1, expiresAt: Date.now() + HOLD_MS },
    ])
    if (!answer?.ok) throw new Error(`A hold was refused: ${JSON.stringify(answer)}`)
  }
}

const offerOf = (sku: string): Offer => ({
  sku,
  storeId: 'store_bench',
  version: 1,
  productId: 'prd_bench',
  variantId: 'var_bench',
  productSlug: 'bench-print',
  productTitle: 'Bench print',
  variantTitle: 'A3',
  price: { amount: 4_500, currency: 'EUR' },
  forSale: true,
  unitsPerVisitorMax: 10,
  holdDurationMs: HOLD_MS,
  drop: null,
})
