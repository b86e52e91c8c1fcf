/**
 * What others ask of the objects that keep a store's jobs. A job lives where its id says (domain/job/shards.ts), so that
 * one object judges its attempts, its limits and its end. All of it is safe to repeat; what a claim gives, only the
 * holder of its token may end.
 */
import type { Decision } from '../basics/decision.ts'

export type Lane = 'critical' | 'default' | 'bulk'

export type JobState =
  /** Its instant has not come. */
  | 'scheduled'
  /** For other jobs to end. */
  | 'waiting'
  /** Due, and told to a queue or about to be. */
  | 'queued'
  | 'running'
  /** An attempt failed; the next one has its instant. */
  | 'retrying'
  | 'succeeded'
  /** Never tried to the end: a job that it needed did not succeed. */
  | 'failed'
  /** Given up on: a dead letter, which an operator may replay. */
  | 'dead'
  | 'cancelled'

/** Full jitter between nothing and min(mostMs, firstMs * factor^(attempt - 1)). */
export interface Backoff {
  kind: 'exponential' | 'constant'
  firstMs: number
  mostMs: number
  factor: number
}

/** A bucket of `burst` tokens that fills at `perSecond`; each attempt takes one as it begins. */
export interface JobRate {
  perSecond: number
  burst: number
}

/** One job that this one comes after. */
export interface Ancestor {
  jobId: string
  /**
   * Which end of it lets this job begin. After any other end it never does: one that waited for success has `failed`, or
   * is `cancelled` where its ancestor was; one that waited for failure is `cancelled`, as nothing is left to do.
   */
  on: 'success' | 'failure' | 'any'
  /** Only if a field of its result equals a value; otherwise this job is cancelled. Null: whatever the result. */
  condition: { field: string; equals: string | number | boolean } | null
}

/** A job as somebody wants it. */
export interface NewJob {
  id: string
  storeId: string
  type: string
  /** JSON text; or, beyond 96 kB, where it lies: see `isPayloadAside`. */
  payload: string
  /** The payload is the key of an object in R2. */
  isPayloadAside: boolean
  lane: Lane
  /** ms since the epoch; null: at once. */
  runAt: number | null
  attemptsMax: number
  backoff: Backoff
  /**
   * Jobs of one key in one store never run beside each other more than `concurrencyMax`. With 1 each begins when the one
   * before it has ended for good, retries included; with more they are handed out in their order.
   */
  concurrencyKey: string | null
  concurrencyMax: number
  /** At most so many beginnings of its type in its store; such types live on one shard. Null: no limit. */
  rate: JobRate | null
  after: Ancestor[]
  /** Its payload gets a field `input`: the results of its ancestors in their order. A pipeline's next stage. */
  takesInput: boolean
  /** Not begun by then, it is given up on; ms since the epoch, null: it waits for ever. */
  expiresAt: number | null
  /** One attempt's longest time, ms. */
  timeoutMs: number
  /** How long its result can be read, ms. */
  resultForMs: number
  tags: string[]
  batchId: string | null
  /** The firing that made it; null: somebody asked for it. */
  runId: string | null
  /** Repeating a key is repeating the job: its id is given again. */
  idempotencyKey: string | null
  /** Who asked: an operator's key id, a schedule's id, or a part of ours. */
  by: string
}

export interface JobError {
  code: string
  /** For people; never a secret. */
  message: string
}

export interface Attempt {
  number: number
  startedAt: number
  /** Null: under way. */
  endedAt: number | null
  outcome: 'running' | 'succeeded' | 'failed' | 'timed_out' | 'lost' | 'cancelled'
  error: JobError | null
}

/** What everybody may see of a job. */
export interface JobView {
  id: string
  storeId: string
  type: string
  lane: Lane
  state: JobState
  payload: string
  isPayloadAside: boolean
  tags: string[]
  concurrencyKey: string | null
  after: Ancestor[]
  batchId: string | null
  runId: string | null
  by: string
  attemptsMax: number
  attempts: Attempt[]
  /** 0 to 1, and what is being done. */
  progress: { done: number; note: string } | null
  /** JSON text; null: none, or its time is over. */
  result: string | null
  error: JobError | null
  isCancelAsked: boolean
  /** How often it was replayed from the dead letters. */
  replays: number
  createdAt: number
  /** The next instant at which something happens to it; null: nothing by itself. */
  dueAt: number | null
  startedAt: number | null
  endedAt: number | null
  /** Counts its changes; whoever watches asks for what is newer. */
  version: number
}

/** The right to make one attempt. */
export interface Claim {
  jobId: string
  storeId: string
  type: string
  payload: string
  isPayloadAside: boolean
  attempt: number
  attemptsMax: number
  token: string
  leaseUntil: number
  timeoutMs: number
  /** What earlier attempts, or earlier invocations of this one, wrote down; null: nothing. */
  checkpoint: string | null
  /** Results of its ancestors as JSON text, in their order; empty unless it takes input. */
  input: (string | null)[]
  /** Stable over attempts and replays: what effects are keyed by. */
  idempotencyKey: string
}

