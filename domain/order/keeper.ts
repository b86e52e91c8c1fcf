/**
 * The keeper of one order book: looks, decides and records, in one transaction with no await in between. What is
 * decided, and why, is in hold.ts, news.ts, settlement.ts and refund.ts; how rows are kept is the store's.
 *
 * Holding is the one thing that needs somebody else's answers. It is cut in two: `beginHolds` writes down what will be
 * asked, `finishHolds` what came of it. A crash in between leaves intents: whoever repeats the request resumes them,
 * and `endDue` gives the units of the others back.
 */
import { assert } from '../basics/assert.ts'
import type { Clock } from '../basics/clock.ts'
import { accept, refuse, type Decision } from '../basics/decision.ts'
import { bucketOf, newId, newIdInBucket } from '../basics/ids.ts'
import type { Random } from '../basics/random.ts'
import type {
  Answered,
  BasketHold,
  BasketRefusal,
  BookProof,
  CancelCommand,
  CancelRefusal,
  HoldCommand,
  OrderCommand,
  OrderRefusal,
  OrderStatus,
  OrderView,
  RefundCommand,
  RefundRefusal,
  RefundView,
  ReleaseRefusal,
  RequestKey,
} from '../message/order-book.ts'
import type { LetterTask, News, Step } from '../message/settle.ts'
import type { StockAnswer, StockRefusal } from '../message/stock-desk.ts'
import { bucketFor } from '../sharding/bucket.ts'
import { ANSWERS_KEPT_MS, first, seen, type StoredAnswer } from './answers.ts'
import { decideHold, decideOrder, viewOfHold, type BookHold, type HoldIntent } from './hold.ts'
import { begin, concluded, tell } from './news.ts'
import { newOrder, recordOf, statusOf, versioned, viewOf, viewOfRefund, type Order } from './order.ts'
import { confirmationId, RECORD_ID, refundLetterId, releaseId, settleId, told, type OutboxRow } from './outbox.ts'
import { proofOf } from './proof.ts'
import type { OrderRecord } from './records.ts'
import { decideCancel, decideRefund } from './refund.ts'
import { nextStep } from './settlement.ts'
import type { OrderBookStore } from './store.ts'

/** How long an intent may stay unanswered. Nobody waits longer for a hold; then its units go back. */
export const INTENT_PATIENCE_MS = 10_000
/** Longer than a settler may take over one step; then somebody else is sent. */
const SETTLER_PATIENCE_MS = 20_000
/** Changes that come together are recorded together. */
const RECORD_DEBOUNCE_MS = 250
/** Statuses from which `paid` is news to the buyer. */
const NOT_PAID_YET: ReadonlySet<OrderStatus> = new Set(['accepted', 'requires_action', 'processing', 'payment_failed'])
/** How much one turn ends, tells or forgets at most, so that turns stay short. */
const TURN_MOST = 500

/** A command that has been looked at: answered already, or to be asked of its SKUs' owners. */
export type BegunHold =
  | { kind: 'answered'; answered: Answered<BasketHold, BasketRefusal> }
  | { kind: 'asking'; intent: BookHold; request: RequestKey }

/** What the owners said, one answer a line; null: one of them failed to answer, so nothing is known. */
export interface AskedHold {
  intent: BookHold
  request: RequestKey
  answers: Decision<StockAnswer, StockRefusal>[] | null
}

export class OrderBookKeeper {
  readonly #store: OrderBookStore
  readonly #clock: Clock
  readonly #random: Random
  /** Holds that are being asked for right now. Not stored on purpose: what a crash interrupts is not in flight. */
  readonly #inFlight = new Set<string>()

  constructor(store: OrderBookStore, clock: Clock, random: Random) {
    this.#store = store
    this.#clock = clock
    this.#random = random
  }

  // Holding

  /** Writes an intent for every command that is new, in one transaction, and answers the others. */
  beginHolds(commands: readonly HoldCommand[]): BegunHold[] {
    return this.#turn((now) => commands.map((command) => this.#beginHold(command, now)))
  }

  /** Records what came of the intents, in one transaction. Null where nothing is known: asking again is safe. */
  finishHolds(asked: readonly AskedHold[]): (Answered<BasketHold, BasketRefusal> | null)[] {
    for (const { intent } of asked) this.#inFlight.delete(intent.id)
    return this.#turn((now) => asked.map((one) => this.#finishHold(one, now)))
  }

