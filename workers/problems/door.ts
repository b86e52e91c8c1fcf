/** Said at the door, before any decision is asked for. */
import type { Answers } from './refusals.ts'

export const DOOR = {
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
} satisfies Partial<Answers>
