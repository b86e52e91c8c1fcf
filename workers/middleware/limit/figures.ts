/** What this isolate's limits have come to, for each store: for those who look after it. Nobody gathers them. */
import type { LimitClass } from '../../../domain/limit/policies.ts'

export interface LimitFigures {
  letIn: number
  refused: number
  /** Questions to the judge. */
  asked: number
  /** Nobody judged, and the class decided. */
  away: number
}

type OfStore = Partial<Record<LimitClass, LimitFigures>>

const STORES_MOST = 100
const stores = new Map<string, OfStore>()
/** When the first was counted: an isolate has no clock while it starts. */
let since: number | null = null

export function noteLimit(storeId: string, limitClass: LimitClass, what: keyof LimitFigures, now: number): void {
  since ??= now
  let store = stores.get(storeId)
  if (!store) {
    if (stores.size >= STORES_MOST) stores.clear()
    stores.set(storeId, (store = {}))
  }
  const figures = (store[limitClass] ??= { letIn: 0, refused: 0, asked: 0, away: 0 })
  figures[what] += 1
}

/** `since`: ms; null: nothing was counted yet. */
export const limitFigures = (storeId: string): { since: number | null; limits: OfStore } => ({
  since,
  limits: stores.get(storeId) ?? {},
})
