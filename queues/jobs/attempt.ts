/**
 * One attempt at a job, from its claim to how it ended. Whatever a handler does, an end comes out: a throw is a failure
 * that may pass, an attempt whose time is over ends without its handler, and one that somebody else has taken over says
 * nothing at all.
 */
import { BrokenPromise } from '../../domain/basics/assert.ts'
import type { AttemptEnd, Claim } from '../../domain/message/job-desk.ts'
import { reasonOf } from '../outcome.ts'
import type { Work, WorkEnd } from './handler.ts'
import type { JobParts } from './parts.ts'
import { JOB_HANDLERS } from './registry.ts'

/** Work that takes longer writes down how far it is and goes on in another invocation, so that others get their turn. */
export const SLICE_MS = 20_000
/** A handler that was told to stop may tidy up for so long. */
export const GRACE_MS = 2000
/** What a row keeps of a result or of a checkpoint. */
const KEPT_LETTERS_MAX = 96_000

export type StopReason = 'cancelled' | 'timed_out' | 'superseded'

export class Attempt {
  readonly claim: Claim
  /** News since the last heartbeat. */
  progress: { done: number; note: string } | null = null
  readonly #parts: JobParts
  readonly #heartbeat: () => Promise<void>
  readonly #startedAt: number
  readonly #stopping = new AbortController()
  #why: StopReason | null = null

  constructor(claim: Claim, parts: JobParts, heartbeat: () => Promise<void>) {
    this.claim = claim
    this.#parts = parts
    this.#heartbeat = heartbeat
    this.#startedAt = parts.clock.now()
  }

  /** Asks the handler to stop; the first reason stands. */
  stop(why: StopReason): void {
    this.#why ??= why
    this.#stopping.abort(why)
  }

  /** How it ended; null: it is not ours any more. Never rejects. */
  async run(): Promise<AttemptEnd | null> {
    const timer = setTimeout(() => this.stop('timed_out'), this.claim.timeoutMs)
    try {
      return this.#inTheEnd(await this.#orStopped(this.#work()))
    } catch (thrown) {
      return this.#inTheEnd(this.#failureOf(thrown))
    } finally {
      clearTimeout(timer)
    }
  }

  async #work(): Promise<AttemptEnd> {
    const { type, payload, isPayloadAside } = this.claim
    const handler = JOB_HANDLERS.get(type)
    if (!handler) return failed('unknown_type', `There is no job of type ${type} here.`)
    const text = isPayloadAside ? await this.#parts.files.payload(payload) : payload
    const parsed = handler.payload.safeParse(JSON.parse(text))
    if (!parsed.success) return failed('payload_not_valid', parsed.error.issues.map(inWords).join(' '))
    const end = await handler.run(parsed.data, this.#workOf(), this.#parts)
    if (end.kind !== 'succeeded') return told(end)
    const result = handler.result.safeParse(end.result)
    if (!result.success) return failed('result_not_valid', result.error.issues.map(inWords).join(' '))
    const kept = JSON.stringify(result.data)
    if (kept.length > KEPT_LETTERS_MAX) return failed('result_too_large', `It has ${kept.length} letters.`)
    return { kind: 'succeeded', result: kept }
  }

  #workOf(): Work {
    const { claim } = this
    return {
      storeId: claim.storeId,
      jobId: claim.jobId,
      attempt: claim.attempt,
      attemptsMax: claim.attemptsMax,
      idempotencyKey: claim.idempotencyKey,
      input: claim.input.map((text): unknown => (text === null ? null : JSON.parse(text))),
      checkpoint: claim.checkpoint === null ? null : (JSON.parse(claim.checkpoint) as unknown),
      signal: this.#stopping.signal,
      progress: (done, note = '') => {
        this.progress = { done: Math.min(1, Math.max(0, done)), note: note.slice(0, 200) }
      },
      heartbeat: this.#heartbeat,
      remainingMs: () => {
        const spent = this.#parts.clock.now() - this.#startedAt
        return Math.max(0, Math.min(claim.timeoutMs, SLICE_MS) - spent)
      },
      log: (what, facts = {}) => this.#log('info', what, facts),
    }
  }

  /** Waits for the handler, but not for one that does not stop when it is told to. */
  #orStopped(work: Promise<AttemptEnd>): Promise<AttemptEnd> {
    return new Promise((resolve, reject) => {
      let grace: ReturnType<typeof setTimeout> | undefined
      this.#stopping.signal.addEventListener('abort', () => {
        grace = setTimeout(() => resolve(failed('stopped', 'It did not stop by itself.')), GRACE_MS)
      })
      work.then(resolve, reject).finally(() => clearTimeout(grace))
    })
  }

  /** What was done was done, also when it was told to stop; everything else is judged by why it was stopped. */
  #inTheEnd(end: AttemptEnd): AttemptEnd | null {
    if (this.#why === 'superseded') return null
    if (end.kind === 'succeeded' || this.#why === null) return end
    if (this.#why === 'cancelled') return { kind: 'cancelled' }
    const message = `It took longer than ${this.claim.timeoutMs} ms.`
    return { kind: 'failed', error: { code: 'timed_out', message }, retryInMs: null, isFinal: false }
  }

  #failureOf(thrown: unknown): AttemptEnd {
    const isBug = thrown instanceof BrokenPromise
    const message = reasonOf(thrown)
    this.#log(isBug ? 'error' : 'warn', 'attempt_failed', { why: message })
    const error = { code: isBug ? 'broken_promise' : 'fault', message }
    return { kind: 'failed', error, retryInMs: null, isFinal: false }
  }

  #log(level: 'info' | 'warn' | 'error', what: string, facts: Record<string, unknown>): void {
    const { jobId, storeId, type, attempt } = this.claim
    const line = JSON.stringify({ level, kind: 'job', what, job: jobId, store: storeId, type, attempt, ...facts })
    if (level === 'info') console.log(line)
    else console[level](line)
  }
}

const failed = (code: string, message: string): AttemptEnd => ({
  kind: 'failed',
  error: { code, message: message.slice(0, 500) },
  retryInMs: null,
  isFinal: true,
})

function told(end: Exclude<WorkEnd<unknown>, { kind: 'succeeded' }>): AttemptEnd {
  if (end.kind === 'failed') {
    const { code, message, isFinal, retryInMs } = end
    return { kind: 'failed', error: { code, message: message.slice(0, 500) }, isFinal, retryInMs }
  }
  const checkpoint = JSON.stringify(end.checkpoint)
  if (checkpoint.length > KEPT_LETTERS_MAX)
    return failed('checkpoint_too_large', `It has ${checkpoint.length} letters.`)
  return { kind: 'to_be_continued', checkpoint, progress: end.progress }
}

const inWords = ({ path, message }: { path: PropertyKey[]; message: string }): string =>
  `/${path.map(String).join('/')} ${message}.`
