/**
 * One look at a store's jobs and schedules: the figures of its eight shards, added up. An isolate asks them at most once a
 * second for all who want to know. Whoever does not answer in time is missing from the sums, and counted.
 */
import { Questions } from '../durable-objects/board/ask-all.ts'
import type { Clock } from '../domain/basics/clock.ts'
import type { Look } from '../domain/alert/rules.ts'
import { JOB_SHARDS } from '../domain/job/shards.ts'
import { sumOfJobs } from '../domain/job/sums.ts'
import { sumOfSchedules } from '../domain/schedule/sums.ts'
import { jobDesk, scheduleDesk } from './desks.ts'

/** A little less than a second, so that whoever looks once a second always sees something new. */
const GOOD_FOR_MS = 900
/** More stores than one isolate serves at a time. */
const STORES_MOST = 100

const looks = new Map<string, { at: number; look: Promise<Look> }>()

/** At most a second old. Never rejects. */
export function lookAtJobs(env: Env, storeId: string, clock: Clock): Promise<Look> {
  const now = clock.now()
  const known = looks.get(storeId)
  if (known && now >= known.at && now < known.at + GOOD_FOR_MS) return known.look
  if (looks.size >= STORES_MOST) looks.clear()
  const fresh = { at: now, look: gathered(env, storeId, clock) }
  looks.set(storeId, fresh)
  return fresh.look
}

/** Something was changed on purpose: the next look of this isolate is a new one. */
export const lookAnew = (storeId: string): void => void looks.delete(storeId)

async function gathered(env: Env, storeId: string, clock: Clock): Promise<Look> {
  const questions = new Questions(clock)
  const shards = Array.from({ length: JOB_SHARDS }, (_, shard) => shard)
  const jobs = shards.map((shard) => questions.add(`jobs-${shard}`, () => jobDesk(env, storeId, shard).figures()))
  const schedules = shards.map((shard) =>
    questions.add(`jobs-${shard}`, () => scheduleDesk(env, storeId, shard).scheduleFigures()),
  )
  await questions.askAll()
  return {
    at: clock.now(),
    jobs: sumOfJobs(jobs.flatMap(({ answer }) => answer ?? [])),
    schedules: sumOfSchedules(schedules.flatMap(({ answer }) => answer ?? [])),
    silent: new Set(questions.silent).size,
  }
}
