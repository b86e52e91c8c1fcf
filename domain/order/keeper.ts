/**
 * The keeper of one order book: looks, decides and records, in one transaction with no await in between. What is
 * decided, and why, is in news.ts, settlement.ts and refund.ts; baskets' holds are in baskets.ts, what is owed to others in
 * owing.ts, units that move without anybody being asked in own-units.ts; how rows are kept is the store's.
 */
import { assert } from '../basics/assert.ts'
import type { Clock } from '../basics/clock.ts'
import { accept, refuse, type Decision } from '../basics/decision.ts'
import { bucketOf, newId, newIdInBook } from '../basics/ids.ts'
import { FOR_A_DAY, type Keeping } from '../basics/keeping.ts'
import type { Random } from '../basics/random.ts'
import type {
  Answered,
  BasketHold,
  BasketLine,
  BasketRefusal,
  BookProof,
  CancelCommand,
  CancelRefusal,
  HoldCommand,
  OrderCommand,
  OrderRefusal,
  OrderView,
  RefundCommand,
  RefundRefusal,
  RefundView,
  ReleaseRefusal,
  RequestKey,
} from '../message/order-book.ts'
import type { Handing, LetterTask, News, Postponed, Step } from '../message/settle.ts'
import { first, keepAnswer, seen } from './answers.ts'
import { BasketKeeper, type AskedHold, type BegunHold, type PassNews } from './baskets.ts'
import { Forgetting } from './forgetting.ts'
import { decideOrder, stateAt, viewOfHold, type BookHold } from './hold.ts'
import { noLeaves, type Leaves } from './leaves.ts'
import { begin, concluded, tell } from './news.ts'
import { newOrder, recordOf, statusOf, versioned, viewOf, viewOfRefund, type Order } from './order.ts'
import { RECORD_ID, settleId, told, type OutboxRow } from './outbox.ts'
import { oweLetters, oweRecording, oweSettling, SETTLER_PATIENCE_MS } from './owing.ts'
import { addressed, moveOwnUnits } from './own-units.ts'
import { proofOf } from './proof.ts'
import { Pulse } from './pulse.ts'
import type { OrderRecord } from './records.ts'
import { decideCancel, decideRefund, withoutPaused } from './refund.ts'
import { nextStep } from './settlement.ts'
import type { OrderBookStore } from './store.ts'

export type { AskedHold, BegunHold } from './baskets.ts'
export { Leaves, type LeafStores } from './leaves.ts'
export type { OrderBookStore } from './store.ts'

/** However long the line at the provider is, somebody looks again; a pacer that is wrong must not strand an order. */
const POSTPONED_MOST_MS = 15 * 60_000
/** How much one turn ends, tells or forgets at most, so that turns stay short. */
const TURN_MOST = 500

export class OrderBookKeeper {
  readonly #store: OrderBookStore
  readonly #clock: Clock
  readonly #random: Random
  readonly #leaves: Leaves
  readonly #book: number
  readonly #baskets: BasketKeeper
  readonly #pulse: Pulse
  readonly #answersKeptMs: number
  /** What is kept for a day only. */
  readonly forgetting: Forgetting

  /** `book`: the number of this book, for the ids of what it makes. `keeping`: of answers. */
  constructor(
    store: OrderBookStore,
    clock: Clock,
    random: Random,
    leaves = noLeaves(clock),
    book = 0,
    keeping: Keeping = FOR_A_DAY,
  ) {
    this.#store = store
    this.#clock = clock
    this.#random = random
    this.#leaves = leaves
    this.#book = book
    this.#baskets = new BasketKeeper(store, clock, random, leaves, book, keeping)
    this.#pulse = new Pulse(clock.now())
    this.#answersKeptMs = keeping.keptMs
    this.forgetting = new Forgetting(store, clock, leaves, keeping)
  }

  // Holding: see baskets.ts

  /** Writes an intent for every command that is new, in one transaction, and answers the others. */
  beginHolds(commands: readonly HoldCommand[]): BegunHold[] {
    const begun = this.#baskets.begin(commands)
    begun.forEach((one, i) => {
      if (one.kind === 'answered') this.#felt(commands[i]!.lines, one.answered)
    })
    return begun
  }

