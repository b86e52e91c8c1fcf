/** A signed call to a merchant's server, and what its answer means for the job. */
import { call, type CallEnd } from '../../../platform/outbound/calling.ts'
import { signedHeaders } from '../../../platform/outbound/signature.ts'
import { noUse, succeeded, tryAgain, type Work, type WorkEnd } from '../handler.ts'
import type { JobParts } from '../parts.ts'

export interface MerchantCall {
  url: string
  method: string
  headers: Record<string, string>
  body: string | null
  timeoutMs: number
  /** Statuses after which another attempt is no use; 410 always is one. */
  finalStatuses: readonly number[]
  /** How much of the answer is kept with the job. */
  lettersKept: number
}

export interface CallResult {
  status: number
  body: string
  is_cut: boolean
}

/**
 * Calls, and judges (Standard Webhooks 1.0.0, "Operational considerations"): 2xx is done, 410 is never again, everything
 * else is tried again, after `Retry-After` where the answer has one.
 */
export async function callMerchant(asked: MerchantCall, work: Work, parts: JobParts): Promise<WorkEnd<CallResult>> {
  const secret = await parts.webhookSecretOf(work.storeId)
  const end = await call(
    {
      url: asked.url,
      method: asked.method,
      headers: {
        'user-agent': 'Onrush',
        ...asked.headers,
        'idempotency-key': work.idempotencyKey,
        ...signedHeaders(secret, work.idempotencyKey, parts.outside.now(), asked.body ?? ''),
      },
      body: asked.body,
      timeoutMs: Math.max(1, Math.min(asked.timeoutMs, work.remainingMs())),
      signal: work.signal,
    },
    parts.outside,
  )
  return judged(end, asked)
}

/** What an answer means for the job. */
export function judged(
  end: CallEnd,
  { finalStatuses, lettersKept }: Pick<MerchantCall, 'finalStatuses' | 'lettersKept'>,
): WorkEnd<CallResult> {
  if (end.kind === 'not_called') return noUse('address_not_called', end.why)
  if (end.kind === 'no_answer') return tryAgain('no_answer', end.why)
  const { status, retryAfterMs, text, isCut } = end
  if (status >= 200 && status < 300) {
    return succeeded({ status, body: text.slice(0, lettersKept), is_cut: isCut || text.length > lettersKept })
  }
  const said = `The server answered ${status}${text === '' ? '' : `: ${text.slice(0, SHOWN_LETTERS)}`}`
  if (status === 410) return noUse('endpoint_gone', said)
  if (finalStatuses.includes(status)) return noUse('refused_by_server', said)
  if (status >= 300 && status < 400) return tryAgain('redirected', `${said} (redirects are not followed)`)
  return tryAgain(status === 429 ? 'server_is_busy' : 'server_answered_badly', said, retryAfterMs)
}

const SHOWN_LETTERS = 200
