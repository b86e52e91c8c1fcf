/**
 * An order book in an object's SQLite. Only rows and columns are known here; what they mean is domain/order's.
 *
 * Rows written, index entries included: an intent 4 (hold and answer), what came of it 4, an order 5 and its first
 * outbox rows 4. What an order is told later is one row and, while Postgres has not heard of it, an index entry.
 */
import { assert } from '../../domain/basics/assert.ts'
import { holdAnswerKey, type StoredAnswer } from '../../domain/order/answers.ts'
import type { BookHold } from '../../domain/order/hold.ts'
import type { Order } from '../../domain/order/order.ts'
import type { OutboxRow } from '../../domain/order/outbox.ts'
import type { OrderBookStore } from '../../domain/order/store.ts'
import { Earliest } from '../basics/earliest.ts'
import type { Sql, SqlRow } from '../basics/sql.ts'

type Body = { body: string }

export class SqliteOrderBookStore implements OrderBookStore {
  readonly #sql: Sql
  readonly #nextHoldDue: Earliest
  readonly #nextOutboxDue: Earliest
  readonly #oldestAnswer: Earliest

  constructor(sql: Sql) {
    this.#sql = sql
    const undone = (): number => sql.undone
    this.#nextHoldDue = new Earliest(
      () => this.#earliest("SELECT min(expires_at) AS at FROM holds WHERE state IN ('reserving', 'held')"),
      undone,
    )
    this.#nextOutboxDue = new Earliest(() => this.#earliest('SELECT min(due_at) AS at FROM outbox'), undone)
    this.#oldestAnswer = new Earliest(() => this.#earliest('SELECT min(at) AS at FROM answers'), undone)
  }

  transaction<Result>(work: () => Result): Result {
    return this.#sql.transaction(work)
  }

  answer(key: string): StoredAnswer | undefined {
    const row = this.#sql.first<
      SqlRow & { fingerprint: string; request_id: string; body: string | null; hold_id: string | null; at: number }
    >('SELECT fingerprint, request_id, body, hold_id, at FROM answers WHERE key = ?', key)
    return (
      row && {
        key,
        fingerprint: row.fingerprint,
        requestId: row.request_id,
        body: row.body,
        holdId: row.hold_id,
        at: row.at,
      }
    )
  }

  saveAnswer({ key, fingerprint, requestId, body, holdId, at }: StoredAnswer): void {
    this.#sql.run(
      `INSERT INTO answers (key, fingerprint, request_id, body, hold_id, at) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET fingerprint = excluded.fingerprint, request_id = excluded.request_id,
         body = excluded.body, hold_id = excluded.hold_id, at = excluded.at`,
      key,
      fingerprint,
      requestId,
      body,
      holdId,
      at,
    )
    this.#oldestAnswer.isAtMost(at)
  }

  removeAnswer(key: string): void {
    this.#sql.run('DELETE FROM answers WHERE key = ?', key)
    this.#oldestAnswer.forget()
  }

  answersGivenBy(at: number, most: number): Pick<StoredAnswer, 'key' | 'holdId'>[] {
    this.#oldestAnswer.forget()
    return this.#sql.all<{ key: string; holdId: string | null }>(
      'SELECT key, hold_id AS holdId FROM answers WHERE at <= ? ORDER BY at LIMIT ?',
      at,
      most,
    )
  }

  oldestAnswerAt(): number | null {
    return this.#oldestAnswer.at()
  }

  hasAnswered(visitorId: string): boolean {
    const prefix = holdAnswerKey(visitorId)
    const end = `${prefix.slice(0, -1)}0` // '0' comes right after '/'
    return (
      this.#sql.first('SELECT 1 AS found FROM answers WHERE key >= ? AND key < ? LIMIT 1', prefix, end) !== undefined
    )
  }

  home(visitorId: string): string | undefined {
    return this.#sql.first<{ book: string }>('SELECT book FROM homes WHERE visitor_id = ?', visitorId)?.book
  }

  saveHome(visitorId: string, book: string): void {
    this.#sql.run('INSERT OR REPLACE INTO homes (visitor_id, book) VALUES (?, ?)', visitorId, book)
  }

  hasHomes(): boolean {
    return this.#sql.first('SELECT 1 AS found FROM homes LIMIT 1') !== undefined
  }

  hold(id: string): BookHold | undefined {
    return this.#read<BookHold>('SELECT body FROM holds WHERE id = ?', id)[0]
  }

  saveHold(hold: BookHold): void {
    this.#sql.run(
      `INSERT INTO holds (id, state, expires_at, body) VALUES (?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET state = excluded.state, expires_at = excluded.expires_at, body = excluded.body`,
      hold.id,
      hold.state,
      hold.expiresAt,
      JSON.stringify(hold),
    )
    if (hold.state === 'reserving' || hold.state === 'held') this.#nextHoldDue.isAtMost(hold.expiresAt)
    else this.#nextHoldDue.forget()
  }

  removeHold(id: string): void {
    this.#sql.run('DELETE FROM holds WHERE id = ?', id)
    this.#nextHoldDue.forget()
  }

  holdsDue(now: number, most: number): BookHold[] {
    this.#nextHoldDue.forget()
    return this.#read<BookHold>(
      `SELECT body FROM holds WHERE state IN ('reserving', 'held') AND expires_at <= ? ORDER BY expires_at, id LIMIT ?`,
      now,
      most,
    )
  }

  nextHoldDue(): number | null {
    return this.#nextHoldDue.at()
  }

  livingHolds(afterId: string, most: number): BookHold[] {
    return this.#read<BookHold>(
      `SELECT body FROM holds WHERE state IN ('reserving', 'held') AND id > ? ORDER BY id LIMIT ?`,
      afterId,
      most,
    )
  }

  order(id: string): Order | undefined {
    return this.#read<Order>('SELECT body FROM orders WHERE id = ?', id)[0]
  }

  saveOrder(order: Order): void {
    this.#sql.run(
      `INSERT INTO orders (id, version, recorded_version, body) VALUES (?, ?, 0, ?)
       ON CONFLICT (id) DO UPDATE SET version = excluded.version, body = excluded.body`,
      order.id,
      order.version,
      JSON.stringify(order),
    )
  }

  orders(afterId: string, most: number): Order[] {
    return this.#read<Order>('SELECT body FROM orders WHERE id > ? ORDER BY id LIMIT ?', afterId, most)
  }

  unrecorded(most: number): Order[] {
    return this.#read<Order>('SELECT body FROM orders WHERE version > recorded_version ORDER BY id LIMIT ?', most)
  }

  markRecorded(orderId: string, version: number): void {
    this.#sql.run(
      'UPDATE orders SET recorded_version = ? WHERE id = ? AND recorded_version < ?',
      version,
      orderId,
      version,
    )
  }

  outboxRow(id: string): OutboxRow | undefined {
    return this.#read<OutboxRow>('SELECT body FROM outbox WHERE id = ?', id)[0]
  }

  saveOutbox(row: OutboxRow): void {
    this.#sql.run(
      `INSERT INTO outbox (id, due_at, body) VALUES (?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET due_at = excluded.due_at, body = excluded.body`,
      row.id,
      row.dueAt,
      JSON.stringify(row),
    )
    this.#nextOutboxDue.forget()
  }

  removeOutbox(id: string): void {
    this.#sql.run('DELETE FROM outbox WHERE id = ?', id)
    this.#nextOutboxDue.forget()
  }

  outboxDue(now: number, most: number): OutboxRow[] {
    this.#nextOutboxDue.forget()
    return this.#read<OutboxRow>('SELECT body FROM outbox WHERE due_at <= ? ORDER BY due_at, id LIMIT ?', now, most)
  }

  nextOutboxDue(): number | null {
    return this.#nextOutboxDue.at()
  }

  #read<Value>(query: string, ...values: (string | number)[]): Value[] {
    return this.#sql.all<Body>(query, ...values).map(({ body }) => JSON.parse(body) as Value)
  }

  #earliest(query: string): number | null {
    const row = this.#sql.first<{ at: number | null }>(query)
    assert(row, `an aggregate answers one row: ${query}`)
    return row.at
  }
}
