/**
 * Refusal to HTTP: for each code its status, its sentence and, where time helps, when to come back. The table is keyed
 * by the codes of all refusal unions, so a new code does not compile until it has an answer here; and being a table
 * rather than a switch it can be read aloud: docs/reference/problems.md and /docs are made from it.
 *
 * Codes are API: never renamed, only added.
 */
import type { AskingRefusal } from '../domain/answer/answer.ts'
import type { CatalogRefusal } from '../domain/catalog/product.ts'
import type { CursorRefusal } from '../domain/catalog/query.ts'
import type { DropRefusal } from '../domain/drop/drop.ts'
import type { ExperimentRefusal } from '../domain/experiment/experiment.ts'
import type { CapacityRefusal } from '../domain/load/priorities.ts'
import type { LimitRefusal } from '../domain/limit/refusal.ts'
import { limitField } from '../domain/limit/fields.ts'
import type { BatchRefusal } from '../domain/invitation/batch.ts'
import type { BasketShapeRefusal } from '../domain/order/basket.ts'
import type { BasketRefusal, CancelRefusal, OrderRefusal, RefundRefusal } from '../domain/message/order-book.ts'
import type { JobRefusal } from '../domain/message/job-desk.ts'
import type { ScheduleRefusal } from '../domain/message/schedule-desk.ts'
import type { MarketRefusal } from '../domain/market/market.ts'
import type { RestrictionRefusal } from '../domain/market/restrictions.ts'
import type { InvitationRefusal } from '../domain/message/invitation-desk.ts'
import type { JoinRefusal, PassRefusal } from '../domain/message/drop-desk.ts'
import type { AdjustmentRefusal, StockRefusal } from '../domain/message/stock-desk.ts'
import type { WebhookRefusal } from '../platform/stripe/webhook.ts'

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

interface Answer<Why> {
  status: number
  /** The sentence a person reads. The facts follow as members of the problem. */
  title: string
  /** Why it happens and what the caller does about it; for the documentation. */
  help: string
  retryAfterMs?: (why: Why) => number | null
  /** A problem type that the world has registered (IANA, HTTP Problem Types); our code and sentence travel beside it. */
  registered?: { type: string; title: string }
}

