/**
 * Holds of one SKU, asked from inside the runtime: no HTTP, no crowd, only the objects and what it costs to reach them.
 * Every hold is a whole one (its units, its record, its kept answer, its visitor's limit), of a new visitor. `?inflight=`
 * and `?seconds=`.
 *
 * Books are asked as the shop's door asks them: holds that leave for one book at the same moment share a call
 * (workers/company.ts). The row is asked as a shop that keeps its stock in Postgres would: one statement a hold, which does
 * for it what a book does. A statement that only counted down would be compared to a hold that can be repeated and is limited.
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
import { holdTogether } from '../../workers/company.ts'
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
  async fetch(request: Request, env: Bindings, ctx: ExecutionContext): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    const inFlight = Number(searchParams.get('inflight'))
    const seconds = Number(searchParams.get('seconds'))
    switch (pathname) {
      case '/tree':
        return Response.json(await drive(await askBooks(env, ctx, BOOKS), inFlight, seconds))
      case '/owner':
        return Response.json(await drive(await askBooks(env, ctx, 0), inFlight, seconds))
      case '/owner-alone':
        return Response.json(await drive(await askBooks(env, ctx, 0), 1, seconds))
      default: // '/hot-row'
        return Response.json(await drive(await askRow(env), inFlight, seconds))
    }
  },
}

/** A SKU of its own each time: a stock that grows must not slow the next round. */
async function askBooks(env: Bindings, ctx: ExecutionContext, leaves: number): Promise<() => Promise<void>> {
  const sku = `bench-${crypto.randomUUID()}`
  const stock: StockDesk = env.STOCK.getByName(`${STORE}/${sku}`)
  await stock.describe(offerOf(sku, leaves))
  await stock.adjust({ adjustmentId: `initial:${sku}`, kind: 'initial', delta: UNITS, reason: '' })
  const books = bookNames(STORE, BOOKS)
  let asked = 0
  return async () => {
    const name = books[(asked += 1) % BOOKS]!
    const desk = env.ORDER_BOOK.getByName(name) as unknown as OrderBookDesk
    const { decision } = await holdTogether(`${name} ${sku}`, commandOf(sku), {
      desk,
      keep: (lot) => ctx.waitUntil(lot),
    })
    if (!decision.ok) throw new Error(`A hold was refused: ${JSON.stringify(decision)}`)
  }
}

async function askRow({ DATABASE_URL, NEON_FETCH_ENDPOINT }: Bindings): Promise<() => Promise<void>> {
  neonConfig.fetchEndpoint = NEON_FETCH_ENDPOINT
  const sql = neon(DATABASE_URL)
  await sql`create table if not exists bench_stock (sku text primary key, free int not null)`
  await sql`create table if not exists bench_holds (id text primary key, sku text not null, visitor_id text not null,
    units int not null, state text not null, expires_at timestamptz not null)`
  await sql`create index if not exists bench_holds_visitor on bench_holds (visitor_id, sku)`
  await sql`create table if not exists bench_answers (key text primary key, fingerprint text not null, hold_id text not null)`
  await sql`insert into bench_stock values ('hot', ${UNITS}) on conflict (sku) do update set free = excluded.free`
  return async () => {
    const [id, visitorId, key] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()]
    const taken = await sql`
      with taken as (
        update bench_stock set free = free - 1
        where sku = 'hot' and free >= 1 and not exists (select from bench_answers where key = ${key})
          and (select coalesce(sum(units), 0) from bench_holds where visitor_id = ${visitorId} and sku = 'hot') < 10
        returning sku
      ), held as (
        insert into bench_holds
        select ${id}, sku, ${visitorId}, 1, 'held', now() + interval '8 minutes' from taken returning id
      )
      insert into bench_answers select ${key}, ${key}, id from held returning key`
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
