/**
 * Everything that may be said no with: the refusals of all parts, what the door itself refuses, faults and bugs; and what
 * each needs to be told in HTTP. Codes are API: never renamed, only added.
 */
import type { AskingRefusal } from '../../domain/answer/answer.ts'
import type { CatalogRefusal } from '../../domain/catalog/product.ts'
import type { CursorRefusal } from '../../domain/catalog/query.ts'
import type { DropRefusal } from '../../domain/drop/drop.ts'
import type { ExperimentRefusal } from '../../domain/experiment/experiment.ts'
import type { CapacityRefusal } from '../../domain/load/priorities.ts'
import type { LimitRefusal } from '../../domain/limit/refusal.ts'
import type { BatchRefusal } from '../../domain/invitation/batch.ts'
import type { BasketShapeRefusal } from '../../domain/order/basket.ts'
import type { BasketRefusal, CancelRefusal, OrderRefusal, RefundRefusal } from '../../domain/message/order-book.ts'
import type { JobRefusal } from '../../domain/message/job-desk.ts'
import type { ScheduleRefusal } from '../../domain/message/schedule-desk.ts'
import type { MarketRefusal } from '../../domain/market/market.ts'
import type { RestrictionRefusal } from '../../domain/market/restrictions.ts'
import type { InvitationRefusal } from '../../domain/message/invitation-desk.ts'
import type { JoinRefusal, PassRefusal } from '../../domain/message/drop-desk.ts'
import type { AdjustmentRefusal, StockRefusal } from '../../domain/message/stock-desk.ts'
import type { WebhookRefusal } from '../../platform/stripe/webhook.ts'

/** What the door itself says no to, before any decision is asked for. */
export type DoorRefusal =
  | { code: 'not_found'; what: string }
  | { code: 'method_not_allowed'; method: string; allowed: string[] }
  | { code: 'malformed_json'; problem: string }
  | { code: 'json_too_deep'; limit: number }
  | { code: 'array_too_long'; limit: number }
  | { code: 'invalid_request'; errors: FieldError[] }
  | { code: 'unsupported_media_type'; accepted: string[] }
  | { code: 'body_too_large'; limitBytes: number }
  | { code: 'body_broken_off' }
  | { code: 'uri_too_long'; limitBytes: number }
  | { code: 'range_not_satisfiable'; bytes: number }
  | { code: 'headers_too_large'; limitBytes: number }
  | { code: 'idempotency_key_missing' }
  | { code: 'idempotency_key_malformed'; problem: string }
  | { code: 'operator_key_missing' }
  | { code: 'operator_key_not_valid' }
  | { code: 'scope_missing'; required: string }
  | { code: 'cross_site_request' }
  | { code: 'place_not_found'; place: string }
  | { code: 'challenge_required' }
  | { code: 'challenge_failed' }
  | { code: 'email_not_asked'; drop: string }
  | { code: 'email_proof_not_valid' }
  | { code: 'letter_not_sent' }

/** Not refusals: what a fault and a bug look like from outside. One opaque code each. */
export type Failure = { code: 'temporarily_unavailable' } | { code: 'internal_error' }

export interface FieldError {
  /** A JSON pointer (RFC 6901) into the body, or `query/…`, `param/…`, `header/…`. */
  pointer: string
  problem: string
}

export type Refusal =
  | Exclude<StockRefusal, { code: 'sold_by_leaves' }>
  | BasketRefusal
  | OrderRefusal
  | RefundRefusal
  | CancelRefusal
  | AdjustmentRefusal
  | AskingRefusal
  | BasketShapeRefusal
  | CatalogRefusal
  | CursorRefusal
  | DropRefusal
  | ExperimentRefusal
  | JobRefusal
  | MarketRefusal
  | RestrictionRefusal
  | ScheduleRefusal
  | InvitationRefusal
  | BatchRefusal
  | JoinRefusal
  | PassRefusal
  | WebhookRefusal
  | LimitRefusal
  | CapacityRefusal
  | DoorRefusal
  | Failure

export type Code = Refusal['code']

/** What a refusal looks like from outside. */
export interface Answer<Why> {
  status: number
  /** The sentence a person reads. The facts follow as members of the problem. */
  title: string
  /** Why it happens and what the caller does about it; for the documentation. */
  help: string
  retryAfterMs?: (why: Why) => number | null
  /** A problem type that the world has registered (IANA, HTTP Problem Types); our code and sentence travel beside it. */
  registered?: { type: string; title: string }
}

/** An answer for each code; what there is none for does not compile (../problems.ts). */
export type Answers = { [C in Code]: Answer<Extract<Refusal, { code: C }>> }
