/**
 * Jobs that come after others. Which ends of an ancestor let a job begin, and what becomes of it after any other.
 * There can be no cycle: a job comes after jobs that there are already, or that stand before it in the same list.
 */
import type { Ancestor, JobError, JobState } from '../message/job-desk.ts'

/** One thing that a job waits for, kept beside the job. */
export interface Need {
  descendantId: string
  ancestorId: string
  /** Its number among the job's ancestors. */
  place: number
  /** Null: it has not ended, as far as is known here. */
  state: JobState | null
  /** Kept only where the job takes it as its input. */
  result: string | null
  /** The ancestor lives elsewhere and has to be asked to tell us: when to ask (again). Null: it knows. */
  askAt: number | null
  asks: number
}

/** An ancestor that has ended and whose descendants are to be told. */
export interface Ending {
  ancestorId: string
  /** When to tell (again). */
  dueAt: number
  sends: number
}

export type Verdict = { kind: 'go' } | { kind: 'end'; state: 'failed' | 'cancelled'; error: JobError }

const GO: Verdict = { kind: 'go' }

/** `state` null: nobody knows the ancestor any more. */
export function verdictOn({ jobId, on, condition }: Ancestor, state: JobState | null, result: string | null): Verdict {
  if (state === null) return ended('failed', 'ancestor_not_found', `${jobId} is not known any more`)
  if (!isWanted(on, state)) {
    if (on === 'failure') return ended('cancelled', 'not_needed', `${jobId} did not fail: it has ${state}`)
    return state === 'cancelled'
      ? ended('cancelled', 'ancestor_cancelled', `${jobId} was cancelled`)
      : ended('failed', 'ancestor_failed', `${jobId} did not succeed`)
  }
  if (condition === null || fieldOf(result, condition.field) === condition.equals) return GO
  return ended('cancelled', 'condition_not_met', `in the result of ${jobId}, ${condition.field} is something else`)
}

function isWanted(on: Ancestor['on'], state: JobState): boolean {
  if (on === 'any') return true
  return on === 'success' ? state === 'succeeded' : state === 'dead' || state === 'failed'
}

const ended = (state: 'failed' | 'cancelled', code: string, message: string): Verdict => ({
  kind: 'end',
  state,
  error: { code, message },
})

/** A field of a result, or of what lies in it: `address.country`. Undefined: there is none. */
function fieldOf(result: string | null, path: string): unknown {
  let found: unknown = parsed(result)
  for (const name of path.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined
    found = (found as Record<string, unknown>)[name]
  }
  return found
}

/** Results are JSON by contract; one that is not has no fields. */
function parsed(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text)
  } catch {
    return null
  }
}
