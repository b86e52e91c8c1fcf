/**
 * What the object of a pool of origins can be told and asked. Instants are told as durations: two machines' clocks never
 * meet. Every call is safe to lose, and safe to repeat but for what it counts.
 */
import type { Checkup } from '../origin/checkup.ts'
import type { Verdict } from '../origin/canary.ts'
import type { Pool } from '../origin/rule-file.ts'
import type { Tally } from '../origin/tally.ts'

/** What one isolate has seen since it last told. */
export interface PoolReport {
  /** Of the rule file. */
  version: number
  pool: Pool
  /** By the origins' names. */
  answers: Readonly<Record<string, Tally>>
}

/** What every isolate should know. Those of another version than it asked about it passes over. */
export interface PoolNews {
  version: number
  /** Ill, by the pool's own questions. */
  ill: readonly string[]
  /** Left alone for so long, in ms, because they did worse than the others. */
  resting: Readonly<Record<string, number>>
  isCanaryWithdrawn: boolean
}

/** How one origin does, for whoever looks. */
export interface OriginSeen {
  name: string
  /** Of the last seconds. */
  answers: Tally
  checkup: Checkup
  /** For how much longer it is left alone, in ms; 0: it is not. */
  restsMs: number
}

export interface PoolSeen {
  version: number
  origins: OriginSeen[]
  canary: { verdict: Verdict; withdrawnAt: number | null; mine: Tally; others: Tally }
  /** Whether its origins are asked how they do: only while somebody comes. */
  isLookedAfter: boolean
}

export interface PoolDesk {
  tell(report: PoolReport): Promise<PoolNews>
  /** Null: nobody has told anything yet. Leaves nothing on disk. */
  seen(): Promise<PoolSeen | null>
}

/** The name of a pool's object. */
export const poolNameFor = (storeId: string, pool: string): string => `${storeId}/pool-${pool}`
