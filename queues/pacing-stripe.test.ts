/** The same crowd over the real SDK, on a real clock, before the stand-in with Stripe's own limits switched on. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CallReport, PacerDesk } from '../domain/message/pacer-desk.ts'
import { PacerKeeper } from '../domain/pacing/keeper.ts'
import { MemoryPacerStore } from '../domain/pacing/memory-store.ts'
import { ALONE_LIMITS, STRIPE_LIMITS } from '../domain/pacing/pace.ts'
import { startStripe, type StripeStandIn } from '../local/stripe/server.ts'
import { systemClock } from '../platform/dice.ts'
import { StripePayments } from '../platform/stripe/payments.ts'
import { settleOrders } from './order-settler.ts'
import { BOOK, TestShop } from './testing.ts'

const BUYERS = 150
const BATCH = 10

describe('150 buyers before Stripe’s own limits', () => {
  let standIn: StripeStandIn
  beforeAll(async () => {
    standIn = await startStripe({ webhookSecret: 'whsec_test' })
    await standIn.control({ rate_limit: true, latency_ms: 40 })
  })
  afterAll(() => standIn.stop())

  const controlled = async <Answer>(path: string): Promise<Answer> => (await fetch(`${standIn.url}${path}`)).json()

  it('[PCE1] all pay once, with 1.1 calls a payment at most', { timeout: 300_000 }, async () => {
    const shop = new TestShop({ 'SKU-A': 2 * BUYERS, 'SKU-B': BUYERS })
    const orders = Array.from({ length: BUYERS }, () => shop.orders().id)
    const keeper = new PacerKeeper(new MemoryPacerStore(), systemClock, STRIPE_LIMITS)
    let refused = 0
    const hear = (reports: readonly CallReport[]): void => {
      for (const report of reports) refused += report.refused
    }
    const pacer: Pick<PacerDesk, 'ask' | 'report'> = {
      ask: async (asks, reports) => {
        hear(reports)
        return keeper.ask(asks, reports)
      },
      report: async (reports) => {
        hear(reports)
        keeper.report(reports)
      },
    }
    const parts = {
      bookNamed: shop.bookNamed,
      stockOf: shop.stockOf,
      payments: new StripePayments({
        STRIPE_SECRET_KEY: standIn.secretKey,
        STRIPE_API_BASE: standIn.url,
        STRIPE_PUBLIC_BASE: '',
      }),
      pacing: {
        pacerOf: () => pacer,
        alone: new PacerKeeper(new MemoryPacerStore(), systemClock, ALONE_LIMITS),
        clock: systemClock,
        sleep: (ms: number): Promise<void> => sleep(ms),
      },
    }
    const began = Date.now()
    const settlers = new Set<Promise<unknown>>()
    while (orders.some((id) => shop.order(id).status !== 'paid') && Date.now() < began + 240_000) {
      shop.now = Date.now()
      const due = shop.keeper.takeDue().flatMap((row) => (row.topic === 'settle' ? [row.orderId] : []))
      while (due.length > 0) {
        const batch = due.splice(0, BATCH).map((orderId) => ({ v: 1, kind: 'settle', book: BOOK, orderId }) as const)
        const settling = settleOrders(batch, parts).finally(() => settlers.delete(settling))
        settlers.add(settling)
      }
      await sleep(20)
    }
    const tookMs = Date.now() - began
    await Promise.all(settlers)

    const { counters } = await controlled<{ counters: { requests: Record<string, number> } }>('/control')
    const calls = Object.values(counters.requests).reduce((all, some) => all + some, 0)
    console.info(
      `${BUYERS} payments in ${tookMs / 1000} s (least ${BUYERS / 25} s), ${calls / (2 * BUYERS)} calls each, ` +
        `${refused} of all refused`,
    )
    type Intent = { captures: number; authorizations: number; metadata: { order_id: string } }
    const { intents } = await controlled<{ intents: Intent[] }>('/control/ledger')
    expect(orders.filter((id) => shop.order(id).status !== 'paid')).toEqual([])
    expect(intents.map(({ metadata }) => metadata.order_id).sort()).toEqual([...orders].sort())
    expect(intents.filter(({ captures, authorizations }) => captures !== 1 || authorizations !== 1)).toEqual([])
    // How many are refused beside these depends on how busy this machine is; in virtual time it is none (pacing.test.ts).
    expect((calls - refused) / (2 * BUYERS)).toBeLessThanOrEqual(1.1)
  })
})
