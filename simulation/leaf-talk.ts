/**
 * What an order book says to the owners of the units it sells as a leaf, as durable-objects/order/leaf-calls.ts does it
 * with promises. It lives in memory: with an eviction every question in the air is forgotten, and nobody waits.
 */
import type { Decision } from '../domain/basics/decision.ts'
import type { LeafStatement, OwnerStatement } from '../domain/message/lease-desk.ts'
import type { BasketLine } from '../domain/message/order-book.ts'
import type { StockAnswer, StockMove, StockRefusal } from '../domain/message/stock-desk.ts'
import type { Leaves } from '../domain/order/leaves.ts'
import { NOTHING_NEEDED, type Leaf, type Needed } from '../domain/stock/leaf.ts'
import type { Reply } from './network.ts'
import type { World } from './world.ts'

type Answer = Decision<StockAnswer, StockRefusal>

export type AskStock = (sku: string, moves: readonly StockMove[], done: Reply<Answer[]>) => void
/** The owner's word in a box, for it may have none. */
export type AskLease = (sku: string, said: LeafStatement, done: Reply<{ word: OwnerStatement | null }>) => void

/** How many units of an owner itself each of these visitors has. */
export type AskTaken = (sku: string, visitorIds: readonly string[], done: Reply<number[]>) => void

type Basket = { visitorId: string; lines: readonly BasketLine[] }

export interface TalkParts {
  world: World
  leaves: Leaves
  askOwner: AskStock
  askLease: AskLease
  askTaken: AskTaken
  /** One turn of the book; null when it crashed. */
  touch: <Result>(work: () => Result) => Result | null
  /** False once the book has been evicted: then nobody is left to go on. */
  isAlive: () => boolean
}

const ROUNDS_MOST = 3

export class LeafTalk {
  readonly #parts: TalkParts
  readonly #stockingUp = new Set<string>()
  /** Questions to each owner, one at a time. */
  readonly #queues = new Map<string, (() => void)[]>()
  /** Owners that will be told when their turn has come. */
  readonly #toTell = new Set<string>()

  constructor(parts: TalkParts) {
    this.#parts = parts
  }

  /** Of whoever keeps the units: our leaf, or their owner. */
  readonly ask: AskStock = (sku, moves, done) => {
    const { leaves, askOwner } = this.#parts
    const ours = moves.map((move) => leaves.isOurs({ sku, holdId: move.holdId, moves: [move] }))
    const heard: { here: Answer[] | null; there: Answer[] | null } = { here: [], there: [] }
    let open = 2
    const join = (): void => {
      open -= 1
      if (open > 0) return
      const { here, there } = heard
      if (!here || !there) return done(null)
      const [fromHere, fromThere] = [here.values(), there.values()]
      done(ours.map((isHere) => (isHere ? fromHere : fromThere).next().value!))
    }
    const [here, there] = [moves.filter((_, i) => ours[i]), moves.filter((_, i) => !ours[i])]
    const hear =
      (whose: 'here' | 'there') =>
      (answers: Answer[] | null): void => {
        heard[whose] = answers
        join()
      }
    if (here.length > 0) this.#askLeaf(sku, here, hear('here'))
    else join()
    if (there.length === 0) return join()
    askOwner(sku, there, (answers) => {
      if (answers?.some(isForLeaves)) this.#askAsLeaf(sku, there, answers, hear('there'))
      else hear('there')(answers)
    })
  }