  /** Records what came of the intents, in one transaction. Null where nothing is known: asking again is safe. */
  finishHolds(asked: readonly AskedHold[]): (Answered<BasketHold, BasketRefusal> | null)[] {
    const answers = this.#baskets.finish(asked)
    answers.forEach((answer, i) => answer && this.#felt(asked[i]!.intent.lines, answer))
    return answers
  }

  /** Counts an answer, unless it was given before. */
  #felt(lines: readonly BasketLine[], { decision, replayed }: Answered<BasketHold, BasketRefusal>): void {
    const sku = lines[0]?.sku
    if (replayed || sku === undefined) return
    if (decision.ok) this.#pulse.held(sku, this.#clock.now())
    else this.#pulse.refused(sku, decision.refusal.code)
  }

  /** What happened here since this book woke, for whoever watches; see pulse.ts. */
  pulse(): Pulse {
    return this.#pulse
  }

  findHold(holdId: string): BasketHold | null {
    return this.#baskets.find(holdId)
  }

  /** Ends a hold before its time. Ending an ended one is a success; one with an order behind it is the order's. */
  releaseHold(holdId: string): Decision<BasketHold, ReleaseRefusal> {
    return this.#baskets.release(holdId)
  }

  /** Ends holds whose time has come and intents nobody finished. Answers how many; more may be due. */
  endDue(): number {
    return this.#baskets.endDue()
  }

  /** What waiting rooms are to hear, since this was last asked. */
  takePassNews(): PassNews[] {
    return this.#baskets.takePassNews()
  }

  // Ordering

