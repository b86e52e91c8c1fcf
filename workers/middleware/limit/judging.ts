/**
 * Whether this request is one too many: asks what is known here, then the first wall if the platform has one, then the
 * judge. A judge that is away, or slow, decides by class.
 */
import type { Taken } from '../../../domain/limit/local-permits.ts'
import { rateUnder, type LimitClass, type Policy } from '../../../domain/limit/policies.ts'
import { tooMany, type LimitRefusal } from '../../../domain/limit/refusal.ts'
import { networkOf } from '../../../domain/room/identity.ts'
import { Fault } from '../../../platform/fault.ts'
import type { Asked } from '../../context.ts'
import { permitsOf } from '../../permits.ts'
import { isStrained } from '../load/index.ts'
import { noteLimit } from './figures.ts'
import { policyOf } from './settings.ts'

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
  const { storeId, clock } = c.get('visit')
  try {
    const taken = await permitsOf(c.env, storeId).take({
      key: `${limitClass} ${who}`,
      rate: rateUnder(policy, limitClass, isStrained()),
      slack: policy.slack,
      keep: (question) => c.executionCtx.waitUntil(question),
    })
    noteLimit(storeId, limitClass, taken.allowed ? 'letIn' : 'refused', clock.now())
    return said(c, limitClass, taken)
  } catch (cause) {
    noteLimit(storeId, limitClass, 'away', clock.now())
    if (policy.whenAway === 'open') return { refusal: null, standing: null }
    throw new Fault('a limit could not be judged', { cause })
  }
}

/** Somebody without a cookie changes something: counted with all such of their network. Null: let in. */
export async function refusalOfNewcomer(c: Asked): Promise<LimitRefusal | null> {
  const network = networkOf(c.get('visit').clientIp)
  if (network === null) return null
  const { FIRST_WALL } = c.env as FirstWall
  // Like any judge: who is away for an open class is no obstacle; here the exact judge stands behind it in any case.
  const first = await FIRST_WALL?.limit({ key: `${c.get('visit').storeId} ${network}` }).catch(() => null)
  if (first?.success === false) {
    noteLimit(c.get('visit').storeId, 'newcomers', 'refused', c.get('visit').clock.now())
    return tooMany('newcomers', FIRST_WALL_RETRY_MS, c.get('visit').random.fraction())
  }
  return refusalBy(c, 'newcomers', network)
}

/** Why `who` may not do this just now; null: they may, and it is counted. */
export const refusalBy = async (c: Asked, limitClass: LimitClass, who: string): Promise<LimitRefusal | null> =>
  (await judged(c, limitClass, who, policyOf(c, limitClass))).refusal

function said(c: Asked, limitClass: LimitClass, { allowed, remaining, resetMs, retryMs }: Taken): Judged {
  return {
    refusal: allowed ? null : tooMany(limitClass, retryMs, c.get('visit').random.fraction()),
    standing: remaining === null ? null : { remaining, resetMs: allowed ? resetMs : retryMs },
  }
}