  #beginHold(command: HoldCommand, now: number): BegunHold {
    const { request, storeId, visitorId, lines, drop } = command
    const answerKey = `hold/${visitorId}/${request.key}`
    const earlier = seen<BasketHold, BasketRefusal>(this.#store.answer(answerKey), request, now)
    if (earlier.kind === 'answered') return earlier
    if (earlier.kind === 'unfinished') return this.#resume(earlier.answer, request)
    const id = newIdInBucket('hld', bucketFor(visitorId), now, this.#random)
    const expiresAt = now + INTENT_PATIENCE_MS
    const asked: HoldIntent = { id, storeId, visitorId, lines, drop, createdAt: now }
    const intent: BookHold = { ...asked, state: 'reserving', terms: null, expiresAt, orderId: null, answerKey }
    this.#store.saveHold(intent)
    this.#store.saveAnswer({ ...keyOf(request), key: answerKey, body: null, holdId: id, at: now })
    this.#inFlight.add(id)
    return { kind: 'asking', intent, request }
  }

  /** The same key while its first request is being asked for, or after that one died on the way. */
  #resume(answer: StoredAnswer, request: RequestKey): BegunHold {
    const intent = answer.holdId === null ? undefined : this.#store.hold(answer.holdId)
    assert(intent?.state === 'reserving', `${answer.key} is unfinished, so its hold is still being reserved`)
    if (this.#inFlight.has(intent.id)) {
      return { kind: 'answered', answered: first(request, refuse({ code: 'idempotency_request_in_flight' })) }
    }
    this.#inFlight.add(intent.id)
    return { kind: 'asking', intent, request }
  }

