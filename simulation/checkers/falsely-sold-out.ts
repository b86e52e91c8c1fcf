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

/** How many were free from an instant on, and how many had been taken by then, since the beginning. */
interface Look {
  at: number
  free: number
  taken: number
}

export class FalselySoldOut {
  /** Per SKU, by number of units: since when at least so many have been free. */
  readonly #since = new Map<string, (number | undefined)[]>()
  /** Per SKU, in order: the looks of the last two seconds, and the one before them. */
  readonly #looks = new Map<string, Look[]>()

  /** After whatever may have changed how many are free. */
  look(shop: Shop, sku: string, now: number): void {
    const free = freeAnywhere(shop, sku)
    this.#remember(sku, free, now)
    const since = this.#since.get(sku) ?? []
    this.#since.set(
      sku,
      Array.from({ length: Math.max(0, free) + 1 }, (_, units) => since[units] ?? now),
    )
  }

  expectNot(refusal: BasketRefusal, now: number): void {
    if (refusal.code !== 'not_enough_stock') return
    const { sku, requested } = refusal
    if (this.#longFree(sku, now) < requested) return
    const free = `${requested} of ${sku} have been free for ${this.#freeFor({ sku, units: requested }, now)} ms`
    throw new Violation('LEA2', `a buyer was told that there are not enough, and ${free}`)
  }

  #remember(sku: string, free: number, now: number): void {
    const looks = this.#looks.get(sku) ?? []
    const last = looks.at(-1)
    const fewer = last === undefined ? 0 : Math.max(0, last.free - free)
    looks.push({ at: now, free, taken: (last?.taken ?? 0) + fewer })
    while (looks.length > 1 && looks[1]!.at <= now - FOUND_WITHIN_MS) looks.shift()
    this.#looks.set(sku, looks)
  }

  /**
   * How many units, at least, have been free for longer than that. While some are taken and as many come back, the number of
   * free ones stays and the units do not: so those that were taken meanwhile are taken off.
   */
  #longFree(sku: string, now: number): number {
    const looks = this.#looks.get(sku) ?? []
    const then = looks.findLast(({ at }) => at <= now - FOUND_WITHIN_MS)
    return then === undefined ? 0 : then.free - (looks.at(-1)!.taken - then.taken)
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
