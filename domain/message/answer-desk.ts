/** What a request asks of the object that remembers answers (domain/answer). Every question is safe to repeat. */
import type { Answer, Asking, AskingRefusal } from '../answer/answer.ts'
import type { Begun } from '../answer/keeper.ts'
import type { Decision } from '../basics/decision.ts'

export interface AnswerDesk {
  begin(asking: Asking): Promise<Decision<Begun, AskingRefusal>>
  finish(asking: Asking, answer: Answer): Promise<Answer>
  abandon(asking: Asking): Promise<void>
  isAlive(): Promise<true>
}
