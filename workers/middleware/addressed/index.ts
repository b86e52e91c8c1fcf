/**
 * Whether a request says of what it is. The platform puts an address together from `Host` and the request's target, and
 * hands on whatever comes of it: `GET *` or a host with a space in it (RFC 9112 section 3.2) becomes an address that
 * does not parse, and then nobody behind could say where the request was meant to go. Asked before anybody looks.
 */
import { systemClock, systemRandom } from '../../../platform/dice.ts'
import { problemFor } from '../../problems.ts'
import { requestIdFrom } from '../request-id/index.ts'
import { SEALS_OF_DATA } from '../seals/index.ts'

/** A 400 for a request whose address is none; null: it has one. */
export function nowhere(request: Pick<Request, 'url' | 'headers'>): Response | null {
  if (isAddress(request.url)) return null
  const requestId = requestIdFrom(request.headers, systemClock.now(), systemRandom)
  const errors = [{ pointer: '', problem: 'the request target and Host do not make an address' }]
  const { status, headers, body } = problemFor({ code: 'invalid_request', errors }, requestId)
  return new Response(body, {
    status,
    headers: { ...headers, ...Object.fromEntries(SEALS_OF_DATA), 'x-request-id': requestId },
  })
}

/** Without a port behind the host an asterisk would even parse, as a part of its name. */
const isAddress = (url: string): boolean =>
  URL.canParse(url) && !(url.includes('*') && new URL(url).hostname.includes('*'))
