/**
 * Whether this request is one too many: asks what is known here, then the first wall if the platform has one, then the
 * judge. A judge that is away, or slow, decides by class.
 */
import type { LimitDesk } from '../../../domain/message/limit-desk.ts'
import { LocalPermits, type Taken } from '../../../domain/limit/local-permits.ts'
import { rateUnder, type LimitClass, type Policy } from '../../../domain/limit/policies.ts'
import { tooMany, type LimitRefusal } from '../../../domain/limit/refusal.ts'
import { networkOf } from '../../../domain/room/identity.ts'
import { within } from '../../../durable-objects/basics/deadline.ts'
import { limitOf } from '../../../platform/desks.ts'
import { systemClock } from '../../../platform/dice.ts'
import { Fault } from '../../../platform/fault.ts'
import type { Asked } from '../../context.ts'
import { isStrained } from '../load/index.ts'
import { policyOf } from './settings.ts'

/** Longer than a judge on the same continent takes. What it guards is worth no more of a buyer's time. */
const PATIENCE_MS = 1_000
/** What the platform's own limiter counts is over after ten seconds or sixty; ours says no more than that. */
const FIRST_WALL_RETRY_MS = 10_000

/** The platform's limiter: approximate, one for each place of theirs, and free. There may be none. */
interface FirstWall {
  FIRST_WALL?: { limit(asked: { key: string }): Promise<{ success: boolean }> }
}

export interface Judged {
  refusal: LimitRefusal | null
  /** Where the caller stands, if a judge has said. */
  standing: { remaining: number; resetMs: number } | null
}

/**
 * Takes a permit for `who`. Throws a fault when the judge is away and the class is closed then; while it is away, and the
 * class open, everybody is let in.
 */
export async function judged(c: Asked, limitClass: LimitClass, who: string, policy: Policy): Promise<Judged> {
  const { storeId } = c.var.visit
  try {
    const taken = await permitsOf(c.env, storeId).take({
      key: `${limitClass} ${who}`,
      rate: rateUnder(policy, limitClass, isStrained()),
      slack: policy.slack,
      keep: (question) => c.executionCtx.waitUntil(question),
    })
    return said(c, limitClass, taken)
  } catch (cause) {
    if (policy.whenAway === 'open') return { refusal: null, standing: null }
    throw new Fault('a limit could not be judged', { cause })
  }
}

/** Somebody without a cookie changes something: counted with all such of their network. Null: let in. */
export async function refusalOfNewcomer(c: Asked): Promise<LimitRefusal | null> {
  const network = networkOf(c.var.visit.clientIp)
  if (network === null) return null
  const { FIRST_WALL } = c.env as FirstWall
  // Like any judge: who is away for an open class is no obstacle; here the exact judge stands behind it in any case.
  const first = await FIRST_WALL?.limit({ key: `${c.var.visit.storeId} ${network}` }).catch(() => null)
  if (first?.success === false) return tooMany('newcomers', FIRST_WALL_RETRY_MS, c.var.visit.random.fraction())
  return refusalBy(c, 'newcomers', network)
}

/** Why `who` may not do this just now; null: they may, and it is counted. */
export const refusalBy = async (c: Asked, limitClass: LimitClass, who: string): Promise<LimitRefusal | null> =>
  (await judged(c, limitClass, who, policyOf(c, limitClass))).refusal

function said(c: Asked, limitClass: LimitClass, { allowed, remaining, resetMs, retryMs }: Taken): Judged {
  return {
    refusal: allowed ? null : tooMany(limitClass, retryMs, c.var.visit.random.fraction()),
    standing: remaining === null ? null : { remaining, resetMs: allowed ? resetMs : retryMs },
  }
}

/** By the binding: several deployments live in one isolate only in tests. */
const permits = new WeakMap<object, Map<string, LocalPermits>>()

/** What this isolate knows of a store's limits. */
function permitsOf(env: Env, storeId: string): LocalPermits {
  const stores = permits.get(env.LIMITS) ?? new Map<string, LocalPermits>()
  permits.set(env.LIMITS, stores)
  const known = stores.get(storeId)
  if (known) return known
  const ask: LimitDesk['permits'] = (request) => limitOf(env, storeId, request.key).permits(request)
  const judge = { ask, within: <Answer>(waiting: Promise<Answer>) => within(PATIENCE_MS, 'a judge of limits', waiting) }
  const fresh = new LocalPermits(judge, systemClock)
  if (stores.size >= STORES_MOST) stores.clear()
  stores.set(storeId, fresh)
  return fresh
}

const STORES_MOST = 100
