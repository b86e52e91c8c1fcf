/** What a shard of jobs needs of its storage. Rows are handed out whole and saved whole; none is changed in place. */
import type { JobQuery, JobState, Lane } from '../message/job-desk.ts'
import type { JobRecord } from './job.ts'
import type { Ending, Need } from './kin.ts'
import type { RateRow } from './rate.ts'
import type { Tallies } from './tallies.ts'

/** A descendant that is told when its ancestor, which is here, has ended. */
export interface Watcher {
  ancestorId: string
  descendantId: string
  isElsewhere: boolean
}

export interface JobStore {
  /** All of the work, or, when it throws, none of it. Within another transaction it is a part of that one. */
  transaction<Result>(work: () => Result): Result

  tallies(): Tallies
  saveTallies(tallies: Tallies): void

  job(id: string): JobRecord | undefined
  /** Those of them that there are. */
  jobs(ids: readonly string[]): Map<string, JobRecord>
  /** Which of them there are. */
  known(ids: readonly string[]): Set<string>
  idOfKey(idempotencyKey: string): string | undefined
  insert(job: JobRecord): void
  /** What may change of a job; `payload` only when it did. */
  save(job: JobRecord, was: JobRecord): void
  /** The job, and what is known of its kin. */
  remove(id: string): void

  /** Living jobs, by their due time, the earliest first. */
  due(until: number, limit: number): JobRecord[]
  /** Ended jobs, likewise. */
  dueEnded(until: number, limit: number): JobRecord[]
  /** The earliest instant at which anything is due: jobs, rates, needs, endings. */
  nextDue(): number | null
  /** The next in a lane's line. */
  ready(lane: Lane, limit: number): JobRecord[]
  /** The first of those that stand behind this key. */
  firstHeld(concurrencyKey: string): JobRecord | undefined
  /** Of those that stand behind the rate of this type, the first. */
  paced(type: string, limit: number): JobRecord[]
  /** When the first in the lane's line, or of those told, was queued. */
  oldestQueuedAt(lane: Lane): number | null

  /** How many jobs of a key count against it. */
  taken(concurrencyKey: string): number
  saveTaken(concurrencyKey: string, taken: number): void

  rate(type: string): RateRow | undefined
  saveRate(rate: RateRow): void
  dueRates(until: number): RateRow[]

  needs(descendantId: string): Need[]
  saveNeed(need: Need): void
  /** Needs whose ancestor has to be asked. */
  dueNeeds(until: number, limit: number): Need[]

  watchers(ancestorId: string, isElsewhere: boolean, limit: number): Watcher[]
  /** Whether it is new. */
  addWatcher(watcher: Watcher): boolean
  removeWatcher(watcher: Watcher): void
  ending(ancestorId: string): Ending | undefined
  saveEnding(ending: Ending): void
  removeEnding(ancestorId: string): void
  dueEndings(until: number, limit: number): Ending[]

  /** How many jobs of a batch are in which state. */
  batch(batchId: string): Partial<Record<JobState, number>>
  /** Newest first. */
  list(query: JobQuery): JobRecord[]
}
