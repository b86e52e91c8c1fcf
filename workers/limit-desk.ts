/** Looking after limits and load: what this isolate lets in and turns away, for the console. */
import { DEFAULT_POLICIES, type LimitClass } from '../domain/limit/policies.ts'
import type { Asked } from './context.ts'
import { limitFigures, type LimitFigures } from './middleware/limit/figures.ts'
import { policyOf } from './middleware/limit/settings.ts'
import { loadFigures, type LoadFigures } from './middleware/load/index.ts'

export interface LimitRow extends LimitFigures {
  name: LimitClass
  perMinute: number
  burst: number
  whenAway: 'open' | 'closed'
}

export interface LimitStats {
  /** ms; null: nothing was counted yet. */
  since: number | null
  limits: LimitRow[]
  load: LoadFigures
}

export function limitStats(c: Asked): LimitStats {
  const { since, limits } = limitFigures(c.var.visit.storeId)
  const rows = Object.keys(DEFAULT_POLICIES).map((name) => {
    const limitClass = name as LimitClass
    const { rate, whenAway } = policyOf(c, limitClass)
    const figures = limits[limitClass] ?? { letIn: 0, refused: 0, asked: 0, away: 0 }
    return {
      ...figures,
      name: limitClass,
      perMinute: (rate.units * 60_000) / rate.windowMs,
      burst: rate.burst,
      whenAway,
    }
  })
  return { since, limits: rows, load: loadFigures(c.env) }
}