export const PROBLEMS: { [C in Code]: Answer<Extract<Refusal, { code: C }>> } = {
  // Buying
  unknown_sku: {
    status: 404,
    title: 'There is no such SKU.',
    help: 'The SKU is not part of this shop. Read it from `GET /products/{slug}`.',
  },
  not_for_sale: {
    status: 409,
    title: 'This is not for sale at the moment.',
    help: 'The merchant has taken the variant off sale. Nothing is held.',
  },
  drop_not_open_yet: {
    status: 409,
    title: 'The drop has not opened yet.',
    help: 'Come back at `opens_at`; `Retry-After` says in how many seconds.',
    retryAfterMs: ({ opensInMs }) => opensInMs,
  },
  drop_paused: {
    status: 409,
    title: 'The drop is paused.',
    help: 'The merchant has paused the drop; nothing is lost. Poll `GET /drops/{slug}/now` and try again when it is open.',
    retryAfterMs: () => 10_000,
  },
  drop_ended: { status: 409, title: 'The drop has ended.', help: 'It ended at `ended_at` and will not open again.' },
  not_in_market: {
    status: 409,
    title: 'This drop is not sold where you are.',
    help: 'It is sold to `countries`; the request came from `country`, as the network says. `null`: the network could not say, and a drop that names its countries is not sold to a guess.',
  },
  country_forbidden_by_law: {
    status: 451,
    title: 'We may not sell to this country.',
    help: 'A law forbids to sell to `country`: where the request comes from (`by`: network), or where the goods shall go (address). Looking at the shop is free. Choosing another market changes nothing.',
  },
  country_not_served: {
    status: 403,
    title: 'This shop does not sell to this country.',
    help: 'The merchant does not serve `country`: where the request comes from (`by`: network), or where the goods shall go (address). No law forbids it, so this is a 403 and not a 451.',
  },
  invitation_required: {
    status: 409,
    title: 'This drop is for the invited.',
    help: 'Redeem a code by `POST /drops/{drop}/invitations` first, and send the answer’s token as `Onrush-Invitation` or its cookie.',
  },
  pass_required: {
    status: 409,
    title: 'This drop has a waiting room.',
    help: 'Take a place by `POST /drops/{drop}/places`, exchange it for a pass when it is your turn, and send the pass as `Onrush-Pass`.',
  },
  pass_already_used: {
    status: 409,
    title: 'This pass has been used.',
    help: 'A pass lets one basket in. Take a place again for another.',
  },
  order_limit_reached: {
    status: 409,
    title: 'That is more than one order may have of this drop.',
    help: 'One basket may have `limit` units of all SKUs of the drop together; `requested` were asked for.',
  },
  not_enough_stock: {
    status: 409,
    title: 'There are not that many left.',
    help: '`free` units are for sale right now. Ask for fewer; units of abandoned baskets come back.',
  },
  purchase_limit_reached: {
    status: 409,
    title: 'That is more than one buyer may have.',
    help: 'One buyer may take `limit` units; `already_taken` are held or bought already.',
  },
  basket_empty: { status: 400, title: 'There is nothing in this basket.', help: 'Name at least one line.' },
  basket_too_long: {
    status: 400,
    title: 'There are too many different things in this basket.',
    help: 'At most `lines_max` SKUs at once.',
  },
  units_out_of_range: {
    status: 400,
    title: 'That is no number of units one can buy.',
    help: 'From 1 to `units_max` units of one SKU.',
  },
  mixed_currencies: {
    status: 422,
    title: 'A basket has one currency.',
    help: 'The lines are priced in several currencies. Hold them one by one.',
  },
  not_in_drop: {
    status: 422,
    title: 'This SKU is not part of that drop.',
    help: 'Leave `drop` out, or name the drop that offers the SKU.',
  },
  hold_id_taken: {
    status: 409,
    title: 'This hold exists already, for something else.',
    help: 'A hold keeps its visitor and its units for life.',
  },
  hold_not_found: {
    status: 404,
    title: 'There is no such hold.',
    help: 'The id is wrong, or the hold is somebody else’s.',
  },
  hold_has_ended: {
    status: 409,
    title: 'The hold has ended.',
    help: '`end` says how: sold, released or expired. Hold again.',
  },
  hold_already_ordered: {
    status: 409,
    title: 'There is an order for this hold already.',
    help: 'Follow the order `order_id`; a hold is ordered once.',
  },
  order_not_found: {
    status: 404,
    title: 'There is no such order.',
    help: 'The id is wrong, or the order’s secret or the visitor’s cookie is missing. An order that is not yours looks the same.',
  },

  invitation_not_valid: {
    status: 409,
    title: 'This code opens nothing.',
    help: 'It is mistyped, belongs to another drop, or was taken back. Case, dashes and spaces do not matter.',
  },
  invitation_used_up: {
    status: 409,
    title: 'This code has been used.',
    help: 'It was for `uses_max` visitors, and they have redeemed it. A code belongs to whoever enters it first.',
  },
  invitation_has_ended: { status: 409, title: 'This invitation is over.', help: 'Its time ended at `ended_at`.' },
  too_many_wrong_codes: {
    status: 429,
    title: 'Too many wrong codes.',
    help: 'From this visitor or this address. Come back after `Retry-After`.',
    retryAfterMs: ({ retryInMs }) => retryInMs,
  },

  // The waiting room
  place_not_found: {
    status: 404,
    title: 'There is no such place in a waiting room.',
    help: 'The id is wrong, or the place is another visitor’s: it is seen with the cookie it was taken with.',
  },
  not_your_turn_yet: {
    status: 409,
    title: 'It is not your turn yet.',
    help: 'Your place is `position`; everybody up to `admitted_through` has been called. Poll `GET /drops/{slug}/now`. Who was called and came too late is let in as soon as there is room: ask again after `Retry-After`.',
    retryAfterMs: ({ retryInMs }) => retryInMs,
  },
  place_has_left: {
    status: 409,
    title: 'This place has had its turn.',
    help: 'It was called and nobody came for too long, or its pass was used or ran out.',
  },
  room_closed: {
    status: 409,
    title: 'The waiting room is closed.',
    help: '`reason` says why: `sold_out` (keep your place: units that come back are offered in the same order) or `ended`.',
  },
  email_required: {
    status: 409,
    title: 'This drop gives one place to whoever reads a mailbox.',
    help: 'An address alone is no proof: ask for a letter with `POST /drops/{slug}/places/proofs`, and send the code in it as `email_proof`.',
  },
  email_proof_not_valid: {
    status: 403,
    title: 'This is no proof of a mailbox, or not any more.',
    help: 'It was cut short, is of another drop, or is older than two hours. Copy it anew from the letter, or ask for another letter with `POST /drops/{slug}/places/proofs`.',
  },
  email_not_asked: {
    status: 409,
    title: 'This drop asks nobody for a mailbox.',
    help: 'No letter was sent, and none is needed: join with `POST /drops/{slug}/places`.',
  },
  letter_not_sent: {
    status: 503,
    title: 'The letter could not be sent.',
    help: 'It does not count towards any limit of the mailbox. Ask for it again after `Retry-After`.',
    retryAfterMs: () => 5000,
  },
  email_has_a_place_already: {
    status: 409,
    title: 'There is a place for this e-mail address already.',
    help: 'It belongs to the visitor who took it first; all spellings of a mailbox count as one.',
  },
  too_many_places_from_here: {
    status: 429,
    title: 'Too many places were taken from this network.',
    help: 'About `limit` places of one drop are given to one address (IPv4, or the /64 of IPv6). Join through another network.',
  },
  challenge_required: {
    status: 403,
    title: 'Please show that you are not a robot.',
    help: 'This drop asks for a bot challenge: solve it, and send its token as `challenge`.',
  },
  challenge_failed: {
    status: 403,
    title: 'The bot challenge was not passed.',
    help: 'The token is wrong, was used before or is too old (five minutes). Solve a new one.',
  },

  // Operating
  order_not_refundable: {
    status: 409,
    title: 'This order cannot be refunded.',
    help: 'Only what was paid can go back; `order_status` is where the order stands.',
  },
  order_not_cancellable: {
    status: 409,
    title: 'This order cannot be cancelled any more.',
    help: '`order_status` is where the order stands. A paid order is refunded instead.',
  },
  refund_exceeds_captured: {
    status: 422,
    title: 'That is more than is left to refund.',
    help: 'Of `captured`, `already_refunded` went back already.',
  },
  restock_exceeds_sold: {
    status: 422,
    title: 'More units would come back than were sold.',
    help: 'The order sold `sold` units of this SKU that have not come back yet.',
  },
  too_many_units_taken_back: {
    status: 409,
    title: 'More units would come back than were sold.',
    help: 'Of `sold` units, `taken_back` are for sale again already.',
  },
  take_back_id_taken: {
    status: 409,
    title: 'These units came back already, in other numbers.',
    help: 'A take-back keeps its hold and its units for life. Use a new `Idempotency-Key`.',
  },
  adjustment_exceeds_free: {
    status: 409,
    title: 'There are not that many free units to take away.',
    help: 'Held and sold units belong to buyers. At most `free` can be taken away now; `held` are in baskets and may come back.',
  },
  adjustment_id_taken: {
    status: 409,
    title: 'This adjustment exists already, with other numbers.',
    help: 'Use a new `Idempotency-Key`.',
  },
  drop_not_found: { status: 404, title: 'There is no such drop.', help: 'No drop of this store has that slug or id.' },
  invitation_code_taken: {
    status: 409,
    title: 'The drop has one of these codes already.',
    help: 'A code is in one batch of a drop. Leave out those that are there, or revoke and choose others.',
  },
  experiment_not_found: {
    status: 404,
    title: 'There is no such experiment.',
    help: 'No experiment of this store has that key or id, or it is a draft that never ran.',
  },
  experiment_key_taken: {
    status: 409,
    title: 'There is or was an experiment of that key.',
    help: 'A key decides who sees what, so it is used once. Choose another.',
  },
  experiment_is_settled: {
    status: 409,
    title: 'This experiment has been started.',
    help: 'What decides who sees what stays as it was at the start. Stop it, and define another under a key of its own.',
  },
  experiment_was_stopped: {
    status: 409,
    title: 'This experiment is over.',
    help: 'It was stopped at `stopped_at`, for good: whoever came anew would be counted with those of then. Define another.',
  },
  too_many_experiments: {
    status: 409,
    title: 'There are too many experiments at once.',
    help: 'At most `limit` run in a store. Stop one first.',
  },
  leaves_may_only_grow: {
    status: 409,
    title: 'A running drop keeps its leaves.',
    help: 'It has `leaves`; `requested` would be fewer. Leaves keep buyers’ counts while the drop runs, so there can only be more of them.',
  },
  drop_has_no_room: {
    status: 409,
    title: 'This drop has no waiting room.',
    help: 'There is nobody to admit faster or slower. Give the drop a `room` first, or pause it.',
  },
  sku_not_found: {
    status: 422,
    title: 'There is no such SKU in the catalog.',
    help: 'Put the product into the catalog first; `sku` names the one that is missing.',
  },
  sku_in_another_drop: {
    status: 409,
    title: 'This SKU is in another drop already.',
    help: 'A SKU is in one drop at most. Take it out of `drop` first.',
  },
  slug_taken: { status: 409, title: 'That slug is taken.', help: 'Slugs are unique within a store.' },
  sku_taken: { status: 409, title: 'That SKU is taken.', help: 'A SKU belongs to one variant of one product.' },
  market_not_found: {
    status: 404,
    title: 'There is no such market.',
    help: 'Read them from `GET /market`, as an operator from `GET /admin/markets`. Show the buyer the prices of one that is there.',
  },
  market_key_taken: {
    status: 409,
    title: 'There is a market with this key.',
    help: 'Keys stand in addresses and cookies and never change. Choose another one, or rewrite `market`.',
  },
  country_in_another_market: {
    status: 409,
    title: 'A country is in one market only.',
    help: '`countries` says which country is in which other market, restricted ones included. Take it out there first.',
  },
  too_many_markets: {
    status: 409,
    title: 'There are as many markets as a store may have.',
    help: 'A store has `most` markets at most: every edge has all of them at hand with every request.',
  },
  version_is_older: {
    status: 409,
    title: 'Somebody else changed it in between.',
    help: 'You changed version `expected`; it is at `found` now. Read it again, and apply your change to what you find.',
  },
  product_not_found: {
    status: 404,
    title: 'There is no such product.',
    help: 'No product of this store has that slug.',
  },
  collection_not_found: {
    status: 404,
    title: 'There is no such collection.',
    help: 'No collection of this store has that slug.',
  },

  // The door
  too_many_requests: {
    status: 429,
    title: 'That was too much at once.',
    help: 'A limit was reached: `violated-policies` names it, `RateLimit-Policy` says what it is, and `Retry-After` when to come back. Nothing was done; the same request with the same `Idempotency-Key` may be sent again.',
    retryAfterMs: ({ retryInMs }) => retryInMs,
    registered: { type: 'https://iana.org/assignments/http-problem-types#quota-exceeded', title: 'Quota Exceeded' },
  },
  reduced_capacity: {
    status: 503,
    title: 'There is more to do than we can do at once.',
    help: 'Nothing was done. Ask again after `Retry-After`, with the same `Idempotency-Key`. Whoever is buying already goes before those who come now, and the same people stay out for some minutes before it is others’ turn.',
    retryAfterMs: ({ retryInMs }) => retryInMs,
    registered: {
      type: 'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity',
      title: 'Temporary Reduced Capacity',
    },
  },
  not_found: { status: 404, title: 'There is nothing here.', help: 'No route or thing answers to this address.' },
  method_not_allowed: {
    status: 405,
    title: 'This address does not answer to that method.',
    help: '`allowed`, and the header `Allow`, name the methods that work.',
  },
  malformed_json: {
    status: 400,
    title: 'The body is not JSON.',
    help: 'The body must be one JSON value in UTF-8.',
  },
  json_too_deep: { status: 400, title: 'The body is nested too deeply.', help: 'At most `limit` levels.' },
  array_too_long: {
    status: 400,
    title: 'A list in the body is too long.',
    help: 'At most `limit` items. Send several requests, or an import.',
  },
  invalid_request: {
    status: 400,
    title: 'The request does not say what is needed.',
    help: '`errors` names each field by a JSON pointer and says what is wrong with it.',
  },
  cursor_not_valid: {
    status: 400,
    title: 'This cursor leads nowhere.',
    help: 'Use `next_cursor` as it was given, with the same filters and the same sorting.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The body has a content type that is not understood here.',
    help: '`accepted` names the content types that are.',
  },
  body_too_large: { status: 413, title: 'The body is too large.', help: 'At most `limit_bytes` bytes.' },
  body_broken_off: {
    status: 400,
    title: 'The body broke off or was badly framed.',
    help: 'Send the request again, with the same `Idempotency-Key`.',
  },
  range_not_satisfiable: {
    status: 416,
    title: 'There are no such bytes.',
    help: 'What you asked a part of has `bytes` bytes. Ask without `Range` for all of it.',
  },
  uri_too_long: { status: 414, title: 'The address is too long.', help: 'At most `limit_bytes` bytes.' },
  headers_too_large: {
    status: 431,
    title: 'The header fields are too large.',
    help: 'All of them together at most `limit_bytes` bytes. Stale cookies are the usual cause.',
  },
  idempotency_key_missing: {
    status: 400,
    title: 'This request needs an Idempotency-Key.',
    help: 'Send a header `Idempotency-Key` with a value that is new for each thing you want done, and the same when you repeat it.',
  },
  idempotency_key_malformed: {
    status: 400,
    title: 'The Idempotency-Key is not one plain value.',
    help: 'One header of 1 to 255 visible ASCII letters, without a comma.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'This Idempotency-Key was used for another request.',
    help: 'A key stays bound to its first body for 24 hours. Use a new one for a new request.',
  },
  idempotency_request_in_flight: {
    status: 409,
    title: 'The first request with this Idempotency-Key is still running.',
    help: 'Ask again after `Retry-After` with the same key; you will be told what the first one was told.',
    retryAfterMs: (why) => ('retryInMs' in why ? why.retryInMs : 1000),
  },
  operator_key_missing: {
    status: 401,
    title: 'This address is for operators.',
    help: 'Send `Authorization: Bearer onr_…`.',
  },
  operator_key_not_valid: {
    status: 401,
    title: 'This operator key does not open anything.',
    help: 'It is mistyped, was revoked, or belongs to another store.',
  },
  scope_missing: {
    status: 403,
    title: 'This operator key may not do that.',
    help: 'The key lacks the scope `required`.',
  },
  cross_site_request: {
    status: 403,
    title: 'This request came from another site.',
    help: 'Requests that change something and carry a cookie must come from the shop’s own pages.',
  },
  webhook_signature_missing: {
    status: 400,
    title: 'This message is not signed.',
    help: 'Webhooks carry a header `Stripe-Signature`.',
  },
  webhook_signature_malformed: {
    status: 400,
    title: 'The signature of this message cannot be read.',
    help: 'It must read `t=…,v1=…`, with one time and at least one signature.',
  },
  webhook_signature_mismatch: {
    status: 400,
    title: 'The signature does not fit the message.',
    help: 'It was made with another secret, or for another body.',
  },
  webhook_too_old_or_new: {
    status: 400,
    title: 'This message was signed at another time.',
    help: 'At most `tolerance_ms` from our clock, in either direction.',
  },
  webhook_body_malformed: {
    status: 400,
    title: 'This message is no event.',
    help: 'It is signed, but its body is not an event of the payment provider.',
  },

  // Jobs
  job_not_found: {
    status: 404,
    title: 'There is no such job.',
    help: 'It belongs to another store, or ended so long ago that it was forgotten.',
  },
  job_has_ended: {
    status: 409,
    title: 'This job has ended.',
    help: 'It is `state`; nothing of it is left to cancel or to hurry. A dead one can be replayed: `POST /dead-letters/{id}/replay`.',
  },
  job_not_dead: {
    status: 409,
    title: 'This job was not given up on.',
    help: 'It is `state`; only dead letters are mended and replayed.',
  },
  ancestor_not_found: {
    status: 422,
    title: 'A job that this one comes after does not exist.',
    help: 'There is no job `job_id` in this store, or it ended so long ago that it was forgotten. Nothing was made.',
  },
  too_many_replays: {
    status: 409,
    title: 'This job was replayed too often.',
    help: 'After `replays_max` replays it is not tried again: what it was asked to do does not work. Make a new one.',
  },

  // Schedules
  schedule_not_found: {
    status: 404,
    title: 'There is no such schedule.',
    help: 'It belongs to another store, or was removed.',
  },
  schedule_never_fires: {
    status: 422,
    title: 'This schedule would never fire.',
    help: 'No instant of its plan lies ahead within its own start and end. Preview it: `POST /schedules/preview`.',
  },
  schedule_changed: {
    status: 409,
    title: 'Somebody else changed this schedule in between.',
    help: 'It is at `version` now. Read it again, and apply your change to what you find.',
  },
  schedule_lives_elsewhere: {
    status: 422,
    title: 'This schedule cannot get that concurrency key or rate.',
    help: 'Jobs of one key, and of a type with a rate, are judged by one object, and a schedule stays in its own. Make a new schedule.',
  },
  backfill_too_large: {
    status: 422,
    title: 'That is too much to fill in at once.',
    help: 'At most `most` firings at a time: ask for a shorter range.',
  },
  backfill_too_early: {
    status: 422,
    title: 'The ledger does not reach so far back.',
    help: 'Nobody knows any more what has fired before `earliest_at`; begin there.',
  },

  // Faults and bugs
  temporarily_unavailable: {
    status: 503,
    title: 'Something we depend on does not answer.',
    help: 'Nothing was promised. Ask again after `Retry-After`, with the same `Idempotency-Key`.',
    retryAfterMs: () => 2000,
  },
  internal_error: {
    status: 500,
    title: 'We made a mistake.',
    help: 'We have been told. Name the `request_id` when you ask us about it.',
  },
}

