/**
 * A job as its shard keeps it: what was asked for, and how far it is.
 *
 *     scheduled ─┐                       ┌─> succeeded
 *     waiting ───┼─> queued ─> running ──┼─> retrying ─> queued …
 *     (asked) ───┘                       └─> dead, failed, cancelled
 *
 * Whoever runs it has a token, and nothing is believed about an attempt without the token of the latest claim. What it
 * stands for in line is `stand`: told to a queue, ready to be told, or behind its key or its rate.
 */
import { bornAtOf } from '../basics/ids.ts'
import type { Attempt, JobError, JobState, JobView, NewJob } from '../message/job-desk.ts'

/** Where a queued job stands. */
export type Stand =
  /** It is not queued. */
  | 'none'
  /** Behind others of its key. */
  | 'held'
  /** Until its type's rate allows it. */
  | 'paced'
  /** In its lane's line. */
  | 'ready'
  /** A message is under way; who brings it may claim. */
  | 'told'

export interface JobRecord extends NewJob {
  state: JobState
  stand: Stand
  /** Its place in every line it ever stands in; given once, when it is first queued. 0: none yet. */
  line: number
  /** It counts against its key. */
  hasSlot: boolean
  /** When something happens to it by itself: its instant, a lease's end, its expiry; ended: when it is cleared away. */
  dueAt: number | null
  /** Ancestors that have not ended. */
  pending: number
  /** Descendants to be told when it ends. */
  watchers: number
  /** Since it was accepted or last replayed. */
  attemptsMade: number
  /** Over its life, the latest last. Of very many the oldest are dropped. */
  attempts: Attempt[]
  /** Messages sent about it. */
  sends: number
  /** Of them, since somebody last claimed it. */
  unheard: number
  token: string | null
  /** When the invocation that runs it began. An attempt may go on over several. */
  legAt: number | null
  /** How often this attempt was continued from a checkpoint. */
  legs: number
  checkpoint: string | null
  progress: { done: number; note: string } | null
  result: string | null
  error: JobError | null
  isCancelAsked: boolean
  replays: number
  createdAt: number
  /** When it was last queued. */
  queuedAt: number | null
  startedAt: number | null
  endedAt: number | null
  version: number
}

export const LANES = ['critical', 'default', 'bulk'] as const

/** A lease ends so long after the last word of its holder, who speaks every ten seconds. */
export const LEASE_MS = 30_000
/** A consumer reports a timeout itself; only when it does not, its lease's end does. */
const TIMEOUT_GRACE_MS = 5_000
/** Longer than a busy queue takes to bring a message; then it doubles, as the queue may be a long one. */
const RESEND_FIRST_MS = 30_000
const RESEND_MOST_MS = 15 * 60_000
/** A job that is always to be continued ends somewhen: after ten days, at a quarter of an hour each. */
export const LEGS_MOST = 1_000
export const REPLAYS_MAX = 10
const ATTEMPTS_KEPT = 30
const MESSAGE_LETTERS_MOST = 1_000
/** Ended jobs can be looked at for three days here; dead letters, which wait for somebody, for ninety. */
const KEPT_MS = 3 * 24 * 3_600_000
const DEAD_KEPT_MS = 90 * 24 * 3_600_000
/** So that many are cleared away together. */
const CLEARED_EVERY_MS = 600_000

export const isOver = (state: JobState): boolean =>
  state === 'succeeded' || state === 'failed' || state === 'dead' || state === 'cancelled'

/** A job nobody has placed yet. */
export const newRecord = (job: NewJob, now: number): JobRecord => ({
  ...job,
  ...{ state: 'scheduled', stand: 'none', line: 0, hasSlot: false, dueAt: null, pending: 0, watchers: 0 },
  ...{ attemptsMade: 0, attempts: [], sends: 0, unheard: 0, token: null, legAt: null, legs: 0, checkpoint: null },
  ...{ progress: null, result: null, error: null, isCancelAsked: false, replays: 0 },
  ...{ createdAt: bornAtOf('job', job.id) ?? now, queuedAt: null, startedAt: null, endedAt: null, version: 1 },
})

/** Whether an invocation goes on with what another one began. */
export const isContinued = ({ legs }: JobRecord): boolean => legs > 0

/** When it is given up on if nobody has begun it; null: never, or somebody has. */
export const expiryOf = ({ expiresAt, attemptsMade }: JobRecord): number | null =>
  attemptsMade === 0 ? expiresAt : null

/** The earlier of two instants, either of which may not be. */
export const earlier = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.min(a, b)

export const leaseUntil = (now: number, legAt: number, timeoutMs: number): number =>
  Math.min(now + LEASE_MS, legAt + timeoutMs + TIMEOUT_GRACE_MS)

/** When a message is taken for lost, by how many were sent in vain. */
export const resendAt = (now: number, unheard: number): number =>
  now + Math.min(RESEND_MOST_MS, RESEND_FIRST_MS * 2 ** Math.min(unheard - 1, 10))

/** When an ended job changes next: its result goes first, then all of it. */
export function clearedAt({ state, endedAt, result, resultForMs }: JobRecord): number {
  const kept = endedAt! + (state === 'dead' ? DEAD_KEPT_MS : Math.max(KEPT_MS, result === null ? 0 : resultForMs))
  const at = result === null ? kept : Math.min(kept, endedAt! + resultForMs)
  return Math.ceil(at / CLEARED_EVERY_MS) * CLEARED_EVERY_MS
}

/** An error's text is for people, and people read a screen of it at most. */
export const shortened = ({ code, message }: JobError): JobError => ({
  code: code.slice(0, 100),
  message: message.slice(0, MESSAGE_LETTERS_MOST),
})

/** The attempts with one more, under way. */
export const withAttempt = (attempts: readonly Attempt[], startedAt: number): Attempt[] => [
  ...attempts.slice(1 - ATTEMPTS_KEPT),
  { number: (attempts.at(-1)?.number ?? 0) + 1, startedAt, endedAt: null, outcome: 'running', error: null },
]

/** The attempts, the last of them ended, if one is under way. */
export function withEnd(
  attempts: readonly Attempt[],
  endedAt: number,
  outcome: Attempt['outcome'],
  error: JobError | null,
): Attempt[] {
  const last = attempts.at(-1)
  if (last?.outcome !== 'running') return [...attempts]
  return [...attempts.slice(0, -1), { ...last, endedAt, outcome, error }]
}

/** What everybody may see. A result whose time is over is not there, even before it is cleared away. */
export function viewOf(job: JobRecord, now: number): JobView {
  const isGone = job.endedAt !== null && job.endedAt + job.resultForMs <= now
  return {
    ...{ id: job.id, storeId: job.storeId, type: job.type, lane: job.lane, state: job.state },
    ...{ payload: job.payload, isPayloadAside: job.isPayloadAside, tags: job.tags, after: job.after },
    ...{ concurrencyKey: job.concurrencyKey, batchId: job.batchId, runId: job.runId, by: job.by },
    ...{ attemptsMax: job.attemptsMax, attempts: job.attempts, progress: job.progress, error: job.error },
    result: isGone ? null : job.result,
    ...{ isCancelAsked: job.isCancelAsked, replays: job.replays, createdAt: job.createdAt },
    dueAt: job.endedAt === null ? job.dueAt : null,
    ...{ startedAt: job.startedAt, endedAt: job.endedAt, version: job.version },
  }
}
