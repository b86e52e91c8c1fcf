/**
 * LEA2 and LEA3: nobody is told that there are not enough while there are, and have been for two seconds, wherever they
 * lie. What counts as there is added up from the rows of the owner and of all leaves; what is under way between them
 * counts too.
 */
import type { BasketRefusal } from '../../domain/message/order-book.ts'
import type { Shop } from '../shop.ts'
import { Violation } from './violation.ts'

const FOUND_WITHIN_MS = 2_000

export class FalselySoldOut {
  /** Per SKU, by number of units: since when at least so many have been free. */
  readonly #since = new Map<string, (number | undefined)[]>()

  /** After whatever may have changed how many are free. */
  look(shop: Shop, sku: string, now: number): void {
    const free = freeAnywhere(shop, sku)
    const since = this.#since.get(sku) ?? []
    this.#since.set(
      sku,
      Array.from({ length: Math.max(0, free) + 1 }, (_, units) => since[units] ?? now),
    )
  }

  expectNot(refusal: BasketRefusal, now: number): void {
    if (refusal.code !== 'not_enough_stock') return
    const since = this.#since.get(refusal.sku)?.[refusal.requested]
    if (since === undefined || now - since <= FOUND_WITHIN_MS) return
    const free = `${refusal.requested} of ${refusal.sku} have been free for ${now - since} ms`
    throw new Violation('LEA2', `a buyer was told that there are not enough, and ${free}`)
  }
}

function freeAnywhere(shop: Shop, sku: string): number {
  const { store } = shop.stocks.get(sku)!
  const account = store.account()
  if (!account) return 0
  let away = account.count.held + account.count.sold
  for (const lease of store.leases()) away -= lease.held + lease.sold
  for (const { leaves } of shop.books) {
    const leaf = leaves.get(sku)?.account()?.count
    away += leaf ? leaf.held + leaf.sold : 0
  }
  return account.count.total - away
}
