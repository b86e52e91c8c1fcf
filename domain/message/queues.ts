/**
 * What is put on the queues. A message is a hint: it says where to look, never what is true. It may come twice, late,
 * or not at all; the outbox row that caused it stays until its work is recorded, and is sent again until then.
 */
export type SettleMessage = { v: 1; kind: 'settle'; book: string; orderId: string }

export type RecordMessage =
  /** Orders of a book changed; the recorder asks the book for them. */
  | { v: 1; kind: 'orders'; book: string }
  /** The numbers of a SKU changed; small enough to travel whole. */
  | { v: 1; kind: 'stock'; storeId: string; sku: string }

/** Jobs of one store and one shard (their ids say which) that may be claimed; `send` counts how often that was said. */
export type JobMessage = { v: 1; kind: 'jobs'; storeId: string; jobs: { id: string; send: number }[] }
