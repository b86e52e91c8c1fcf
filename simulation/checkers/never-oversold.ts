/** STK1 and STK7, from the rows: free + held + sold = total, and nothing keeps a unit longer than it may. */
import type { Shop } from '../shop.ts'
import type { StockHost } from '../stock-host.ts'
import { Violation } from './violation.ts'

/** A hold's units are for sale again within this long of its end (product.md, promise 2). */
const COMES_BACK_WITHIN_MS = 10_000

export function expectNothingOversold(host: StockHost): void {
  const count = host.numbers()
  if (!count) return
  const { total, free, held, sold } = count
  if (free + held + sold !== total) {
    throw new Violation('STK1', `${host.sku}: ${free} + ${held} + ${sold} is not ${total}`)
  }
  if (free < 0 || held < 0 || sold < 0) throw new Violation('STK1', `${host.sku}: a number of units is negative`)
}

export function expectRowsToAgree(host: StockHost): void {
  expectNothingOversold(host)
  const proof = host.keeper.proof()
  if (!proof) return
  const { count, recounted } = proof
  const { total, held, sold } = count
  if (recounted.held !== held || recounted.sold !== sold) {
    const rows = `${recounted.held} held and ${recounted.sold} sold`
    throw new Violation('STK1', `${host.sku}: the rows say ${rows}, the account ${held} and ${sold}`)
  }
  if (recounted.initial + recounted.adjusted !== total) {
    throw new Violation('STK1', `${host.sku}: ${recounted.initial} + ${recounted.adjusted} is not ${total}`)
  }
}

export function expectHoldsToComeBack(shop: Shop, now: number): void {
  for (const host of shop.stocks.values()) {
    const due = host.keeper.nextHoldEnd()
    if (due !== null && due + COMES_BACK_WITHIN_MS < now) {
      throw new Violation('STK7', `${host.sku}: a hold ended ${now - due} ms ago and its units are still away`)
    }
  }
}
