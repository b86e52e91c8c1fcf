/**
 * A book's talk with the owners of the units it sells as a leaf: asks for more, says how it stands, and becomes a leaf
 * where an owner says that it should. No call here is needed for anything to be true; the counters of the lease mend
 * whatever got lost (domain/stock/lease.ts).
 */
import type { Decision } from '../../domain/basics/decision.ts'
import type { LeaseDesk } from '../../domain/message/lease-desk.ts'
import type { BasketLine } from '../../domain/message/order-book.ts'
import type { StockAnswer, StockDesk, StockMove, StockRefusal } from '../../domain/message/stock-desk.ts'
import type { Leaves } from '../../domain/order/leaves.ts'
import { NOTHING_NEEDED, type Leaf, type Needed } from '../../domain/stock/leaf.ts'
import { Fault } from '../../platform/fault.ts'
import { CALL_PATIENCE_MS, within } from '../basics/deadline.ts'
import { faultOf, twice } from './stock-calls.ts'

type Answer = Decision<StockAnswer, StockRefusal>

/** Rounds of asking for what lacks: others may take between two of them what came for us. */
const ROUNDS_MOST = 3

export interface LeafParts {
  leaves: Leaves
  ownerOf: (sku: string) => Pick<StockDesk, 'ask'> & LeaseDesk
  /** Does the work as one turn of the book. */
  touch: <Result>(turn: () => Result) => Result
  patienceMs?: number
}

export class LeafCalls {
  readonly #parts: LeafParts
  /** SKUs of which more is being asked for already, before anybody needs it. */
  readonly #stockingUp = new Set<string>()
  /** The last question to each owner, for the next to wait for. */
  readonly #leasing = new Map<string, Promise<void>>()
  /** Owners that will be told when their turn has come: with the figures of that moment, whoever asked for it. */
  readonly #toTell = new Map<string, Promise<void>>()

  constructor(parts: LeafParts) {
    this.#parts = parts
  }

  /** Whoever keeps the units that a move is about: our leaf, or their owner. */
  readonly keeperOf = (sku: string): Pick<StockDesk, 'ask'> => ({
    ask: async (moves) => {
      const { leaves, ownerOf } = this.#parts
      const ours = moves.map((move) => leaves.isOurs({ sku, holdId: move.holdId, moves: [move] }))
      const [here, there] = [moves.filter((_, i) => ours[i]), moves.filter((_, i) => !ours[i])]
      const [answersHere, answersThere] = await Promise.all([
        here.length > 0 ? this.#askLeaf(sku, here) : [],
        there.length > 0 ? twice(() => ownerOf(sku).ask(there)) : [],
      ])
      const heard = answersThere.some(isForLeaves) ? await this.#askAsLeaf(sku, there, answersThere) : answersThere
      const [fromHere, fromThere] = [answersHere.values(), heard.values()]
      return ours.map((isHere) => (isHere ? fromHere : fromThere).next().value!)
    },
  })

