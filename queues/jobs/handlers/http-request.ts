/** Calls a merchant's URL: the job for whatever a shop does elsewhere, later or every night. */
import { z } from 'zod'
import { PATIENT, jobHandler } from '../handler.ts'
import { callMerchant } from './merchant-call.ts'

/** Said by us, or by the connection; whoever could say them could pretend to be somebody else. */
const OURS =
  /^(host|connection|content-length|transfer-encoding|te|trailer|upgrade|expect|keep-alive|via|forwarded|idempotency-key|cdn-loop|proxy-.*|x-forwarded-.*|cf-.*|sec-.*|webhook-.*)$/i
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/
/** Visible ASCII and spaces (RFC 9110, section 5.5), so that no field ends in the middle. */
const FIELD_VALUE = /^[\x20-\x7e\t]{0,4000}$/

const Headers = z
  .record(z.string().regex(FIELD_NAME), z.string().regex(FIELD_VALUE))
  .refine((headers) => Object.keys(headers).length <= 20, 'must be 20 at most')
  .refine((headers) => !Object.keys(headers).some((name) => OURS.test(name)), 'names a header that is ours to say')

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
/** Enough for the next job of a pipeline to read. */
const LETTERS_KEPT = 16_000

export const httpRequest = jobHandler({
  type: 'http_request',
  summary: 'Calls a URL of yours, signed as Standard Webhooks says.',
  payload: z.strictObject({
    url: z.string().max(2000),
    method: z.enum(METHODS).default('POST'),
    headers: Headers.default({}),
    /** Sent as JSON. With results of the jobs before it, an object with `body` and `input` is sent. */
    body: z.unknown().optional(),
    timeout_ms: z.int().min(100).max(30_000).default(20_000),
    final_statuses: z.array(z.int().min(300).max(599)).max(20).default([]),
  }),
  result: z.object({ status: z.int(), body: z.string(), is_cut: z.boolean() }),
  takesInput: true,
  policy: { lane: 'default', attemptsMax: 10, backoff: PATIENT, timeoutMs: 35_000 },
  run: async (payload, work, parts) => {
    const { url, method, headers, timeout_ms: timeoutMs, final_statuses: finalStatuses } = payload
    const said = work.input.length > 0 ? { body: payload.body ?? null, input: work.input } : payload.body
    const body = said === undefined || method === 'GET' ? null : JSON.stringify(said)
    return callMerchant(
      {
        ...{ url, method, timeoutMs, finalStatuses, body },
        headers: body === null ? headers : { 'content-type': 'application/json', ...headers },
        lettersKept: LETTERS_KEPT,
      },
      work,
      parts,
    )
  },
})
