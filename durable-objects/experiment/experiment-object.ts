/**
 * Counts a share of a store's visitors in its experiments (domain/experiment/keeper.ts): eight a store, by hash of the
 * visitor. Nothing wakes it. If it dies, its rows are on disk; what was told meanwhile is told again, for orders by the
 * book that owes it, for exposures by the next page the visitor sees.
 */
import { DurableObject } from 'cloudflare:workers'
import { ExperimentKeeper } from '../../domain/experiment/keeper.ts'
import { NOTHING, type Tally } from '../../domain/experiment/tally.ts'
import type { Conversion, ExperimentDesk, Exposure, TallyAsk } from '../../domain/message/experiment-desk.ts'
import exposuresAndOrders from '../../migrations/durable-objects/experiment/0001_exposures_and_orders.sql'
import { applySchema, hasSchema } from '../basics/schema.ts'
import { SqliteExperimentStore } from './sqlite-store.ts'

export class ExperimentObject extends DurableObject<Env> implements ExperimentDesk {
  readonly #keeper: ExperimentKeeper

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#keeper = new ExperimentKeeper(new SqliteExperimentStore(ctx.storage))
  }

  async exposed(exposures: readonly Exposure[]): Promise<void> {
    this.#prepare()
    this.#keeper.exposed(exposures)
  }

  async ordered(conversions: readonly Conversion[]): Promise<void> {
    this.#prepare()
    this.#keeper.ordered(conversions)
  }

  async tally(ask: TallyAsk): Promise<Tally[]> {
    // Who is only asked leaves nothing on disk.
    if (!hasSchema(this.ctx.storage)) return Array.from({ length: ask.variations }, () => NOTHING)
    return this.#keeper.tally(ask)
  }

  #prepare(): void {
    applySchema(this.ctx.storage, [{ name: '0001_exposures_and_orders', text: exposuresAndOrders }])
  }
}
