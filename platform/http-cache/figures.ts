/** How this isolate's requests were answered since it woke: one of these each. */
import type { TierName } from '../../domain/http-cache/cache-status.ts'

export type Outcome =
  | `hit ${TierName}`
  /** Stale within what was allowed, asked for behind the visitor's back. */
  | 'stale'
  /** Stale, in place of an origin in trouble. */
  | 'stood in'
  | 'collapsed'
  | 'confirmed'
  | 'fetched'
  /** The origin could not be asked, and nothing stored might stand in. */
  | 'failed'
  /** Not a matter for the cache: another method, or a condition only the origin can judge. */
  | 'passed'

export class Figures {
  #counts = new Map<Outcome, number>()

  count(outcome: Outcome): void {
    this.#counts.set(outcome, this.of(outcome) + 1)
  }

  of(outcome: Outcome): number {
    return this.#counts.get(outcome) ?? 0
  }

  get all(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0)
  }

  /** The share that the origin was not asked for, 0 to 1; null: nobody has come yet. */
  get hitRate(): number | null {
    const spared: Outcome[] = ['hit mem', 'hit colo', 'hit kv', 'stale', 'stood in', 'collapsed']
    const all = this.all - this.of('passed')
    return all === 0 ? null : spared.reduce((sum, outcome) => sum + this.of(outcome), 0) / all
  }
}
