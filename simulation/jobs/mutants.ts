/** Faults planted in what a shard of jobs keeps, and in what its keeper does. */
import type { JobKeeper } from '../../domain/job/keeper.ts'
import type { JobRecord } from '../../domain/job/job.ts'
import type { MemoryJobStore } from '../../domain/job/memory-store.ts'

export interface JobMutant {
  name: string
  store: (store: MemoryJobStore) => MemoryJobStore
  keeper: (keeper: JobKeeper, store: MemoryJobStore) => JobKeeper
}

export const SANE_JOBS: JobMutant = { name: 'sane', store: (store) => store, keeper: (keeper) => keeper }

const inStore = (name: string, bend: (store: MemoryJobStore) => Partial<MemoryJobStore>): JobMutant => ({
  ...SANE_JOBS,
  name,
  store: (store) => Object.assign(store, bend(store)),
})

/** Due times of some living jobs are never found. */
const neverDue = (name: string, isMissed: (job: JobRecord) => boolean): JobMutant =>
  inStore(name, (store) => {
    const due = store.due.bind(store)
    return {
      due: (until, limit) => due(until, limit).filter((job) => !isMissed(job)),
      // What is missed is never due, or the alarm would ring for ever.
      nextDue: () => due(Number.MAX_SAFE_INTEGER, 1_000).find((job) => !isMissed(job))?.dueAt ?? null,
    }
  })

const savedAs = (name: string, bend: (job: JobRecord) => JobRecord): JobMutant =>
  inStore(name, (store) => {
    const save = store.insert.bind(store)
    return { save: (job: JobRecord) => save(bend(job)) }
  })

export const JOB_MUTANTS: readonly JobMutant[] = [
  inStore('the places of a key are not counted', () => ({ taken: () => 0, saveTaken: () => {} })),
  inStore('whoever stands behind a key is forgotten', () => ({ firstHeld: () => undefined })),
  inStore('the last behind a key comes first', (store) => {
    const insert = store.insert.bind(store)
    return { insert: (job) => insert({ ...job, line: 1_000_000 - job.line }) }
  }),
  neverDue('messages are never sent again', ({ state }) => state === 'queued'),
  neverDue('leases never end', ({ state }) => state === 'running'),
  neverDue('a next attempt is never due', ({ state }) => state === 'retrying'),
  neverDue('an instant is never due', ({ state }) => state === 'scheduled'),
  inStore('descendants are not written down', () => ({ addWatcher: () => true })),
  inStore('ancestors elsewhere are asked but once', (store) => {
    const saveNeed = store.saveNeed.bind(store)
    return { saveNeed: (need) => saveNeed(need.asks > 0 ? { ...need, askAt: null } : need) }
  }),
  inStore('descendants elsewhere are told but once', (store) => {
    const saveEnding = store.saveEnding.bind(store)
    return { saveEnding: (ending) => (ending.sends > 0 ? store.removeEnding(ending.ancestorId) : saveEnding(ending)) }
  }),
  inStore('what begins takes no token of its rate', (store) => {
    const saveRate = store.saveRate.bind(store)
    return { saveRate: (rate) => saveRate({ ...rate, tokens: rate.burst }) }
  }),
  inStore('which jobs there are is forgotten', () => ({ known: () => new Set<string>() })),
  inStore('any end of an ancestor will do', (store) => {
    const insert = store.insert.bind(store)
    return {
      insert: (job) => insert({ ...job, after: job.after.map((one) => ({ ...one, on: 'any', condition: null })) }),
    }
  }),
  savedAs('attempts are not counted', (job) => (job.state === 'retrying' ? { ...job, attemptsMade: 0 } : job)),
  savedAs('a lost attempt’s place in its key is lost with it', (job) =>
    job.state === 'retrying' ? { ...job, hasSlot: false } : job,
  ),
  {
    ...SANE_JOBS,
    name: 'whoever comes late is believed',
    keeper: (keeper, store) => {
      const end = keeper.end.bind(keeper)
      return Object.assign(keeper, {
        end: (ends: Parameters<typeof end>[0]) =>
          end(ends.map((one) => ({ ...one, token: store.job(one.jobId)?.token ?? one.token }))),
      })
    },
  },
  {
    ...SANE_JOBS,
    name: 'an ancestor promises to tell, and does not write it down',
    keeper: (keeper) => Object.assign(keeper, { watch: (pairs: readonly unknown[]) => pairs.map(() => 'watching') }),
  },
]
