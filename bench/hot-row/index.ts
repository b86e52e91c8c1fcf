/**
 * How a shop on a database alone holds a unit: one statement that takes from the SKU's row what is there and writes the
 * hold, in one round trip over the same driver and gateway as ours. The row's lock is the judge.
 */
import { neon, neonConfig } from '@neondatabase/serverless'

interface Bindings {
  DATABASE_URL: string
  NEON_FETCH_ENDPOINT: string
}

export default {
  async fetch(request, { DATABASE_URL, NEON_FETCH_ENDPOINT }): Promise<Response> {
    neonConfig.fetchEndpoint = NEON_FETCH_ENDPOINT
    const sql = neon(DATABASE_URL)
    const { pathname } = new URL(request.url)
    if (pathname === '/open') {
      await sql`create table if not exists bench_stock (sku text primary key, free int not null)`
      await sql`create table if not exists bench_holds (id text primary key, sku text not null, expires_at timestamptz not null)`
      await sql`insert into bench_stock values ('hot', 900000) on conflict (sku) do update set free = excluded.free`
      return new Response('ready')
    }
    const [hold] = await sql`
      with taken as (update bench_stock set free = free - 1 where sku = 'hot' and free >= 1 returning sku)
      insert into bench_holds select ${crypto.randomUUID()}, sku, now() + interval '8 minutes' from taken returning id`
    return Response.json(hold ?? { refused: true }, { status: hold ? 201 : 409 })
  },
} satisfies ExportedHandler<Bindings>
