/** A store of limits that lives as long as the test does. */
import { restedAt } from './gcra.ts'
import type { LimitStore } from './keeper.ts'

export class MemoryLimitStore implements LimitStore {
  readonly rows = new Map<string, number>()
  /** How many rows were ever written; each is billed. */
  written = 0

  find(key: string): number | undefined {
    return this.rows.get(key)
  }

  put(key: string, tat: number): void {
    this.rows.set(key, tat)
    this.written += 1
  }

  removeRestedBy(instant: number): void {
    for (const [key, tat] of this.rows) if (restedAt(tat) <= instant) this.rows.delete(key)
  }

  lastRestsAt(): number | undefined {
    return this.rows.size === 0 ? undefined : restedAt(Math.max(...this.rows.values()))
  }
}
