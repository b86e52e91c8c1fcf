/** Many questions to many objects, some at a time, for somebody who would rather know most of it now than all of it late. */
import type { Clock } from '../../domain/basics/clock.ts'
import { within } from '../basics/deadline.ts'

/** Connections that one request of ours opens at a time. */
const ABREAST = 6
/** Whoever is slower is silent this time. */
const PATIENCE_MS = 1_500
/** When many are slow: then nobody else is waited for. */
const PATIENCE_IN_ALL_MS = 2_500

export class Questions {
  readonly #clock: Clock
  readonly #line: { name: string; ask: () => Promise<void> }[] = []
  readonly silent: string[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Puts a question into the line. Its answer, or null, is in the box when all have been asked. */
  add<Answer>(name: string, question: () => Promise<Answer>): { answer: Answer | null } {
    const box: { answer: Answer | null } = { answer: null }
    const ask = async (): Promise<void> => {
      box.answer = await question()
    }
    this.#line.push({ name, ask })
    return box
  }

  /** Asks them all. Never rejects: `silent` names those that did not answer, or not in time. */
  async askAll(): Promise<void> {
    const end = this.#clock.now() + PATIENCE_IN_ALL_MS
    const rest = this.#line.splice(0).values()
    const worker = async (): Promise<void> => {
      for (const { name, ask } of rest) await this.#askOne(name, ask, end)
    }
    await Promise.all(Array.from({ length: ABREAST }, worker))
  }

  async #askOne(name: string, ask: () => Promise<void>, end: number): Promise<void> {
    const patienceMs = Math.min(PATIENCE_MS, end - this.#clock.now())
    try {
      if (patienceMs <= 0) this.silent.push(name)
      else await within(patienceMs, `looking at ${name}`, ask())
    } catch {
      this.silent.push(name) // seen by whoever watches; the object itself says why
    }
  }
}