/** How an attempt ended, as its consumer tells it. */
export type AttemptEnd =
  | { kind: 'succeeded'; result: string | null }
  /** `retryInMs` null: by the job's own back-off. `isFinal`: another attempt would not help. */
  | { kind: 'failed'; error: JobError; retryInMs: number | null; isFinal: boolean }
  /** Not over: go on from the checkpoint in another invocation. Counts as the same attempt. */
  | { kind: 'to_be_continued'; checkpoint: string; progress: { done: number; note: string } | null }
  | { kind: 'cancelled' }

export interface JobQuery {
  states: JobState[] | null
  types: string[] | null
  tag: string | null
  batchId: string | null
  /** The code of its last error; null: whatever it is. */
  errorCode: string | null
  /** Created in [from, until), ms; null: open. */
  from: number | null
  until: number | null
  /** Newest first; continue before this id. */
  before: string | null
  limit: number
}

/** Counts of one shard, for the board and for metrics. Totals since the object's rows began. */
export interface JobFigures {
  lanes: Record<Lane, { queued: number; running: number; scheduled: number; oldestQueuedAt: number | null }>
  states: Partial<Record<JobState, number>>
  /** By type, over its life. */
  totals: {
    type: string
    enqueued: number
    succeeded: number
    failedAttempts: number
    dead: number
    /** Of ended attempts: how long from queued to started and from started to done, in ms, summed. */
    waitMs: number
    runMs: number
    /** Cumulative buckets of runMs: at most 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60 s, and all. */
    runBuckets: number[]
  }[]
  /** Of the last minute, by second: started, ended well, ended badly; newest last. */
  recent: { at: number; started: number; succeeded: number; failed: number; waitMs: number; runMs: number }[]
  counts: { leasesExpired: number; messagesResent: number; alarmRescues: number; zombiesRefused: number }
}

export type JobRefusal =
  | { code: 'job_not_found' }
  | { code: 'job_has_ended'; state: JobState }
  | { code: 'job_not_dead'; state: JobState }
  | { code: 'ancestor_not_found'; jobId: string }
  | { code: 'too_many_replays'; replaysMax: number }

export interface JobDesk {
  /** Writes all of them in one turn; a key or an id known already gives the job that it made. In the order given. */
  accept(jobs: NewJob[]): Promise<Decision<{ jobs: { id: string; isNew: boolean }[] }, JobRefusal>>
  jobs(ids: string[]): Promise<(JobView | null)[]>
  list(query: JobQuery): Promise<JobView[]>
  /** The job as soon as it is newer than `version`, at the latest after `waitMs` (25 s at most). Null: there is none. */
  jobAfter(id: string, version: number, waitMs: number): Promise<JobView | null>
  /** How many of a batch's jobs that live here are in which state. */
  batch(batchId: string): Promise<Partial<Record<JobState, number>>>
  /** Ends a job that has not begun; asks one that runs to stop. */
  cancel(id: string): Promise<Decision<JobView, JobRefusal>>
  /** A job that waits for its next attempt, or for its instant, is due now. */
  retryNow(id: string): Promise<Decision<JobView, JobRefusal>>
  /** Another payload for a dead letter, as it will be replayed. */
  amend(id: string, payload: string, isPayloadAside: boolean): Promise<Decision<JobView, JobRefusal>>
  /** Dead letters come back with fresh attempts; `payload` null: as it was. */
  replay(id: string, payload: string | null, by: string): Promise<Decision<JobView, JobRefusal>>
  figures(): Promise<JobFigures>
}

/** For the consumers of the queues. */
export interface JobWorkDesk {
  /** Null for each that is not to be run now: ended, cancelled, claimed by another, its key busy. Claim what can begin. */
  claim(asks: { jobId: string; send: number }[]): Promise<(Claim | null)[]>
  /** Extends leases; tells who was asked to stop, or is no longer the one who runs it. */
  beat(
    beats: { jobId: string; token: string; progress: { done: number; note: string } | null }[],
  ): Promise<('go_on' | 'stop' | 'superseded')[]>
  end(ends: { jobId: string; token: string; end: AttemptEnd }[]): Promise<('recorded' | 'superseded')[]>
}

/** Between the objects themselves: ancestors and descendants may live apart. Each of its words is safe to repeat. */
export interface JobKinDesk {
  /** Which of these there are; asked before a job is accepted that comes after them. */
  knows(ids: string[]): Promise<boolean[]>
  /** Tells each descendant when its ancestor has ended; soon, if it has. */
  watch(pairs: { ancestorId: string; descendantId: string }[]): Promise<('watching' | 'unknown')[]>
  ended(news: AncestorNews[]): Promise<void>
}

export interface AncestorNews {
  descendantId: string
  ancestorId: string
  /** Null: nobody knows it any more. */
  state: JobState | null
  result: string | null
}

/** For the sweep: what is due, and whether it would be woken for it. */
export interface JobSweepDesk {
  /** Re-arms a lost alarm, and does what is overdue. */
  sweep(): Promise<{ rescued: boolean; overdue: number }>
}
