/** Tells a merchant's endpoint what happened: a message of the form that Standard Webhooks recommends. */
import { z } from 'zod'
import { PATIENT, jobHandler } from '../handler.ts'
import { callMerchant } from './merchant-call.ts'

const TIMEOUT_MS = 20_000
/** Of an answer that says more than yes, an operator sees so much. */
const LETTERS_KEPT = 1000

export const deliverWebhook = jobHandler({
  type: 'deliver_webhook',
  summary: 'Tells an endpoint of yours what happened, until it answers with a 2xx.',
  payload: z.strictObject({
    url: z.string().max(2000),
    /** As `order.paid`. */
    event: z.string().regex(/^[a-z][a-z0-9_]*(\.[a-z0-9_]+){0,5}$/, 'must be words of a-z, 0-9 and _, joined by stops'),
    /** When it happened. */
    timestamp: z.iso.datetime(),
    data: z.record(z.string(), z.unknown()),
  }),
  result: z.object({ status: z.int(), body: z.string(), is_cut: z.boolean() }),
  // Ten attempts over three days, as receivers are used to.
  policy: { lane: 'default', attemptsMax: 10, backoff: { ...PATIENT, mostMs: 24 * 3_600_000 }, timeoutMs: 25_000 },
  run: async ({ url, event, timestamp, data }, work, parts) =>
    callMerchant(
      {
        url,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ type: event, timestamp, data }),
        timeoutMs: TIMEOUT_MS,
        finalStatuses: [],
        lettersKept: LETTERS_KEPT,
      },
      work,
      parts,
    ),
})
