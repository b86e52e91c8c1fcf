/**
 * Answers: what a POST was told, kept for a day, so that asking twice is asking once (SPEC IDM).
 *
 * A key is bound to the body it first came with. While its first request runs, the key is in flight under a lease;
 * when it has been answered, everyone who asks again gets that answer to the byte. Order books keep the answers of
 * holds and orders beside the effect itself; this is for every other POST, where effect and answer live apart. The
 * lease is what makes that safe to survive: an attempt that died is free to be tried again once its lease is over, and
 * the effects behind these routes are themselves idempotent by ids derived from the key.
 */
import type { Decision } from '../basics/decision.ts'
import { accept, refuse } from '../basics/decision.ts'

/** How long an answer is replayed; exclusive: at exactly 24 h the key is free again. */
export const ANSWER_KEPT_MS = 24 * 60 * 60_000

/** Longer than the slowest request we let live, so that a second attempt never runs beside a first that still may win. */
export const LEASE_MS = 60_000

export interface Answer {
  status: number
  headers: [name: string, value: string][]
  body: ArrayBuffer
}

export interface KeptAnswer {
  key: string
  fingerprint: string
  /** Who holds the lease: each attempt has a name of its own. */
  attempt: string
  leaseUntil: number
  createdAt: number
  /** Null: still in flight. */
  answer: Answer | null
}

export interface Asking {
  key: string
  fingerprint: string
  attempt: string
}

export type Beginning = { kind: 'fresh'; record: KeptAnswer } | { kind: 'replay'; answer: Answer }

export type AskingRefusal =
  | { code: 'idempotency_key_reused' }
  | { code: 'idempotency_request_in_flight'; retryInMs: number }

/** Decides what a request with this key may do: run, be told what the first one was told, wait, or go away. */
export function decideBegin(
  kept: KeptAnswer | undefined,
  asking: Asking,
  now: number,
): Decision<Beginning, AskingRefusal> {
  if (!kept || hasFaded(kept, now)) return accept({ kind: 'fresh', record: leased(asking, now, now) })
  // Before the lease: another body under a key that is in flight is a mistake however that flight ends.
  if (kept.fingerprint !== asking.fingerprint) return refuse({ code: 'idempotency_key_reused' })
  if (kept.answer) return accept({ kind: 'replay', answer: kept.answer })
  if (now < kept.leaseUntil) {
    return refuse({ code: 'idempotency_request_in_flight', retryInMs: Math.min(1000, kept.leaseUntil - now) })
  }
  return accept({ kind: 'fresh', record: leased(asking, kept.createdAt, now) })
}

export const hasFaded = (kept: KeptAnswer, now: number): boolean => now >= kept.createdAt + ANSWER_KEPT_MS

const leased = (asking: Asking, createdAt: number, now: number): KeptAnswer => ({
  ...asking,
  leaseUntil: now + LEASE_MS,
  createdAt,
  answer: null,
})
