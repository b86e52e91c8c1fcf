/**
 * Holds of one SKU, asked from inside the runtime: no HTTP, no crowd, only the objects and what it costs to reach them.
 * Every hold is a whole one (its units, its record, its kept answer), of a new visitor. `?inflight=` and `?seconds=`.
 *
 * `/tree`: by leaves. `/owner`: by the one owner, through the order books. `/owner-alone`: the same, one hold at a time, so
 * that nothing is ever gathered. `/hot-row`: a row in Postgres that everybody locks, over the driver and gateway we use.
 */
import { neon, neonConfig } from '@neondatabase/serverless'
import type { HoldCommand, OrderBookDesk } from '../../domain/message/order-book.ts'
import type { Offer, StockDesk } from '../../domain/message/stock-desk.ts'
import { bookNames } from '../../domain/sharding/bucket.ts'
import { OrderBookObject } from '../../durable-objects/order/order-book-object.ts'
import { StockObject } from '../../durable-objects/stock/stock-object.ts'
import { drive } from '../driving.ts'

export { OrderBookObject, StockObject }

interface Bindings {
  STOCK: DurableObjectNamespace<StockObject>
  ORDER_BOOK: DurableObjectNamespace<OrderBookObject>
  DATABASE_URL: string
  NEON_FETCH_ENDPOINT: string
}

const STORE = 'store_bench'
const HOLD_MS = 480_000
const UNITS = 900_000
const BOOKS = 4

export default {
  async fetch(request: Request, env: Bindings): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    const inFlight = Number(searchParams.get('inflight'))
    const seconds = Number(searchParams.get('seconds'))
    switch (pathname) {
      case '/tree':
        return Response.json(await drive(await askBooks(env, BOOKS), inFlight, seconds))
      case '/owner':
        return Response.json(await drive(await askBooks(env, 0), inFlight, seconds))
      case '/owner-alone':
        return Response.json(await drive(await askBooks(env, 0), 1, seconds))
      default: // '/hot-row'
        return Response.json(await drive(await askRow(env), inFlight, seconds))
    }
  },
}

/** A SKU of its own each time: a stock that grows must not slow the next round. */
async function askBooks(env: Bindings, leaves: number): Promise<() => Promise<void>> {
  const sku = `bench-${crypto.randomUUID()}`
  const stock: StockDesk = env.STOCK.getByName(`${STORE}/${sku}`)
  await stock.describe(offerOf(sku, leaves))
  await stock.adjust({ adjustmentId: `initial:${sku}`, kind: 'initial', delta: UNITS, reason: '' })
  const books = bookNames(STORE, BOOKS)
  let asked = 0
  return async () => {
    const book = env.ORDER_BOOK.getByName(books[(asked += 1) % BOOKS]!) as unknown as OrderBookDesk
    const { decision } = await book.hold(commandOf(sku))
    if (!decision.ok) throw new Error(`A hold was refused: ${JSON.stringify(decision)}`)
  }
}

async function askRow({ DATABASE_URL, NEON_FETCH_ENDPOINT }: Bindings): Promise<() => Promise<void>> {
  neonConfig.fetchEndpoint = NEON_FETCH_ENDPOINT
  const sql = neon(DATABASE_URL)
  await sql`create table if not exists bench_stock (sku text primary key, free int not null)`
  await sql`create table if not exists bench_holds (id text primary key, sku text not null, expires_at timestamptz not null)`
  await sql`insert into bench_stock values ('hot', ${UNITS}) on conflict (sku) do update set free = excluded.free`
  return async () => {
    const taken = await sql`
      with taken as (update bench_stock set free = free - 1 where sku = 'hot' and free >= 1 returning sku)
      insert into bench_holds select ${crypto.randomUUID()}, sku, now() + interval '8 minutes' from taken returning id`
    if (taken.length !== 1) throw new Error('The hot row was empty.')
  }
}

function commandOf(sku: string): HoldCommand {
  const id = crypto.randomUUID()
  const request = { key: id, fingerprint: id, requestId: id }
  return { request, storeId: STORE, visitorId: `vis_${id}`, lines: [{ sku, units: 1 }], drop: null }
}

const offerOf = (sku: string, leaves: number): Offer => ({
  sku,
  storeId: STORE,
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
  drop: { id: 'drp_bench', slug: 'bench', opensAt: 0, endsAt: null, paused: false, leaves },
})
