/** The projection of orders and stock, and the way of offers to the stock objects. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newIdInBook } from '../../domain/basics/ids.ts'
import { seededRandom } from '../../domain/basics/random.ts'
import { ORDINARY_TERMS, type DropDraft } from '../../domain/drop/drop.ts'
import type { DropTerms } from '../../domain/message/drop-desk.ts'
import type { OrderStatus, OrderView } from '../../domain/message/order-book.ts'
import type { Adjustment, Offer, StockDesk } from '../../domain/message/stock-desk.ts'
import type { OrderRecord } from '../../domain/order/records.ts'
import { controlDrop, findDrop, listDrops, putDrop, type DropControl } from './drops.ts'
import { publishMoments, type MomentsOfDrop } from './drop-moments.ts'
import { offersFor, publishDrops, publishOffers } from './offers.ts'
import { inventoryRecords, orderRecords } from './order-records.ts'
import { listOrders } from './orders.ts'
import { putProducts, removeProduct } from './product-writes.ts'
import { popularProducts } from './products.ts'
import { rowsOf, sql } from './statements.ts'
import { BIRTH, startTestCluster, type TestCluster, type TestShop } from './testing.ts'

let cluster: TestCluster
beforeAll(async () => (cluster = await startTestCluster()))
afterAll(() => cluster.stop())

const random = seededRandom(7)
const eur = (amount: number) => ({ amount, currency: 'EUR' })

function record(storeId: string, id: string, version: number, status: OrderStatus, sku = 'A'): OrderRecord {
  const refunded = status === 'refunded' ? 2_000 : 0
  const order: OrderView = {
    ...{ id, storeId, visitorId: 'vis_1', holdId: 'hld_1', email: 'ana@example.com', name: null, status, version },
    shippingAddress: null,
    lines: [0, 1].map((n) => ({
      ...{ sku: n ? 'B' : sku, units: 1 + n, productSlug: 'lamp', productTitle: 'Lamp', variantTitle: 'Large' },
      ...{ unitPrice: eur(1_000), lineTotal: eur(1_000 * (1 + n)) },
    })),
    total: eur(3_000),
    failure: status === 'payment_failed' ? { code: 'card_declined', message: 'The bank said no.' } : null,
    nextActionUrl: null,
    ...{ locale: 'en', storeName: 'Test', orderUrl: 'https://shop.test/orders/1' },
    payment: { providerId: 'pi_1', authorised: eur(3_000), captured: eur(3_000), refunded: eur(refunded) },
    refunds: refunded
      ? [{ id: 'ref_1', amount: eur(refunded), reason: null, restock: [], status: 'succeeded', createdAt: 5 }]
      : [],
    receiptDocumentId: null,
    createdAt: BIRTH.now,
    updatedAt: BIRTH.now + version,
  }
  return { order, payment: { id: 'pay_1', state: 'captured', providerId: 'pi_1', declineCode: null }, settledAt: null }
}

const newOrder = () => newIdInBook('ord', { bucket: 700, book: 0 }, BIRTH.now, random)

/** All that the projection holds of a store, as text. */
async function everything(shop: TestShop): Promise<string> {
  const tables = ['orders', 'order_lines', 'payments', 'refunds']
  const all = await Promise.all(
    tables.map((table) =>
      shop.db.read('primary').rows(
        rowsOf(sql`select coalesce(jsonb_agg(to_jsonb(t) order by to_jsonb(t)::text), '[]')::text as rows
          from ${sql.raw(table)} t where store_id = ${shop.storeId}`),
      ),
    ),
  )
  return JSON.stringify(all).replaceAll(shop.storeId, 'store')
}

