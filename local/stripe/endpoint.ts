/**
 * What an endpoint is. `prepare` only validates: what it refuses was never begun and is not kept under the
 * idempotency key. `run` is the execution: its answer is kept, whatever it is.
 */
import type { Decision } from '../../domain/basics/decision.ts'
import type { Account, Cause } from './account.ts'
import type { Answer, ApiRefusal } from './answers.ts'
import type { Turn } from './books.ts'
import type { Form } from './form.ts'

export interface Asked {
  /** The id in the path, or an empty text. */
  id: string
  form: Form
  cause: Cause
}

export interface Prepared {
  /** The intent that no other request may change meanwhile. */
  locks: string | null
  /** The card takes its time. */
  slow: boolean
  run(turn: Turn): Answer
}

export interface Endpoint {
  /** As it appears in the counters and in `fault_on`. */
  name: string
  method: 'GET' | 'POST'
  /** Below /v1; `:id` stands for any id. */
  path: string
  prepare(asked: Asked, account: Account): Decision<Prepared, ApiRefusal>
}

/** A request that changes nothing. */
export const reading = (run: () => Answer): Prepared => ({ locks: null, slow: false, run })
