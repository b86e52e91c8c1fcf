/** Each handler at its real work, from the POST to what it has done. */
import { env } from 'cloudflare:workers'
import { beforeAll, expect, it } from 'vitest'
import { documentIdFor } from '../../../platform/documents/documents.ts'
import { openShop, type Operator, type TestShop } from '../../../workers/testing/shop.ts'

const JOBS = '/api/v1/admin/jobs'

let shop: TestShop
let operator: Operator
beforeAll(async () => {
  shop = await openShop()
  operator = shop.operator
})

/** How a job ended, or stands after its first attempt. */
async function done(type: string, payload: object, until = /"state":"(succeeded|failed|dead|cancelled)"/) {
  const taken = await operator.posts(JOBS, { type, payload, lane: 'default' }) // the bulk lane gathers for a second
  expect(taken.status, taken.text).toBe(202)
  for (;;) {
    const seen = await operator.asks(taken.body.links.self)
    if (until.test(seen.text)) return seen.body
    await operator.asks(`${taken.body.links.events}?last_event_id=${seen.body.version}`)
  }
}

it('[JHN15] bulk_update changes prices and states, and names what it could not change', async () => {
  for (const sku of ['BULK-A', 'BULK-B']) expect((await operator.offers(sku, 5)).status).toBe(201)
  const changes = [
    { product: 'bulk-a', prices: [{ sku: 'BULK-A', amount: 5100, compare_at: 6000 }] },
    { product: 'bulk-b', status: 'archived' },
    { product: 'bulk-c', status: 'archived' },
    { product: 'bulk-b', prices: [{ sku: 'NONE', amount: 1 }] },
  ]
  const { state, result } = await done('bulk_update', { changes })
  expect([state, result]).toEqual([
    'succeeded',
    {
      ...{ updated: 2, unchanged: 0, refused_count: 2 },
      refused: [
        { product: 'bulk-c', code: 'product_not_found' },
        { product: 'bulk-b', code: 'unknown_sku' },
      ],
    },
  ])
  const a = (await operator.asks('/api/v1/admin/products/bulk-a')).body
  expect(a.variants[0]).toMatchObject({ price: { amount: 5100 }, compare_at: { amount: 6000 } })
  expect((await operator.asks('/api/v1/admin/products/bulk-b')).body.status).toBe('archived')
  const repeated = await done('bulk_update', { changes: changes.slice(0, 2) })
  expect(repeated.result).toMatchObject({ updated: 0, unchanged: 2 })
  await done('bulk_update', { changes: [{ product: 'bulk-a', prices: [{ sku: 'BULK-A', amount: 7000 }] }] })
  const dearer = (await operator.asks('/api/v1/admin/products/bulk-a')).body.variants[0]
  expect([dearer.price.amount, dearer.compare_at]).toEqual([7000, null])
})

it('[JHN16] import_catalog imports a file from the payload, part by part', async () => {
  const rows = ['IMP-A', 'IMP-B'].map((sku) => ({
    ...{
      slug: sku.toLowerCase(),
      title: `Print ${sku}`,
      variants: [{ sku, price: { amount: 900, currency: 'EUR' }, initial_units: 3 }],
    },
  }))
  const content = rows.map((row) => JSON.stringify(row)).join('\n')
  const { state, result, attempts, error } = await done('import_catalog', { format: 'ndjson', content })
  expect([state, error]).toEqual(['succeeded', null])
  expect(result).toMatchObject({ created: 2, refused: 0 })
  expect(attempts).toHaveLength(1) // though it took two goes: one to lay the file aside
  expect((await operator.asks(`/api/v1/admin/imports/${result.import_id}`)).body).toMatchObject({ state: 'finished' })
  expect((await operator.stock('IMP-A')).body).toMatchObject({ total: 3 })
})

it('[JHN17] export writes a file that can be fetched, as NDJSON and as CSV', async () => {
  await operator.offers('EXP-A', 1, 1234)
  const lines = await done('export', { what: 'catalog' })
  const file = await operator.asks(lines.result.url)
  expect(file.headers.get('content-type')).toBe('application/x-ndjson')
  const rows = file.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(rows).toHaveLength(lines.result.rows)
  expect(rows.find(({ sku }: { sku: string }) => sku === 'EXP-A')).toMatchObject({ price: 1234, currency: 'EUR' })
  const csv = await done('export', { what: 'catalog', format: 'csv' })
  const table = (await operator.asks(csv.result.url)).text.trim().split('\r\n')
  expect(table[0]).toMatch(/^product,title,status,vendor,sku,/)
  expect(table).toHaveLength(rows.length + 1)
  const reader = await shop.operatorWith('jobs:read')
  expect((await reader.asks(csv.result.url)).body).toMatchObject({ required: 'catalog:read' })
})

it('[JHN18] render_document and project_order do for an order what its own pipeline does', async () => {
  await operator.offers('DOC-A', 2)
  const ana = shop.visitor()
  const hold = await ana.holds('DOC-A')
  const order = (await ana.orders(hold.body.id)).body
  const drawn = await done('render_document', { order_id: order.id })
  expect(drawn.state, JSON.stringify(drawn.error)).toBe('succeeded')
  const kept = await env.DOCUMENTS.head(`documents/${drawn.result.document_id}`)
  expect(kept?.size).toBe(drawn.result.bytes)
  expect((await done('render_document', { order_id: order.id })).result).toEqual(drawn.result)
  expect((await done('project_order', { order_id: order.id })).state).toBe('succeeded')
  const exported = await done('export', { what: 'orders' })
  expect((await operator.asks(exported.result.url)).text).toContain(order.id)
  const none = await done('render_document', { order_id: await documentIdFor('nothing') })
  expect(none).toMatchObject({ state: 'dead', error: { code: 'order_not_found' } })
})

it('[JHN19] warm_cache asks for pages as a stranger would', async () => {
  await operator.offers('WARM-A', 1)
  const paths = ['/', '/products/warm-a', '/api/v1/products/warm-a', '/products/nobody']
  expect((await done('warm_cache', { paths })).result).toMatchObject({ warmed: 3, missed: ['/products/nobody'] })
  expect((await done('warm_cache', { drop: 'nobody' })).error.code).toBe('not_found')
})

it('[JHN20] send_email hands a letter over', async () => {
  const letter = { to: 'ana@example.com', subject: 'Soon', text: 'At ten.\n\nBe there <early>.' }
  expect((await done('send_email', letter)).result).toEqual({ to: 'ana@example.com' })
})

it('[JHN6] http_request calls, and what is said against it stands with the attempt', async () => {
  const url = `${env.STRIPE_API_BASE}/v1/nowhere`
  const { state, attempts, error } = await done('http_request', { url, final_statuses: [401, 404] })
  expect([state, attempts.length, error.code]).toEqual(['dead', 1, 'refused_by_server'])
  const refused = await done('http_request', { url: 'ftp://merchant.example/' })
  expect(refused).toMatchObject({ state: 'dead', error: { code: 'address_not_called' } })
})
