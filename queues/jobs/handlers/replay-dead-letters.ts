/**
 * Replays many dead letters at a pace. Newest first, each once: one that dies again meanwhile is not taken a second time,
 * since the list is only walked on. What was replayed already is refused as not dead, so a repeat does no harm.
 */
import { z } from 'zod'
import { JOB_SHARDS, shardOfJob } from '../../../domain/job/shards.ts'
import type { JobQuery } from '../../../domain/message/job-desk.ts'
import { BRISK, goesOn, jobHandler, succeeded } from '../handler.ts'
import type { JobParts } from '../parts.ts'

const Filter = z.strictObject({
  type: z.string().max(300).optional(),
  tag: z.string().max(50).optional(),
  error: z.string().max(100).optional(),
  from: z.iso.datetime().optional(),
  until: z.iso.datetime().optional(),
})

const Progress = z.object({ before: z.string().nullable(), replayed: z.int(), refused: z.int() })

const AT_ONCE = 50
/** Told to whoever is still at it that it should go on elsewhere. */
const ROOM_MS = 3000

export const replayDeadLetters = jobHandler({
  type: 'replay_dead_letters',
  summary: 'Replays dead letters at a pace; made by `POST /dead-letters/replay`.',
  payload: z.strictObject({
    filter: Filter.default({}),
    per_second: z.number().min(0.1).max(100).default(10),
    most: z.int().min(1).max(100_000).default(1000),
    /** Who asked for it. */
    by: z.string().max(100),
  }),
  result: z.object({ replayed: z.int(), refused: z.int() }),
  policy: { lane: 'default', attemptsMax: 5, backoff: BRISK, timeoutMs: 600_000 },
  run: async ({ filter, per_second: perSecond, most, by }, work, parts) => {
    const progress =
      work.checkpoint === null ? { before: null, replayed: 0, refused: 0 } : Progress.parse(work.checkpoint)
    const seen = (): number => progress.replayed + progress.refused
    while (seen() < most) {
      const ids = await deadOnes(work.storeId, filter, progress.before, Math.min(AT_ONCE, most - seen()), parts)
      if (ids.length === 0) break
      for (const id of ids) {
        if (work.signal.aborted || work.remainingMs() < ROOM_MS)
          return goesOn(progress, seen() / most, `${seen()} replayed`)
        const decision = await parts.jobsOf(work.storeId, shardOfJob(id)!).replay(id, null, by)
        if (decision.ok) progress.replayed += 1
        else progress.refused += 1
        progress.before = id
        work.progress(seen() / most, `${progress.replayed} replayed`)
        await new Promise((resolve) => setTimeout(resolve, 1000 / perSecond))
      }
    }
    work.log('dead_letters_replayed', { replayed: progress.replayed, refused: progress.refused })
    return succeeded({ replayed: progress.replayed, refused: progress.refused })
  },
})

async function deadOnes(
  storeId: string,
  { type, tag, error, from, until }: z.infer<typeof Filter>,
  before: string | null,
  limit: number,
  parts: Pick<JobParts, 'jobsOf'>,
): Promise<string[]> {
  const query: JobQuery = {
    states: ['dead'],
    types: type === undefined ? null : type.split(','),
    tag: tag ?? null,
    batchId: null,
    errorCode: error ?? null,
    from: from === undefined ? null : Date.parse(from),
    until: until === undefined ? null : Date.parse(until),
    before,
    limit,
  }
  const lists = await Promise.all(
    Array.from({ length: JOB_SHARDS }, (_, shard) => parts.jobsOf(storeId, shard).list(query)),
  )
  const ids = lists.flat().map(({ id }) => id)
  return ids.sort().toReversed().slice(0, limit)
}
