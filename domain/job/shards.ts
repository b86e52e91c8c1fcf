/**
 * Where jobs and schedules live: eight objects a store, and the number of each in the ids it keeps, so that it is found
 * without asking anybody. Their number never changes: a key must always meet the same judge.
 */
import { assert } from '../basics/assert.ts'
import { bucketOf, newIdInBucket } from '../basics/ids.ts'
import type { Random } from '../basics/random.ts'
import type { NewJob } from '../message/job-desk.ts'
import { murmur3 } from '../sharding/murmur3.ts'

export const JOB_SHARDS = 8

export const jobShardName = (storeId: string, shard: number): string => `${storeId}/jobs-${shard}`

/** The number of the shard of this name. */
export function numberOfJobShard(name: string): number {
  const number = Number(/\/jobs-(\d)$/.exec(name)?.[1] ?? NaN)
  assert(number < JOB_SHARDS, `${name} keeps no jobs`)
  return number
}

/** The shard that keeps a job, by its id; undefined when the text is no job's id. */
export const shardOfJob = (id: string): number | undefined => shardIn('job', id)

export const shardOfSchedule = (id: string): number | undefined => shardIn('sch', id)

export const shardOfRun = (id: string): number | undefined => shardIn('run', id)

/** A new id that carries its shard. */
export const newJobId = (shard: number, now: number, random: Random): string => newIdInBucket('job', shard, now, random)

export const newScheduleId = (shard: number, now: number, random: Random): string =>
  newIdInBucket('sch', shard, now, random)

export const newRunId = (shard: number, now: number, random: Random): string => newIdInBucket('run', shard, now, random)

/** What decides where a job goes. */
export type Placing = Pick<NewJob, 'storeId' | 'type' | 'rate' | 'concurrencyKey' | 'after' | 'idempotencyKey'>

/**
 * Where a new job goes. What has to be judged in one place comes first: its key, or its type when that has a rate. Then
 * beside its first ancestor, then where a repeat of its idempotency key would go, and else anywhere.
 *
 * A job with both a key and a rate goes where its key is judged, and its rate is that of this shard alone.
 */
export function shardForJob(
  { storeId, type, rate, concurrencyKey, after, idempotencyKey }: Placing,
  random: Random,
): number {
  if (concurrencyKey !== null) return hashed(`${storeId} key ${concurrencyKey}`)
  if (rate !== null) return hashed(`${storeId} type ${type}`)
  const beside = after[0] && shardOfJob(after[0].jobId)
  if (beside !== undefined) return beside
  if (idempotencyKey !== null) return hashed(`${storeId} once ${idempotencyKey}`)
  return Math.floor(random.fraction() * JOB_SHARDS)
}

const hashed = (text: string): number => murmur3(text) % JOB_SHARDS

function shardIn(prefix: 'job' | 'sch' | 'run', id: string): number | undefined {
  const shard = bucketOf(prefix, id)
  return shard === undefined || shard >= JOB_SHARDS ? undefined : shard
}
