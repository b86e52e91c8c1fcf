/** A real store, in Maps: for tests and for the simulation. Rows are looked through; there are few. */
import { UndoLog } from '../basics/undo-log.ts'
import type { JobQuery, JobState, Lane } from '../message/job-desk.ts'
import type { JobRecord, Stand } from './job.ts'
import type { Ending, Need } from './kin.ts'
import { matches } from './listing.ts'
import type { RateRow } from './rate.ts'
import type { JobStore, Watcher } from './store.ts'
import { emptyTallies, type Tallies } from './tallies.ts'

/** A Map whose writes can be undone. */
class Table<Row> {
  readonly #log: UndoLog
  readonly #rows = new Map<string, Row>()

  constructor(log: UndoLog) {
    this.#log = log
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key)
  }

  all(): Row[] {
    return [...this.#rows.values()]
  }

  set(key: string, row: Row | undefined): void {
    const was = this.#rows.get(key)
    this.#put(key, row)
    this.#log.note(() => this.#put(key, was))
  }

  #put(key: string, row: Row | undefined): void {
    if (row === undefined) this.#rows.delete(key)
    else this.#rows.set(key, row)
  }
}

export class MemoryJobStore implements JobStore {
  readonly #log: UndoLog
  readonly #tallies: Table<string>
  readonly #jobs: Table<JobRecord>
  readonly #taken: Table<number>
  readonly #rates: Table<RateRow>
  readonly #needs: Table<Need>
  readonly #watchers: Table<Watcher>
  readonly #endings: Table<Ending>

  /** `log` undoes what did not commit; a simulation hands in one that crashes. */
  constructor(log = new UndoLog()) {
    this.#log = log
    this.#tallies = new Table(log)
    this.#jobs = new Table(log)
    this.#taken = new Table(log)
    this.#rates = new Table(log)
    this.#needs = new Table(log)
    this.#watchers = new Table(log)
    this.#endings = new Table(log)
  }

  transaction<Result>(work: () => Result): Result {
    return this.#log.transaction(work)
  }

