/**
 * Remembers for 24 hours what POSTs were answered (domain/answer). One of 1,024 per store, chosen by hash of who asks
 * and which key; it wakes by alarm to forget what is a day old. If it dies, its rows are on disk, and a request that was
 * in flight is free to be tried again after its lease.
 */
import { DurableObject } from 'cloudflare:workers'
import type { Answer, Asking, AskingRefusal } from '../../domain/answer/answer.ts'
import { ANSWER_KEPT_MS } from '../../domain/answer/answer.ts'
import type { Begun } from '../../domain/answer/keeper.ts'
import { AnswerKeeper } from '../../domain/answer/keeper.ts'
import type { Decision } from '../../domain/basics/decision.ts'
import answers from '../../migrations/durable-objects/answer/0001_answers.sql'
import { applySchema } from '../basics/schema.ts'
import { SqliteAnswerStore } from './sqlite-store.ts'

/** Old answers may wait for company: one alarm an hour forgets many keys and keeps the bill small. */
const TIDY_EVERY_MS = 60 * 60_000

export class AnswerObject extends DurableObject<Env> {
  #keeper: AnswerKeeper

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#keeper = new AnswerKeeper(new SqliteAnswerStore(ctx.storage), { now: () => Date.now() })
  }

  async begin(asking: Asking): Promise<Decision<Begun, AskingRefusal>> {
    // Not in the constructor: who is only asked whether it lives leaves nothing on disk.
    applySchema(this.ctx.storage, [{ name: '0001_answers', text: answers }])
    const decision = this.#keeper.begin(asking)
    // A row that outlives a lost alarm does no harm (it has faded by its own date); the next first request re-arms it.
    if (decision.ok && decision.value.kind === 'fresh' && (await this.ctx.storage.getAlarm()) === null) {
      await this.ctx.storage.setAlarm(Date.now() + ANSWER_KEPT_MS + TIDY_EVERY_MS)
    }
    return decision
  }

  async finish(asking: Asking, answer: Answer): Promise<Answer> {
    return this.#keeper.finish(asking, answer)
  }

  async abandon(asking: Asking): Promise<void> {
    this.#keeper.abandon(asking)
  }

  /** For health: objects can be reached. */
  async isAlive(): Promise<true> {
    return true
  }

  override async alarm(): Promise<void> {
    const next = this.#keeper.forgetOld()
    if (next !== undefined) await this.ctx.storage.setAlarm(next + TIDY_EVERY_MS)
  }
}
