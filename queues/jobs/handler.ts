/**
 * What a job's handler is: a type with schemas for what it takes and what it gives, its usual policy, and the work. What
 * it is given to work with, and how it says how it went.
 *
 * A handler may be begun again at any time: after a fault, after a crash, beside an attempt that is thought to be dead.
 * What it does outside is keyed by `idempotencyKey`, which is the same each time.
 */
import type { z } from 'zod'
import type { Scope } from '../../domain/store/operator-key.ts'
import type { Backoff, Lane } from '../../domain/message/job-desk.ts'
import type { JobParts } from './parts.ts'

/** One attempt, or the part of it that fits into one invocation. */
export interface Work {
  storeId: string
  jobId: string
  /** From 1. */
  attempt: number
  attemptsMax: number
  idempotencyKey: string
  /** Results of the jobs before it, in their order; empty unless it takes them. */
  input: readonly unknown[]
  /** What an earlier part wrote down; null: this is the first. */
  checkpoint: unknown
  /** Aborted when an operator cancels it, its time is over, or somebody else runs it now. */
  signal: AbortSignal
  /** 0 to 1, and what is being done; told with the next heartbeat. */
  progress(done: number, note?: string): void
  /** Tells now that it lives, with its progress. It is told without this, too, three times in a lease. */
  heartbeat(): Promise<void>
  /** Until it should have ended, or have written down how far it is. Never below 0. */
  remainingMs(): number
  /** One structured line, with the job's id. */
  log(what: string, facts?: Record<string, string | number | boolean | null>): void
}

export type WorkEnd<Result> =
  | { kind: 'succeeded'; result: Result }
  /** `retryInMs` null: by the job's own back-off. */
  | { kind: 'failed'; code: string; message: string; isFinal: boolean; retryInMs: number | null }
  /** Goes on from `checkpoint` in another invocation. */
  | { kind: 'goes_on'; checkpoint: unknown; progress: { done: number; note: string } | null }

export const succeeded = <Result>(result: Result): WorkEnd<Result> => ({ kind: 'succeeded', result })

/** Another attempt may go better. */
export const tryAgain = (code: string, message: string, retryInMs: number | null = null): WorkEnd<never> => ({
  kind: 'failed',
  code,
  message,
  isFinal: false,
  retryInMs,
})

/** No other attempt would go better: an operator has to look. */
export const noUse = (code: string, message: string): WorkEnd<never> => ({
  kind: 'failed',
  code,
  message,
  isFinal: true,
  retryInMs: null,
})

export const goesOn = (checkpoint: unknown, done: number, note: string): WorkEnd<never> => ({
  kind: 'goes_on',
  checkpoint,
  progress: { done, note },
})

/** What a job of this type gets where its maker says nothing. */
export interface JobPolicy {
  lane: Lane
  attemptsMax: number
  backoff: Backoff
  timeoutMs: number
}

/** A handler whose schemas have been forgotten by the compiler; the consumer applies them. */
export interface JobHandler {
  type: string
  /** One sentence, for the documentation. */
  summary: string
  payload: z.ZodType
  result: z.ZodType
  /** Understands the results of the jobs before it. */
  takesInput: boolean
  /** What a key must be allowed beside `jobs:write`, or whoever may make jobs could do everything that jobs can. */
  scopes(payload: unknown): readonly Scope[]
  policy: JobPolicy
  run(payload: unknown, work: Work, parts: JobParts): Promise<WorkEnd<unknown>>
}

/** Writes a handler down: `run` is held to both schemas here, and to the same ones again when it runs. */
export const jobHandler = <Payload extends z.ZodType, Result extends z.ZodType>(
  handler: Pick<JobHandler, 'type' | 'summary' | 'policy'> & {
    payload: Payload
    result: Result
    takesInput?: boolean
    scopes?: (payload: z.output<Payload>) => readonly Scope[]
    run(payload: z.output<Payload>, work: Work, parts: JobParts): Promise<WorkEnd<z.input<Result>>>
  },
): JobHandler => ({ takesInput: false, scopes: () => [], ...handler })

const SECOND = 1000
const MINUTE = 60 * SECOND

/** Soon again, then ever later, for what may be away for an hour. */
export const PATIENT: Backoff = { kind: 'exponential', firstMs: 5 * SECOND, mostMs: 60 * MINUTE, factor: 4 }
/** For work of our own, whose faults pass in seconds. */
export const BRISK: Backoff = { kind: 'exponential', firstMs: SECOND, mostMs: 5 * MINUTE, factor: 2 }