  /** Asks the owners for what these need by then; `done` hears whether all have answered. */
  withUnits(lines: readonly BasketLine[], done: (heard: boolean) => void): void {
    const skus = [...new Set(lines.map(({ sku }) => sku))]
    let open = skus.length
    let allHeard = true
    this.#parts.world.sometimes('a hold waited for units of other leaves')
    for (const sku of skus) {
      const needed = (): Needed => this.#parts.leaves.neededOf(sku, lines)
      this.#lease(sku, needed, (heard) => {
        allHeard &&= heard
        open -= 1
        if (open === 0) done(allHeard)
      })
    }
  }

  /** Asks what these visitors took from the owners before we were a leaf, then for what their baskets need. */
  withTakenAndUnits(commands: readonly Basket[], done: (heard: boolean) => void): void {
    const lines = commands.flatMap((command) => command.lines)
    this.#withTaken(commands, (heard) => (heard ? this.withUnits(lines, done) : done(false)))
  }

  #withTaken(commands: readonly Basket[], done: (heard: boolean) => void): void {
    const { leaves, world } = this.#parts
    const asked = commands.flatMap(({ visitorId, lines }) => lines.map(({ sku }) => ({ sku, visitorId })))
    const open = Map.groupBy(
      asked.filter(({ sku, visitorId }) => leaves.of(sku)?.mustAskAbout(visitorId)),
      ({ sku }) => sku,
    )
    let waiting = open.size
    if (waiting === 0) return done(true)
    world.sometimes('an owner was asked what a visitor took from it before')
    let allHeard = true
    for (const [sku, of] of open) {
      const visitorIds = [...new Set(of.map(({ visitorId }) => visitorId))]
      this.#parts.askTaken(sku, visitorIds, (units) => {
        if (!this.#parts.isAlive()) return
        if (units) leaves.of(sku)!.heardTaken(visitorIds, units)
        allHeard &&= units !== null
        waiting -= 1
        if (waiting === 0) done(allHeard)
      })
    }
  }

  stockUp(skus: Iterable<string>): void {
    for (const sku of new Set(skus)) {
      if (!this.#parts.leaves.of(sku)?.runsLow() || this.#stockingUp.has(sku)) continue
      this.#stockingUp.add(sku)
      this.#lease(
        sku,
        () => NOTHING_NEEDED,
        () => this.#stockingUp.delete(sku),
      )
    }
  }

  settleDue(): void {
    for (const [sku, leaf] of this.#parts.leaves.entries()) {
      if (this.#parts.touch(() => leaf.settle())) this.#tell(sku, leaf)
    }
  }

  #tell(sku: string, leaf: Leaf): void {
    if (this.#toTell.has(sku)) return
    this.#toTell.add(sku)
    this.#lease(
      sku,
      () => {
        this.#toTell.delete(sku)
        return null
      },
      (heard) => {
        if (!heard) leaf.notTold()
      },
    )
  }

  /** `needed` is asked when its turn has come; null: only says how we stand. */
  #lease(sku: string, needed: () => Needed | null, done: (heard: boolean) => void): void {
    const queue = this.#queues.get(sku) ?? []
    this.#queues.set(sku, queue)
    queue.push(() =>
      this.#leaseNow(sku, needed, (heard) => {
        queue.shift()
        queue[0]?.()
        done(heard)
      }),
    )
    if (queue.length === 1) queue[0]!()
  }

  #leaseNow(sku: string, needed: () => Needed | null, done: (heard: boolean) => void): void {
    const { world, leaves, askLease, touch, isAlive } = this.#parts
    const statement = touch(() => {
      const said = leaves.stranger(sku).statement(needed())
      leaves.stranger(sku).awaits(said.need)
      return said
    })
    if (!statement) return done(false)
    askLease(sku, statement, (answer) => {
      if (!isAlive()) return world.sometimes('a leaf restarted with a lease in flight')
      done(this.#hear(sku, statement, answer))
    })
  }

  /** As a turn, for what may be given back from now on has a due time. False: the owner did not answer, or we crashed. */
  #hear(sku: string, { version, received }: LeafStatement, answer: { word: OwnerStatement | null } | null): boolean {
    const { world, leaves, touch } = this.#parts
    const word = answer?.word
    if (word?.freeAnywhere != null) world.sometimes('a leaf heard that there is none anywhere')
    if (word && word.granted > received) world.sometimes('units were leased')
    const heard = touch(() => {
      if (answer) leaves.stranger(sku).told(version)
      if (word) leaves.hear(sku, word)
      leaves.stranger(sku).awaits(0)
      return true
    })
    return answer !== null && heard !== null
  }

  #askLeaf(sku: string, moves: readonly StockMove[], done: Reply<Answer[]>): void {
    const holds = moves.filter((move) => move.kind === 'hold')
    const baskets = holds.map(({ visitorId, units }) => ({ visitorId, lines: [{ sku, units }] }))
    this.#withTaken(baskets, (heard) => (heard ? this.#askLeafNow(sku, moves, done, 0) : done(null)))
  }

  #askLeafNow(sku: string, moves: readonly StockMove[], done: Reply<Answer[]>, round: number): void {
    const { leaves, touch } = this.#parts
    const answers = touch(() => leaves.of(sku)!.ask(moves))
    if (!answers) return done(null)
    const lines = moves.flatMap((move, i) =>
      move.kind === 'hold' && leaves.isShort(sku, answers[i]!) ? [{ sku, units: move.units }] : [],
    )
    if (lines.length === 0) return done(answers)
    if (round === ROUNDS_MOST) return done(null)
    this.withUnits(lines, (heard) => (heard ? this.#askLeafNow(sku, moves, done, round + 1) : done(null)))
  }

  /** The owner has said that we are to sell these units ourselves. */
  #askAsLeaf(sku: string, moves: readonly StockMove[], answers: readonly Answer[], done: Reply<Answer[]>): void {
    this.#parts.world.sometimes('a book became a leaf')
    const lines = moves.flatMap((move) => (move.kind === 'hold' ? [{ sku, units: move.units }] : []))
    const again = moves.filter((_, i) => isForLeaves(answers[i]!))
    this.withUnits(lines, (heard) => {
      if (!heard) return done(null)
      this.#askLeaf(sku, again, (anew) => {
        const fresh = anew?.values()
        done(fresh ? answers.map((answer) => (isForLeaves(answer) ? fresh.next().value! : answer)) : null)
      })
    })
  }
}

const isForLeaves = (answer: Answer): boolean => !answer.ok && answer.refusal.code === 'sold_by_leaves'
