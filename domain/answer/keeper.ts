/** Keeps answers: looks, decides and records in one transaction. Storage, clock and alarm are handed in. */
import type { Clock } from '../basics/clock.ts'
import type { Decision } from '../basics/decision.ts'
import type { Answer, Asking, AskingRefusal, KeptAnswer } from './answer.ts'
import { ANSWER_KEPT_MS, decideBegin } from './answer.ts'

export interface AnswerStore {
  transaction<Result>(work: () => Result): Result
  find(key: string): KeptAnswer | undefined
  put(record: KeptAnswer): void
  removeCreatedBy(instant: number): void
  oldestCreatedAt(): number | undefined
}

/** What a request is told when it begins: run (and then finish or abandon), or this is what was said before. */
export type Begun = { kind: 'fresh' } | { kind: 'replay'; answer: Answer }

export class AnswerKeeper {
  #store: AnswerStore
  #clock: Clock

  constructor(store: AnswerStore, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  /** Safe to repeat: a repeat of the same attempt finds its own lease and is told that it is in flight. */
  begin(asking: Asking): Decision<Begun, AskingRefusal> {
    return this.#store.transaction(() => {
      const decision = decideBegin(this.#store.find(asking.key), asking, this.#clock.now())
      if (!decision.ok) return decision
      if (decision.value.kind === 'replay') return { ok: true, value: decision.value }
      this.#store.put(decision.value.record)
      return { ok: true, value: { kind: 'fresh' } }
    })
  }

  /**
   * Records what the attempt is about to answer, and gives back what everyone must be told: the first answer that was
   * recorded wins, so an attempt that outlived its lease says what its successor said.
   */
  finish(asking: Asking, answer: Answer): Answer {
    return this.#store.transaction(() => {
      const kept = this.#store.find(asking.key)
      if (!kept || kept.fingerprint !== asking.fingerprint) return answer
      if (kept.answer) return kept.answer
      this.#store.put({ ...kept, attempt: asking.attempt, answer })
      return answer
    })
  }

  /** A fault: nothing was said, so the key is free to be tried again at once. Only the holder of the lease may do so. */
  abandon(asking: Asking): void {
    this.#store.transaction(() => {
      const kept = this.#store.find(asking.key)
      if (kept && kept.attempt === asking.attempt && !kept.answer) {
        // Kept without a lease, not removed: the key stays bound to its body.
        this.#store.put({ ...kept, leaseUntil: this.#clock.now() })
      }
    })
  }

  /** Forgets what is a day old. Answers when to come back, or undefined when nothing is left. */
  forgetOld(): number | undefined {
    return this.#store.transaction(() => {
      this.#store.removeCreatedBy(this.#clock.now() - ANSWER_KEPT_MS)
      const oldest = this.#store.oldestCreatedAt()
      return oldest === undefined ? undefined : oldest + ANSWER_KEPT_MS
    })
  }
}
