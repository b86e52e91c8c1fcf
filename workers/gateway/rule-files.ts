/**
 * Where the gateway's rules come from: the store's own rule file; where it has none, the two settings that name one
 * origin. What was found is kept for ten seconds and asked for again behind a visitor's back, so an operator's save holds
 * everywhere within ten seconds of the next request, and here at once. While the database is away the last known rules
 * hold, from this isolate or from the shelf.
 */
import type { RuleFile } from '../../domain/origin/rule-file.ts'
import { ofToday, ruleFileOfOne } from '../../domain/origin/rule-file.ts'
import type { Route } from '../../domain/origin/routing.ts'
import { routeBy } from '../../domain/origin/routing.ts'
import { databaseOf } from '../../platform/postgres/database.ts'
import { findRulesForHost, type SavedRules } from '../../platform/postgres/origin-rules.ts'

const KEPT_MS = 10_000
/** More hosts than any deployment has; whoever makes up names must not fill the memory. */
const HOSTS_MAX = 500

export interface Rules {
  /** Null: everything is Onrush's own. */
  route: Route | null
  /** Names the file and its version: what is known of its pools begins anew with the next. */
  edition: string
  /** The saved file they are from; null: the settings. */
  saved: { storeId: string; version: number } | null
}

interface Known extends Rules {
  until: number
  isAsked: boolean
}

const known = new Map<string, Known>()

/** At once where anything is known, be it the settings; else when the database has said. */
export function rulesFor(host: string, env: Env, ctx: ExecutionContext, now: number): Rules | Promise<Rules> {
  const name = `${env.DATABASE_URL} ${env.DEFAULT_STORE} ${env.ORIGIN_URL} ${env.ORIGIN_TAKES} ${host}`
  const kept = known.get(name)
  if (kept && (now < kept.until || kept.isAsked)) return kept
  if (!kept && env.ORIGIN_URL === '') return asking.get(name) ?? refreshed(name, host, env, ctx, now)
  const meanwhile: Known = { ...(kept ?? fromSettings(env)), until: now + KEPT_MS, isAsked: true }
  remember(name, meanwhile)
  void refreshed(name, host, env, ctx, now)
  return meanwhile
}

/** After a save: the next request here asks anew. */
export const forgetRules = (): void => known.clear()

/** One question per host at a time. */
const asking = new Map<string, Promise<Rules>>()

function refreshed(name: string, host: string, env: Env, ctx: ExecutionContext, now: number): Promise<Rules> {
  const flight = lookedUp(name, host, env, ctx, now).finally(() => asking.delete(name))
  asking.set(name, flight)
  ctx.waitUntil(flight)
  return flight
}

async function lookedUp(name: string, host: string, env: Env, ctx: ExecutionContext, now: number): Promise<Rules> {
  const before = known.get(name)
  const found = env.DATABASE_URL ? await savedFor(host, env, ctx) : null
  const rules = found === undefined ? (before ?? fromSettings(env)) : rulesOf(found, env)
  remember(name, { ...rules, until: now + KEPT_MS, isAsked: false })
  return rules
}

function remember(name: string, rules: Known): void {
  if (known.size >= HOSTS_MAX && !known.has(name)) known.clear()
  known.set(name, rules)
}

/** Undefined: nobody can say, neither the database nor the shelf. */
async function savedFor(host: string, env: Env, ctx: ExecutionContext): Promise<SavedRules | null | undefined> {
  const key = `origin-rules ${host}`
  try {
    const saved = await findRulesForHost(databaseOf(env).read(), host, env.DEFAULT_STORE)
    ctx.waitUntil(shelve(env, key, saved))
    return saved
  } catch {
    // Whoever has no rules has none on the shelf either; a page of Onrush must not fail because of that.
    return (await env.SHELF.get<SavedRules>(key, 'json').catch(() => undefined)) ?? undefined
  }
}

/** KV bills each write: a copy is written when it is another than this isolate wrote last. */
const shelved = new Map<string, string>()

async function shelve(env: Env, key: string, saved: SavedRules | null): Promise<void> {
  const edition = saved === null ? '' : `${saved.storeId} ${saved.version}`
  if ((shelved.get(key) ?? '') === edition) return
  shelved.set(key, edition)
  await (saved === null ? env.SHELF.delete(key) : env.SHELF.put(key, JSON.stringify(saved))).catch(() =>
    shelved.delete(key),
  )
}

const rulesOf = (saved: SavedRules | null, env: Env): Rules =>
  saved === null ? fromSettings(env) : ready(saved.file, `${saved.storeId} ${saved.version}`, saved)

function fromSettings({ ORIGIN_URL: url, ORIGIN_TAKES: takes }: Env): Rules {
  return url === ''
    ? { route: null, edition: '', saved: null }
    : ready(ruleFileOfOne(url.replace(/\/+$/, ''), takes), `${url} ${takes}`, null)
}

const ready = (file: RuleFile, edition: string, saved: Rules['saved']): Rules => ({
  route: routeBy(ofToday(file)),
  edition,
  saved,
})
