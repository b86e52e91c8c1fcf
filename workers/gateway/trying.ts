/** Which rule an address would hit, asked without a request: for the API's dry run and the console's. */
import { isReserved } from '../../domain/origin/check.ts'
import { routeBy } from '../../domain/origin/routing.ts'
import type { RuleFile, RuleLimit } from '../../domain/origin/rule-file.ts'

export interface Tried {
  answeredBy: 'onrush' | 'origin' | 'redirect'
  /** Null: none, or a path that no rule is asked for. */
  rule: string | null
  pool: string | null
  cache: string | null
  experiment: string | null
  /** The path the origin is asked for, or where the redirect leads. */
  target: string | null
  /** How often the rule may be hit; null: as often as anybody likes. */
  limit: RuleLimit | null
}

/** `url` is absolute; the caller has made sure. */
export function tried(file: RuleFile, url: string, method: string, headers: Headers): Tried {
  const { hostname: host, pathname: path } = new URL(url)
  const routed = isReserved(path) ? null : routeBy(file)({ method, host, path, header: (name) => headers.get(name) })
  const action = routed?.action ?? null
  const origin = action?.kind === 'origin' ? action : null
  return {
    answeredBy: action?.kind ?? 'onrush',
    rule: routed?.rule.name ?? null,
    pool: origin?.pool ?? null,
    cache: origin?.cache ?? null,
    experiment: origin?.experiment ?? null,
    target: action === null || action.kind === 'onrush' ? null : (routed?.target ?? null),
    limit: routed?.rule.limit ?? null,
  }
}
