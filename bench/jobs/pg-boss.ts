/** pg-boss in the shop's own Postgres, with what its documentation recommends for speed: woken by NOTIFY, in batches. */
import { PgBoss } from 'pg-boss'
import { LOOK_EVERY_MS, pause, type JobSystem } from './system.ts'

const QUEUE = 'noop'
const WORKERS = 4
const BATCH = 100
/** Rows of one statement; it holds them all in one JSON parameter. */
const INSERTED_AT_ONCE = 10_000

export async function pgBossJobs(connectionString: string): Promise<JobSystem> {
  const boss = new PgBoss({ connectionString, max: 16, useListenNotify: true })
  boss.on('error', (fault) => console.error(fault))
  await boss.start()
  await boss.createQueue(QUEUE, { notify: true })
  const counted = { done: 0 }
  const waiting = new Map<string, () => void>()
  const hire = () =>
    boss.work<{ key?: string }>(
      QUEUE,
      { batchSize: BATCH, localConcurrency: WORKERS, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 },
      async (jobs) => {
        for (const { data } of jobs) {
          counted.done += 1
          if (data?.key !== undefined) waiting.get(data.key)?.()
        }
      },
    )
  await hire()
  let keys = 0
  return {
    name: 'pg-boss',
    make: async () => void (await boss.send(QUEUE, {})),
    makeMany: async (count) => {
      for (let left = count; left > 0; left -= INSERTED_AT_ONCE) {
        await boss.insert(
          QUEUE,
          Array.from({ length: Math.min(left, INSERTED_AT_ONCE) }, () => ({ data: {} })),
        )
      }
    },
    startToDone: async () => {
      const key = String(++keys)
      const startedAt = Date.now()
      const ended = new Promise<void>((resolve) => waiting.set(key, resolve))
      await boss.send(QUEUE, { key })
      await ended
      waiting.delete(key)
      return Date.now() - startedAt
    },
    allDone: async (count) => {
      while (counted.done < count) await pause(LOOK_EVERY_MS)
    },
    withWorkersAway: async (work) => {
      await boss.offWork(QUEUE)
      try {
        return await work()
      } finally {
        await hire()
      }
    },
    stop: () => boss.stop({ graceful: true }),
  }
}