describe('the projection', () => {
  it('[DAT10] is the same whatever the order, the grouping and the repetition in which reports arrive', async () => {
    const ids = [newOrder(), newOrder(), newOrder()]
    const reports = (storeId: string) =>
      ids.flatMap((id) => [
        record(storeId, id, 1, 'accepted'),
        record(storeId, id, 2, 'processing'),
        record(storeId, id, 3, 'paid'),
        record(storeId, id, 4, 'refunded'),
      ])
    const arrivals: ((all: OrderRecord[]) => OrderRecord[][])[] = [
      (all) => all.map((one) => [one]),
      (all) => [all],
      (all) => all.toReversed().map((one) => [one]),
      (all) => [[...all, ...all].toReversed(), all],
      (all) => [all.filter((_, i) => i % 2), all.filter((_, i) => i % 3), all],
    ]
    const results = new Set<string>()
    for (const arrival of arrivals) {
      const shop = await cluster.shop()
      for (const batch of arrival(reports(shop.storeId))) await orderRecords(shop.db).record(batch)
      results.add(await everything(shop))
    }
    expect(results.size).toBe(1)
    expect([...results][0]).toContain('succeeded')
  })

  it('[DAT10] takes many reports in one round trip, also from recorders that run beside each other', async () => {
    const shop = await cluster.shop()
    const orders = Array.from({ length: 80 }, newOrder)
    const before = cluster.neon.gateway.counters()['primary']!.requests
    const all = orders.map((id) => record(shop.storeId, id, 1, 'paid'))
    await Promise.all([all, all.toReversed(), all].map((batch) => orderRecords(shop.db).record(batch)))
    expect(cluster.neon.gateway.counters()['primary']!.requests - before).toBe(3)
    const listed = await listOrders(shop.db.read('primary'), shop.storeId, ALL_ORDERS)
    expect(listed.ok && listed.value.data).toHaveLength(80)
    expect(listed.ok && listed.value.data[0]).toMatchObject({ units: 3, total: eur(3_000), status: 'paid' })
  })

  it('[ORD7] writes down what Postgres has no letters for as far as it can, beside the others', async () => {
    const shop = await cluster.shop()
    const [odd, plain] = [record(shop.storeId, newOrder(), 1, 'paid'), record(shop.storeId, newOrder(), 1, 'paid')]
    odd.order.name = 'An\0a \ud83d'
    odd.order.lines[0]!.productTitle = '\udc00Lamp'
    await orderRecords(shop.db).record([odd, plain])
    const names = await shop.db
      .read('primary')
      .rows(rowsOf(sql`select name, id = ${plain.order.id} as plain from orders where store_id = ${shop.storeId}`))
    expect(names).toHaveLength(2)
    expect(names).toContainEqual({ name: 'Ana \ufffd', plain: false })
  })

  it('[DAT10] lists orders page by page, by state and by e-mail', async () => {
    const shop = await cluster.shop()
    const made = [newOrder(), newOrder(), newOrder()]
    await orderRecords(shop.db).record([
      record(shop.storeId, made[0]!, 1, 'paid'),
      record(shop.storeId, made[1]!, 1, 'payment_failed'),
      record(shop.storeId, made[2]!, 1, 'paid'),
    ])
    const list = async (more: object) => {
      const page = await listOrders(shop.db.read('primary'), shop.storeId, { ...ALL_ORDERS, ...more })
      if (!page.ok) throw new Error(page.refusal.code)
      return page.value
    }
    const first = await list({ limit: 2 })
    const second = await list({ limit: 2, cursor: first.nextCursor })
    expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(made.toSorted().toReversed())
    expect(second.nextCursor).toBeNull()
    expect((await list({ status: 'payment_failed' })).data.map(({ id }) => id)).toEqual([made[1]])
    expect((await list({ email: 'ANA@example.com' })).data).toHaveLength(3)
    expect((await list({ email: 'nobody@example.com' })).data).toHaveLength(0)
  })

  it('[CAT12] calls popular what was sold most in paid orders, and fills up with the newest', async () => {
    const shop = await stockedShop()
    await orderRecords(shop.db).record([
      record(shop.storeId, newOrder(), 1, 'paid', 'C'),
      record(shop.storeId, newOrder(), 1, 'paid', 'C'),
      record(shop.storeId, newOrder(), 1, 'payment_failed', 'D'),
    ])
    const popular = await popularProducts(shop.db.read('primary'), shop.storeId, { sinceMs: 0, limit: 3 })
    // Each order also has two units of B.
    expect(popular.map(({ slug, unitsSold }) => [slug, unitsSold])).toEqual([
      ['p-b', 4],
      ['p-c', 2],
      [expect.any(String), 0],
    ])
  })
})

