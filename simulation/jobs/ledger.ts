/**
 * What must be true of jobs, told by somebody who stands outside: who may begin when, whose word counts, and that nothing
 * is lost. It keeps books of its own and believes no count of the keepers.
 */
import type { AttemptEnd, Claim, JobState, NewJob } from '../../domain/message/job-desk.ts'
import { isOver, type JobRecord } from '../../domain/job/job.ts'
import { Violation } from '../checkers/violation.ts'
import type { World } from '../world.ts'
import type { JobHost } from './host.ts'

interface Book {
  job: NewJob
  /** In which order it was accepted. */
  order: number
  token: string | null
  /** Counted here, since it was accepted or replayed. */
  attempts: number
  /** Its next claim goes on with an attempt. */
  goesOn: boolean
  hasBegun: boolean
  successes: number
  replays: number
  /** The state of its row when it was last looked at. */
  state: JobState
}

export class JobLedger {
  readonly books = new Map<string, Book>()
  readonly #world: World
  /** Beginnings of types with a rate. */
  readonly #starts = new Map<string, number[]>()
  readonly #lastOfKey = new Map<string, string>()

  constructor(world: World) {
    this.#world = world
  }

  accepted(jobs: readonly NewJob[], answers: readonly { id: string; isNew: boolean }[]): void {
    for (const [i, { id, isNew }] of answers.entries()) {
      if (!isNew) {
        if (!this.books.has(id)) throw new Violation('JOB3', `${id} is said to be known and is not`)
        this.#world.sometimes('a job was asked for again')
        continue
      }
      if (this.books.has(id)) throw new Violation('JOB3', `${id} was made twice`)
      const book = {
        token: null,
        attempts: 0,
        goesOn: false,
        hasBegun: false,
        successes: 0,
        replays: 0,
        state: 'scheduled',
      } as const
      this.books.set(id, { job: jobs[i]!, order: this.books.size, ...book })
    }
  }

  claimed({ jobId, token, attempt }: Claim): void {
    const book = this.#bookOf(jobId)
    this.#world.tell(() => `${jobId} attempt ${attempt}`)
    if (token === book.token) throw new Violation('JOB4', `${jobId} was claimed twice under one token`)
    book.token = token
    if (!book.goesOn) this.#begins(book)
    book.goesOn = false
    this.#expectOrder(book)
    this.#expectAncestors(book.job)
    book.hasBegun = true
  }

  recorded({ jobId, token, end }: { jobId: string; token: string; end: AttemptEnd }): void {
    const book = this.#bookOf(jobId)
    this.#world.tell(() => `${jobId} ${end.kind}`)
    if (book.token !== token) throw new Violation('JOB4', `${jobId} was ended by somebody who was overtaken`)
    if (end.kind === 'succeeded') book.successes += 1
    book.goesOn = end.kind === 'to_be_continued'
    if (book.successes > 1) throw new Violation('JOB4', `${jobId} has succeeded twice`)
  }

  replayed(id: string): void {
    const book = this.#bookOf(id)
    book.replays += 1
    book.attempts = 0
    book.goesOn = false
  }

  /** After every turn of a host: what its rows say. */
  looksAt({ store }: JobHost): void {
    const running = new Map<string, number>()
    for (const [id, book] of this.books) {
      const row = store.job(id)
      if (!row) continue
      this.#expectNoReturn(book, row)
      book.state = row.state
      if (row.concurrencyKey === null || row.state !== 'running') continue
      const others = (running.get(row.concurrencyKey) ?? 0) + 1
      running.set(row.concurrencyKey, others)
      if (others > row.concurrencyMax) throw new Violation('JOB12', `${others} jobs of ${row.concurrencyKey} run`)
    }
  }

  /** When all is over. */
  expectAllInOrder(hosts: readonly JobHost[]): void {
    const states = new Map<JobState, number>()
    for (const [id, { state }] of this.books) {
      const row = hosts.map(({ store }) => store.job(id)).find((found) => found !== undefined)
      if (!row) throw new Violation('JOB1', `${id} is lost`)
      if (!isOver(row.state)) throw new Violation('SIM2', `${id} has not ended: ${state}, ${row.stand}`)
      states.set(row.state, (states.get(row.state) ?? 0) + 1)
    }
    for (const { store, keeper } of hosts) {
      for (const { job } of this.books.values()) {
        const key = job.concurrencyKey
        if (key !== null && store.taken(key) > 0) throw new Violation('JOB12', `${key} is taken for ever`)
      }
      const { lanes, states: counted } = keeper.figures()
      for (const { queued, running, scheduled } of Object.values(lanes)) {
        if (queued + running + scheduled !== 0) throw new Violation('JOB21', `${JSON.stringify(lanes)} of nothing`)
      }
      for (const [state, count] of Object.entries(counted)) {
        states.set(state as JobState, (states.get(state as JobState) ?? 0) - count)
      }
    }
    for (const [state, rest] of states) if (rest !== 0) throw new Violation('JOB21', `${rest} ${state} not counted`)
  }

  #bookOf(id: string): Book {
    const book = this.books.get(id)
    if (!book) throw new Violation('JOB1', `${id} runs and was never accepted`)
    return book
  }

  #begins(book: Book): void {
    book.attempts += 1
    if (book.attempts > book.job.attemptsMax)
      throw new Violation('JOB8', `${book.job.id} has ${book.attempts} attempts`)
    this.#expectRate(book.job)
  }

  /** No more than the bucket holds and fills with, in any span that ends now. */
  #expectRate({ type, rate }: NewJob): void {
    if (rate === null) return
    const starts = this.#starts.get(type) ?? []
    this.#starts.set(type, starts)
    const now = this.#world.clock.now()
    starts.push(now)
    for (let i = starts.length - 1, count = 1; i >= 0; i--, count++) {
      const most = rate.burst + ((now - starts[i]! + 1) / 1000) * rate.perSecond
      if (count > most + 0.001) throw new Violation('JOB14', `${count} of ${type} in ${now - starts[i]!} ms`)
    }
  }

  /** Of a key of one: in the order of acceptance, and not before the last one has ended. */
  #expectOrder({ job, hasBegun, replays }: Book): void {
    const key = job.concurrencyKey
    if (key === null || job.concurrencyMax > 1 || hasBegun || replays > 0) return
    const last = this.books.get(this.#lastOfKey.get(key) ?? '')
    this.#lastOfKey.set(key, job.id)
    if (!last) return
    const here = this.#bookOf(job.id)
    if (here.order < last.order) throw new Violation('JOB12', `${job.id} has been overtaken`)
    // One that was replayed stands at the end of the line again.
    if (!isOver(last.state) && last.replays === 0)
      throw new Violation('JOB12', `${job.id} begins while ${last.job.id} is ${last.state}`)
  }

  #expectAncestors({ id, after }: NewJob): void {
    for (const { jobId, on } of after) {
      const { state } = this.#bookOf(jobId)
      // Whoever replays a dead letter insists on it, whatever its ancestors have come to; but they must have ended.
      const insists = this.#bookOf(id).replays > 0
      const isWanted = on === 'success' && !insists ? state === 'succeeded' : isOver(state)
      // The ancestor may have been replayed since.
      if (!isWanted && this.#bookOf(jobId).replays === 0)
        throw new Violation('JOB16', `${id} begins, ${jobId} is ${state}`)
    }
  }

  #expectNoReturn(book: Book, row: JobRecord): void {
    if (!isOver(book.state) || row.state === book.state || row.replays > 0) return
    throw new Violation('JOB4', `${row.id} was ${book.state} and is ${row.state}`)
  }
}
