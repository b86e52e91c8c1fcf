/** A store's jobs, asked of the objects that keep them: one by its id, or all of them at once. */
import { JOB_SHARDS, shardOfJob } from '../domain/job/shards.ts'
import type { JobDesk, JobFigures, JobQuery, JobState, JobView, Lane } from '../domain/message/job-desk.ts'
import type { Asked } from './context.ts'
import { jobDesk } from './desks.ts'

/** The desk that keeps this job, when the text is a job's id at all. Of this store: another's ids lead to nothing. */
export function deskOf(c: Asked, id: string): JobDesk | null {
  const shard = shardOfJob(id)
  return shard === undefined ? null : jobDesk(c.env, c.var.visit.storeId, shard)
}

export async function findJob(c: Asked, id: string): Promise<JobView | null> {
  const [job = null] = (await deskOf(c, id)?.jobs([id])) ?? []
  return job
}

/** Jobs by their ids, in the order asked; null for each that is not there. */
export async function findJobs(c: Asked, ids: readonly string[]): Promise<(JobView | null)[]> {
  const wanted = ids.map((id, position) => ({ id, position, shard: shardOfJob(id) }))
  const found: (JobView | null)[] = ids.map(() => null)
  await eachShard(c, async (desk, shard) => {
    const here = wanted.filter((one) => one.shard === shard)
    if (here.length === 0) return
    const jobs = await desk.jobs(here.map(({ id }) => id))
    here.forEach(({ position }, i) => (found[position] = jobs[i] ?? null))
  })
  return found
}

/** A page of the store's jobs, newest first. */
export async function listJobs(c: Asked, query: JobQuery): Promise<{ jobs: JobView[]; nextBefore: string | null }> {
  const lists = await eachShard(c, (desk) => desk.list({ ...query, limit: query.limit + 1 }))
  const all = lists.flat().sort((one, other) => (one.id < other.id ? 1 : -1))
  const jobs = all.slice(0, query.limit)
  return { jobs, nextBefore: all.length > query.limit ? jobs.at(-1)!.id : null }
}

/** How many of a batch's jobs are in which state. */
export async function countBatch(c: Asked, batchId: string): Promise<Partial<Record<JobState, number>>> {
  return summed(await eachShard(c, (desk) => desk.batch(batchId)))
}

export type LaneFigures = JobFigures['lanes'][Lane]

/** What waits and runs, by lane and by state, of the whole store. */
export async function queueFigures(
  c: Asked,
): Promise<{ lanes: Record<Lane, LaneFigures>; states: Partial<Record<JobState, number>> }> {
  const figures = await eachShard(c, (desk) => desk.figures())
  const lane = (name: Lane): LaneFigures => {
    const all = figures.map(({ lanes }) => lanes[name])
    const oldest = all.flatMap(({ oldestQueuedAt }) => oldestQueuedAt ?? [])
    return {
      queued: all.reduce((sum, { queued }) => sum + queued, 0),
      running: all.reduce((sum, { running }) => sum + running, 0),
      scheduled: all.reduce((sum, { scheduled }) => sum + scheduled, 0),
      oldestQueuedAt: oldest.length === 0 ? null : Math.min(...oldest),
    }
  }
  return {
    lanes: { critical: lane('critical'), default: lane('default'), bulk: lane('bulk') },
    states: summed(figures.map(({ states }) => states)),
  }
}

function summed(all: readonly Partial<Record<JobState, number>>[]): Partial<Record<JobState, number>> {
  const sum: Partial<Record<JobState, number>> = {}
  for (const counts of all) {
    for (const [state, count] of Object.entries(counts) as [JobState, number][]) sum[state] = (sum[state] ?? 0) + count
  }
  return sum
}

const eachShard = <Answer>(c: Asked, ask: (desk: JobDesk, shard: number) => Promise<Answer>): Promise<Answer[]> =>
  Promise.all(Array.from({ length: JOB_SHARDS }, (_, shard) => ask(jobDesk(c.env, c.var.visit.storeId, shard), shard)))
