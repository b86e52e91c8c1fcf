/**
 * A store's rule file: which requests go to an existing shop's own servers, which stay with Onrush. Rules are asked from
 * the top; the first that fits decides, and what none fits stays with Onrush.
 */
import type { CacheClass } from '../http-cache/policy.ts'

export interface Origin {
  name: string
  /** `https://shop.example/base`, without a slash at its end. */
  url: string
  /** Its share of the visitors, among the origins of its pool. 0: it gets none, except where it is asked for by name. */
  weight: number
  /** Asked only while no other origin of the pool is well. */
  isBackup: boolean
  /** Gets nobody new; who is stuck to it stays until the drain is over. */
  isDraining: boolean
  /** ISO country codes whose visitors it is for before the others; empty: everybody's. */
  countries: readonly string[]
}

export interface Pool {
  name: string
  origins: readonly Origin[]
  /** How long an origin may take to begin its answer, in ms. */
  timeoutMs: number
  /** Whether a visitor stays with one origin as long as it is well. */
  isSticky: boolean
  /** A newer version of the shop, which gets this share of the visitors, in percent, until it does worse. */
  canary: Canary | null
  /** Null: nobody is ever given up on; what the origin says, however bad, is what the visitor hears. */
  breaker: BreakerSettings | null
  /** Null: nobody looks after its origins but those who ask them for pages. */
  checkup: CheckupSettings | null
}

/** How an origin is asked, by nobody in particular, whether it is well. */
export interface CheckupSettings {
  /** With its query. */
  path: string
  everyMs: number
  /** At most `everyMs`, so that one question is over before the next. */
  timeoutMs: number
  /** The statuses of one that is well. */
  statuses: readonly number[]
  /** So many good answers in a row, of one that was ill. */
  wellAfter: number
  /** So many bad answers in a row, of one that was not. */
  illAfter: number
}

/** When an origin is no longer asked, and for how long. */
export interface BreakerSettings {
  /** So many bad answers in a row. */
  badInRow: number
  /** For so long the first time, twice as long the second, and so on up to five minutes. */
  restMs: number
}

export const BREAKER: BreakerSettings = { badInRow: 5, restMs: 2000 }

export interface Canary {
  /** The origin's name; its weight among the others should be 0. */
  origin: string
  percent: number
}

export interface RuleConditions {
  /** Empty: any. Upper-case. */
  methods: readonly string[]
  /** Globs over the host name; empty: any. */
  hosts: readonly string[]
  /** Globs over the path: `*` is anything but a slash, `**` is anything; empty: any. */
  paths: readonly string[]
  /** Names, lower-case, with globs over their values; all must fit. */
  headers: Readonly<Record<string, string>>
}

export type RuleAction =
  | { kind: 'onrush' }
  /** `experiment`: the key of one whose variation the origin is told, so that it can show it; null: none. */
  | { kind: 'origin'; pool: string; cache: CacheClass; rewrite: Rewrite | null; experiment: string | null }
  /** `to` may use `$1`, `$2`, … for what the wild cards of the path stood for. */
  | { kind: 'redirect'; to: string; status: 301 | 302 | 303 | 307 | 308 }

export interface Rewrite {
  /** The path for the origin, with `$1`, `$2`, …; null: as it came. */
  path: string | null
  /** Whether addresses of the origin in `Location`, and its host in cookies' domains, become ours. */
  answers: boolean
}

/** The experiments that rules name, each with where it is named, as a JSON pointer into the file. */
export const experimentsIn = ({ rules }: RuleFile): { pointer: string; key: string }[] =>
  rules.flatMap(({ then }, i) =>
    then.kind === 'origin' && then.experiment !== null
      ? [{ pointer: `/rules/${i}/then/experiment`, key: then.experiment }]
      : [],
  )

export interface Rule {
  name: string
  when: RuleConditions
  then: RuleAction
  /** Null: it may be hit as often as anybody likes. */
  limit: RuleLimit | null
}

/** How often a rule may be hit, whether its answer comes from the cache or not. */
export interface RuleLimit {
  perMinute: number
  /** So many at once after a rest. */
  burst: number
  /** Each network for itself, or all visitors together. */
  by: 'network' | 'everybody'
}

export interface RuleFile {
  pools: readonly Pool[]
  rules: readonly Rule[]
}

/** A file that was saved before there was all that there is now, as one of today. */
export const ofToday = (file: RuleFile): RuleFile => ({
  ...file,
  pools: file.pools.map((pool) => ({ ...pool, checkup: pool.checkup ?? null })),
  rules: file.rules.map((rule) => ({
    ...rule,
    limit: rule.limit ?? null,
    then: rule.then.kind === 'origin' ? { ...rule.then, experiment: rule.then.experiment ?? null } : rule.then,
  })),
})

/** What Onrush answers itself where an origin has the rest: its API, its desk, its drops and the way through checkout. */
export const PATHS_OF_ONRUSH: readonly string[] = [
  ...[
    '/api/v1',
    '/api/v1/**',
    '/console',
    '/console/**',
    '/health',
    '/health/**',
    '/metrics',
    '/ofrep/v1/**',
    '/docs',
    '/docs/**',
  ],
  ...['/drops', '/drops/**', '/basket', '/basket/**', '/checkout', '/checkout/**', '/orders', '/orders/**'],
  ...['/assets/**', '/art/**', '/clock', '/market', '/places/**', '/documents/**'],
]

const ANY: RuleConditions = { methods: [], hosts: [], paths: [], headers: {} }

/**
 * The rule file of a single origin, as two settings say it. `takes`: empty, all but Onrush's own paths; `everything`,
 * every path; else globs, separated by commas: these and nothing else.
 */
export function ruleFileOfOne(url: string, takes: string): RuleFile {
  const origin: Origin = { name: 'origin', url, weight: 1, isBackup: false, isDraining: false, countries: [] }
  const pool: Pool = {
    name: 'origin',
    origins: [origin],
    timeoutMs: 30_000,
    isSticky: false,
    canary: null,
    breaker: null,
    checkup: null,
  }
  const then: RuleAction = { kind: 'origin', pool: 'origin', cache: 'transparent', rewrite: null, experiment: null }
  const named = takes
    .split(',')
    .map((glob) => glob.trim())
    .filter(Boolean)
  const paths = named.includes('everything') ? [] : named
  const ours: Rule[] =
    named.length === 0
      ? [{ name: 'onrush', when: { ...ANY, paths: PATHS_OF_ONRUSH }, then: { kind: 'onrush' }, limit: null }]
      : []
  return { pools: [pool], rules: [...ours, { name: 'origin', when: { ...ANY, paths }, then, limit: null }] }
}
