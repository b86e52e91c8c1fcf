/** What is rented and may be away: the database that records orders, and the post. */
import type { OrderRecord } from '../domain/order/records.ts'
import type { StockCount } from '../domain/message/stock-desk.ts'

/** Postgres as the recorder sees it: rows that only newer versions replace. */
export class Database {
  readonly orders = new Map<string, OrderRecord>()
  readonly counts = new Map<string, StockCount>()
  /** A mutant takes the guard away. */
  guarded = true

  recordOrders(records: readonly OrderRecord[]): void {
    for (const record of records) {
      const known = this.orders.get(record.order.id)
      if (!this.guarded || !known || known.order.version < record.order.version) {
        this.orders.set(record.order.id, record)
      }
    }
  }

  recordCount(count: StockCount): void {
    const known = this.counts.get(count.sku)
    if (!this.guarded || !known || known.version < count.version) this.counts.set(count.sku, count)
  }
}

/** The post: it cannot recognise a letter it has carried before, so the sender has to. */
export class Post {
  readonly letters = new Map<string, number>()

  carry(outboxId: string): void {
    this.letters.set(outboxId, (this.letters.get(outboxId) ?? 0) + 1)
  }
}
