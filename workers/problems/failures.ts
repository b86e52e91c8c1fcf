/** What a fault and a bug look like from outside. */
import type { Answers } from './refusals.ts'

export const FAILURES = {
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
} satisfies Partial<Answers>
