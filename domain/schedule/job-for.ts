/** The job of a firing, and what a schedule wants of the jobs that live beside it. */
import type { Random } from '../basics/random.ts'
import { newJobId } from '../job/shards.ts'
import type { NewJob } from '../message/job-desk.ts'
import type { RunRecord, ScheduleRecord } from './schedule.ts'

/** The jobs of the same object; what is said to them belongs to the same transaction. */
export interface JobsBeside {
  accept(job: NewJob): void
  /** Also of a job that nobody remembers. */
  hasEnded(jobId: string): boolean
  /** Ends a job that has not begun, asks one that runs to stop; nothing when it has ended. */
  cancel(jobId: string): void
}

/** What a run's job is: as the schedule says, at once. */
export function jobFor(
  { id, storeId, terms }: ScheduleRecord,
  run: Pick<RunRecord, 'id' | 'nominalAt'>,
  shard: number,
  now: number,
  random: Random,
): NewJob {
  const { type, payload, lane, attemptsMax, backoff, timeoutMs, concurrencyKey } = terms.job
  const { concurrencyMax, rate, resultForMs, tags } = terms.job
  return {
    ...{ id: newJobId(shard, now, random), storeId, type, payload, isPayloadAside: false, lane, runAt: null },
    ...{ attemptsMax, backoff, concurrencyKey, concurrencyMax, rate, after: [], takesInput: false, expiresAt: null },
    ...{ timeoutMs, resultForMs, tags, batchId: null, runId: run.id, idempotencyKey: null, by: id },
  }
}
