/** Saying no to whoever comes too often. */
import { comeBackMs } from './fields.ts'
import type { LimitClass } from './policies.ts'

export interface LimitRefusal {
  code: 'too_many_requests'
  /** The names of the limits that were reached. */
  violatedPolicies: LimitClass[]
  /** Null: it would never pass. */
  retryInMs: number | null
}

/** `chance`: [0, 1), so that those who were refused together do not come back together. */
export const tooMany = (limitClass: LimitClass, retryMs: number | null, chance: number): LimitRefusal => ({
  code: 'too_many_requests',
  violatedPolicies: [limitClass],
  retryInMs: retryMs === null ? null : comeBackMs(retryMs, chance),
})