const ALL_ORDERS = { status: null, email: null, limit: 100, cursor: null }

async function stockedShop(): Promise<TestShop> {
  const shop = await cluster.shop()
  const products = ['A', 'B', 'C', 'D'].map((sku) => ({
    draft: {
      ...{ slug: `p-${sku.toLowerCase()}`, title: sku, description: '', vendor: '', productType: '', tags: [] },
      ...{ status: 'active' as const, options: [], images: [], collections: null },
      variants: [
        {
          ...{
            sku,
            title: '',
            optionValues: [],
            priceAmount: 1_000,
            compareAtAmount: null,
            barcode: '',
            weightGrams: 0,
          },
          ...{ unitsPerVisitorMax: sku === 'B' ? 3 : null, initialUnits: 7 },
        },
      ],
    },
  }))
  await putProducts(shop.db.write(), shop.storeId, products, BIRTH)
  return shop
}

/** Stock desks that keep an ordered list of what they were told, and can be away. */
function desks() {
  const told: string[] = []
  const away = new Set<string>()
  const offers = new Map<string, Offer>()
  const find = (_storeId: string, sku: string): StockDesk => {
    const reach = () => {
      if (away.has(sku)) throw new Error('overloaded')
    }
    return {
      describe: async (offer: Offer) => {
        reach()
        told.push(`describe ${sku}`)
        offers.set(sku, offer)
      },
      adjust: async ({ adjustmentId, delta }: Adjustment) => {
        reach()
        told.push(`${adjustmentId} ${delta}`)
        return { ok: false, refusal: { code: 'adjustment_id_taken', adjustmentId } }
      },
    } as unknown as StockDesk // the rest of a desk is never asked here
  }
  return { told, away, offers, find }
}

describe('offers', () => {
  const publish = (shop: TestShop, { find }: ReturnType<typeof desks>, limit = 100) =>
    publishOffers(shop.db, find, { storeId: shop.storeId, limit })

  it('[CAT13] tells each stock object its terms and its opening stock once, and nobody who has heard already', async () => {
    const shop = await stockedShop()
    const d = desks()
    expect(await publish(shop, d)).toEqual({ published: 4, failed: 0, more: false })
    expect(d.told.toSorted()).toEqual([
      ...['A', 'B', 'C', 'D'].map((sku) => `describe ${sku}`),
      ...['A', 'B', 'C', 'D'].map((sku) => `initial:${sku} 7`),
    ])
    expect(d.offers.get('B')).toMatchObject({
      ...{
        sku: 'B',
        productSlug: 'p-b',
        price: eur(1_000),
        forSale: true,
        unitsPerVisitorMax: 3,
        version: 1,
        drop: null,
      },
      holdDurationMs: 480_000,
    })
    expect(await publish(shop, d)).toEqual({ published: 0, failed: 0, more: false })
  })

  it('[CAT13] keeps for later what could not be told, and what changed while it was being told', async () => {
    const shop = await stockedShop()
    const d = desks()
    d.away.add('A')
    const slow: typeof d.find = (storeId, sku) => ({
      ...d.find(storeId, sku),
      describe: async (offer) => {
        if (sku === 'B')
          await shop.db.write().batch([rowsOf(sql`update outbox set seq = seq + 1000000 where key = 'B'`)])
        return d.find(storeId, sku).describe(offer)
      },
    })
    expect(await publishOffers(shop.db, slow, { storeId: shop.storeId, limit: 100 })).toMatchObject({
      published: 3,
      failed: 1,
    })
    const left = await shop.db
      .read('primary')
      .rows(
        rowsOf(
          sql`select key, attempts, due_at > now() as later from outbox where store_id = ${shop.storeId} and topic = 'offer' order by key`,
        ),
      )
    expect(left).toEqual([
      { key: 'A', attempts: 1, later: true },
      { key: 'B', attempts: 0, later: false },
    ])
  })
})

