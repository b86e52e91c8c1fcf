/** What this isolate's cache has done since it woke: counted as it happens, read by whoever watches. */
import type { Tier } from './cache-status.ts'

/** Upper ends of the histogram's steps, in ms; the last step has none. */
export const PROPAGATION_STEPS_MS = [50, 100, 250, 500, 1000, 1500, 2000, 5000] as const

export interface TierFigures {
  hits: number
  /** Hits past their lifetime, said while a newer copy was on its way or the database away. */
  stale: number
  misses: number
}

export class Figures {
  /** When the first was counted. A Worker has no clock before it is asked something. */
  since: number | null = null
  readonly tiers: Record<Tier, TierFigures> = { mem: none(), colo: none(), shelf: none() }
  /** Questions that went to a database or an object, and how many of them failed. */
  loads = 0
  loadFaults = 0
  /** Readers who were given what another had asked for. */
  collapsed = 0
  /** Copies found outdated by their tags, by the tier that had them. */
  outdated = 0
  /** Copies given because the database was away or slow. */
  stoodIn = 0
  epochsAsked = 0
  epochsInVain = 0
  epochsFromNeighbours = 0
  /** How many changes took up to each step from their commit to here. */
  readonly propagation: number[] = Array.from({ length: PROPAGATION_STEPS_MS.length + 1 }, () => 0)

  propagated(ms: number): void {
    const step = PROPAGATION_STEPS_MS.findIndex((end) => ms <= end)
    this.propagation[step < 0 ? PROPAGATION_STEPS_MS.length : step]! += 1
  }
}

const none = (): TierFigures => ({ hits: 0, stale: 0, misses: 0 })
