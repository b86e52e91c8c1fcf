/** A real store, in a Map: for tests and the proof. */
import type { ChangedTag, EpochHead, EpochStore } from './keeper.ts'

export class MemoryEpochStore implements EpochStore {
  #head: EpochHead | undefined
  #tags = new Map<string, ChangedTag>()

  transaction<Result>(work: () => Result): Result {
    return work()
  }

  head(): EpochHead | undefined {
    return this.#head
  }

  putHead(head: EpochHead): void {
    this.#head = head
  }

  put(changed: ChangedTag): void {
    this.#tags.delete(changed.tag)
    this.#tags.set(changed.tag, changed)
  }

  changedSince(version: number): ChangedTag[] {
    return [...this.#tags.values()].filter((tag) => tag.version > version)
  }

  count(): number {
    return this.#tags.size
  }

  forgetFirst(count: number): number {
    const first = [...this.#tags.values()].slice(0, count)
    for (const { tag } of first) this.#tags.delete(tag)
    return first.at(-1)?.version ?? 0
  }

  forgetAll(): void {
    this.#tags.clear()
  }
}
