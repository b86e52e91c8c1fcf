/** HLD6 and ORD4, from the visitor's side: the same key is never answered in two ways. */
import type { Answered } from '../../domain/message/order-book.ts'
import { Violation } from './violation.ts'

export class ConsistentAnswers {
  readonly #first = new Map<string, string>()

  heard(key: string, answered: Answered<unknown, { code: string }>): void {
    const { decision, requestId } = answered
    if (!decision.ok && decision.refusal.code === 'idempotency_request_in_flight') return
    const said = JSON.stringify({ decision, requestId })
    const before = this.#first.get(key)
    if (before === undefined) this.#first.set(key, said)
    else if (before !== said) throw new Violation('HLD6', `${key} was answered ${before} and then ${said}`)
  }
}