  /** Takes the order and everything that must follow from it in one turn. To the millisecond: a hold that is over is over. */
  order(command: OrderCommand): Answered<OrderView, OrderRefusal> {
    return this.#turn((now) => {
      const hold = this.#store.hold(command.holdId)
      const answerKey = `order/${command.visitorId ?? ordererOf(command, hold, now)}/${command.request.key}`
      const answer = this.#store.answer(answerKey)
      const earlier = seen<OrderView, OrderRefusal>(answer, command.request, now, this.#answersKeptMs)
      if (earlier.kind === 'answered') return earlier.answered
      // Not kept: whoever is elsewhere the next time, or sends it elsewhere, may buy.
      if (command.restriction) return first(command.request, refuse(command.restriction))
      const decision = decideOrder(command, hold, now)
      if (!decision.ok && hold) this.#pulse.refused(hold.lines[0]!.sku, decision.refusal.code)
      if (!decision.ok) return this.#answer(answerKey, command.request, decision, now)
      return this.#answer(answerKey, command.request, accept(this.#takeOrder(command, decision.value, now)), now)
    })
  }

  #takeOrder(command: OrderCommand, hold: BookHold, now: number): OrderView {
    const bucket = bucketOf('hld', hold.id)
    assert(bucket !== undefined, `${hold.id} carries its bucket`)
    const id = newIdInBook('ord', { bucket, book: this.#book }, now, this.#random)
    const held = viewOfHold(hold, undefined, now)
    const taken = newOrder(id, newId('pay', now, this.#random), held, command, now)
    const order = moveOwnUnits(this.#leaves, taken, now)
    this.#store.saveHold({ ...hold, state: 'ordered', orderId: id })
    this.#saveOrder(undefined, order, now, now)
    return viewOf(order)
  }

  findOrder(orderId: string): OrderView | null {
    const order = this.#store.order(orderId)
    return order ? viewOf(order) : null
  }

  refund(command: RefundCommand): Answered<RefundView, RefundRefusal> {
    const { request, orderId } = command
    return this.#answering<RefundView, RefundRefusal>(`refund/${request.key}`, request, (now) => {
      const order = this.#store.order(orderId)
      if (!order) return refuse({ code: 'order_not_found', orderId })
      const decision = decideRefund(order, newId('ref', now, this.#random), command, now)
      if (!decision.ok) return decision
      const refunds = [...withoutPaused(order).refunds, decision.value]
      this.#change(order, { ...order, refunds, tries: 0, retryAt: 0 }, now, now)
      return accept(viewOfRefund(decision.value, order.total.currency))
    })
  }

  cancel({ request, orderId, reason }: CancelCommand): Answered<OrderView, CancelRefusal> {
    return this.#answering<OrderView, CancelRefusal>(`cancel/${request.key}`, request, (now) => {
      const order = this.#store.order(orderId)
      if (!order) return refuse({ code: 'order_not_found', orderId })
      const decision = decideCancel(order, reason)
      if (!decision.ok) return decision
      return accept(viewOf(this.#change(order, { ...order, givenUp: decision.value, tries: 0, retryAt: 0 }, now, now)))
    })
  }

  // Settling

  /** The next step, with what must be known before it is taken written down. */
  nextStep(orderId: string): Step {
    return this.#turn((now) => {
      const order = this.#store.order(orderId)
      return order ? this.#handOut(order, now) : { kind: 'done', orderId }
    })
  }

  /** What would be handed out now, begun by nobody: for whoever performs some kinds of steps and leaves the others. */
  upcomingStep(orderId: string): Step {
    const order = this.#store.order(orderId)
    return order ? addressed(this.#leaves, nextStep(order, this.#clock.now())) : { kind: 'done', orderId }
  }

  /** Takes news in and hands out the step that follows; one that has to be begun is, unless it is only to be shown. */
  tell(orderId: string, news: readonly News[], handing: Handing = 'begun'): Step {
    return this.#turn((now) => {
      const order = this.#store.order(orderId)
      if (!order) return { kind: 'done', orderId }
      const after = news.reduce((known, one) => tell(known, one, now), order)
      return this.#handOut(after, now, order, handing)
    })
  }

  /** Sends for a settler again then, and not before: their turn at the provider has not come (SPEC PCE7). */
  postpone(orders: readonly Postponed[]): void {
    this.#turn((now) => {
      for (const { orderId, inMs } of orders) {
        const order = this.#store.order(orderId)
        if (!order || order.settledAt !== null) continue
        const dueAt = now + Math.ceil(Math.min(inMs, POSTPONED_MOST_MS))
        this.#store.saveOutbox({ id: settleId(orderId), topic: 'settle', orderId, dueAt, sends: 0 })
      }
    })
  }

  /**
   * Takes news in from somebody who then performs nothing (a webhook's bearer, the courier that claims). Hands nothing
   * out: a step begun by nobody would be waited for. A settler is sent at once, unless one is on its way.
   */
  overhear(orderId: string, news: readonly News[], settlerSent: boolean): Step {
    return this.#turn((now) => {
      const order = this.#store.order(orderId)
      if (!order) return { kind: 'done', orderId }
      const heard = news.reduce((known, one) => tell(known, one, now), order)
      const after = moveOwnUnits(this.#leaves, heard, now)
      const step = nextStep(after, now)
      const settleAt = step.kind === 'wait' ? step.until : now
      if (after !== order) this.#saveOrder(order, after, now, settlerSent ? null : settleAt)
      return step
    })
  }

  /** `stored` is the order as it is on disk, where that is not what is handed out from. */
  #handOut(known: Order, now: number, stored: Order = known, handing: Handing = 'begun'): Step {
    const order = moveOwnUnits(this.#leaves, known, now)
    const step = nextStep(order, now)
    const begun = handing === 'begun' ? begin(order, step, now) : order
    const patience = step.kind === 'wait' ? step.until : now + SETTLER_PATIENCE_MS
    if (begun !== stored) this.#saveOrder(stored, begun, now, patience)
    else if (step.kind === 'done') this.#store.removeOutbox(settleId(order.id))
    else oweSettling(this.#store, order.id, patience, now)
    return addressed(this.#leaves, step)
  }

  // What must happen elsewhere

  /** Rows that are due, marked as told. The caller tells; a row goes away only when its work is done. */
  takeDue(): OutboxRow[] {
    const next = this.#store.nextOutboxDue()
    if (next === null || next > this.#clock.now()) return []
    return this.#turn((now) => {
      const due = this.#store.outboxDue(now, TURN_MOST)
      for (const row of due) this.#store.saveOutbox(told(row, now))
      return due
    })
  }

  nextHoldDue(): number | null {
    return this.#store.nextHoldDue()
  }

  nextOutboxDue(): number | null {
    return this.#store.nextOutboxDue()
  }

  /** The owners said that these units are free. */
  released(rowIds: readonly string[]): void {
    this.#turn(() => {
      for (const id of rowIds) this.#store.removeOutbox(id)
    })
  }

  unrecorded(most: number): OrderRecord[] {
    return this.#store.unrecorded(most).map(recordOf)
  }

  recorded(orders: readonly { orderId: string; version: number }[]): void {
    this.#turn((now) => {
      for (const { orderId, version } of orders) this.#store.markRecorded(orderId, version)
      if (this.#store.unrecorded(1).length === 0) this.#store.removeOutbox(RECORD_ID)
      else if (orders.length > 0) this.#store.saveOutbox({ id: RECORD_ID, topic: 'record', dueAt: now, sends: 0 })
    })
  }

  letter(outboxId: string): { task: LetterTask; order: OrderView } | null {
    const row = this.#store.outboxRow(outboxId)
    if (row?.topic !== 'letter') return null
    const order = this.#store.order(row.orderId)
    assert(order, `${outboxId} is about an order that is not here: ${row.orderId}`)
    return { task: { outboxId, kind: row.kind, refundId: row.refundId }, order: viewOf(order) }
  }

  letterSent(outboxId: string, documentId: string | null): void {
    this.#turn((now) => {
      const row = this.#store.outboxRow(outboxId)
      if (row?.topic !== 'letter') return
      this.#store.removeOutbox(outboxId)
      const order = this.#store.order(row.orderId)
      if (order && documentId !== null && row.kind === 'confirmation') {
        this.#change(order, { ...order, receiptDocumentId: documentId }, now, null)
      }
    })
  }

  proof(): BookProof {
    return proofOf(this.#store, this.#leaves.proofs(), this.#clock.now())
  }

  // Recording

  #change(before: Order, after: Order, now: number, settleAt: number | null): Order {
    const next = versioned(before, concluded(after, now), now)
    if (next !== before) this.#saveOrder(before, next, now, settleAt)
    return next
  }

  /** Writes the order and what follows from it. `settleAt`: when a settler is to be sent; null: leave that as it is. */
  #saveOrder(before: Order | undefined, after: Order, now: number, settleAt: number | null): void {
    this.#store.saveOrder(after)
    if (after.settledAt !== null && (before?.settledAt ?? null) === null) this.#passOver(after)
    if (after.settledAt !== null) this.#store.removeOutbox(settleId(after.id))
    else if (settleAt !== null) oweSettling(this.#store, after.id, settleAt, now)
    if (after.version === before?.version) return
    this.#feltChange(before, after, now)
    oweRecording(this.#store, now)
    oweLetters(this.#store, before, after, now)
  }

  #passOver({ holdId }: Order): void {
    const hold = this.#store.hold(holdId)
    if (hold) this.#baskets.passOver(hold)
  }

  #feltChange(before: Order | undefined, after: Order, now: number): void {
    const sku = after.lines[0]!.sku
    if (before) this.#pulse.became(sku, statusOf(before), statusOf(after), now)
    else this.#pulse.ordered(sku, now)
  }

  #answering<Value, Refusal>(
    key: string,
    request: RequestKey,
    decide: (now: number) => Decision<Value, Refusal>,
  ): Answered<Value, Refusal> {
    return this.#turn((now) => {
      const earlier = seen<Value, Refusal>(this.#store.answer(key), request, now, this.#answersKeptMs)
      if (earlier.kind === 'answered') return earlier.answered as Answered<Value, Refusal>
      return this.#answer(key, request, decide(now), now)
    })
  }

  #answer<Value, Refusal>(key: string, request: RequestKey, decision: Decision<Value, Refusal>, now: number) {
    return keepAnswer(this.#store, key, request, decision, now)
  }

  #turn<Result>(work: (now: number) => Result): Result {
    const now = this.#clock.now()
    return this.#store.transaction(() => work(now))
  }
}

/** Whose key it is, of somebody without a cookie: the hold's visitor's, or, once the hold is over and can be forgotten, its id's. */
function ordererOf({ holdId }: OrderCommand, hold: BookHold | undefined, now: number): string {
  if (!hold) return holdId
  const state = stateAt(now, hold, undefined)
  return state === 'released' || state === 'expired' ? holdId : hold.visitorId
}
