/**
 * STK5, LEA4 and HLD8, from the rows of owners, leaves and books: nobody has more units than the offer allows, wherever
 * they got them, and no unit is held for a basket that its book does not know of.
 */
import type { Shop } from '../shop.ts'
import { Violation } from './violation.ts'

/** Long enough for a question, its refusal and the release, in still weather. */
const STRANDED_AFTER_MS = 12_000

export class HoldsOfVisitors {
  /** Per SKU: the holds that were ever asked for, by visitor, and when they were first. */
  readonly #asked = new Map<string, Map<string, Map<string, number>>>()

  asked(sku: string, { visitorId, holdId }: { visitorId: string; holdId: string }, now: number): void {
    const visitors = this.#asked.get(sku) ?? new Map<string, Map<string, number>>()
    const holds = visitors.get(visitorId) ?? new Map<string, number>()
    if (!holds.has(holdId)) holds.set(holdId, now)
    this.#asked.set(sku, visitors.set(visitorId, holds))
  }

  expectWithinLimits(shop: Shop): void {
    for (const [sku, visitors] of this.#asked) {
      const { limit } = shop.stocks.get(sku)!
      for (const [visitorId, holds] of visitors) {
        const taken = [...holds.keys()].reduce((sum, id) => sum + unitsIn(shop, sku, id), 0)
        if (taken > limit) throw new Violation('STK5', `${visitorId} has ${taken} of ${sku}, at most ${limit}`)
      }
    }
  }

  /** Only when no call gets lost or is slow: else a release may still be on its way. */
  expectNoneStranded(shop: Shop, now: number): void {
    for (const [sku, visitors] of this.#asked) {
      for (const holds of visitors.values()) {
        for (const [id, askedAt] of holds) {
          if (now - askedAt < STRANDED_AFTER_MS || id.includes('/again/')) continue
          if (shop.holdRow(sku, id)?.state !== 'held' || shop.books.some((book) => book.store.hold(id))) continue
          throw new Violation('HLD8', `${sku} is held by ${id}, which its book gave up`)
        }
      }
    }
  }
}

function unitsIn(shop: Shop, sku: string, holdId: string): number {
  const row = shop.holdRow(sku, holdId)
  if (!row || row.state === 'released' || row.state === 'expired') return 0
  return row.units - row.unitsTakenBack
}
