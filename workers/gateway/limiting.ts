/**
 * A rule's own limit: how often it may be hit, exactly, counted by the judges of all limits (docs/concepts/limits.md). Who
 * comes too often is told so before the cache or an origin is asked. A judge that is away lets everybody in.
 */
import { comeBackMs, limitField, policyField } from '../../domain/limit/fields.ts'
import type { Rate } from '../../domain/limit/gcra.ts'
import type { Rule, RuleLimit } from '../../domain/origin/rule-file.ts'
import { networkOf } from '../../domain/room/identity.ts'
import { systemRandom } from '../../platform/dice.ts'
import { madeUp } from '../../platform/http-cache/answers.ts'
import { permitsOf } from '../permits.ts'

const WINDOW_MS = 60_000

/** The answer to whoever comes too often; null: they may pass. */
export async function refusedByRule(
  { name, limit }: Rule,
  storeId: string,
  request: Request,
  env: Env,
  ctx: ExecutionContext,
): Promise<Response | null> {
  const who = limit && whoCounts(limit, request)
  if (!limit || who === null) return null
  const rate: Rate = { units: limit.perMinute, windowMs: WINDOW_MS, burst: limit.burst }
  const asked = { key: `rule ${name} ${who}`, rate, slack: 0, keep: (work: Promise<unknown>) => ctx.waitUntil(work) }
  const taken = await permitsOf(env, storeId)
    .take(asked)
    .catch(() => null)
  if (taken === null || taken.allowed) return null
  const { headers, body } = madeUp(429, 'http_request_denied')
  const said = new Headers(headers)
  said.set('retry-after', String(Math.ceil(comeBackMs(taken.retryMs, systemRandom.fraction()) / 1000)))
  said.set('ratelimit-policy', policyField([{ name, rate }]))
  said.set('ratelimit', limitField([{ name, remaining: 0, resetMs: taken.retryMs }]))
  return new Response(body, { status: 429, headers: said })
}

/** Null: from a private network, which nobody has who comes from the internet. */
const whoCounts = ({ by }: RuleLimit, request: Request): string | null =>
  by === 'everybody' ? '' : networkOf(request.headers.get('cf-connecting-ip') ?? '')