export interface Problem {
  status: number
  headers: Record<string, string>
  /** application/problem+json (RFC 9457): the same refusal and request id give the same bytes. */
  body: string
}

/** The stable address of a code's documentation; a relative reference, so that each shop answers for itself. */
export const problemType = (code: Code): string => `/docs/problems#${code}`

/** Says a refusal in HTTP. */
export function problemFor(refusal: Refusal, requestId: string): Problem {
  const answer = PROBLEMS[refusal.code] as Answer<Refusal>
  const headers: Record<string, string> = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
  }
  const retryAfterMs = answer.retryAfterMs?.(refusal)
  // Whole seconds, and never zero: a crowd that is told "0" comes back at once.
  if (retryAfterMs != null) headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfterMs / 1000)))
  if (refusal.code === 'too_many_requests' && refusal.retryInMs !== null) {
    const standing = { remaining: 0, resetMs: refusal.retryInMs }
    headers['ratelimit'] = limitField(refusal.violatedPolicies.map((name) => ({ name, ...standing })))
  }
  if (refusal.code === 'range_not_satisfiable') headers['content-range'] = `bytes */${refusal.bytes}`
  if (refusal.code === 'method_not_allowed') headers['allow'] = refusal.allowed.join(', ')
  if (answer.status === 401) headers['www-authenticate'] = 'Bearer realm="onrush"'
  const { code, ...facts } = refusal
  const body = JSON.stringify({
    type: answer.registered?.type ?? problemType(code),
    title: answer.registered?.title ?? answer.title,
    status: answer.status,
    // What is registered has a title of its own; then the sentence for people is the detail.
    ...(answer.registered && { detail: answer.title }),
    code,
    ...wireFacts(facts),
    request_id: requestId,
  })
  return { status: answer.status, headers, body }
}

/** The members that are the problem's own (RFC 9457, section 3.1, and ours). No fact travels under these names. */
const RESERVED = new Set(['type', 'title', 'status', 'detail', 'instance', 'code', 'request_id'])
/** Facts whose name inside is a problem's own member outside. */
const RENAMED: Readonly<Record<string, string>> = {
  status: 'order_status',
  violatedPolicies: 'violated-policies', // draft-ietf-httpapi-ratelimit-headers-11
}

/** Facts put on their travelling clothes: snake_case, and instants (names ending in `At`) in RFC 3339. */
function wireFacts(facts: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]) => {
      const outside = RENAMED[name] ?? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
      if (RESERVED.has(outside)) return []
      return [[outside, name.endsWith('At') && typeof value === 'number' ? new Date(value).toISOString() : value]]
    }),
  )
}
