/**
 * The gateway: an existing shop behind Onrush. It is asked before the app, since nothing of ours may touch what goes to
 * an origin: no limits, no seals, no cookies, no session. Whatever no rule gives to an origin is the app's.
 */
import { isReserved } from '../../domain/origin/check.ts'
import type { Routed } from '../../domain/origin/routing.ts'
import { systemClock, systemRandom } from '../../platform/dice.ts'
import { madeUp } from '../../platform/http-cache/answers.ts'
import { isLooping } from '../../platform/origin/forward.ts'
import { withExperiment } from './experimenting.ts'
import { refusedByRule } from './limiting.ts'
import { rulesFor, type Rules } from './rule-files.ts'
import { toOrigin } from './to-origin.ts'

type Answer = Response | Promise<Response>

/** The origin's answer, or what is stored of it; where no rule gives the request to an origin, `rest`'s. */
export function throughGateway(request: Request, env: Env, ctx: ExecutionContext, rest: () => Answer): Answer {
  const { url } = request
  const slash = url.indexOf('/', url.indexOf('//') + 2)
  if (env.ORIGIN_TAKES !== 'everything' && isReserved(pathIn(url, slash))) return rest()
  const asked = partsOf(url, slash)
  const rules = rulesFor(asked.host, env, ctx, systemClock.now())
  return rules instanceof Promise
    ? rules.then((found) => byRules(found, request, asked, env, ctx, rest))
    : byRules(rules, request, asked, env, ctx, rest)
}

function byRules(
  rules: Rules,
  request: Request,
  asked: Parts,
  env: Env,
  ctx: ExecutionContext,
  rest: () => Answer,
): Answer {
  const { host, path } = asked
  const routed = rules.route?.({ method: request.method, host, path, header: (name) => request.headers.get(name) })
  if (!routed) return rest()
  const storeId = rules.saved?.storeId ?? env.DEFAULT_STORE
  if (routed.rule.limit === null) return byRule(routed, rules, request, asked, env, ctx, rest)
  return refusedByRule(routed.rule, storeId, request, env, ctx).then(
    (refused) => refused ?? byRule(routed, rules, request, asked, env, ctx, rest),
  )
}

function byRule(
  { action, pool, target }: Routed,
  { edition, saved }: Rules,
  request: Request,
  { host, path, query }: Parts,
  env: Env,
  ctx: ExecutionContext,
  rest: () => Answer,
): Answer {
  if (action.kind === 'onrush') return rest()
  if (action.kind === 'redirect') {
    return new Response(null, { status: action.status, headers: { location: target, 'cache-control': 'no-store' } })
  }
  if (isLooping(request)) return madeUp(508, 'proxy_loop_detected')
  if (!pool) return madeUp(502, 'destination_not_found')
  const clock = systemClock
  const trip = { request, action, pool, target, query, edition, saved, env, ctx, clock, random: systemRandom }
  const answer = action.experiment === null ? toOrigin(trip) : withExperiment(trip)
  return answer.catch((thrown: unknown) => broken(thrown, host, path))
}

/** A bug of ours. It is told in one line, without the query, and the visitor hears no more than that it was us. */
function broken(thrown: unknown, host: string, path: string): Response {
  const { name, message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown))
  console.error(JSON.stringify({ level: 'error', kind: 'bug', where: 'gateway', host, path, name, message, stack }))
  return madeUp(500, 'proxy_internal_error')
}

interface Parts {
  host: string
  path: string
  query: string
}

/** Cut, not parsed: this runs for every request. */
function pathIn(url: string, slash: number): string {
  const question = url.indexOf('?', slash)
  return question === -1 ? url.slice(slash) : url.slice(slash, question)
}

function partsOf(url: string, slash: number): Parts {
  const path = pathIn(url, slash)
  const host = url
    .slice(url.indexOf('//') + 2, slash)
    .replace(/:\d+$/, '')
    .toLowerCase()
  return { host, path, query: url.slice(slash + path.length) }
}
