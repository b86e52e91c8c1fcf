import { describe, expect, it } from 'vitest'
import { accept } from '../basics/decision.ts'
import type { OfferedDrop } from '../message/stock-desk.ts'
import { MINUTE, NOON, offer } from '../stock/testing.ts'
import { decideHold, type HoldIntent } from './hold.ts'

const friday: OfferedDrop = { id: 'drp_1', slug: 'friday', opensAt: 0, endsAt: null, paused: false }
const monday: OfferedDrop = { ...friday, id: 'drp_2', slug: 'monday' }

/** What becomes of a basket whose every line was granted, each with its drop. */
const decided = (lines: { sku: string; units: number; drop: OfferedDrop | null }[]) => {
  const intent: HoldIntent = {
    ...{ id: 'hld_1', storeId: 'store_test', visitorId: 'ana', drop: null, createdAt: NOON },
    lines: lines.map(({ sku, units }) => ({ sku, units })),
  }
  const granted = lines.map(({ sku, units, drop }) =>
    accept({
      offer: offer({ sku, drop }),
      hold: {
        ...{ id: 'hld_1', visitorId: 'ana', units, expiresAt: NOON + MINUTE },
        ...{ state: 'held' as const, orderId: null, unitsTakenBack: 0 },
      },
    }),
  )
  return decideHold(intent, granted)
}

describe('a basket', () => {
  it.each([
    ['within the limit', 2, 2, true],
    ['one unit over it', 3, 2, false],
  ])('[DRP10] %s, over all SKUs of the drop', (_what, a, b, ok) => {
    const drop = { ...friday, unitsPerOrderMax: 4 }
    const basket = decided([
      { sku: 'A', units: a, drop },
      { sku: 'B', units: b, drop },
    ])
    const refusal = { code: 'order_limit_reached', drop: 'friday', limit: 4, requested: 5 }
    expect(basket).toMatchObject(ok ? { ok } : { ok, refusal })
  })

  it('[DRP10] counts each drop by itself, and what is in none not at all', () => {
    const limited = { ...friday, unitsPerOrderMax: 2 }
    const basket = decided([
      { sku: 'A', units: 2, drop: limited },
      { sku: 'B', units: 9, drop: monday },
      { sku: 'C', units: 9, drop: null },
    ])
    expect(basket.ok).toBe(true)
  })

  it.each([
    ['its market’s', 'us', { amount: 6000, currency: 'USD' }],
    ['its own, in a market without one', 'constructor', { amount: 9000, currency: 'EUR' }],
    ['its own, without a market', undefined, { amount: 9000, currency: 'EUR' }],
  ])('[GEO7] is held at the price that was shown: %s', (_what, market, total) => {
    const priced = offer({
      price: { amount: 4500, currency: 'EUR' },
      marketPrices: { us: { amount: 3000, currency: 'USD' } },
    })
    const hold = { id: 'hld_1', visitorId: 'ana', units: 2, expiresAt: NOON + MINUTE, state: 'held' as const }
    const intent: HoldIntent = {
      ...{ id: 'hld_1', storeId: 'store_test', visitorId: 'ana', drop: null, createdAt: NOON },
      lines: [{ sku: 'A', units: 2 }],
      ...(market !== undefined && { market }),
    }
    const basket = decideHold(intent, [accept({ offer: priced, hold: { ...hold, orderId: null, unitsTakenBack: 0 } })])
    expect(basket).toMatchObject({ ok: true, value: { total, lines: [{ lineTotal: total }] } })
  })
})
