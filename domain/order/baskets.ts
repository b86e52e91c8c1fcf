/**
 * The baskets of one order book. Holding is the one thing here that needs somebody else's answers, so it is cut in two:
 * `begin` writes down what will be asked, `finish` what came of it. A crash in between leaves intents: whoever repeats
 * the request resumes them, and `endDue` gives the units of the others back.
 */
import { assert } from '../basics/assert.ts'
import type { Clock } from '../basics/clock.ts'
import { accept, refuse, type Decision } from '../basics/decision.ts'
import { newIdInBook } from '../basics/ids.ts'
import type { Keeping } from '../basics/keeping.ts'
import type { Random } from '../basics/random.ts'
import type {
  Answered,
  BasketHold,
  BasketLine,
  BasketRefusal,
  HoldCommand,
  ReleaseRefusal,
  RequestKey,
} from '../message/order-book.ts'
import type { StockAnswer, StockMove, StockRefusal } from '../message/stock-desk.ts'
import { bucketFor } from '../sharding/bucket.ts'
import { first, holdAnswerKey, keepAnswer, seen, type StoredAnswer } from './answers.ts'
import { forgetAnswer } from './forgetting.ts'
import { decideHold, stockMoveFor, viewOfHold, type BookHold, type HoldIntent } from './hold.ts'
import type { Leaves } from './leaves.ts'
import type { Order } from './order.ts'
import { releaseId } from './outbox.ts'
import type { OrderBookStore } from './store.ts'

/** How long an intent may stay unanswered. Nobody waits longer for a hold; then its units go back. */
export const INTENT_PATIENCE_MS = 10_000
/** How much one turn ends at most, so that turns stay short. */
const TURN_MOST = 500

/**
 * A command that has been looked at: answered already, to be asked of its SKUs' owners, or to be begun again when our
 * own leaves have the units that they lack.
 */
export type BegunHold =
  | { kind: 'answered'; answered: Answered<BasketHold, BasketRefusal> }
  | { kind: 'asking'; intent: BookHold; request: RequestKey }
  | { kind: 'lacking'; command: HoldCommand }

/** What became of a pass: a hold was granted on it, or there was not enough for it, or what was begun with it is over. */
export interface PassNews {
  what: 'used' | 'refused' | 'over'
  dropId: string
  passId: string
}

/** More passes than are refused in one book before it is evicted. */
const REFUSED_TOLD_MOST = 1000

/** What the owners said, one answer a line; null: one of them failed to answer, so nothing is known. */
export interface AskedHold {
  intent: BookHold
  request: RequestKey
  answers: Decision<StockAnswer, StockRefusal>[] | null
}

export class BasketKeeper {
  readonly #store: OrderBookStore
  readonly #clock: Clock
  readonly #random: Random
  readonly #leaves: Leaves
  readonly #book: number
  readonly #answersKeptMs: number
  /** Holds that are being asked for right now. Not stored on purpose: what a crash interrupts is not in flight. */
  readonly #inFlight = new Set<string>()
  readonly #passNews: PassNews[] = []
  readonly #refusedTold = new Set<string>()

  /** `book`: the number of this book, for the ids of its holds. */
  constructor(store: OrderBookStore, clock: Clock, random: Random, leaves: Leaves, book: number, keeping: Keeping) {
    this.#store = store
    this.#clock = clock
    this.#random = random
    this.#leaves = leaves
    this.#book = book
    this.#answersKeptMs = keeping.keptMs
  }