  #finishHold({ intent, request, answers }: AskedHold, now: number): Answered<BasketHold, BasketRefusal> | null {
    const current = this.#store.hold(intent.id)
    if (answers === null || current?.state !== 'reserving') return null
    const decision = decideHold(intent, answers)
    if (!decision.ok)
      return this.#answer(intent.answerKey, request, this.#giveUpIntent(intent, answers, decision.refusal, now), now)
    const { lines, total, expiresAt } = decision.value
    const held: BookHold = { ...intent, state: 'held', terms: { lines, total }, expiresAt }
    this.#store.saveHold(held)
    return this.#answer(intent.answerKey, request, accept(viewOfHold(held, undefined, now)), now)
  }

  /** All or nothing: what was granted beside a refusal goes back. */
  #giveUpIntent(
    intent: BookHold,
    answers: readonly Decision<StockAnswer, StockRefusal>[],
    refusal: BasketRefusal,
    now: number,
  ): Decision<BasketHold, BasketRefusal> {
    const granted = intent.lines.filter((_, i) => answers[i]!.ok)
    this.#oweRelease(
      intent,
      granted.map(({ sku }) => sku),
      now,
    )
    this.#store.removeHold(intent.id)
    return refuse(refusal)
  }

  findHold(holdId: string): BasketHold | null {
    const hold = this.#store.hold(holdId)
    if (!hold?.terms) return null
    return viewOfHold(hold, this.#orderOf(hold), this.#clock.now())
  }

  /** Ends a hold before its time. Ending an ended one is a success; one with an order behind it is the order's. */
  releaseHold(holdId: string): Decision<BasketHold, ReleaseRefusal> {
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
      this.#store.removeAnswersBefore(now - ANSWERS_KEPT_MS, TURN_MOST)
      return due.length
    })
  }

  #endHold(hold: BookHold, end: 'released' | 'expired', now: number): BookHold {
    const ended: BookHold = { ...hold, state: end }
    this.#store.saveHold(ended)
    this.#oweRelease(
      hold,
      hold.lines.map(({ sku }) => sku),
      now,
    )
    return ended
  }

  /** Nothing is known of what its owners did, and nobody was told of it: everything back, and the key is new again. */
  #forgetIntent(intent: BookHold, now: number): void {
    if (this.#inFlight.has(intent.id)) {
      this.#store.saveHold({ ...intent, expiresAt: now + INTENT_PATIENCE_MS })
      return
    }
    this.#oweRelease(
      intent,
      intent.lines.map(({ sku }) => sku),
      now,
    )
    this.#store.removeHold(intent.id)
    this.#store.removeAnswer(intent.answerKey)
  }

  #oweRelease({ id, storeId }: HoldIntent, skus: readonly string[], now: number): void {
    for (const sku of skus) {
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

  /** The owners said that these units are free. */
  released(rowIds: readonly string[]): void {
    this.#turn(() => {
      for (const id of rowIds) this.#store.removeOutbox(id)
    })
  }

  // Ordering

  /** Takes the order and everything that must follow from it in one turn. To the millisecond: a hold that is over is over. */
  order(command: OrderCommand): Answered<OrderView, OrderRefusal> {
    return this.#turn((now) => {
      const hold = this.#store.hold(command.holdId)
      const answerKey = `order/${command.visitorId ?? hold?.visitorId ?? command.holdId}/${command.request.key}`
      const earlier = seen<OrderView, OrderRefusal>(this.#store.answer(answerKey), command.request, now)
      if (earlier.kind === 'answered') return earlier.answered
      const decision = decideOrder(command, hold, now)
      if (!decision.ok) return this.#answer(answerKey, command.request, decision, now)
      return this.#answer(answerKey, command.request, accept(this.#takeOrder(command, decision.value, now)), now)
    })
  }

  #takeOrder(command: OrderCommand, hold: BookHold, now: number): OrderView {
    const bucket = bucketOf('hld', hold.id)
    assert(bucket !== undefined, `${hold.id} carries its bucket`)
    const id = newIdInBucket('ord', bucket, now, this.#random)
    const held = viewOfHold(hold, undefined, now)
    const order = newOrder(id, newId('pay', now, this.#random), held, command, now)
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
      const refunds = [...order.refunds, decision.value]
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

  /** Takes news in and answers the step that follows. A webhook's teller performs nothing: a settler is sent at once. */
  tell(orderId: string, news: readonly News[]): Step {
    return this.#turn((now) => {
      const order = this.#store.order(orderId)
      if (!order) return { kind: 'done', orderId }
      const fromWebhook = news.some((one) => 'eventId' in one && one.eventId !== null)
      const after = news.reduce((known, one) => tell(known, one, now), order)
      if (fromWebhook) {
        const step = nextStep(after, now)
        if (after !== order) this.#saveOrder(order, after, now, step.kind === 'wait' ? step.until : now)
        return step
      }
      return this.#handOut(after, now, order)
    })
  }

  /** `stored` is the order as it is on disk, where that is not what is handed out from. */
  #handOut(order: Order, now: number, stored: Order = order): Step {
    const step = nextStep(order, now)
    const begun = begin(order, step, now)
    const patience = step.kind === 'wait' ? step.until : now + SETTLER_PATIENCE_MS
    if (begun !== stored) this.#saveOrder(stored, begun, now, patience)
    else if (step.kind === 'done') this.#store.removeOutbox(settleId(order.id))
    else this.#oweSettling(order.id, patience, now)
    return step
  }

  // What must happen elsewhere

  /** Rows that are due, marked as told. The caller tells; a row goes away only when its work is done. */
  takeDue(): OutboxRow[] {
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
    return proofOf(this.#store, this.#clock.now())
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
    if (after.settledAt !== null) this.#store.removeOutbox(settleId(after.id))
    else if (settleAt !== null) this.#oweSettling(after.id, settleAt, now)
    if (after.version === before?.version) return
    this.#oweRecording(now)
    this.#oweLetters(before, after, now)
  }

  /** Moves the row's due time only when it matters: each write is billed. */
  #oweSettling(orderId: string, dueAt: number, now: number): void {
    const id = settleId(orderId)
    const row = this.#store.outboxRow(id)
    const goodEnough = row && dueAt > now && row.dueAt > now && Math.abs(row.dueAt - dueAt) < SETTLER_PATIENCE_MS / 2
    if (!goodEnough) this.#store.saveOutbox({ id, topic: 'settle', orderId, dueAt, sends: 0 })
  }

  #oweRecording(now: number): void {
    if (this.#store.outboxRow(RECORD_ID)) return
    this.#store.saveOutbox({ id: RECORD_ID, topic: 'record', dueAt: now + RECORD_DEBOUNCE_MS, sends: 0 })
  }

  #oweLetters(before: Order | undefined, after: Order, now: number): void {
    if (!before) return
    const orderId = after.id
    const due = { topic: 'letter', orderId, dueAt: now, sends: 0 } as const
    if (statusOf(after) === 'paid' && NOT_PAID_YET.has(statusOf(before))) {
      this.#store.saveOutbox({ ...due, id: confirmationId(orderId), kind: 'confirmation', refundId: null })
    }
    for (const { id, status } of after.refunds) {
      const known = before.refunds.find((refund) => refund.id === id)
      if (status !== 'succeeded' || known?.status === 'succeeded') continue
      this.#store.saveOutbox({ ...due, id: refundLetterId(id), kind: 'refund', refundId: id })
    }
  }

  #orderOf({ orderId }: BookHold): Order | undefined {
    return orderId === null ? undefined : this.#store.order(orderId)
  }

  #answering<Value, Refusal>(
    key: string,
    request: RequestKey,
    decide: (now: number) => Decision<Value, Refusal>,
  ): Answered<Value, Refusal> {
    return this.#turn((now) => {
      const earlier = seen<Value, Refusal>(this.#store.answer(key), request, now)
      if (earlier.kind === 'answered') return earlier.answered as Answered<Value, Refusal>
      return this.#answer(key, request, decide(now), now)
    })
  }

  #answer<Value, Refusal>(key: string, request: RequestKey, decision: Decision<Value, Refusal>, now: number) {
    this.#store.saveAnswer({ ...keyOf(request), key, body: JSON.stringify(decision), holdId: null, at: now })
    return first(request, decision)
  }

  #turn<Result>(work: (now: number) => Result): Result {
    const now = this.#clock.now()
    return this.#store.transaction(() => work(now))
  }
}

const keyOf = ({ fingerprint, requestId }: RequestKey) => ({ fingerprint, requestId })
