/** Which rule a request hits. A rule file is made ready once and asked for every request. */
import type { Glob } from './glob.ts'
import { filledIn, globOf } from './glob.ts'
import type { Pool, Rule, RuleAction, RuleFile } from './rule-file.ts'

export interface Routable {
  method: string
  host: string
  path: string
  header(name: string): string | null
}

export interface Routed {
  rule: Rule
  action: RuleAction
  /** The pool of an `origin` action. */
  pool: Pool | null
  /** The path to ask the origin for, or to redirect to. */
  target: string
}

export type Route = (asked: Routable) => Routed | null

interface ReadyRule {
  rule: Rule
  methods: ReadonlySet<string>
  hosts: readonly Glob[]
  paths: readonly Glob[]
  headers: readonly (readonly [name: string, glob: Glob])[]
  pool: Pool | null
}

/** Null: no rule fits, so Onrush answers. */
export function routeBy(file: RuleFile): Route {
  const ready = file.rules.map((rule) => made(rule, file))
  return (asked) => {
    for (const candidate of ready) {
      const stoodFor = fits(candidate, asked)
      if (!stoodFor) continue
      const { rule, pool } = candidate
      return { rule, action: rule.then, pool, target: targetOf(rule.then, asked.path, stoodFor) }
    }
    return null
  }
}

function made(rule: Rule, { pools }: RuleFile): ReadyRule {
  const { methods, hosts, paths, headers } = rule.when
  const { then } = rule
  return {
    rule,
    methods: new Set(methods),
    hosts: hosts.map((host) => globOf(host.toLowerCase())),
    paths: paths.map(globOf),
    headers: Object.entries(headers).map(([name, glob]) => [name, globOf(glob)]),
    pool: then.kind === 'origin' ? (pools.find(({ name }) => name === then.pool) ?? null) : null,
  }
}

/** What the wild cards of the path stood for; null: the rule does not fit. */
function fits({ methods, hosts, paths, headers }: ReadyRule, asked: Routable): readonly string[] | null {
  if (methods.size > 0 && !methods.has(asked.method)) return null
  if (hosts.length > 0 && !hosts.some((glob) => glob(asked.host))) return null
  if (!headers.every(([name, glob]) => glob(asked.header(name) ?? '') && asked.header(name) !== null)) return null
  if (paths.length === 0) return []
  for (const glob of paths) {
    const stoodFor = glob(asked.path)
    if (stoodFor) return stoodFor
  }
  return null
}

function targetOf(then: RuleAction, path: string, stoodFor: readonly string[]): string {
  if (then.kind === 'redirect') return onThisHost(filledIn(then.to, stoodFor))
  if (then.kind === 'origin' && then.rewrite?.path) return onThisHost(filledIn(then.rewrite.path, stoodFor))
  return path
}

/** What a wild card stood for may begin with a slash; `//elsewhere.example` would be another host. */
const onThisHost = (target: string): string => target.replace(/^[/\\]{2,}/, '/')
