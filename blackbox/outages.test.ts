/**
 * Real processes die in the middle of real purchases. Eighty buyers each, ten at a time (`npm run outages`: two hundred);
 * every one of them keeps asking with the same key until there is an answer. In the end every order that was accepted is
 * paid, each exactly once, and the units add up.
 */
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startShop, type Shop } from '../local/runner/shop.ts'
import { Buyer, type Placed } from './buyer.ts'
import { eventually } from './eventually.ts'
import { Operator } from './operator.ts'

const BUYERS = Number(process.env['BUYERS'] ?? 80)
const AT_ONCE = 10
const STRIKE_AFTER = BUYERS / 4

let shop: Shop
let operator: Operator

beforeAll(async () => {
  shop = await startShop({ empty: true })
  operator = new Operator(shop.url, shop.operatorKey)
}, 90_000)
afterAll(() => shop?.stop(), 30_000)

describe('while a crowd buys', () => {
  it('[OUT1] loses no order and charges nobody twice when the Worker is killed', async () => {
    await operator.offers('KILL-WORKER', BUYERS)
    const orders = await everybodyBuys('KILL-WORKER', () => shop.killWorker())
    await allArePaidOnce(orders, 'KILL-WORKER')
  }, 120_000)

  it('[OUT2] goes on without its standby, and takes it back when it returns', async () => {
    await operator.offers('KILL-STANDBY', BUYERS)
    const orders = await everybodyBuys('KILL-STANDBY', () => shop.cluster.killStandby())
    await allArePaidOnce(orders, 'KILL-STANDBY')
    await shop.cluster.startStandby()
    await allAreRecorded(orders, shop.replicaUrl)
  }, 120_000)

  it('[OUT3] takes every order while the primary is away, and records them when it returns', async () => {
    await operator.offers('KILL-PRIMARY', BUYERS)
    const orders = await everybodyBuys('KILL-PRIMARY', () => shop.cluster.killPrimary())
    await shop.cluster.startPrimary()
    await allArePaidOnce(orders, 'KILL-PRIMARY')
    await allAreRecorded(orders, shop.primaryUrl)
  }, 120_000)
})

async function everybodyBuys(sku: string, strike: () => Promise<void>): Promise<Placed[]> {
  const orders: Placed[] = []
  let come = 0
  let struck: Promise<void> | undefined
  const oneAfterAnother = async (): Promise<void> => {
    while (come < BUYERS) {
      come += 1
      orders.push(await new Buyer(shop.url).buys(sku))
      if (orders.length >= STRIKE_AFTER) struck ??= strike()
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, oneAfterAnother))
  await struck
  expect(struck, 'the blow fell in the middle').toBeDefined()
  expect(new Set(orders.map(({ id }) => id)).size).toBe(BUYERS)
  return orders
}

async function allArePaidOnce(orders: readonly Placed[], sku: string): Promise<void> {
  const buyer = new Buyer(shop.url)
  for (const order of orders) {
    await eventually(async () => {
      const seen = await buyer.looksAt(order)
      expect(seen.body['status'], `${order.id} ${JSON.stringify(seen.body)}`).toBe('paid')
    }, 60_000)
  }
  expect(await operator.stock(sku)).toMatchObject({ total: BUYERS, free: 0, held: 0, sold: BUYERS })
  expect(await operator.proof()).toMatchObject({ ok: true, differences: [] })
  const captures = await capturesByOrder()
  expect(orders.filter(({ id }) => captures.get(id) !== 1)).toEqual([])
}

/** Asked of the payment provider itself, which knows nothing of our bookkeeping. */
async function capturesByOrder(): Promise<Map<string, number>> {
  const response = await fetch(`${shop.stripeUrl}/control/ledger`)
  const ledger = await response.json<{
    intents: { captures: number; metadata: Record<string, string> }[]
  }>()
  const captures = new Map<string, number>()
  for (const { captures: taken, metadata } of ledger.intents) {
    const orderId = metadata['order_id']
    if (orderId) captures.set(orderId, (captures.get(orderId) ?? 0) + taken)
  }
  return captures
}

async function allAreRecorded(orders: readonly Placed[], url: string): Promise<void> {
  await eventually(async () => {
    const client = new Client({ connectionString: url })
    await client.connect()
    try {
      const { rows } = await client.query<{ id: string }>(
        `select id from orders where status = 'paid' and id = any($1)`,
        [orders.map(({ id }) => id)],
      )
      expect(rows.length).toBe(orders.length)
    } finally {
      await client.end()
    }
  }, 60_000)
}
