/**
 * An order book in Maps: a real store, for tests and for the simulation. Due things are found by walking few rows:
 * only what lives is indexed.
 */
import { UndoLog } from '../basics/undo-log.ts'
import { holdAnswerKey, type StoredAnswer } from './answers.ts'
import type { BookHold } from './hold.ts'
import type { Order } from './order.ts'
import type { OutboxRow } from './outbox.ts'
import type { OrderBookStore } from './store.ts'

export class MemoryOrderBookStore implements OrderBookStore {
  readonly #answers = new Map<string, StoredAnswer>()
  readonly #holds = new Map<string, BookHold>()
  readonly #living = new Map<string, BookHold>()
  readonly #orders = new Map<string, Order>()
  readonly #recorded = new Map<string, number>()
  readonly #unrecorded = new Map<string, Order>()
  readonly #outbox = new Map<string, OutboxRow>()
  readonly #homes = new Map<string, string>()
  readonly #undo: UndoLog

  /** `undo` is somebody else's where several stores share their transactions. */
  constructor(undo = new UndoLog()) {
    this.#undo = undo
  }

  transaction<Result>(work: () => Result): Result {
    return this.#undo.transaction(work)
  }

  answer(key: string): StoredAnswer | undefined {
    return this.#answers.get(key)
  }

  saveAnswer(answer: StoredAnswer): void {
    this.#put(this.#answers, answer.key, answer)
  }

  removeAnswer(key: string): void {
    this.#put(this.#answers, key, undefined)
  }

  answersGivenBy(at: number, most: number): Pick<StoredAnswer, 'key' | 'holdId'>[] {
    const old = [...this.#answers.values()].filter((answer) => answer.at <= at)
    return old
      .sort((a, b) => a.at - b.at)
      .slice(0, most)
      .map(({ key, holdId }) => ({ key, holdId }))
  }

  oldestAnswerAt(): number | null {
    return earliest([...this.#answers.values()].map(({ at }) => at))
  }

  hasAnswered(visitorId: string): boolean {
    const prefix = holdAnswerKey(visitorId)
    return [...this.#answers.keys()].some((key) => key.startsWith(prefix))
  }

  home(visitorId: string): string | undefined {
    return this.#homes.get(visitorId)
  }

  saveHome(visitorId: string, book: string): void {
    this.#put(this.#homes, visitorId, book)
  }

  hasHomes(): boolean {
    return this.#homes.size > 0
  }

  hold(id: string): BookHold | undefined {
    return this.#holds.get(id)
  }

  saveHold(hold: BookHold): void {
    this.#put(this.#holds, hold.id, hold)
    this.#put(this.#living, hold.id, hold.state === 'reserving' || hold.state === 'held' ? hold : undefined)
  }

  removeHold(id: string): void {
    this.#put(this.#holds, id, undefined)
    this.#put(this.#living, id, undefined)
  }

  holdsDue(now: number, most: number): BookHold[] {
    const due = [...this.#living.values()].filter(({ expiresAt }) => expiresAt <= now)
    return due.sort((a, b) => a.expiresAt - b.expiresAt || byId(a, b)).slice(0, most)
  }

  nextHoldDue(): number | null {
    return earliest([...this.#living.values()].map(({ expiresAt }) => expiresAt))
  }

  livingHolds(afterId: string, most: number): BookHold[] {
    return after(this.#living, afterId, most)
  }

  order(id: string): Order | undefined {
    return this.#orders.get(id)
  }

  saveOrder(order: Order): void {
    this.#put(this.#orders, order.id, order)
    this.#put(this.#unrecorded, order.id, order.version > (this.#recorded.get(order.id) ?? 0) ? order : undefined)
  }

  orders(afterId: string, most: number): Order[] {
    return after(this.#orders, afterId, most)
  }

  unrecorded(most: number): Order[] {
    return after(this.#unrecorded, '', most)
  }

  markRecorded(orderId: string, version: number): void {
    const order = this.#orders.get(orderId)
    if (!order) return
    const known = Math.max(version, this.#recorded.get(orderId) ?? 0)
    this.#put(this.#recorded, orderId, known)
    if (order.version <= known) this.#put(this.#unrecorded, orderId, undefined)
  }

  outboxRow(id: string): OutboxRow | undefined {
    return this.#outbox.get(id)
  }

  saveOutbox(row: OutboxRow): void {
    this.#put(this.#outbox, row.id, row)
  }

  removeOutbox(id: string): void {
    this.#put(this.#outbox, id, undefined)
  }

  outboxDue(now: number, most: number): OutboxRow[] {
    const due = [...this.#outbox.values()].filter(({ dueAt }) => dueAt <= now)
    return due.sort((a, b) => a.dueAt - b.dueAt || byId(a, b)).slice(0, most)
  }

  nextOutboxDue(): number | null {
    return earliest([...this.#outbox.values()].map(({ dueAt }) => dueAt))
  }

  #put<Value>(map: Map<string, Value>, id: string, value: Value | undefined): void {
    const earlier = map.get(id)
    if (earlier === value) return
    this.#undo.note(() => place(map, id, earlier))
    place(map, id, value)
  }
}

function place<Value>(map: Map<string, Value>, id: string, value: Value | undefined): void {
  if (value === undefined) map.delete(id)
  else map.set(id, value)
}

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

const earliest = (instants: readonly number[]): number | null =>
  instants.length === 0 ? null : instants.reduce((first, at) => Math.min(first, at))

const after = <Row extends { id: string }>(map: Map<string, Row>, afterId: string, most: number): Row[] =>
  [...map.values()]
    .filter(({ id }) => id > afterId)
    .sort(byId)
    .slice(0, most)
