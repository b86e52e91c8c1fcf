/** The store of a pool, in memory: for tests, and to read what a store must do. */
import type { OriginRow, PoolHead, PoolStore } from './keeper.ts'

export class MemoryPoolStore implements PoolStore {
  #head: PoolHead | undefined
  #origins = new Map<string, OriginRow>()
  /** Rows written so far: that is what is billed. */
  written = 0

  transaction<Result>(work: () => Result): Result {
    return work()
  }

  head(): PoolHead | undefined {
    return this.#head
  }

  putHead(head: PoolHead): void {
    this.#head = head
    this.written += 1
  }

  origins(): OriginRow[] {
    return [...this.#origins.values()]
  }

  putOrigin(row: OriginRow): void {
    this.#origins.set(row.name, row)
    this.written += 1
  }

  forgetOrigins(): void {
    this.#origins.clear()
  }
}
