import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { databaseOf } from '../../../platform/postgres/database.ts'
import { rowsOf, sql } from '../../../platform/postgres/statements.ts'
import { openShop, type Said, type TestShop } from '../../testing/shop.ts'

let shop: TestShop
beforeEach(async () => {
  shop = await openShop()
})

const CSV = `Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price
mug,Mug,<p>Blue<script>x</script></p>,Maker,Cup,a,true,Size,S,MUG-S,5,12.50
mug,,,,,,,,L,MUG-L,0,14.00
jar,Jar,,Maker,Cup,,true,Title,Default Title,JAR,7,nonsense
`

const sends = (
  raw: string,
  type: string,
  { query = '', key = crypto.randomUUID(), headers = {} } = {},
): Promise<Said> =>
  shop.operator.asks(`/api/v1/admin/imports${query}`, {
    method: 'POST',
    raw,
    headers: { 'content-type': type, 'idempotency-key': key, ...headers },
  })

/** Free units as the projection has them, all products together. */
async function unitsRecorded(): Promise<number> {
  const rows = await databaseOf(env)
    .read('primary')
    .rows(rowsOf<{ free: string }>(sql`select sum(free)::text as free from inventory where store_id = ${shop.storeId}`))
  return Number(rows[0]?.free ?? 0)
}

describe('an import over HTTP', () => {
  it('[HTT25] takes the good, reports the bad by line, and opens the stock', async () => {
    const said = await sends(CSV, 'text/csv')
    expect(said.status, said.text).toBe(201)
    expect(said.body).toMatchObject({
      state: 'finished',
      dry_run: false,
      created: 1,
      refused: 1,
      format: 'shopify_csv',
    })
    expect(said.body.problems[0]).toMatchObject({ line: 4, product: 'jar' })
    expect(said.body.problems[0].remedy).toBeTruthy()
    expect((await shop.operator.stock('MUG-S')).body).toMatchObject({ total: 5, free: 5 })
    const product = (await shop.visitor().asks('/api/v1/products/mug')).body
    expect(product.description_html).not.toContain('script')
    expect((await shop.operator.asks(said.headers.get('location')!)).body).toEqual(said.body)
    expect((await shop.operator.asks('/api/v1/admin/imports')).body.data[0].id).toBe(said.body.id)
  })

  it('[HTT25] says what it would do, and does nothing, when asked to', async () => {
    const said = await sends(CSV, 'text/csv; charset=utf-8', { query: '?dry_run=true' })
    expect(said.body).toMatchObject({ dry_run: true, created: 1, refused: 1 })
    expect((await shop.visitor().asks('/api/v1/products/mug')).status).toBe(404)
    expect((await shop.operator.stock('MUG-S')).status).toBe(404)
  })

  it('[IDM3] [IDM4] is done once a key, and its report replayed', async () => {
    const key = crypto.randomUUID()
    const first = await sends(CSV, 'text/csv', { key })
    const again = await sends(CSV, 'text/csv', { key })
    expect(again.text).toBe(first.text)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect((await sends(`${CSV}more`, 'text/csv', { key })).body.code).toBe('idempotency_key_reused')
    const anew = await sends(CSV, 'text/csv')
    expect(anew.body).toMatchObject({ created: 0, unchanged: 1, stock_left_alone: 2 })
  })

  it('[HTT4] understands three kinds of files', async () => {
    const product = { slug: 'cup', title: 'Cup', variants: [{ sku: 'CUP', price: { amount: 100, currency: 'EUR' } }] }
    expect((await sends(JSON.stringify([product]), 'application/json')).body).toMatchObject({ created: 1 })
    expect((await sends(`${JSON.stringify(product)}\n`, 'application/x-ndjson')).body).toMatchObject({ unchanged: 1 })
    const said = await sends(CSV, 'application/xml')
    expect([said.status, said.body.code]).toEqual([415, 'unsupported_media_type'])
  })

  it('[HTT5] lays a long file aside, and puts it away again', async () => {
    const description = 'x'.repeat(95_000)
    const lines = Array.from({ length: 90 }, (_, i) =>
      JSON.stringify({
        slug: `long-${i}`,
        title: `Long ${i}`,
        description,
        variants: [{ sku: `LONG-${i}`, price: '1.00', initial_units: 1 }],
      }),
    )
    const said = await sends(lines.join('\n'), 'application/x-ndjson')
    expect(said.status, said.text.slice(0, 500)).toBe(201)
    expect(said.body.created, JSON.stringify(said.body.problems[0])).toBe(90)
    expect((await shop.operator.stock('LONG-89')).body.free).toBe(1)
    expect((await env.DOCUMENTS.list({ prefix: 'imports/' })).objects).toEqual([])
    // The stock objects report what they opened with; ninety messages must not outlive the test.
    await vi.waitFor(async () => expect(await unitsRecorded()).toBe(90), { timeout: 20_000, interval: 200 })
  })
})
