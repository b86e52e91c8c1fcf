/**
 * One shard of a store's epochs, named `<store>/epochs-<n>`: counts which tags have changed (domain/freshness/epochs.ts).
 * It looks into the outbox when somebody asks, so it has no alarm and a quiet shop wakes nobody. If it dies its rows are on
 * disk; what it had not counted yet is still in the outbox. While it is away, copies live by their lifetimes.
 */
import { DurableObject } from 'cloudflare:workers'
import type { EpochNews } from '../../domain/freshness/epochs.ts'
import { EpochKeeper, type EpochsHad } from '../../domain/freshness/keeper.ts'
import { OutboxWatch } from '../../domain/freshness/watch.ts'
import { shardNamed, type EpochDesk } from '../../domain/message/epoch-desk.ts'
import epochs from '../../migrations/durable-objects/epoch/0001_epochs.sql'
import { systemTimer, within } from '../../platform/cache/surroundings.ts'
import { systemClock } from '../../platform/dice.ts'
import { databaseOf } from '../../platform/postgres/database.ts'
import { lookIntoOutbox } from '../../platform/postgres/epochs.ts'
import { applySchema } from '../basics/schema.ts'
import { Sql } from '../basics/sql.ts'
import { SqliteEpochStore } from './sqlite-store.ts'

export class EpochObject extends DurableObject<Env> implements EpochDesk {
  readonly #keeper: EpochKeeper
  readonly #watch: OutboxWatch

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    const { storeId, shard } = shardNamed(ctx.id.name ?? '')
    const store = new SqliteEpochStore(new Sql(ctx.storage))
    this.#keeper = new EpochKeeper(store, systemClock, () => crypto.randomUUID())
    this.#watch = new OutboxWatch(
      this.#keeper,
      systemClock,
      (counted) => lookIntoOutbox(databaseOf(env), storeId, shard, counted),
      async (work, ms) => (await within({ after: systemTimer }, work, ms))?.value,
    )
  }

  async news(had: EpochsHad): Promise<EpochNews> {
    this.#wake()
    return this.#watch.news(had)
  }

  async newsNow(had: EpochsHad): Promise<EpochNews> {
    this.#wake()
    return this.#watch.newsNow(had)
  }

  async bump(tags: readonly string[] | null, had: EpochsHad): Promise<EpochNews> {
    this.#wake()
    if (tags === null) this.#keeper.bumpAll()
    else this.#keeper.bump(tags)
    return this.#keeper.news(had)
  }

  /** Not in the constructor: an object that is only named leaves nothing on disk. */
  #wake(): void {
    applySchema(this.ctx.storage, [{ name: '0001_epochs', text: epochs }])
  }
}
