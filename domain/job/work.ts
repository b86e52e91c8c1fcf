/**
 * Attempts: who may make one, how long they may take, and how they end. What a claim gives is a token; whoever comes back
 * without the latest one has been overtaken, and what they did is not recorded.
 */
import type { AttemptEnd, Claim, JobWorkDesk } from '../message/job-desk.ts'
import { expiryOf, isContinued, leaseUntil, LEGS_MOST, shortened, withAttempt, withEnd, type JobRecord } from './job.ts'
import { hasToken, refilled } from './rate.ts'
import { askedDelayMs, retryDelayMs } from './retry-policy.ts'
import { countAttempt, countStart } from './tallies.ts'
import type { Turn } from './turn.ts'

type Args<Method extends keyof JobWorkDesk> = Parameters<JobWorkDesk[Method]>[0]
type Beat = Args<'beat'>[number]

/** Claims each that may begin now; null for the others, which is nobody's fault: their message is simply late. */
export function claimJobs(turn: Turn, asks: Args<'claim'>): (Claim | null)[] {
  const jobs = turn.store.jobs(asks.map(({ jobId }) => jobId))
  return asks.map(({ jobId }) => {
    const job = jobs.get(jobId)
    jobs.delete(jobId) // named twice, it is claimed once
    return job ? claimOne(turn, job) : null
  })
}

export function beatJobs(turn: Turn, beats: readonly Beat[]): ('go_on' | 'stop' | 'superseded')[] {
  return beats.map((beat) => {
    const job = heldBy(turn, turn.store.job(beat.jobId), beat.token)
    if (!job) return 'superseded'
    const legAt = job.legAt ?? turn.now
    turn.change(job, {
      dueAt: leaseUntil(turn.now, legAt, job.timeoutMs),
      progress: beat.progress === null ? job.progress : cut(beat.progress),
    })
    return job.isCancelAsked || turn.now >= legAt + job.timeoutMs ? 'stop' : 'go_on'
  })
}

export function endAttempts(turn: Turn, ends: Args<'end'>): ('recorded' | 'superseded')[] {
  // What one end sets in motion never touches another job that runs.
  const jobs = turn.store.jobs(ends.map(({ jobId }) => jobId))
  return ends.map(({ jobId, token, end }) => {
    const job = heldBy(turn, jobs.get(jobId), token)
    jobs.delete(jobId)
    if (!job) return 'superseded'
    endOne(turn, job, end)
    return 'recorded'
  })
}

/** The lease of a running job has ended: whoever ran it is gone, or was too slow. */
export function loseAttempt(turn: Turn, job: JobRecord): void {
  turn.tallies.counts.leasesExpired += 1
  const isLate = turn.now >= (job.legAt ?? turn.now) + job.timeoutMs
  const error = isLate
    ? { code: 'job_timed_out', message: `it took longer than ${job.timeoutMs} ms` }
    : { code: 'attempt_lost', message: 'whoever ran it was not heard of again' }
  failAttempt(turn, job, { error, retryInMs: null, isFinal: false, outcome: isLate ? 'timed_out' : 'lost' })
}

function claimOne(turn: Turn, job: JobRecord): Claim | null {
  if (job.stand !== 'told') return null
  const expiry = expiryOf(job)
  if (expiry !== null && expiry <= turn.now) return null // its due time is about to say so
  if (!takeToken(turn, job)) return null
  const isNext = !isContinued(job)
  if (isNext) countStart(turn.tallies, job, turn.now)
  const { now } = turn
  const claimed = turn.change(job, {
    ...{ state: 'running', stand: 'none', token: newToken(turn), legAt: now, startedAt: job.startedAt ?? now },
    dueAt: leaseUntil(now, now, job.timeoutMs),
    attemptsMade: job.attemptsMade + (isNext ? 1 : 0),
    attempts: isNext ? withAttempt(job.attempts, now) : job.attempts,
  })
  return claimOf(turn, claimed)
}

/** Its rate's token, which it finds unless the rate was lowered meanwhile; then it stands in that line again. */
function takeToken(turn: Turn, job: JobRecord): boolean {
  if (job.rate === null || isContinued(job)) return true
  const row = turn.store.rate(job.type)
  if (!row) return true
  const rate = { ...refilled(row, turn.now), out: Math.max(0, row.out - 1) }
  const mayBegin = hasToken(rate)
  if (!mayBegin) turn.change(job, { stand: 'paced', dueAt: expiryOf(job) })
  turn.saveRate(mayBegin ? { ...rate, tokens: Math.max(0, rate.tokens - 1) } : rate)
  return mayBegin
}