  /**
   * Asks the owners for what these baskets need by then, and does the work with it. Rejects with a fault when an owner
   * does not answer: then nothing is known.
   */
  async withUnits<Result>(lines: readonly BasketLine[], work: () => Result): Promise<Result> {
    const { touch } = this.#parts
    const skus = [...new Set(lines.map(({ sku }) => sku))]
    await Promise.all(skus.map((sku) => this.#lease(sku, () => this.#stillNeeded(sku, lines))))
    return touch(work)
  }

  /** Undefined: there is enough here by now, for something came for others in the meantime. */
  #stillNeeded(sku: string, lines: readonly BasketLine[]): Needed | undefined {
    const { leaves } = this.#parts
    const needed = leaves.neededOf(sku, lines)
    return needed.units > 0 || !leaves.of(sku) ? needed : undefined
  }

  /** Asks the owners what these visitors took from them before we were a leaf, where they took anything. */
  async askTaken(commands: readonly { visitorId: string; lines: readonly BasketLine[] }[]): Promise<void> {
    const { leaves, ownerOf } = this.#parts
    const asked = commands.flatMap(({ visitorId, lines }) => lines.map(({ sku }) => ({ sku, visitorId })))
    const open = asked.filter(({ sku, visitorId }) => leaves.of(sku)?.mustAskAbout(visitorId))
    await Promise.all(
      [...Map.groupBy(open, ({ sku }) => sku)].map(async ([sku, of]) => {
        const visitorIds = [...new Set(of.map(({ visitorId }) => visitorId))]
        const asking = twice(() => ownerOf(sku).takenBy(visitorIds))
        leaves.of(sku)!.heardTaken(visitorIds, await within(CALL_PATIENCE_MS, `asking for ${sku}`, asking))
      }),
    )
  }

  /** Asks for more of those that run low. Nobody waits for it. */
  stockUp(skus: Iterable<string>): void {
    for (const sku of new Set(skus)) {
      const leaf = this.#parts.leaves.of(sku)
      if (leaf?.runsLow() && !this.#stockingUp.has(sku)) void this.#stockUpOne(sku)
    }
  }

  /** What is due by the clock: holds end, surplus goes back, owners hear how we stand. */
  settleDue(): void {
    for (const [sku, leaf] of this.#parts.leaves.entries()) {
      if (leaf.settle()) void this.#tell(sku, leaf)
    }
  }

  /** Says to every owner that may not know it how we stand, now. Resolves when all have heard, or could not be told. */
  async tellAll(): Promise<void> {
    const untold = this.#parts.leaves.entries().filter(([, leaf]) => leaf.isUntold())
    await Promise.all(untold.map(([sku, leaf]) => this.#tell(sku, leaf)))
  }

  async #stockUpOne(sku: string): Promise<void> {
    this.#stockingUp.add(sku)
    try {
      await this.#lease(sku, () => (this.#parts.leaves.of(sku)?.runsLow() ? NOTHING_NEEDED : undefined))
    } catch (fault) {
      console.warn(`no more units of ${sku} for now`, fault)
    }
    this.#stockingUp.delete(sku)
  }

  /** Behind a slow owner there would else be more to tell with every alarm, and buyers in need behind all of it. */
  #tell(sku: string, leaf: Leaf): Promise<void> {
    const telling = this.#toTell.get(sku) ?? this.#tellInTurn(sku, leaf)
    this.#toTell.set(sku, telling)
    return telling
  }

  async #tellInTurn(sku: string, leaf: Leaf): Promise<void> {
    try {
      await this.#lease(sku, () => {
        this.#toTell.delete(sku)
        return null
      })
    } catch (fault) {
      leaf.notTold()
      console.warn(`the owner of ${sku} could not be told; it will be told again`, fault)
    }
  }

  /**
   * One question to an owner at a time, or its answer to one would be taken for on its way by the next. `needed` is asked
   * when its turn has come; null: only says how we stand; undefined: there is nothing to say or to ask any more.
   */
  #lease(sku: string, needed: () => Needed | null | undefined): Promise<void> {
    const before = this.#leasing.get(sku) ?? Promise.resolve()
    const turn = before.then(() => {
      const asked = needed()
      return asked === undefined ? undefined : this.#leaseNow(sku, asked)
    })
    const settled = turn.catch(() => undefined)
    this.#leasing.set(sku, settled)
    void settled.then(() => this.#leasing.get(sku) === settled && this.#leasing.delete(sku))
    return turn
  }

  async #leaseNow(sku: string, needed: Needed | null): Promise<void> {
    const { leaves, ownerOf, touch, patienceMs = CALL_PATIENCE_MS } = this.#parts
    const leaf = leaves.stranger(sku)
    const statement = leaf.statement(needed)
    leaf.awaits(statement.need)
    try {
      const asking = twice(() => ownerOf(sku).lease(statement))
      const said = await within(patienceMs, `leasing units of ${sku}`, asking)
      leaf.told(statement.version)
      if (said) touch(() => leaves.hear(sku, said))
    } catch (cause) {
      throw faultOf(sku, cause)
    } finally {
      touch(() => leaf.awaits(0)) // as a turn, for what it may give back now has a due time
    }
  }

  async #askLeaf(sku: string, moves: readonly StockMove[]): Promise<Answer[]> {
    const { leaves, touch } = this.#parts
    const ask = (): Answer[] => touch(() => leaves.of(sku)!.ask(moves))
    const holds = moves.filter((move) => move.kind === 'hold')
    await this.askTaken(holds.map(({ visitorId, units }) => ({ visitorId, lines: [{ sku, units }] })))
    let answers = ask()
    for (let round = 0; answers.some((answer) => leaves.isShort(sku, answer)); round++) {
      if (round === ROUNDS_MOST) throw new Fault(`the units of ${sku} could not be gathered`)
      const lines = moves.flatMap((move, i) =>
        move.kind === 'hold' && leaves.isShort(sku, answers[i]!) ? [{ sku, units: move.units }] : [],
      )
      answers = await this.withUnits(lines, ask) // moves are safe to repeat
    }
    return answers
  }

  /** The owner has said that we are to sell these units ourselves. */
  async #askAsLeaf(sku: string, moves: readonly StockMove[], answers: readonly Answer[]): Promise<Answer[]> {
    const lines = moves.flatMap((move) => (move.kind === 'hold' ? [{ sku, units: move.units }] : []))
    const again = moves.filter((_, i) => isForLeaves(answers[i]!))
    await this.withUnits(lines, () => undefined)
    const anew = (await this.#askLeaf(sku, again)).values()
    return answers.map((answer) => (isForLeaves(answer) ? anew.next().value! : answer))
  }
}

const isForLeaves = (answer: Answer): boolean => !answer.ok && answer.refusal.code === 'sold_by_leaves'
