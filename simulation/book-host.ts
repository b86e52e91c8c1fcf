/** An order book, housed in the simulation: the keeper, its calls to the stock, and the pump of its outbox. */
import type { LeafStatement, OwnerStatement } from '../domain/message/lease-desk.ts'
import type { Decision } from '../domain/basics/decision.ts'
import type { Answered, BasketHold, BasketRefusal, HoldCommand } from '../domain/message/order-book.ts'
import type { StockAnswer, StockMove, StockRefusal } from '../domain/message/stock-desk.ts'
import { stockMoveFor } from '../domain/order/hold.ts'
import type { AskedHold, BegunHold } from '../domain/order/baskets.ts'
import { HomeKeeper } from '../domain/order/homes.ts'
import { Leaves, OrderBookKeeper } from '../domain/order/keeper.ts'
import type { MemoryOrderBookStore } from '../domain/order/memory-store.ts'
import type { OutboxRow } from '../domain/order/outbox.ts'
import { numberOfBook } from '../domain/sharding/bucket.ts'
import type { MemoryLeafStore } from '../domain/stock/memory-store.ts'
import type { Forgetfulness } from './forgetfulness.ts'
import { HomesTalk, type AskLetGo } from './homes.ts'
import { Host } from './host.ts'
import { LeafTalk, type AskLease, type AskStock, type AskTaken } from './leaf-talk.ts'
import { Crash, type Reply } from './network.ts'
import type { Weather } from './weather.ts'
import type { World } from './world.ts'

/** The rows of a book: its own, and those of each of its leaves, in the same transactions. */
export interface BookStores {
  book: MemoryOrderBookStore
  leafFor: (sku: string) => MemoryLeafStore
}

export interface BookHooks {
  keeping: Forgetfulness
  makeStores: (crashes: () => boolean) => BookStores
  askOwner: AskStock
  askLease: AskLease
  askTaken: AskTaken
  askLetGo: AskLetGo
  /** Sends a hold on to the book of this name. */
  sendOn: (book: string, command: HoldCommand, reply: Reply<Answered<BasketHold, BasketRefusal>>) => void
  /** Puts a row's message on its queue. */
  send: (book: BookHost, row: OutboxRow) => void
  /** After every turn, for the checkers. */
  turned: (book: BookHost) => void
  /** Just after a basket was decided. */
  decided: (answered: Answered<BasketHold, BasketRefusal>) => void
}

const GATHER_MS = 2
/** Rounds of asking for units that our leaves lack. */
const ROUNDS_MOST = 5

interface Call {
  command: HoldCommand
  reply: Reply<Answered<BasketHold, BasketRefusal>>
}

interface BookMemory {
  leaves: Leaves
  homes: HomeKeeper
  talk: LeafTalk | null
}

type Asking = Extract<BegunHold, { kind: 'asking' }>

export class BookHost extends Host<OrderBookKeeper> {
  readonly name: string
  readonly #hooks: BookHooks
  readonly #stores: BookStores
  readonly #leafStores = new Map<string, MemoryLeafStore>()
  /** What the book of this life remembers besides its keeper. */
  readonly #memory: BookMemory
  #pumps = false
  readonly #gathered: Call[] = []

  constructor(world: World, weather: Weather, name: string, hooks: BookHooks) {
    const stores = hooks.makeStores(() => world.strikes(weather.crashed))
    const leafStores = new Map<string, MemoryLeafStore>()
    const storeFor = (sku: string): MemoryLeafStore => {
      const store = leafStores.get(sku) ?? stores.leafFor(sku)
      leafStores.set(sku, store)
      return store
    }
    const leasedSkus = (): string[] => [...leafStores].flatMap(([sku, store]) => (store.account() ? [sku] : []))
    const { keeping } = hooks
    const wake = (): Leaves => new Leaves(name, { leasedSkus, storeFor }, world.clock, keeping.holds)
    const homesOver = (leaves: Leaves): HomeKeeper => new HomeKeeper(name, stores.book, leaves)
    const first = wake()
    const memory: BookMemory = { leaves: first, homes: homesOver(first), talk: null }
    super(world, weather, () => {
      memory.leaves = wake()
      memory.homes = homesOver(memory.leaves)
      memory.talk = null
      const book = numberOfBook(name)
      return new OrderBookKeeper(stores.book, world.clock, world.dice, memory.leaves, book, keeping.answers)
    })
    this.name = name
    this.#stores = stores
    this.#leafStores = leafStores
    this.#memory = memory
    this.#hooks = hooks
  }

