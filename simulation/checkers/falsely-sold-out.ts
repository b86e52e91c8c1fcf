/**
 * LEA2 and LEA3: nobody is told that there are not enough while there are, and have been for two seconds, wherever they
 * lie. What counts as there is added up from the rows of the owner and of all leaves; what is under way between them
 * counts too.
 */
import type { BasketLine, BasketRefusal } from '../../domain/message/order-book.ts'
import type { Shop } from '../shop.ts'
import { Violation } from './violation.ts'

const FOUND_WITHIN_MS = 2_000
/** Where many want the last units at once, some are overtaken and told to come back; not for longer than this. */
const HANDED_OVER_WITHIN_MS = 10_000

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
    const ms = this.#freeFor({ sku: refusal.sku, units: refusal.requested }, now)
    if (ms <= FOUND_WITHIN_MS) return
    const free = `${refusal.requested} of ${refusal.sku} have been free for ${ms} ms`
    throw new Violation('LEA2', `a buyer was told that there are not enough, and ${free}`)
  }

  /** Nobody may be told to come back, either, where all they want has been there for so long. */
  expectFault(lines: readonly BasketLine[], now: number): void {
    const ms = Math.min(...lines.map((line) => this.#freeFor(line, now)))
    if (ms <= HANDED_OVER_WITHIN_MS) return
    throw new Violation('LEA2', `a buyer was told to come back for what has been free for ${ms} ms: ${show(lines)}`)
  }

  /** For how long so many units have been free, wherever they lie. */
  #freeFor({ sku, units }: BasketLine, now: number): number {
    const since = this.#since.get(sku)?.[units]
    return since === undefined ? 0 : now - since
  }
}

const show = (lines: readonly BasketLine[]): string => lines.map(({ sku, units }) => `${units} of ${sku}`).join(', ')

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