function claimOf(turn: Turn, job: JobRecord): Claim {
  const needs = job.takesInput ? turn.store.needs(job.id) : []
  return {
    ...{ jobId: job.id, storeId: job.storeId, type: job.type, payload: job.payload },
    ...{ isPayloadAside: job.isPayloadAside, attempt: job.attemptsMade, attemptsMax: job.attemptsMax },
    ...{ token: job.token!, leaseUntil: job.dueAt!, timeoutMs: job.timeoutMs, checkpoint: job.checkpoint },
    input: needs.toSorted((a, b) => a.place - b.place).map(({ result }) => result),
    idempotencyKey: job.id,
  }
}

/** The job, if it is run by whoever asks. */
function heldBy(turn: Turn, job: JobRecord | undefined, token: string): JobRecord | undefined {
  if (job?.state === 'running' && job.token === token) return job
  turn.tallies.counts.zombiesRefused += 1
  return undefined
}

function endOne(turn: Turn, job: JobRecord, end: AttemptEnd): void {
  if (end.kind === 'succeeded') {
    countAttempt(turn.tallies, job, true, turn.now)
    turn.end(job, 'succeeded', { result: end.result })
  } else if (end.kind === 'cancelled') cancelAttempt(turn, job)
  else if (end.kind === 'failed') failAttempt(turn, job, { ...end, outcome: 'failed' })
  else continueLater(turn, job, end)
}

function cancelAttempt(turn: Turn, job: JobRecord): void {
  const error = { code: 'cancelled', message: 'somebody asked for it' }
  turn.end(job, 'cancelled', { error, outcome: 'cancelled' })
}

type Failure = Omit<Extract<AttemptEnd, { kind: 'failed' }>, 'kind'> & { outcome: 'failed' | 'timed_out' | 'lost' }

/** Another attempt, if one is left and would help; a dead letter otherwise. */
function failAttempt(turn: Turn, job: JobRecord, { error, retryInMs, isFinal, outcome }: Failure): void {
  countAttempt(turn.tallies, job, false, turn.now)
  if (job.isCancelAsked) return cancelAttempt(turn, job)
  if (isFinal || job.attemptsMade >= job.attemptsMax) {
    turn.end(job, 'dead', { error, outcome })
    return
  }
  const { random, now } = turn
  const delayMs =
    retryInMs === null ? retryDelayMs(job.backoff, job.attemptsMade, random) : askedDelayMs(retryInMs, random)
  // The only one of its key keeps its place over its attempts: the next would overtake it.
  const keepsSlot = job.hasSlot && job.concurrencyMax === 1
  const told = shortened(error)
  turn.change(job, {
    ...{ state: 'retrying', token: null, legAt: null, legs: 0, error: told, hasSlot: keepsSlot, dueAt: now + delayMs },
    attempts: withEnd(job.attempts, now, outcome, told),
  })
  if (job.hasSlot && !keepsSlot) turn.freeSlot(job.concurrencyKey!)
}

function continueLater(turn: Turn, job: JobRecord, end: Extract<AttemptEnd, { kind: 'to_be_continued' }>): void {
  if (job.isCancelAsked) return cancelAttempt(turn, job)
  if (job.legs >= LEGS_MOST) {
    const error = { code: 'continued_too_often', message: `it was continued ${LEGS_MOST} times` }
    return failAttempt(turn, job, { error, retryInMs: null, isFinal: true, outcome: 'failed' })
  }
  const next = { ...job, checkpoint: end.checkpoint, legs: job.legs + 1 }
  const progress = end.progress === null ? job.progress : cut(end.progress)
  turn.change(job, { checkpoint: next.checkpoint, legs: next.legs, legAt: null, progress, ...turn.queued(next) })
}

const cut = ({ done, note }: { done: number; note: string }) => ({
  done: Math.min(1, Math.max(0, done)),
  note: note.slice(0, 500),
})

/** Nobody else's: ten bytes of chance. */
const newToken = ({ random }: Turn): string =>
  Array.from(random.bytes(10), (byte) => byte.toString(16).padStart(2, '0')).join('')
