/** A real store, in a Map: for tests and the simulation. */
import type { KeptAnswer } from './answer.ts'
import type { AnswerStore } from './keeper.ts'

export class MemoryAnswerStore implements AnswerStore {
  #records = new Map<string, KeptAnswer>()

  transaction<Result>(work: () => Result): Result {
    return work()
  }

  find(key: string): KeptAnswer | undefined {
    return this.#records.get(key)
  }

  put(record: KeptAnswer): void {
    this.#records.set(record.key, record)
  }

  removeCreatedBy(instant: number): void {
    for (const [key, { createdAt }] of this.#records) if (createdAt <= instant) this.#records.delete(key)
  }

  oldestCreatedAt(): number | undefined {
    const all = [...this.#records.values()].map(({ createdAt }) => createdAt)
    return all.length === 0 ? undefined : Math.min(...all)
  }
}
