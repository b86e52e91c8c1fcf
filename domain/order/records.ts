/**
 * Records: what Postgres is told about orders and stock, for lists, reports and pages. A copy, never the truth, which
 * stays with the order book and the stock object; so it may come late and twice, and must never go backwards.
 */
import type { OrderView } from '../message/order-book.ts'
import type { StockCount } from '../message/stock-desk.ts'
import type { PaymentState } from '../payment/payment.ts'

export interface OrderRecord {
  order: OrderView
  payment: {
    id: string // pay_…
    state: PaymentState
    providerId: string | null
    /** A stable code, when the bank said no. */
    declineCode: string | null
  }
  /** ms; null while something is still to be done for the order. */
  settledAt: number | null
}

/** Where orders, their lines, payments and refunds are written down. */
export interface OrderRecords {
  /**
   * Writes all of them, each only where its `order.version` is newer than what is there. Safe to repeat. Throws when
   * the database is away; then nothing may be assumed and the same call is made again.
   */
  record(orders: readonly OrderRecord[]): Promise<void>
}

export interface InventoryRecord {
  storeId: string
  count: StockCount
}

/** Where the numbers of each SKU are written down. Same promises; the guard is `count.version`. */
export interface InventoryRecords {
  record(counts: readonly InventoryRecord[]): Promise<void>
}