  tallies(): Tallies {
    // A turn changes its own copy.
    return JSON.parse(this.#tallies.get('') ?? JSON.stringify(emptyTallies())) as Tallies
  }

  saveTallies(tallies: Tallies): void {
    this.#tallies.set('', JSON.stringify(tallies))
  }

  job(id: string): JobRecord | undefined {
    return this.#jobs.get(id)
  }

  jobs(ids: readonly string[]): Map<string, JobRecord> {
    return new Map(ids.flatMap((id) => this.job(id) ?? []).map((job) => [job.id, job]))
  }

  known(ids: readonly string[]): Set<string> {
    return new Set(ids.filter((id) => this.job(id)))
  }

  idOfKey(idempotencyKey: string): string | undefined {
    return this.#jobs.all().find((job) => job.idempotencyKey === idempotencyKey)?.id
  }

  insert(job: JobRecord): void {
    this.#jobs.set(job.id, job)
  }

  save(job: JobRecord): void {
    this.#jobs.set(job.id, job)
  }

  remove(id: string): void {
    this.#jobs.set(id, undefined)
    for (const { place } of this.needs(id)) this.#needs.set(`${id} ${place}`, undefined)
    for (const watcher of this.#watchers.all()) if (watcher.ancestorId === id) this.removeWatcher(watcher)
    this.removeEnding(id)
  }

  due(until: number, limit: number): JobRecord[] {
    return this.#due((job) => job.endedAt === null, until).slice(0, limit)
  }

  dueEnded(until: number, limit: number): JobRecord[] {
    return this.#due((job) => job.endedAt !== null, until).slice(0, limit)
  }

  nextDue(): number | null {
    const all = [
      ...this.#jobs.all().map(({ dueAt }) => dueAt),
      ...this.#rates.all().map(({ dueAt }) => dueAt),
      ...this.#needs.all().map(({ askAt }) => askAt),
      ...this.#endings.all().map(({ dueAt }) => dueAt),
    ].filter((dueAt) => dueAt !== null)
    return all.length === 0 ? null : all.reduce((a, b) => Math.min(a, b))
  }

  ready(lane: Lane, limit: number): JobRecord[] {
    return this.#standing('ready', (job) => job.lane === lane).slice(0, limit)
  }

  firstHeld(concurrencyKey: string): JobRecord | undefined {
    return this.#standing('held', (job) => job.concurrencyKey === concurrencyKey)[0]
  }

  paced(type: string, limit: number): JobRecord[] {
    return this.#standing('paced', (job) => job.type === type).slice(0, limit)
  }

  oldestQueuedAt(lane: Lane): number | null {
    const queued = this.#jobs.all().filter((job) => job.state === 'queued' && job.lane === lane)
    return queued.reduce<number | null>((least, { queuedAt }) => Math.min(least ?? queuedAt!, queuedAt!), null)
  }

  taken(concurrencyKey: string): number {
    return this.#taken.get(concurrencyKey) ?? 0
  }

  saveTaken(concurrencyKey: string, taken: number): void {
    this.#taken.set(concurrencyKey, taken === 0 ? undefined : taken)
  }

  rate(type: string): RateRow | undefined {
    return this.#rates.get(type)
  }

  saveRate(rate: RateRow): void {
    this.#rates.set(rate.type, rate)
  }

  dueRates(until: number): RateRow[] {
    return this.#rates.all().filter(({ dueAt }) => dueAt !== null && dueAt <= until)
  }

  needs(descendantId: string): Need[] {
    return this.#needs.all().filter((need) => need.descendantId === descendantId)
  }

  saveNeed(need: Need): void {
    this.#needs.set(`${need.descendantId} ${need.place}`, need)
  }

  dueNeeds(until: number, limit: number): Need[] {
    return this.#needs
      .all()
      .filter(({ askAt }) => askAt !== null && askAt <= until)
      .slice(0, limit)
  }

  watchers(ancestorId: string, isElsewhere: boolean, limit: number): Watcher[] {
    return this.#watchers
      .all()
      .filter((watcher) => watcher.ancestorId === ancestorId && watcher.isElsewhere === isElsewhere)
      .slice(0, limit)
  }

  addWatcher(watcher: Watcher): boolean {
    const isNew = this.#watchers.get(keyOf(watcher)) === undefined
    this.#watchers.set(keyOf(watcher), watcher)
    return isNew
  }

  removeWatcher(watcher: Watcher): void {
    this.#watchers.set(keyOf(watcher), undefined)
  }

  ending(ancestorId: string): Ending | undefined {
    return this.#endings.get(ancestorId)
  }

  saveEnding(ending: Ending): void {
    this.#endings.set(ending.ancestorId, ending)
  }

  removeEnding(ancestorId: string): void {
    this.#endings.set(ancestorId, undefined)
  }

  dueEndings(until: number, limit: number): Ending[] {
    return this.#endings
      .all()
      .filter(({ dueAt }) => dueAt <= until)
      .slice(0, limit)
  }

  batch(batchId: string): Partial<Record<JobState, number>> {
    const counts: Partial<Record<JobState, number>> = {}
    for (const job of this.#jobs.all()) {
      if (job.batchId === batchId) counts[job.state] = (counts[job.state] ?? 0) + 1
    }
    return counts
  }

  list(query: JobQuery): JobRecord[] {
    return this.#jobs
      .all()
      .filter((job) => matches(job, query))
      .sort((a, b) => (a.id < b.id ? 1 : -1))
      .slice(0, query.limit)
  }

  #due(isIn: (job: JobRecord) => boolean, until: number): JobRecord[] {
    const due = this.#jobs.all().filter((job) => isIn(job) && job.dueAt !== null && job.dueAt <= until)
    return due.sort((a, b) => a.dueAt! - b.dueAt!)
  }

  #standing(stand: Stand, isIn: (job: JobRecord) => boolean): JobRecord[] {
    const standing = this.#jobs.all().filter((job) => job.stand === stand && isIn(job))
    return standing.sort((a, b) => a.line - b.line)
  }
}

const keyOf = ({ ancestorId, descendantId }: Pick<Watcher, 'ancestorId' | 'descendantId'>): string =>
  `${ancestorId} ${descendantId}`
