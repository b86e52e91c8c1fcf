/** What the keeper of an order book needs kept. Every store keeps the promises of store.contract.ts. */
import type { StoredAnswer } from './answers.ts'
import type { BookHold } from './hold.ts'
import type { Order } from './order.ts'
import type { OutboxRow } from './outbox.ts'

/** The few things the keeper asks of its storage: Maps in memory-store.ts, SQLite in the Durable Object. */
export interface OrderBookStore {
  /** All of the work, or, when it throws, none of it. */
  transaction<Result>(work: () => Result): Result
  answer(key: string): StoredAnswer | undefined
  saveAnswer(answer: StoredAnswer): void
  removeAnswer(key: string): void
  /** At most `most` answers given at `at` or before, the oldest first. */
  answersGivenBy(at: number, most: number): Pick<StoredAnswer, 'key' | 'holdId'>[]
  /** When the oldest answer was given, or somewhat too early, until `answersGivenBy` has looked; null: there are none. */
  oldestAnswerAt(): number | null
  /** Whether this visitor's holds were answered here and those answers are still kept. */
  hasAnswered(visitorId: string): boolean
  /** The name of the book where a visitor is at home whom the ring has moved; undefined: it never was asked for. */
  home(visitorId: string): string | undefined
  saveHome(visitorId: string, book: string): void
  /** Whether there is any visitor whose home was asked for. */
  hasHomes(): boolean
  hold(id: string): BookHold | undefined
  saveHold(hold: BookHold): void
  removeHold(id: string): void
  /** Intents and holds whose end has come, the earliest first. */
  holdsDue(now: number, most: number): BookHold[]
  nextHoldDue(): number | null
  /** Reserving or held, in the order of their ids, after `afterId`. */
  livingHolds(afterId: string, most: number): BookHold[]
  order(id: string): Order | undefined
  saveOrder(order: Order): void
  orders(afterId: string, most: number): Order[]
  /** Orders whose version is not recorded yet. */
  unrecorded(most: number): Order[]
  markRecorded(orderId: string, version: number): void
  outboxRow(id: string): OutboxRow | undefined
  saveOutbox(row: OutboxRow): void
  removeOutbox(id: string): void
  outboxDue(now: number, most: number): OutboxRow[]
  nextOutboxDue(): number | null
}
