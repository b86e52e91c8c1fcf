/** A real store, in Maps: for tests. */
import type { Alert } from './alert.ts'
import type { AlertStore, LetterKept } from './keeper.ts'
import type { Sample } from './rules.ts'

export class MemoryAlertStore implements AlertStore {
  #alerts: Alert[] = []
  #lookedAt: number | null = null
  #samples: Sample[] = []
  #letters = new Map<string, LetterKept>()

  transaction<Result>(work: () => Result): Result {
    return work()
  }

  alerts(): Alert[] {
    return this.#alerts
  }

  putAlerts(alerts: readonly Alert[]): void {
    this.#alerts = [...alerts]
  }

  lookedAt(): number | null {
    return this.#lookedAt
  }

  putLookedAt(at: number): void {
    this.#lookedAt = at
  }

  samples(): Sample[] {
    return this.#samples
  }

  putSamples(samples: readonly Sample[]): void {
    this.#samples = [...samples]
  }

  letters(): LetterKept[] {
    return [...this.#letters.values()]
  }

  putLetter(letter: LetterKept): void {
    this.#letters.set(`${letter.notice.id} ${letter.receiver}`, letter)
  }

  removeLetter(noticeId: string, receiver: string): void {
    this.#letters.delete(`${noticeId} ${receiver}`)
  }
}
