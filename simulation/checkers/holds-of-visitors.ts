/**
 * STK5 and HLD8, from the rows of the owners and the books: nobody has more units than the offer allows, and no unit
 * is held for a basket that its book does not know of.
 */
import type { StockMove } from '../../domain/message/stock-desk.ts'
import type { Shop } from '../shop.ts'
import type { StockHost } from '../stock-host.ts'
import { Violation } from './violation.ts'

/** Long enough for a question, its refusal and the release, in still weather. */
const STRANDED_AFTER_MS = 12_000

export class HoldsOfVisitors {
  /** Per owner: the holds that were ever asked for, by visitor, and when they were first. */
  readonly #asked = new Map<StockHost, Map<string, Map<string, number>>>()

  asked(host: StockHost, moves: readonly StockMove[], now: number): void {
    for (const move of moves) {
      if (move.kind !== 'hold') continue
      const visitors = this.#asked.get(host) ?? new Map<string, Map<string, number>>()
      const holds = visitors.get(move.visitorId) ?? new Map<string, number>()
      if (!holds.has(move.holdId)) holds.set(move.holdId, now)
      this.#asked.set(host, visitors.set(move.visitorId, holds))
    }
  }

  expectWithinLimits(): void {
    for (const [host, visitors] of this.#asked) {
      for (const [visitorId, holds] of visitors) {
        const taken = [...holds.keys()].reduce((sum, id) => sum + unitsIn(host, id), 0)
        if (taken > host.limit)
          throw new Violation('STK5', `${visitorId} has ${taken} of ${host.sku}, at most ${host.limit}`)
      }
    }
  }

  /** Only when no call gets lost or is slow: else a release may still be on its way. */
  expectNoneStranded(shop: Shop, now: number): void {
    for (const [host, visitors] of this.#asked) {
      for (const [visitorId, holds] of visitors) {
        for (const [id, askedAt] of holds) {
          if (host.holdRow(id)?.state !== 'held' || now - askedAt < STRANDED_AFTER_MS || id.includes('/again/'))
            continue
          if (shop.bookOf(visitorId).store.hold(id)) continue
          throw new Violation('HLD8', `${host.sku} is held by ${id}, which its book gave up`)
        }
      }
    }
  }
}

function unitsIn(host: StockHost, holdId: string): number {
  const row = host.holdRow(holdId)
  if (!row || row.state === 'released' || row.state === 'expired') return 0
  return row.units - row.unitsTakenBack
}