describe('drops', () => {
  const night = (more: Partial<DropDraft> = {}): DropDraft => ({
    ...{ slug: 'night', title: 'Night', description: '', imageUrl: '', paused: false },
    ...{ opensAt: BIRTH.now + 60_000, endsAt: null, unitsPerVisitorMax: 2, holdDurationMs: null, skus: ['A', 'B'] },
    ...ORDINARY_TERMS,
    ...more,
  })
  const planned = async (shop: TestShop, draft: DropDraft, more: { id?: string; now?: number } = {}) => {
    const put = await putDrop(shop.db.write(), shop.storeId, draft, { ...BIRTH, ...more })
    if (!put.ok) throw new Error(put.refusal.code)
    return put.value
  }
  /** The objects of drops, which write down what they are told. */
  const dropDesks = () => {
    const heard: DropTerms[] = []
    const find = () => ({ describe: async (terms: DropTerms) => void heard.push(terms) })
    const publish = (shop: TestShop) => publishDrops(shop.db, find, { storeId: shop.storeId, limit: 100 })
    return { heard, publish }
  }
  const room = {
    ...{ insideMax: 40, admissionsPerMinute: 600, passDurationMs: 60_000 },
    ...{ challenge: false, oneLotPerEmail: true },
  }

  it('[DRP2] lends its terms to the offers of its SKUs, and gives them back when they leave', async () => {
    const shop = await stockedShop()
    const made = await putDrop(shop.db.write(), shop.storeId, night(), BIRTH)
    if (!made.ok) throw new Error(made.refusal.code)
    expect(made.value).toMatchObject({ slug: 'night', skus: ['A', 'B'], total: 14, free: 14, version: 1 })
    const offer = async (sku: string) => (await offersFor(shop.db.read('primary'), shop.storeId, [sku]))[0]?.offer
    expect(await offer('B')).toMatchObject({
      ...{ version: 2, unitsPerVisitorMax: 2 },
      drop: { id: made.value.id, slug: 'night', opensAt: BIRTH.now + 60_000, endsAt: null, paused: false },
    })
    const d = desks()
    await publishOffers(shop.db, d.find, { storeId: shop.storeId, limit: 100 })
    await putDrop(shop.db.write(), shop.storeId, night({ skus: ['A'] }), { ...BIRTH, id: made.value.id })
    await publishOffers(shop.db, d.find, { storeId: shop.storeId, limit: 100 })
    expect(d.offers.get('B')).toMatchObject({ drop: null, unitsPerVisitorMax: 3 })
    expect(d.offers.get('A')).toMatchObject({ drop: { slug: 'night' } })
    expect((await findDrop(shop.db.read('primary'), shop.storeId, 'night'))?.products.map(({ slug }) => slug)).toEqual([
      'p-a',
    ])
  })

  it('[SCD18] tells schedules when it opens and ends, that it is sold out, and that it is not any more', async () => {
    const shop = await stockedShop()
    const drop = await planned(shop, night({ skus: ['A'] }))
    const heard: MomentsOfDrop[] = []
    const told = async () => {
      await publishMoments(shop.db, async (_, one) => void heard.push(one), { storeId: shop.storeId, limit: 9 })
      return heard.splice(0).map(({ moments }) => moments)
    }
    let version = 0
    const counted = (free: number) => {
      const count = { sku: 'A', initial: 9, adjusted: 0, total: 9, free, held: 0, sold: 9 - free, version: ++version }
      return inventoryRecords(shop.db).record([{ storeId: shop.storeId, count }])
    }
    expect(await told()).toEqual([{ opening: BIRTH.now + 60_000, end: null, sold_out: null }])
    await putDrop(shop.db.write(), shop.storeId, night({ skus: ['A'], opensAt: 5 }), { ...BIRTH, id: drop.id })
    expect(await told()).toEqual([{ opening: 5, end: null, sold_out: null }])
    await counted(1)
    expect(await told()).toEqual([])
    await counted(0)
    expect(await told()).toEqual([{ opening: 5, end: null, sold_out: expect.any(Number) as number }])
    await counted(2)
    expect(await told()).toEqual([{ opening: 5, end: null, sold_out: null }])
    await controlDrop(shop.db.write(), shop.storeId, drop.id, { kind: 'stop' }, BIRTH.now)
    expect(await told()).toEqual([{ opening: 5, end: BIRTH.now, sold_out: null }])
  })

  it('[DRP3] is refused as a whole for an unknown SKU, a SKU of another drop, a taken slug, an older version', async () => {
    const shop = await stockedShop()
    const put = (draft: DropDraft, more: { id?: string; ifVersion?: number } = {}) =>
      putDrop(shop.db.write(), shop.storeId, draft, { ...BIRTH, ...more })
    const made = await put(night())
    const id = made.ok ? made.value.id : ''
    const no = async (...asked: Parameters<typeof put>) => {
      const decision = await put(...asked)
      return decision.ok ? decision.value : decision.refusal
    }
    expect(await no(night({ slug: 'b', skus: ['C', 'X'] }))).toEqual({ code: 'sku_not_found', sku: 'X' })
    expect(await no(night({ slug: 'b', skus: ['C', 'B'] }))).toEqual({
      code: 'sku_in_another_drop',
      sku: 'B',
      drop: 'night',
    })
    expect(await no(night({ skus: ['C'] }))).toEqual({ code: 'slug_taken', slug: 'night' })
    expect(await no(night(), { id, ifVersion: 9 })).toEqual({ code: 'version_is_older', expected: 9, found: 1 })
    expect(await no(night(), { id: 'drp_none' })).toEqual({ code: 'drop_not_found', drop: 'drp_none' })
    expect(await listDrops(shop.db.read('primary'), shop.storeId, BIRTH.now)).toHaveLength(1)
  })

  it('[DRP4] tells its SKUs when it is paused and when it goes on', async () => {
    const shop = await stockedShop()
    const made = await putDrop(shop.db.write(), shop.storeId, night(), BIRTH)
    const id = made.ok ? made.value.id : ''
    const d = desks()
    const control = (kind: 'pause' | 'resume') => controlDrop(shop.db.write(), shop.storeId, id, { kind }, BIRTH.now)
    const paused = await control('pause')
    expect(paused).toMatchObject({ ok: true, value: { paused: true, version: 2 } })
    await publishOffers(shop.db, d.find, { storeId: shop.storeId, limit: 100 })
    expect(d.offers.get('A')?.drop?.paused).toBe(true)
    await control('resume')
    await publishOffers(shop.db, d.find, { storeId: shop.storeId, limit: 100 })
    expect(d.offers.get('A')?.drop?.paused).toBe(false)
  })

  it('[DRP12] tells its own object and its SKUs all of its terms', async () => {
    const shop = await stockedShop()
    const terms = { expectedBuyers: 30_000, room, countries: ['DE', 'AT'], inviteOnly: true, unitsPerOrderMax: 3 }
    const drop = await planned(shop, night({ ...terms, endsAt: BIRTH.now + 90_000 }))
    expect(drop).toMatchObject({ ...terms, leaves: 6, leavesWanted: null, stoppedAt: null })
    const objects = dropDesks()
    await objects.publish(shop)
    expect(objects.heard).toEqual([
      {
        ...{ storeId: shop.storeId, id: drop.id, slug: 'night', title: 'Night', version: 1, paused: false, room },
        ...{ opensAt: BIRTH.now + 60_000, endsAt: BIRTH.now + 90_000, skus: ['A', 'B'], expectedBuyers: 30_000 },
      },
    ])
    const [told] = await offersFor(shop.db.read('primary'), shop.storeId, ['A'])
    expect(told?.offer.drop).toEqual({
      ...{ id: drop.id, slug: 'night', opensAt: BIRTH.now + 60_000, endsAt: BIRTH.now + 90_000, paused: false },
      ...{ leaves: 6, room: true, inviteOnly: true, countries: ['DE', 'AT'], unitsPerOrderMax: 3 },
    })
    expect(await objects.publish(shop)).toEqual({ published: 0, failed: 0, more: false })
  })

  it('[DRP12] tells its object when it loses a SKU, under a newer version', async () => {
    const shop = await stockedShop()
    await planned(shop, night())
    const objects = dropDesks()
    await objects.publish(shop)
    const a = await findDrop(shop.db.read('primary'), shop.storeId, 'night')
    await removeProduct(shop.db.write(), shop.storeId, a!.products[0]!.id)
    await objects.publish(shop)
    expect(objects.heard.map(({ version, skus }) => ({ version, skus }))).toEqual([
      { version: 1, skus: ['A', 'B'] },
      { version: 2, skus: ['B'] },
    ])
  })

  it('[DRP11] gains leaves while it runs, and loses none', async () => {
    const shop = await stockedShop()
    const { id } = await planned(shop, night({ expectedBuyers: 30_000 }))
    const replanned = (draft: Partial<DropDraft>, now: number) => planned(shop, night(draft), { id, now })
    const open = BIRTH.now + 60_000
    expect((await replanned({ expectedBuyers: 2_000 }, open - 1)).leaves).toBe(4)
    expect((await replanned({ leavesWanted: 9 }, open)).leaves).toBe(9)
    expect((await replanned({}, open)).leaves).toBe(9)
    const fewer = await putDrop(shop.db.write(), shop.storeId, night({ leavesWanted: 8 }), { ...BIRTH, id, now: open })
    expect(fewer).toEqual({ ok: false, refusal: { code: 'leaves_may_only_grow', leaves: 9, requested: 8 } })
  })

  it('[DRP13] is stopped once and for good, also before it has opened', async () => {
    const shop = await stockedShop()
    const { id } = await planned(shop, night({ room }))
    const control = (what: DropControl, now = BIRTH.now) => controlDrop(shop.db.write(), shop.storeId, id, what, now)
    const objects = dropDesks()
    await control({ kind: 'pace', admissionsPerMinute: 7 })
    await control({ kind: 'stop' })
    expect(await control({ kind: 'stop' }, BIRTH.now + 5)).toMatchObject({
      value: { stoppedAt: BIRTH.now, endsAt: BIRTH.now, plannedEndsAt: null, version: 3 },
    })
    await objects.publish(shop)
    expect(objects.heard).toMatchObject([{ endsAt: BIRTH.now, room: { admissionsPerMinute: 7, insideMax: 40 } }])
    expect(await control({ kind: 'resume' })).toEqual({
      ok: false,
      refusal: { code: 'drop_ended', endedAt: BIRTH.now },
    })
  })

  it('[DRP13] has no pace without a waiting room', async () => {
    const shop = await stockedShop()
    const { id } = await planned(shop, night())
    const paced = await controlDrop(
      ...([shop.db.write(), shop.storeId, id, { kind: 'pace', admissionsPerMinute: 7 }, BIRTH.now] as const),
    )
    expect(paced).toEqual({ ok: false, refusal: { code: 'drop_has_no_room', drop: 'night' } })
  })

  it('[DRP5] comes first in the list while it is open or to come, and last when it has ended', async () => {
    const shop = await stockedShop()
    const at = (slug: string, opensAt: number, endsAt: number | null) =>
      putDrop(shop.db.write(), shop.storeId, night({ slug, opensAt, endsAt, skus: [] }), BIRTH)
    await at('long-over', BIRTH.now - 9_000, BIRTH.now - 8_000)
    await at('just-over', BIRTH.now - 5_000, BIRTH.now)
    await at('tomorrow', BIRTH.now + 9_000, null)
    await at('open', BIRTH.now - 1_000, BIRTH.now + 1)
    const listed = await listDrops(shop.db.read('primary'), shop.storeId, BIRTH.now)
    expect(listed.map(({ slug }) => slug)).toEqual(['open', 'tomorrow', 'just-over', 'long-over'])
  })
})
