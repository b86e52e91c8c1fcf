/** The pace's rows in a Map: a real store, for tests, the simulation, and a settler whose pacer is away. */
import { UndoLog } from '../basics/undo-log.ts'
import type { Endpoint } from '../message/pacer-desk.ts'
import type { PaceRow, PacerStore } from './keeper.ts'

export class MemoryPacerStore implements PacerStore {
  readonly #rows = new Map<Endpoint, PaceRow>()
  readonly #undo = new UndoLog()

  transaction<Result>(work: () => Result): Result {
    return this.#undo.transaction(work)
  }

  rows(): PaceRow[] {
    return [...this.#rows.values()]
  }

  save(row: PaceRow): void {
    const earlier = this.#rows.get(row.endpoint)
    this.#undo.note(() => (earlier ? this.#rows.set(row.endpoint, earlier) : this.#rows.delete(row.endpoint)))
    this.#rows.set(row.endpoint, row)
  }
}
