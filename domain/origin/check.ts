/** What is wrong with a rule file, before anybody's request meets it; and which rule a request would hit. */
import { isGlob } from './glob.ts'
import type { Pool, Rule, RuleFile } from './rule-file.ts'

export interface Mistake {
  /** A JSON pointer into the rule file. */
  pointer: string
  problem: string
}

export const POOLS_MAX = 50
export const ORIGINS_MAX = 50
export const RULES_MAX = 500

/** Paths, and all below them, that stay with Onrush whatever a rule says: who could lock themselves out of the desk would. */
const RESERVED = ['/api/v1', '/console', '/health', '/metrics'] as const

/** Empty: the file is good. `isUrl`: whether text is an absolute http or https address without query. */
export function mistakesIn(file: RuleFile, isUrl: (text: string) => boolean): Mistake[] {
  return [
    ...twice(file.pools, '/pools'),
    ...twice(file.rules, '/rules'),
    ...file.pools.flatMap((pool, i) => inPool(pool, `/pools/${i}`, isUrl)),
    ...file.rules.flatMap((rule, i) => inRule(rule, `/rules/${i}`, file)),
    ...neverReached(file.rules),
  ]
}

function inPool(pool: Pool, at: string, isUrl: (text: string) => boolean): Mistake[] {
  const found = [...twice(pool.origins, `${at}/origins`)]
  if (!pool.origins.some(({ weight }) => weight > 0)) {
    found.push({ pointer: `${at}/origins`, problem: 'No origin has a weight: nobody would be asked.' })
  }
  pool.origins.forEach(({ url }, i) => {
    if (!isUrl(url)) found.push({ pointer: `${at}/origins/${i}/url`, problem: 'Not an http or https address.' })
  })
  if (pool.canary && !pool.origins.some(({ name }) => name === pool.canary?.origin)) {
    found.push({ pointer: `${at}/canary/origin`, problem: 'The pool has no origin of this name.' })
  }
  return [...found, ...inCheckup(pool, `${at}/health_check`)]
}

function inCheckup({ checkup }: Pool, at: string): Mistake[] {
  if (!checkup) return []
  const found: Mistake[] = []
  if (!/^\/[\x21-\x7e]*$/.test(checkup.path) || checkup.path.includes('#')) {
    found.push({ pointer: `${at}/path`, problem: 'A path begins with a slash, and is written as it is sent.' })
  }
  if (checkup.timeoutMs > checkup.everyMs) {
    found.push({
      pointer: `${at}/timeout_ms`,
      problem: 'Longer than the interval: the next question would overtake it.',
    })
  }
  return found
}

function inRule({ when, then }: Rule, at: string, { pools }: RuleFile): Mistake[] {
  const found: Mistake[] = []
  const globs = [
    ...when.paths.map((glob, i): [string, string] => [`${at}/when/paths/${i}`, glob]),
    ...when.hosts.map((glob, i): [string, string] => [`${at}/when/hosts/${i}`, glob]),
    ...Object.entries(when.headers).map(([name, glob]): [string, string] => [`${at}/when/headers/${name}`, glob]),
  ]
  for (const [pointer, glob] of globs) {
    if (!isGlob(glob)) found.push({ pointer, problem: 'Not a glob: wild cards are * and **, never side by side.' })
  }
  if (then.kind === 'origin' && !pools.some(({ name }) => name === then.pool)) {
    found.push({ pointer: `${at}/then/pool`, problem: 'There is no pool of this name.' })
  }
  if (then.kind === 'origin' && then.rewrite?.path && !then.rewrite.path.startsWith('/')) {
    found.push({ pointer: `${at}/then/rewrite_path`, problem: 'A path begins with a slash.' })
  }
  if (then.kind === 'redirect' && !/^(\/|https?:\/\/[a-z0-9.-]+(:\d+)?(\/|$))/i.test(then.to)) {
    found.push({ pointer: `${at}/then/to`, problem: 'Neither a path nor an address with a host of its own.' })
  }
  const template = then.kind === 'redirect' ? then.to : then.kind === 'origin' ? then.rewrite?.path : null
  if (template) found.push(...inTemplate(template, when.paths, `${at}/then`))
  return found
}

/** A `$3` where some path has two wild cards stands for nothing. */
function inTemplate(template: string, paths: readonly string[], pointer: string): Mistake[] {
  const most = Math.max(0, ...Array.from(template.matchAll(/\$(\d)/g), ([, digit]) => Number(digit)))
  const least = paths.length === 0 ? 0 : Math.min(...paths.map((path) => path.match(/\*\*|\*/g)?.length ?? 0))
  return most > least ? [{ pointer, problem: `$${most} stands for nothing: a path has ${least} wild cards.` }] : []
}

/** Rules after one that takes everything. */
function neverReached(rules: readonly Rule[]): Mistake[] {
  const all = rules.findIndex(({ when }) => {
    const { methods, hosts, paths, headers } = when
    const isAnyPath = paths.length === 0 || paths.includes('/**') || paths.includes('**')
    return methods.length === 0 && hosts.length === 0 && isAnyPath && Object.keys(headers).length === 0
  })
  return all === -1 || all === rules.length - 1
    ? []
    : [{ pointer: `/rules/${all + 1}`, problem: `Never reached: "${rules[all]?.name}" takes everything before it.` }]
}

function twice(named: readonly { name: string }[], at: string): Mistake[] {
  return named.flatMap(({ name }, i) =>
    named.findIndex((other) => other.name === name) === i
      ? []
      : [{ pointer: `${at}/${i}/name`, problem: 'This name is taken.' }],
  )
}

/** Whether no rule is asked for this path. Asked for every request there is, so it compares letters and nothing else. */
export const isReserved = (path: string): boolean =>
  RESERVED.some((root) => path.startsWith(root) && (path.length === root.length || path[root.length] === '/'))
