/** An order book, housed in the simulation: the keeper, its calls to the stock, and the pump of its outbox. */
import type { Decision } from '../domain/basics/decision.ts'
import type { Answered, BasketHold, BasketRefusal, HoldCommand } from '../domain/message/order-book.ts'
import type { StockAnswer, StockMove, StockRefusal } from '../domain/message/stock-desk.ts'
import { stockMoveFor } from '../domain/order/hold.ts'
import type { AskedHold, BegunHold } from '../domain/order/baskets.ts'
import { OrderBookKeeper } from '../domain/order/keeper.ts'
import { MemoryOrderBookStore } from '../domain/order/memory-store.ts'
import type { OutboxRow } from '../domain/order/outbox.ts'
import { Host } from './host.ts'
import { Crash, type Reply } from './network.ts'
import type { Weather } from './weather.ts'
import type { World } from './world.ts'

export type AskStock = (
  sku: string,
  moves: readonly StockMove[],
  done: Reply<Decision<StockAnswer, StockRefusal>[]>,
) => void

export interface BookHooks {
  makeStore: (crashes: () => boolean) => MemoryOrderBookStore
  askStock: AskStock
  /** Puts a row's message on its queue. */
  send: (book: BookHost, row: OutboxRow) => void
}

const GATHER_MS = 2

interface Call {
  command: HoldCommand
  reply: Reply<Answered<BasketHold, BasketRefusal>>
}

type Asking = Extract<BegunHold, { kind: 'asking' }>

export class BookHost extends Host<OrderBookKeeper> {
  readonly name: string
  readonly #hooks: BookHooks
  readonly #store: MemoryOrderBookStore
  #pumps = false
  readonly #gathered: Call[] = []

  constructor(world: World, weather: Weather, name: string, hooks: BookHooks) {
    const store = hooks.makeStore(() => world.strikes(weather.crashed))
    super(world, weather, () => new OrderBookKeeper(store, world.clock, world.dice))
    this.name = name
    this.#store = store
    this.#hooks = hooks
  }

  /** Holds that come within two milliseconds are written, asked for and answered together, as the object does. */
  hold(command: HoldCommand, reply: Reply<Answered<BasketHold, BasketRefusal>>): void {
    this.#gathered.push({ command, reply })
    if (this.#gathered.length > 1) return
    const { life } = this
    this.world.later(GATHER_MS, () => {
      const calls = this.#gathered.splice(0)
      if (calls.length > 1) this.world.sometimes('holds were gathered')
      if (this.life === life) this.#begin(calls)
      else for (const call of calls) call.reply(null)
    })
  }

  /** The order's rows as they are, for checkers. */
  get store(): MemoryOrderBookStore {
    return this.#store
  }

  #begin(calls: Call[]): void {
    const begun = this.#committed(() => this.turn((keeper) => keeper.beginHolds(calls.map(({ command }) => command))))
    const asking: { call: Call; begun: Asking }[] = []
    for (const [i, call] of calls.entries()) {
      const one = begun?.[i]
      if (one?.kind === 'asking') asking.push({ call, begun: one })
      else call.reply(one?.kind === 'answered' ? one.answered : null)
    }
    if (asking.length > 0) this.#askAll(asking)
  }

  /** One question a SKU, with all the moves of all the baskets in it. */
  #askAll(asking: { call: Call; begun: Asking }[]): void {
    const { life } = this
    const bySku = new Map<string, { basket: number; line: number; move: StockMove }[]>()
    const answers: (Decision<StockAnswer, StockRefusal> | null)[][] = asking.map(() => [])
    for (const [basket, { begun }] of asking.entries()) {
      for (const [line, wanted] of begun.intent.lines.entries()) {
        const of = bySku.get(wanted.sku) ?? []
        bySku.set(wanted.sku, of)
        of.push({ basket, line, move: stockMoveFor(begun.intent, wanted) })
      }
    }
    let open = bySku.size
    for (const [sku, wants] of bySku) {
      this.#hooks.askStock(
        sku,
        wants.map(({ move }) => move),
        (said) => {
          for (const [i, { basket, line }] of wants.entries()) answers[basket]![line] = said?.[i] ?? null
          open -= 1
          if (open > 0) return
          // Evicted while it waited: nobody is left who knows what the answers were for.
          if (this.life === life) this.#finish(asking, answers)
          else for (const { call } of asking) call.reply(null)
        },
      )
    }
  }

  #finish(asking: { call: Call; begun: Asking }[], answers: (Decision<StockAnswer, StockRefusal> | null)[][]): void {
    const asked: AskedHold[] = asking.map(({ begun }, i) => {
      const known = answers[i]!.filter((answer) => answer !== null)
      return {
        intent: begun.intent,
        request: begun.request,
        answers: known.length === answers[i]!.length ? known : null,
      }
    })
    const results = this.#committed(() => this.turn((keeper) => keeper.finishHolds(asked)))
    for (const [i, { call }] of asking.entries()) call.reply(results?.[i] ?? null)
  }

  #committed<Result>(work: () => Result): Result | null {
    try {
      return work()
    } catch (fault) {
      if (fault instanceof Crash) return null
      throw fault
    }
  }

  protected override nextDue(): number | null {
    const dues = [this.keeper.nextHoldDue(), this.keeper.nextOutboxDue()].filter((due) => due !== null)
    return dues.length === 0 ? null : Math.min(...dues)
  }

  protected override wake(): void {
    this.turn((keeper) => keeper.endDue())
    this.#pump()
  }

  protected override afterTurn(): void {
    const due = this.keeper.nextOutboxDue()
    if (this.#pumps || due === null || due > this.world.clock.now()) return
    this.#pumps = true
    const { life } = this
    this.world.later(1, () => {
      this.#pumps = false
      // The pump lives in memory: with an eviction it is forgotten, and the alarm has to find the rows.
      if (this.life === life) this.#committed(() => this.#pump())
    })
  }

  #pump(): void {
    for (const row of this.turn((keeper) => keeper.takeDue())) {
      if (row.topic === 'release') this.#release(row)
      else this.#hooks.send(this, row)
    }
  }

  #release({ id, sku, holdId }: Extract<OutboxRow, { topic: 'release' }>): void {
    this.#hooks.askStock(sku, [{ kind: 'release', holdId }], (answer) => {
      if (answer) this.#committed(() => this.turn((keeper) => keeper.released([id])))
    })
  }
}
