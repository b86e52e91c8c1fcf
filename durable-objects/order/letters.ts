/** Has an order book's letters written: a job for each, kept by the shard where its repeats would go. */
import type { JobDesk } from '../../domain/message/job-desk.ts'
import { shardOfJob } from '../../domain/job/shards.ts'
import { letterJob } from '../../domain/order/letter-job.ts'
import { systemClock, systemRandom } from '../../platform/dice.ts'
import type { Destinations } from './courier.ts'

/** Safe to repeat: a row makes one job. Rejects when a shard does not answer; what the others took is taken. */
export const lettersBy =
  (
    storeId: () => string,
    jobsOf: (storeId: string, shard: number) => Pick<JobDesk, 'accept'>,
  ): Destinations['letters'] =>
  async (rows) => {
    const store = storeId()
    const jobs = rows.map((row) => letterJob(store, row, systemClock.now(), systemRandom))
    const shards = Map.groupBy(jobs, ({ id }) => shardOfJob(id)!)
    await Promise.all([...shards].map(([shard, some]) => jobsOf(store, shard).accept(some)))
  }
