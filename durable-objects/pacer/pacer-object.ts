/**
 * The pacer: one per account at the payment provider, today one per store. Tells settlers when they may call, so that all
 * of them together stay within the provider's limits (domain/pacing). It has no alarm: nothing happens unless somebody
 * asks. If it dies, its rows say how far permits were given; those who wait come back and queue anew.
 */
import { DurableObject } from 'cloudflare:workers'
import type { CallReport, PacerDesk, PermitAnswer, PermitAsk, Pressure } from '../../domain/message/pacer-desk.ts'
import { PacerKeeper } from '../../domain/pacing/keeper.ts'
import { limitsFor, rateMost, type Limits } from '../../domain/pacing/pace.ts'
import paces from '../../migrations/durable-objects/pacer/0001_paces.sql'
import { systemClock } from '../../platform/dice.ts'
import { applySchema, hasSchema } from '../basics/schema.ts'
import { Sql } from '../basics/sql.ts'
import { SqlitePacerStore } from './sqlite-store.ts'

const SCHEMA = [{ name: '0001_paces', text: paces }]
/** What a store has whose pacer nobody has asked yet. */
const IDLE = { waiting: 0, oldestWaitMs: 0 }

export class PacerObject extends DurableObject<Env> implements PacerDesk {
  readonly #limits: Limits
  readonly #keeper: PacerKeeper

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#limits = limitsFor(env.STRIPE_CALLS_PER_SECOND)
    this.#keeper = new PacerKeeper(new SqlitePacerStore(new Sql(ctx.storage)), systemClock, this.#limits)
  }

  async ask(asks: readonly PermitAsk[], reports: readonly CallReport[]): Promise<PermitAnswer[]> {
    applySchema(this.ctx.storage, SCHEMA)
    return this.#keeper.ask(asks, reports)
  }

  async report(reports: readonly CallReport[]): Promise<void> {
    applySchema(this.ctx.storage, SCHEMA)
    this.#keeper.report(reports)
  }

  /** Whoever only asks leaves nothing on disk. */
  async pressure(): Promise<Pressure> {
    if (!hasSchema(this.ctx.storage)) return { ...IDLE, ratePerSecond: rateMost(this.#limits) }
    return this.#keeper.pressure()
  }
}
