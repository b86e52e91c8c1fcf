/**
 * What a request was answered, kept for a day (../basics/keeping.ts) beside its effect and written in the same turn, so that asking twice is
 * asking once even when the first answer got lost (draft-ietf-httpapi-idempotency-key-header-07; SPEC HLD6, ORD4).
 */
import { refuse, type Decision } from '../basics/decision.ts'
import type { Answered, KeyRefusal, RequestKey } from '../message/order-book.ts'

export interface StoredAnswer {
  /** Scoped: route, principal, key. */
  key: string
  fingerprint: string
  requestId: string
  /** The decision as JSON; null while it is being made. */
  body: string | null
  /** The hold that is being made under this key. */
  holdId: string | null
  at: number
}

/** Under what an answer to a visitor's request for a hold is kept. */
export const holdAnswerKey = (visitorId: string, key = ''): string => `hold/${visitorId}/${key}`

/** What an earlier request under the key means for this one; `fresh` when there was none, or it is forgotten. */
export type Seen<Value, Refusal> =
  | { kind: 'fresh' }
  | { kind: 'unfinished'; answer: StoredAnswer }
  | { kind: 'answered'; answered: Answered<Value, Refusal | KeyRefusal> }

/** After `keptMs` a key is new again: with a day, 23:59:59 replays and 24:00:01 does not. */
export function seen<Value, Refusal>(
  answer: StoredAnswer | undefined,
  request: RequestKey,
  now: number,
  keptMs: number,
): Seen<Value, Refusal> {
  if (!answer || now >= answer.at + keptMs) return { kind: 'fresh' }
  if (answer.fingerprint !== request.fingerprint) {
    return { kind: 'answered', answered: first(request, refuse({ code: 'idempotency_key_reused' })) }
  }
  if (answer.body === null) return { kind: 'unfinished', answer }
  const decision = JSON.parse(answer.body) as Decision<Value, Refusal>
  return { kind: 'answered', answered: { decision, replayed: true, requestId: answer.requestId } }
}

export const first = <Value, Refusal>(
  request: RequestKey,
  decision: Decision<Value, Refusal>,
): Answered<Value, Refusal> => ({ decision, replayed: false, requestId: request.requestId })

/** Writes the answer down, in the turn of its effect. */
export function keepAnswer<Value, Refusal>(
  store: { saveAnswer(answer: StoredAnswer): void },
  key: string,
  request: RequestKey,
  decision: Decision<Value, Refusal>,
  now: number,
): Answered<Value, Refusal> {
  const { fingerprint, requestId } = request
  store.saveAnswer({ key, fingerprint, requestId, body: JSON.stringify(decision), holdId: null, at: now })
  return first(request, decision)
}
