/**
 * Judges how often keys may do something (domain/limit). 64 per store, chosen by hash of the key, so that a key has one
 * judge. What it knows is in memory; rows a stride ahead of it are there for the day it is evicted, and an alarm forgets
 * those that say nothing any more. Who is never refused leaves nothing on disk.
 */
import { DurableObject } from 'cloudflare:workers'
import type { Rate } from '../../domain/limit/gcra.ts'
import { LimitKeeper, type LimitStore } from '../../domain/limit/keeper.ts'
import type { LimitDesk, PermitGrant, PermitRequest } from '../../domain/message/limit-desk.ts'
import limits from '../../migrations/durable-objects/limit/0001_limits.sql'
import { systemClock } from '../../platform/dice.ts'
import { applySchema, hasSchema } from '../basics/schema.ts'
import { Sql } from '../basics/sql.ts'
import { SqliteLimitStore } from './sqlite-store.ts'

/** Rows wait for company: each alarm is billed as a row too. */
const TIDY_AFTER_MS = 10 * 60_000

export class LimitObject extends DurableObject<Env> implements LimitDesk {
  readonly #keeper: LimitKeeper
  #armed = false

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#keeper = new LimitKeeper(this.#storeThatIsMadeLate(), systemClock)
  }

  async permits(request: PermitRequest): Promise<PermitGrant> {
    return this.#keeper.permits(request)
  }

  async handBack(key: string, rate: Rate): Promise<void> {
    this.#keeper.handBack(key, rate)
  }

  override async alarm(): Promise<void> {
    this.#armed = false
    const last = this.#keeper.forgetRested()
    if (last !== undefined) this.#arm()
  }

  /** Tables are made with the first row: most keys never need one, and a database with tables is billed for ever. */
  #storeThatIsMadeLate(): LimitStore {
    const { storage } = this.ctx
    const store = new SqliteLimitStore(new Sql(storage))
    let isMade = hasSchema(storage)
    return {
      find: (key) => (isMade ? store.find(key) : undefined),
      put: (key, tat) => {
        if (!isMade) applySchema(storage, [{ name: '0001_limits', text: limits }])
        isMade = true
        store.put(key, tat)
        if (!this.#armed) this.#arm()
      },
      removeRestedBy: (instant) => {
        if (isMade) store.removeRestedBy(instant)
      },
      lastRestsAt: () => (isMade ? store.lastRestsAt() : undefined),
    }
  }

  #arm(): void {
    this.#armed = true
    // Not awaited: the output gate holds the answer until it is on disk.
    void this.ctx.storage.setAlarm(Date.now() + TIDY_AFTER_MS)
  }
}
