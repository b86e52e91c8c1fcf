/** What tests of stock begin with: a clock that is moved by hand, an offer, and a keeper with some units. */
import { assert } from '../basics/assert.ts'
import type { Decision } from '../basics/decision.ts'
import type { Offer, StockAnswer, StockRefusal } from '../message/stock-desk.ts'
import { StockKeeper, type StockStore } from './keeper.ts'
import { MemoryStockStore } from './memory-store.ts'
import type { MoveOf } from './stock.ts'

export const NOON = 1_800_000_000_000
export const MINUTE = 60_000

export const offer = (changes: Partial<Offer> = {}): Offer => ({
  sku: 'runner-42',
  storeId: 'store_test',
  version: 1,
  productId: 'prd_1',
  variantId: 'var_1',
  productSlug: 'night-runner',
  productTitle: 'Night Runner',
  variantTitle: 'EU 42',
  price: { amount: 12_900, currency: 'EUR' },
  forSale: true,
  unitsPerVisitorMax: 10,
  holdDurationMs: 8 * MINUTE,
  drop: null,
  ...changes,
})

/** Ana's two units, until a minute past noon. */
export const holdMove = (changes: Partial<MoveOf<'hold'>> = {}): MoveOf<'hold'> => ({
  kind: 'hold',
  holdId: 'h1',
  visitorId: 'ana',
  units: 2,
  expiresAt: NOON + MINUTE,
  ...changes,
})

/** A keeper at noon, over the given store or a new one in memory, described and with this many units. */
export function openStock(begin: { units: number; offer?: Partial<Offer>; store?: StockStore }) {
  const clock = { at: NOON, now: () => clock.at }
  const store = begin.store ?? new MemoryStockStore()
  const keeper = new StockKeeper(store, clock)
  keeper.describe(offer(begin.offer))
  keeper.adjust({ adjustmentId: 'initial', kind: 'initial', delta: begin.units, reason: '' })
  const figures = () => {
    const { initial, adjusted, held, sold } = keeper.proof()!.count
    return { initial, adjusted, held, sold }
  }
  return { clock, store, keeper, figures, recounted: () => keeper.proof()!.recounted }
}

/** The one answer, which must be yes. */
export function asked(answers: readonly Decision<StockAnswer, StockRefusal>[]): StockAnswer {
  const [answer] = answers
  assert(answers.length === 1 && answer?.ok, `one yes was wanted: ${JSON.stringify(answers)}`)
  return answer.value
}
