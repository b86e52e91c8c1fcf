/**
 * What a change of an order owes to others: a settler, a record in the database, letters. Written as rows of the outbox in
 * the turn of the change itself, so that nothing is owed that did not happen and nothing that happened is forgotten.
 */
import type { OrderStatus } from '../message/order-book.ts'
import { statusOf, type Order } from './order.ts'
import { confirmationId, RECORD_ID, refundLetterId, settleId } from './outbox.ts'
import type { OrderBookStore } from './store.ts'

type Outbox = Pick<OrderBookStore, 'outboxRow' | 'saveOutbox'>

/** Longer than a settler may take over one step; then somebody else is sent. */
export const SETTLER_PATIENCE_MS = 20_000
/** Changes that come together are recorded together. */
const RECORD_DEBOUNCE_MS = 250
/** Statuses from which `paid` is news to the buyer. */
const NOT_PAID_YET: ReadonlySet<OrderStatus> = new Set(['accepted', 'requires_action', 'processing', 'payment_failed'])

/** A settler at `dueAt`. Moves the row's due time only when it matters: each write is billed. */
export function oweSettling(outbox: Outbox, orderId: string, dueAt: number, now: number): void {
  const id = settleId(orderId)
  const row = outbox.outboxRow(id)
  const goodEnough = row && dueAt > now && row.dueAt > now && Math.abs(row.dueAt - dueAt) < SETTLER_PATIENCE_MS / 2
  if (!goodEnough) outbox.saveOutbox({ id, topic: 'settle', orderId, dueAt, sends: 0 })
}

export function oweRecording(outbox: Outbox, now: number): void {
  if (outbox.outboxRow(RECORD_ID)) return
  outbox.saveOutbox({ id: RECORD_ID, topic: 'record', dueAt: now + RECORD_DEBOUNCE_MS, sends: 0 })
}

/** A confirmation to whoever has paid just now, and word of each refund that has just succeeded. A new order owes none. */
export function oweLetters(outbox: Outbox, before: Order | undefined, after: Order, now: number): void {
  if (!before) return
  const orderId = after.id
  const due = { topic: 'letter', orderId, dueAt: now, sends: 0 } as const
  if (statusOf(after) === 'paid' && NOT_PAID_YET.has(statusOf(before))) {
    outbox.saveOutbox({ ...due, id: confirmationId(orderId), kind: 'confirmation', refundId: null })
  }
  for (const { id, status } of after.refunds) {
    const known = before.refunds.find((refund) => refund.id === id)
    if (status !== 'succeeded' || known?.status === 'succeeded') continue
    outbox.saveOutbox({ ...due, id: refundLetterId(id), kind: 'refund', refundId: id })
  }
}
