/**
 * The outbox of an order book: rows that say what must still happen elsewhere. Written in the same turn as their cause
 * and removed when the work is done, so that a lost message, a crash or an outage delays things and loses none.
 *
 * `dueAt` is when somebody is to be told (again). Telling moves it on, with growing pauses; doing removes the row.
 */
import type { LetterTask } from '../message/settle.ts'

export type OutboxRow = { id: string; dueAt: number; /** how often it was told */ sends: number } & (
  | { topic: 'settle'; orderId: string }
  /** One for the whole book: some orders are not recorded yet. */
  | { topic: 'record' }
  | { topic: 'letter'; orderId: string; kind: LetterTask['kind']; refundId: string | null }
  /** Units of a basket that ended, or was never complete, are to be given back to their owner. */
  | { topic: 'release'; storeId: string; sku: string; holdId: string }
)

export type Topic = OutboxRow['topic']

/** First pause and longest pause after a row was told, ms. */
const PAUSES: Record<Topic, readonly [number, number]> = {
  settle: [20_000, 300_000], // longer than a settler may take over one step
  record: [10_000, 60_000], // a database comes back within minutes; many orders travel with one message
  letter: [60_000, 1_800_000],
  release: [2_000, 60_000], // units come back within ten seconds
}

/** The row after its work was told to somebody. */
export function told(row: OutboxRow, now: number): OutboxRow {
  const [first, most] = PAUSES[row.topic]
  return { ...row, sends: row.sends + 1, dueAt: now + Math.min(most, first * 2 ** Math.min(row.sends, 20)) }
}

export const settleId = (orderId: string): string => `settle:${orderId}`
export const RECORD_ID = 'record'
export const confirmationId = (orderId: string): string => `confirmation:${orderId}`
export const refundLetterId = (refundId: string): string => `refund:${refundId}`
export const releaseId = (holdId: string, sku: string): string => `release:${holdId}:${sku}`
