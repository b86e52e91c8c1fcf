/**
 * The job that writes an order's letter: its receipt drawn and kept, and the mail to its buyer. Made from an outbox row,
 * under a key that is the row's: a row that is told again is the same job.
 */
import type { Random } from '../basics/random.ts'
import { newJobId, shardForJob } from '../job/shards.ts'
import type { NewJob } from '../message/job-desk.ts'
import type { OutboxRow } from './outbox.ts'

/** As the consumers of jobs know it (queues/jobs/handlers/order-letter.ts). */
export const LETTER_JOB = 'order_letter'

type LetterRow = Extract<OutboxRow, { topic: 'letter' }>

const DAY_MS = 86_400_000
/** Twenty-four attempts, soon ever an hour apart: the post may be away for most of a day before somebody has to look. */
const ATTEMPTS_MAX = 24
const BACKOFF = { kind: 'exponential', firstMs: 5_000, mostMs: 3_600_000, factor: 4 } as const

export function letterJob(storeId: string, row: LetterRow, now: number, random: Random): NewJob {
  const placed = {
    ...{ storeId, type: LETTER_JOB, rate: null, concurrencyKey: null, after: [] },
    idempotencyKey: `letter ${row.id}`,
  }
  return {
    ...placed,
    id: newJobId(shardForJob(placed, random), now, random),
    payload: JSON.stringify({ order_id: row.orderId, letter: row.id }),
    isPayloadAside: false,
    ...{ lane: 'default', runAt: null, attemptsMax: ATTEMPTS_MAX, backoff: BACKOFF, timeoutMs: 60_000 },
    ...{ concurrencyMax: 1, takesInput: false, expiresAt: null, resultForMs: DAY_MS },
    ...{ tags: [row.orderId, row.kind], batchId: null, runId: null, by: 'orders' },
  }
}