  /** Writes an intent for every command that is new, in one transaction, and answers the others. */
  begin(commands: readonly HoldCommand[]): BegunHold[] {
    const lot = new Set<string>()
    const skus = commands.flatMap(({ lines }) => lines.map(({ sku }) => sku))
    const begun = this.#turn((now) =>
      this.#leaves.together(skus, () => commands.map((command) => this.#beginHold(command, now, lot))),
    )
    // Not within the turn: of one that is undone nobody asks, and nobody would ever say that it is over.
    for (const id of lot) this.#inFlight.add(id)
    return begun
  }

  /** Records what came of the intents, in one transaction. Null where nothing is known: asking again is safe. */
  finish(asked: readonly AskedHold[]): (Answered<BasketHold, BasketRefusal> | null)[] {
    for (const { intent } of asked) this.#inFlight.delete(intent.id)
    return this.#turn((now) => asked.map((one) => this.#finishHold(one, now)))
  }

  /** `lot` collects what this turn lets be asked for. */
  #beginHold(command: HoldCommand, now: number, lot: Set<string>): BegunHold {
    const { request, storeId, visitorId, lines, drop, market, admission, restriction } = command
    const answerKey = holdAnswerKey(visitorId, request.key)
    const kept = this.#store.answer(answerKey)
    const spelledOut = kept && this.#spelledOut(kept)
    const earlier = seen<BasketHold, BasketRefusal>(spelledOut, request, now, this.#answersKeptMs)
    if (earlier.kind === 'answered') return earlier
    if (earlier.kind === 'unfinished') return this.#resume(earlier.answer, request, lot)
    // Not kept: whoever is elsewhere the next time may buy there.
    if (restriction) return { kind: 'answered', answered: first(request, refuse(restriction)) }
    if (kept) forgetAnswer(this.#store, kept) // its key is used anew, and its hold is found by nothing else
    if (admission?.pass && this.#store.answer(passKey(admission.pass.passId))) {
      return { kind: 'answered', answered: this.#refusePass(answerKey, request, admission.pass.passId, now) }
    }
    const id = newIdInBook('hld', { bucket: bucketFor(visitorId), book: this.#book }, now, this.#random)
    const expiresAt = now + INTENT_PATIENCE_MS
    const wish = { storeId, visitorId, lines, drop, ...(market !== undefined && { market }) }
    const asked: HoldIntent = { id, ...wish, createdAt: now, ...(admission && { admission }) }
    const intent: BookHold = { ...asked, state: 'reserving', terms: null, expiresAt, orderId: null, answerKey }
    if (lines.every(({ sku }) => this.#leaves.of(sku))) return this.#holdHere(intent, command, now)
    this.#store.saveHold(intent)
    const { fingerprint, requestId } = request
    this.#store.saveAnswer({ key: answerKey, fingerprint, requestId, body: null, holdId: id, at: now })
    lot.add(id)
    return { kind: 'asking', intent, request }
  }

  /** All units are with leaves of ours, so there is nobody to ask, and no intent to leave behind. */
  #holdHere(intent: BookHold, command: HoldCommand, now: number): BegunHold {
    const { lines, visitorId } = intent
    if (lines.some(({ sku }) => this.#leaves.of(sku)!.mustAskAbout(visitorId))) return { kind: 'lacking', command }
    const answers = lines.map((line) => this.#leaves.of(line.sku)!.holdAnew(stockMoveFor(intent, line)))
    if (answers.some((answer, i) => this.#leaves.isShort(lines[i]!.sku, answer))) {
      this.#giveBackGranted(intent, answers, now) // nobody will hear of this id again
      return { kind: 'lacking', command }
    }
    return { kind: 'answered', answered: this.#conclude(intent, command.request, answers, now) }
  }

  /** The same key while its first request is being asked for, or after that one died on the way. */
  #resume(answer: StoredAnswer, request: RequestKey, lot: Set<string>): BegunHold {
    const intent = answer.holdId === null ? undefined : this.#store.hold(answer.holdId)
    assert(intent?.state === 'reserving', `${answer.key} is unfinished, so its hold is still being reserved`)
    if (this.#inFlight.has(intent.id) || lot.has(intent.id)) {
      return { kind: 'answered', answered: first(request, refuse({ code: 'idempotency_request_in_flight' })) }
    }
    lot.add(intent.id)
    return { kind: 'asking', intent, request }
  }

  #finishHold({ intent, request, answers }: AskedHold, now: number): Answered<BasketHold, BasketRefusal> | null {
    const current = this.#store.hold(intent.id)
    if (answers === null || current?.state !== 'reserving') return null
    const concluded = this.#conclude(intent, request, answers, now)
    if (!concluded.decision.ok) this.#store.removeHold(intent.id)
    return concluded
  }

  /** Writes down what came of a basket, with its answer: held as a whole, or not at all. */
  #conclude(
    intent: BookHold,
    request: RequestKey,
    answers: readonly Decision<StockAnswer, StockRefusal>[],
    now: number,
  ): Answered<BasketHold, BasketRefusal> {
    const decision = this.#withPass(intent, answers, decideHold(intent, answers), now)
    if (!decision.ok) {
      this.#giveBackGranted(intent, answers, now)
      return keepAnswer(this.#store, intent.answerKey, request, decision, now)
    }
    const { lines, total, expiresAt } = decision.value
    const held: BookHold = { ...intent, state: 'held', terms: { lines, total }, expiresAt }
    this.#store.saveHold(held)
    const { fingerprint, requestId } = request
    const key = intent.answerKey
    this.#store.saveAnswer({ key, fingerprint, requestId, body: AS_HELD, holdId: intent.id, at: now })
    return first(request, accept(asFirstHeld(held)))
  }

  /** A yes is not kept twice: the hold's own row says what it was when it was made. */
  #spelledOut(answer: StoredAnswer): StoredAnswer {
    if (answer.body !== AS_HELD || answer.holdId === null) return answer
    const hold = this.#store.hold(answer.holdId)
    assert(hold, `${answer.holdId} was granted, so it is kept`)
    return { ...answer, body: JSON.stringify(accept(asFirstHeld(hold))) }
  }

  /** A pass lets one basket in. It is used up by the hold it was good for, in the same turn, and not by a refusal. */
  #withPass<Value>(
    { id, admission }: BookHold,
    answers: readonly Decision<StockAnswer, StockRefusal>[],
    decision: Decision<Value, BasketRefusal>,
    now: number,
  ): Decision<Value, BasketRefusal> {
    const pass = admission?.pass
    if (pass && !decision.ok && decision.refusal.code === 'not_enough_stock') this.#tellRefused(pass)
    if (!decision.ok || !pass || !answers.some((answer) => needsPassOf(pass.dropId, answer))) return decision
    const key = passKey(pass.passId)
    if (this.#store.answer(key)) return refuse({ code: 'pass_already_used', passId: pass.passId })
    this.#store.saveAnswer({ key, fingerprint: '', requestId: '', body: null, holdId: id, at: now })
    this.#passNews.push({ what: 'used', ...pass })
    return decision
  }

  /** Once a pass: whoever asks again and again for what is gone tells their room nothing new. */
  #tellRefused(pass: { dropId: string; passId: string }): void {
    if (this.#refusedTold.has(pass.passId)) return
    if (this.#refusedTold.size >= REFUSED_TOLD_MOST) this.#refusedTold.clear()
    this.#refusedTold.add(pass.passId)
    this.#passNews.push({ what: 'refused', ...pass })
  }

  #refusePass(answerKey: string, request: RequestKey, passId: string, now: number) {
    const refusal: BasketRefusal = { code: 'pass_already_used', passId }
    return keepAnswer<BasketHold, BasketRefusal>(this.#store, answerKey, request, refuse(refusal), now)
  }

  /** All or nothing: what was granted beside a refusal goes back. */
  #giveBackGranted(intent: BookHold, answers: readonly Decision<StockAnswer, StockRefusal>[], now: number): void {
    const granted = intent.lines.filter((_, i) => answers[i]!.ok)
    this.#giveBack(intent, granted, now)
  }

  /** The checkout that a pass let in is over, one way or the other: somebody else may come in. */
  passOver({ admission }: BookHold): void {
    if (admission?.pass) this.#passNews.push({ what: 'over', ...admission.pass })
  }

  /** What waiting rooms are to hear, since this was last asked. In memory only: a room that does not hear it waits longer. */
  takePassNews(): PassNews[] {
    return this.#passNews.splice(0)
  }

  find(holdId: string): BasketHold | null {
    const hold = this.#store.hold(holdId)
    if (!hold?.terms) return null
    return viewOfHold(hold, this.#orderOf(hold), this.#clock.now())
  }

  /** Ends a hold before its time. Ending an ended one is a success; one with an order behind it is the order's. */
  release(holdId: string): Decision<BasketHold, ReleaseRefusal> {
    return this.#turn((now) => {
      const hold = this.#store.hold(holdId)
      if (!hold?.terms) return refuse({ code: 'hold_not_found', holdId })
      if (hold.orderId !== null) return refuse({ code: 'hold_already_ordered', holdId, orderId: hold.orderId })
      if (hold.state !== 'held') return accept(viewOfHold(hold, undefined, now))
      return accept(
        viewOfHold(this.#endHold(hold, now >= hold.expiresAt ? 'expired' : 'released', now), undefined, now),
      )
    })
  }

  /** Ends holds whose time has come and intents nobody finished. Answers how many; more may be due. */
  endDue(): number {
    return this.#turn((now) => {
      const due = this.#store.holdsDue(now, TURN_MOST)
      for (const hold of due) {
        if (hold.state === 'held') this.#endHold(hold, 'expired', now)
        else this.#forgetIntent(hold, now)
      }
      return due.length
    })
  }

  #endHold(hold: BookHold, end: 'released' | 'expired', now: number): BookHold {
    const ended: BookHold = { ...hold, state: end }
    this.#store.saveHold(ended)
    this.#giveBack(hold, hold.lines, now)
    this.passOver(hold)
    return ended
  }

  /** Nothing is known of what its owners did, and nobody was told of it: everything back, and the key is new again. */
  #forgetIntent(intent: BookHold, now: number): void {
    if (this.#inFlight.has(intent.id)) {
      this.#store.saveHold({ ...intent, expiresAt: now + INTENT_PATIENCE_MS })
      return
    }
    this.#giveBack(intent, intent.lines, now)
    this.#store.removeHold(intent.id)
    this.#store.removeAnswer(intent.answerKey)
  }

  /** Units of our own leaves are free at once; of the others their owners have to hear. */
  #giveBack({ id, storeId }: HoldIntent, lines: readonly BasketLine[], now: number): void {
    for (const { sku } of lines) {
      const release: StockMove = { kind: 'release', holdId: id }
      const ask = { sku, holdId: id, moves: [release] }
      if (this.#leaves.isOurs(ask)) this.#leaves.move(ask)
      else
        this.#store.saveOutbox({
          id: releaseId(id, sku),
          topic: 'release',
          storeId,
          sku,
          holdId: id,
          dueAt: now,
          sends: 0,
        })
    }
  }

  #orderOf({ orderId }: BookHold): Order | undefined {
    return orderId === null ? undefined : this.#store.order(orderId)
  }

  #turn<Result>(work: (now: number) => Result): Result {
    const now = this.#clock.now()
    return this.#store.transaction(() => work(now))
  }
}

/** In the place of an answer's body: "as the hold was when it was made". */
const AS_HELD = 'held'

/** What the first answer said; nothing of it ever changes but the state and the order. */
const asFirstHeld = (hold: BookHold): BasketHold =>
  viewOfHold({ ...hold, state: 'held', orderId: null }, undefined, hold.createdAt)

const passKey = (passId: string): string => `pass/${passId}`

const needsPassOf = (dropId: string, answer: Decision<StockAnswer, StockRefusal>): boolean =>
  answer.ok && answer.value.offer.drop?.id === dropId && answer.value.offer.drop.room === true
