/** The owner of one SKU, housed in the simulation. */
import { StockKeeper } from '../domain/stock/keeper.ts'
import { MemoryStockStore } from '../domain/stock/memory-store.ts'
import type { Decision } from '../domain/basics/decision.ts'
import type { StockAnswer, StockMove, StockRefusal } from '../domain/message/stock-desk.ts'
import { Host } from './host.ts'
import type { Reply } from './network.ts'
import type { Weather } from './weather.ts'
import type { World } from './world.ts'

export interface StockHooks {
  makeStore: (crashes: () => boolean) => MemoryStockStore
  /** After every turn, for the checkers. */
  turned: (host: StockHost) => void
  report: (host: StockHost) => void
}

export class StockHost extends Host<StockKeeper> {
  readonly sku: string
  readonly #hooks: StockHooks
  readonly #store: MemoryStockStore

  constructor(world: World, weather: Weather, sku: string, hooks: StockHooks) {
    const store = hooks.makeStore(() => world.strikes(weather.crashed))
    super(world, weather, () => new StockKeeper(store, world.clock))
    this.sku = sku
    this.#store = store
    this.#hooks = hooks
  }

  ask(moves: readonly StockMove[], reply: Reply<Decision<StockAnswer, StockRefusal>[]>): void {
    reply(this.turn((keeper) => keeper.ask(moves)))
  }

  get limit(): number {
    return this.#store.account()?.offer.unitsPerVisitorMax ?? Infinity
  }

  /** The account's numbers as they are, for checkers. */
  numbers() {
    return this.#store.account()?.count
  }

  /** The row of a hold, for checkers. */
  holdRow(holdId: string) {
    return this.#store.hold(holdId)
  }

  protected override nextDue(): number | null {
    const dues = [this.keeper.nextHoldEnd(), this.keeper.nextReportDue()].filter((due) => due !== null)
    return dues.length === 0 ? null : Math.min(...dues)
  }

  protected override wake(): void {
    this.turn((keeper) => keeper.expireDue())
    if (this.turn((keeper) => keeper.takeReport())) this.#hooks.report(this)
  }

  protected override afterTurn(): void {
    this.#hooks.turned(this)
  }
}
