/**
 * One call to somebody else's server, within limits: its address is checked, no redirect is followed, it has so long and
 * may say so much. What it answers is a value, whatever it answers; only a bug throws.
 */
import { callableUrl, type AddressTerms } from './addresses.ts'

export interface Call {
  url: string
  method: string
  headers: Record<string, string>
  /** Null: none. */
  body: string | null
  timeoutMs: number
  /** Aborts the call from outside. */
  signal: AbortSignal
}

export type CallEnd =
  | { kind: 'answered'; status: number; retryAfterMs: number | null; text: string; isCut: boolean }
  | { kind: 'not_called'; why: string }
  | { kind: 'no_answer'; why: string }

export interface CallParts extends AddressTerms {
  fetch(request: Request): Promise<Response>
  now(): number
}

/** Of an answer we read so much, and show so much of that. */
export const ANSWER_BYTES_READ = 65_536
/** Nobody is waited for longer than a day, whatever `Retry-After` says. */
const RETRY_AFTER_MOST_MS = 24 * 3_600_000

/** Calls once. Not safe to repeat by itself: what it does is the receiver's affair, who knows a repeat by its id. */
export async function call(
  { url, method, headers, body, timeoutMs, signal }: Call,
  parts: CallParts,
): Promise<CallEnd> {
  const address = callableUrl(url, parts)
  if (!address.ok) return { kind: 'not_called', why: `The address ${address.refusal}.` }
  const stopping = new AbortController()
  const stop = (): void => stopping.abort()
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    stop()
  }, timeoutMs)
  signal.addEventListener('abort', stop)
  // Not left to the request's own signal: where that is held weakly, an abort may never arrive.
  const { promise: stopped, reject: giveUp } = Promise.withResolvers<never>()
  stopped.catch(() => undefined)
  stopping.signal.addEventListener('abort', () => giveUp(new Error('The call was stopped.')))
  if (signal.aborted) stop()
  try {
    const request = new Request(address.value, { method, headers, body, redirect: 'manual', signal: stopping.signal })
    const response = await Promise.race([parts.fetch(request), stopped])
    const { text, isCut } = await Promise.race([readSome(response), stopped])
    const retryAfterMs = retryAfterOf(response.headers.get('retry-after'), parts.now())
    return { kind: 'answered', status: response.status, retryAfterMs, text, isCut }
  } catch (fault) {
    if (isLate) return { kind: 'no_answer', why: `No answer within ${timeoutMs} ms.` }
    if (signal.aborted) return { kind: 'no_answer', why: 'The call was stopped.' }
    return { kind: 'no_answer', why: fault instanceof Error ? fault.message.slice(0, 200) : 'The connection failed.' }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}

/** The beginning of an answer, as text; the rest is not fetched. */
async function readSome(response: Response): Promise<{ text: string; isCut: boolean }> {
  if (!response.body) return { text: '', isCut: false }
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const room = ANSWER_BYTES_READ - bytes
    text += decoder.decode(part.value.subarray(0, room), { stream: true })
    bytes += part.value.byteLength
    if (bytes > ANSWER_BYTES_READ) {
      await reader.cancel()
      return { text, isCut: true }
    }
  }
  return { text: text + decoder.decode(), isCut: false }
}

/** RFC 9110, section 10.2.3: seconds, or an instant. Null: it says nothing that we understand. */
export function retryAfterOf(field: string | null, now: number): number | null {
  if (field === null) return null
  const ms = /^\d{1,9}$/.test(field.trim()) ? Number(field) * 1000 : Date.parse(field) - now
  return Number.isNaN(ms) ? null : Math.min(RETRY_AFTER_MOST_MS, Math.max(0, ms))
}
