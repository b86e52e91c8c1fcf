/**
 * The baskets of an order book that are held together: written down in one turn, asked of each SKU's owner in one call, and
 * recorded in one turn. While owners are asked other calls come in; that is safe because nothing is decided before their
 * answers are back, and then again in one turn, from the rows as they are by then.
 */
import type { Answered, BasketHold, BasketRefusal, HoldCommand } from '../../domain/message/order-book.ts'
import type { AskedHold, BegunHold } from '../../domain/order/baskets.ts'
import { stockMoveFor } from '../../domain/order/hold.ts'
import type { OrderBookKeeper } from '../../domain/order/keeper.ts'
import { Fault } from '../../platform/fault.ts'
import { gather } from '../basics/gather.ts'
import type { Homes } from './homes.ts'
import type { LeafCalls } from './leaf-calls.ts'
import { askOwners, type StockReply } from './stock-calls.ts'

/** How many lots of holds are with their owners at once. More would mean smaller lots. */
const LOTS_MOST = 4
/** After this long a lot no longer counts: it waits for an owner that is slow or hangs, and others need not. */
const LOT_PATIENCE_MS = 250
const HOLDS_PER_LOT = 100
/** Rounds of asking for units that our leaves lack: what came for one basket may have gone to another. */
const ROUNDS_MOST = 5

export type HoldAnswer = Answered<BasketHold, BasketRefusal>
/** A promise in a box, so that whoever hands it on does not wait for it. */
type Pending = { answer: Promise<HoldAnswer> }
/** A basket that our leaves have too few units for, and how often it has been tried. */
type Lacking = { command: HoldCommand; round: number }
type AskedFor = Extract<BegunHold, { kind: 'asking' }>
/** A basket whose owners have all answered, or failed to, and who wants to know. */
type RipeHold = PromiseWithResolvers<HoldAnswer> & { one: AskedFor; own: StockReply[] }

export interface LotParts {
  keeper: OrderBookKeeper
  homes: Homes
  leafCalls: LeafCalls
  /** Does the work as one turn of the book. */
  touch: <Result>(turn: () => Result) => Result
  /** Resolves when what was written so far is on disk. */
  onDisk: () => Promise<void>
}

export class HoldLots {
  readonly #parts: LotParts
  readonly #together: (command: HoldCommand) => Promise<Pending>
  /** Baskets that wait for units, by their first SKU: an owner that hangs holds up few who do not need it. */
  readonly #lacking = new Map<string, (lacking: Lacking) => Promise<Pending>>()
  readonly #lots = new Set<Promise<unknown>>()
  #landed: (() => void)[] = []

