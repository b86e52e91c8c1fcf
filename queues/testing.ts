/**
 * For tests of the consumers: a small shop of real keepers over real (memory) stores, asked as desks. Whatever is asked
 * of it may be made to fail, as if its object were away.
 */
import { newId } from '../domain/basics/ids.ts'
import { seededRandom } from '../domain/basics/random.ts'
import type { OrderBookDesk, OrderView } from '../domain/message/order-book.ts'
import type { SettlerDesk } from '../domain/message/settle.ts'
import type { StockMove } from '../domain/message/stock-desk.ts'
import { stockMoveFor } from '../domain/order/hold.ts'
import { OrderBookKeeper } from '../domain/order/keeper.ts'
import { MemoryOrderBookStore } from '../domain/order/memory-store.ts'
import { anOffer, holdCommand, orderCommand, VISITOR } from '../domain/order/testing.ts'
import type { PacerDesk } from '../domain/message/pacer-desk.ts'
import { PacerKeeper } from '../domain/pacing/keeper.ts'
import { MemoryPacerStore } from '../domain/pacing/memory-store.ts'
import { StockKeeper } from '../domain/stock/keeper.ts'
import { MemoryStockStore } from '../domain/stock/memory-store.ts'
import { systemClock } from '../platform/dice.ts'
import type { Pacing } from './permits.ts'

/** A provider without limits, so that nobody waits: for tests of everything else. */
export function unlimited(): Pacing {
  const keeper = new PacerKeeper(new MemoryPacerStore(), systemClock, { perEndpoint: 1e6, perAccount: 1e6 })
  const pacer: Pick<PacerDesk, 'ask' | 'report'> = {
    ask: async (asks, reports) => keeper.ask(asks, reports),
    report: async (reports) => keeper.report(reports),
  }
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
  return { pacerOf: () => pacer, alone: keeper, clock: systemClock, sleep }
}

export const BOOK = 'store_demo/book-1'

export class TestShop {
  now = Date.now()
  readonly #random = seededRandom(Date.now())
  readonly #clock = { now: () => this.now }
  readonly keeper = new OrderBookKeeper(new MemoryOrderBookStore(), this.#clock, this.#random)
  readonly stocks = new Map<string, StockKeeper>()
  /** Faults to come, by what is asked: `ask SKU-A`, `tell`. */
  readonly faults: string[] = []
  readonly asked: string[] = []

  constructor(units: Record<string, number>) {
    for (const [sku, delta] of Object.entries(units)) {
      const stock = new StockKeeper(new MemoryStockStore(), this.#clock)
      stock.describe(anOffer(sku))
      stock.adjust({ adjustmentId: `initial:${sku}`, delta, kind: 'initial', reason: 'opening' })
      this.stocks.set(sku, stock)
    }
  }

  /** An order for 2 of SKU-A and 1 of SKU-B, its hold asked of the stock and its units not claimed yet. */
  orders(paymentMethod = 'pm_card_visa'): OrderView {
    const visitorId = newId('vis', this.now, this.#random)
    const key = `${VISITOR} ${visitorId}`
    const begun = this.keeper.beginHolds([holdCommand({ visitorId }, key)])[0]!
    if (begun.kind !== 'asking') throw new Error('the key is new')
    const answers = begun.intent.lines.map((line) => this.#ask(line.sku, [stockMoveFor(begun.intent, line)])[0]!)
    const { decision } = this.keeper.finishHolds([{ intent: begun.intent, request: begun.request, answers }])[0]!
    if (!decision.ok) throw new Error(decision.refusal.code)
    const ordered = this.keeper.order(orderCommand(decision.value.id, { visitorId, paymentMethod }, key)).decision
    if (!ordered.ok) throw new Error(ordered.refusal.code)
    return ordered.value
  }

  readonly bookNamed = (): OrderBookDesk & SettlerDesk => {
    const answer = <Result>(what: string, work: () => Result): Promise<Result> => this.#answer(what, work)
    const { keeper } = this
    return {
      upcoming: (ids) => answer('upcoming', () => ids.map((id) => keeper.upcomingStep(id))),
      nextStep: (id: string) => answer('nextStep', () => keeper.nextStep(id)),
      tell: (id, news, handing) => answer('tell', () => keeper.tell(id, news, handing)),
      postpone: (orders) => answer('postpone', () => keeper.postpone(orders)),
      unrecorded: (limit) => answer('unrecorded', () => keeper.unrecorded(limit)),
      recorded: (orders) => answer('recorded', () => keeper.recorded(orders)),
      letter: (id) => answer('letter', () => keeper.letter(id)),
      letterSent: (id, documentId) => answer('letterSent', () => keeper.letterSent(id, documentId)),
      askUnits: (sku, moves) => this.stockOf('', sku).ask(moves),
    } as OrderBookDesk & SettlerDesk
  }

  readonly stockOf = (_storeId: string, sku: string) => ({
    ask: (moves: readonly StockMove[]) => this.#answer(`ask ${sku}`, () => this.#ask(sku, moves)),
    report: () => this.#answer(`report ${sku}`, () => this.stocks.get(sku)!.count()),
    reported: (version: number) => this.#answer(`reported ${sku}`, () => this.stocks.get(sku)!.reported(version)),
  })

  count(sku: string): { free: number; held: number; sold: number } {
    const { free, held, sold } = this.stocks.get(sku)!.count()!
    return { free, held, sold }
  }

  order(id: string): OrderView {
    return this.keeper.findOrder(id)!
  }

  #ask(sku: string, moves: readonly StockMove[]) {
    return this.stocks.get(sku)!.ask(moves)
  }

  async #answer<Result>(what: string, work: () => Result): Promise<Result> {
    this.asked.push(what)
    const fault = this.faults.indexOf(what)
    if (fault >= 0) {
      this.faults.splice(fault, 1)
      throw new Error(`${what}: away`)
    }
    return structuredClone(work())
  }
}
