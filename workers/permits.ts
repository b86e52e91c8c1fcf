/** What this isolate knows of a store's limits, and how it asks their judges (domain/limit/local-permits.ts). */
import type { LimitClass } from '../domain/limit/policies.ts'
import { LocalPermits } from '../domain/limit/local-permits.ts'
import type { LimitDesk } from '../domain/message/limit-desk.ts'
import { within } from '../durable-objects/basics/deadline.ts'
import { limitOf } from '../platform/desks.ts'
import { noteLimit } from './middleware/limit/figures.ts'
import { systemClock } from '../platform/dice.ts'

/** Longer than a judge on the same continent takes. What it guards is worth no more of a buyer's time. */
const PATIENCE_MS = 1_000
const STORES_MOST = 100

/** By the binding: several deployments live in one isolate only in tests. */
const permits = new WeakMap<object, Map<string, LocalPermits>>()

export function permitsOf(env: Env, storeId: string): LocalPermits {
  const stores = permits.get(env.LIMITS) ?? new Map<string, LocalPermits>()
  permits.set(env.LIMITS, stores)
  const known = stores.get(storeId)
  if (known) return known
  const ask: LimitDesk['permits'] = (request) => {
    const [limitClass] = request.key.split(' ', 1) as [LimitClass] // or a rule of the gateway, which nobody looks up
    noteLimit(storeId, limitClass, 'asked', systemClock.now())
    return limitOf(env, storeId, request.key).permits(request)
  }
  const judge = { ask, within: <Answer>(waiting: Promise<Answer>) => within(PATIENCE_MS, 'a judge of limits', waiting) }
  const fresh = new LocalPermits(judge, systemClock)
  if (stores.size >= STORES_MOST) stores.clear()
  stores.set(storeId, fresh)
  return fresh
}