  constructor(parts: LotParts) {
    this.#parts = parts
    this.#together = gather({
      flush: (commands) => this.#holdLot(commands),
      callsMax: HOLDS_PER_LOT,
      room: () => this.#room(),
    })
  }

  /** Rejects with a fault when an owner of stock does not answer; then nothing is known, and asking again is safe. */
  async hold(command: HoldCommand): Promise<HoldAnswer> {
    const { answer } = await this.#together(command)
    return answer
  }

  /**
   * Holds what our own leaves have, in this turn; writes down what the owners must be asked for, and lets the asking take
   * its time. The next lot need not wait for it.
   */
  #holdLot(commands: readonly HoldCommand[]): Pending[] {
    return this.#parts.touch(() => this.#begin(commands, 1))
  }

  #begin(commands: readonly HoldCommand[], round: number): Pending[] {
    // While a basket waited here its visitor may have been let go: then their new home alone may answer it.
    const movedTo = commands.map(({ visitorId }) => this.#parts.homes.movedTo(visitorId))
    const ours = commands.filter((_, i) => movedTo[i] === null)
    const begun = this.#parts.keeper.beginHolds(ours)
    const asked = this.#askAndRecord(begun.filter((one) => one.kind === 'asking'))
    this.#parts.leafCalls.stockUp(ours.flatMap(({ lines }) => lines.map(({ sku }) => sku)))
    const pending = begun
      .map((one): Pending => {
        if (one.kind === 'answered') return { answer: Promise.resolve(one.answered) }
        return { answer: one.kind === 'asking' ? asked.get(one)! : this.#beginAgain(one.command, round + 1) }
      })
      .values()
    return commands.map((command, i) => {
      const home = movedTo[i]
      return home ? { answer: home.hold({ ...command, formerHomes: [] }) } : pending.next().value!
    })
  }

  /** Once more, with the units that our leaves lacked. Those of the same SKU are begun together. */
  async #beginAgain(command: HoldCommand, round: number): Promise<HoldAnswer> {
    if (round > ROUNDS_MOST) throw new Fault('the units could not be gathered')
    const { sku } = command.lines[0]!
    const together = this.#lacking.get(sku) ?? this.#gatherLacking()
    this.#lacking.set(sku, together)
    const { answer } = await together({ command, round })
    return answer
  }

  #gatherLacking() {
    return gather<Lacking, Pending>({
      flush: async (lacking) => {
        const commands = lacking.map(({ command }) => command)
        const round = Math.max(...lacking.map((one) => one.round))
        await this.#parts.leafCalls.askTaken(commands)
        const lines = commands.flatMap((command) => command.lines)
        return this.#parts.leafCalls.withUnits(lines, () => this.#begin(commands, round))
      },
      callsMax: HOLDS_PER_LOT,
      room: async () => undefined,
    })
  }

  /** One call a SKU. What a call completes is recorded in one turn; no basket waits for an owner it did not ask. */
  #askAndRecord(asking: readonly AskedFor[]): Map<AskedFor, Promise<HoldAnswer>> {
    const questions = asking.flatMap(({ intent }) =>
      intent.lines.map((line) => ({ sku: line.sku, move: stockMoveFor(intent, line) })),
    )
    let at = 0
    const open = new Set(
      asking.map((one) => ({
        ...{ one, from: at, to: (at += one.intent.lines.length) },
        ...Promise.withResolvers<HoldAnswer>(),
      })),
    )
    const answers = new Map([...open].map(({ one, promise }) => [one, promise]))
    const heard = (replies: readonly (StockReply | undefined)[]): void => {
      const ripe: RipeHold[] = []
      for (const basket of open) {
        const own = replies.slice(basket.from, basket.to).filter((reply) => reply !== undefined)
        if (own.length < basket.to - basket.from) continue
        open.delete(basket)
        ripe.push({ ...basket, own })
      }
      if (ripe.length > 0) this.#record(ripe)
    }
    if (asking.length > 0) this.#occupy(askOwners(this.#parts.leafCalls.keeperOf, questions, { heard }))
    return answers
  }

  /** Answers each with what was decided or, when nothing is known, with the fault. */
  #record(ripe: readonly RipeHold[]): void {
    try {
      const asked = ripe.map(({ one, own }) => askedHold(one, own))
      const answers = this.#parts.touch(() => this.#parts.keeper.finishHolds(asked))
      ripe.forEach(({ own, resolve, reject }, i) => {
        const answer = answers[i]
        if (answer) resolve(answer)
        else
          reject(own.find((reply) => !reply.answered)?.fault ?? new Fault('the hold was given up while it was asked'))
      })
    } catch (fault) {
      for (const { reject } of ripe) reject(fault)
    }
  }

  /** Never rejects: neither does what is asked. */
  #occupy(lot: Promise<unknown>): void {
    const leave = (): void => {
      clearTimeout(timer)
      this.#lots.delete(lot)
      this.#landed.splice(0).forEach((go) => go())
    }
    const timer = setTimeout(leave, LOT_PATIENCE_MS)
    this.#lots.add(lot)
    void lot.then(leave)
  }

  /** For the next lot: when the intents of the last are on disk, and later when enough lots are under way. */
  async #room(): Promise<void> {
    await this.#parts.onDisk()
    if (this.#lots.size >= LOTS_MOST) await new Promise<void>((resolve) => this.#landed.push(resolve))
  }
}

/** All of a basket's answers, or null when one is missing. */
function askedHold({ intent, request }: AskedFor, replies: readonly StockReply[]): AskedHold {
  const answers = replies.flatMap((reply) => (reply.answered ? [reply.decision] : []))
  return { intent, request, answers: answers.length === replies.length ? answers : null }
}