  /** Of whoever has this visitor at home. */
  hold(command: HoldCommand, reply: Reply<Answered<BasketHold, BasketRefusal>>): void {
    this.#homes.elsewhere(command, (at) => {
      if (at === null) return reply(null)
      if (at.book === undefined) return this.#holdHere(command, reply)
      this.world.sometimes('a hold was sent on')
      this.#hooks.sendOn(at.book, { ...command, formerHomes: [] }, reply)
    })
  }

  /** Another book would serve this visitor; answers where they are at home from now on. */
  letGo(visitorId: string, to: string): string | null {
    return this.touch(() => this.#memory.homes.letGo([visitorId], to)[0]!)
  }

  /** Holds that come within two milliseconds are written, asked for and answered together, as the object does. */
  #holdHere(command: HoldCommand, reply: Reply<Answered<BasketHold, BasketRefusal>>): void {
    this.#gathered.push({ command, reply })
    if (this.#gathered.length > 1) return
    const { life } = this
    this.world.later(GATHER_MS, () => {
      const calls = this.#gathered.splice(0)
      if (calls.length > 1) this.world.sometimes('holds were gathered')
      if (this.life === life) this.#begin(calls, 1)
      else for (const call of calls) call.reply(null)
    })
  }

  /** For the settler: units that are our own, or that we must ask the owner for first. */
  askUnits(sku: string, moves: readonly StockMove[], reply: Reply<Decision<StockAnswer, StockRefusal>[]>): void {
    this.#talk.ask(sku, moves, reply)
  }

  /** The owner of a SKU says what it leased to us and what we may keep; we say how we stand. */
  hearOwner(sku: string, said: OwnerStatement, reply: Reply<LeafStatement>): void {
    const before = this.#leafStores.get(sku)?.account()
    if (said.keep === 0 && before?.count.free === 0) this.world.sometimes('a recall crossed a hold')
    reply(
      this.touch(() => {
        const leaf = this.#memory.leaves.hear(sku, said)
        if (leaf.handOver() > 0 && said.keep === 0) this.world.sometimes('units were recalled from a leaf')
        return leaf.statement(null)
      }),
    )
  }

  /** One turn, of the book and its leaves; null when it crashed. */
  touch<Result>(work: () => Result): Result | null {
    return this.#committed(() => this.turn(work))
  }

  /** The order's rows as they are, for checkers. */
  get store(): MemoryOrderBookStore {
    return this.#stores.book
  }

  /** The rows of its leaves, for checkers. */
  get leaves(): ReadonlyMap<string, MemoryLeafStore> {
    return this.#leafStores
  }

  /** When a leaf of ours has something to do; null: all of them rest. */
  nextLeafDue(): number | null {
    return this.#memory.leaves.nextDueAt()
  }

  get #talk(): LeafTalk {
    const { life } = this
    const { leaves } = this.#memory
    const { askOwner, askLease, askTaken } = this.#hooks
    return (this.#memory.talk ??= new LeafTalk({
      ...{ world: this.world, leaves, askOwner, askLease, askTaken },
      touch: (work) => this.touch(work),
      isAlive: () => this.life === life,
    }))
  }

  /** Over the rows of this life; nothing is remembered from one call to the next. */
  get #homes(): HomesTalk {
    const { life } = this
    return new HomesTalk({
      ...{ world: this.world, self: this.name, homes: this.#memory.homes, askLetGo: this.#hooks.askLetGo },
      touch: (work) => this.touch(work),
      isAlive: () => this.life === life,
    })
  }

  #begin(asked: readonly Call[], round: number): void {
    const { life } = this
    const calls = this.#stillAtHome(asked)
    if (calls.length === 0) return
    const commands = calls.map(({ command }) => command)
    const begun = this.touch(() => this.keeper.beginHolds(commands))
    const asking: { call: Call; begun: Asking }[] = []
    const lacking: Call[] = []
    for (const [i, call] of calls.entries()) {
      const one = begun?.[i]
      if (one?.kind === 'asking') asking.push({ call, begun: one })
      else if (one?.kind === 'lacking') lacking.push(call)
      else this.#answer(call, one ? one.answered : null)
    }
    if (this.life !== life) {
      for (const { call } of asking) call.reply(null)
      for (const call of lacking) call.reply(null)
      return
    }
    if (asking.length > 0) this.#askAll(asking)
    this.#talk.stockUp(commands.flatMap(({ lines }) => lines.map(({ sku }) => sku)))
    if (lacking.length > 0) this.#beginAgain(lacking, round + 1)
  }

  /** While a basket waited here its visitor may have been let go: then their new home alone may answer it. */
  #stillAtHome(calls: readonly Call[]): Call[] {
    return calls.filter(({ command, reply }) => {
      const home = this.#memory.homes.elsewhere(command.visitorId)
      if (home === null) return true
      this.world.sometimes('a visitor moved while their basket waited')
      this.#hooks.sendOn(home, { ...command, formerHomes: [] }, reply)
      return false
    })
  }

  /** Once more, with the units that our leaves lacked. */
  #beginAgain(calls: readonly Call[], round: number): void {
    const commands = calls.map(({ command }) => command)
    if (round > ROUNDS_MOST) return calls.forEach((call) => call.reply(null))
    this.#talk.withTakenAndUnits(commands, (heard) => {
      if (heard) this.#begin(calls, round)
      else for (const call of calls) call.reply(null)
    })
  }

  #answer({ reply }: Call, answered: Answered<BasketHold, BasketRefusal> | null): void {
    if (answered) this.#hooks.decided(answered)
    reply(answered)
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
      this.#talk.ask(
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
    for (const [i, { call }] of asking.entries()) this.#answer(call, results?.[i] ?? null)
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
    const { keeper } = this
    const dues = [keeper.nextHoldDue(), keeper.nextOutboxDue(), this.nextLeafDue(), keeper.forgetting.nextDue()]
    const due = dues.filter((one) => one !== null)
    return due.length === 0 ? null : Math.min(...due)
  }

  protected override wake(): void {
    this.turn((keeper) => keeper.endDue())
    this.#forget()
    this.#pump()
    this.#talk.settleDue()
  }

  #forget(): void {
    const due = this.keeper.forgetting.nextDue()
    if (due === null || due > this.world.clock.now()) return
    const before = this.#stores.book.oldestAnswerAt()
    this.turn((keeper) => keeper.forgetting.forget())
    if (this.#stores.book.oldestAnswerAt() !== before) this.world.sometimes('what a request was answered was forgotten')
  }

  protected override afterTurn(): void {
    this.#hooks.turned(this)
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
    this.#talk.ask(sku, [{ kind: 'release', holdId }], (answer) => {
      if (answer) this.#committed(() => this.turn((keeper) => keeper.released([id])))
    })
  }
}
