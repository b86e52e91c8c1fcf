/**
 * Judges a drop's invitation codes, those whose digest falls to it (domain/invitation). Eight a drop, named
 * `<store>/<drop>/codes-<k>`. It never wakes by itself: codes end by their own dates, and wrong codes are forgotten when
 * the next one is counted. If it dies, its rows are on disk.
 */
import { DurableObject } from 'cloudflare:workers'
import { assert } from '../../domain/basics/assert.ts'
import type { Decision } from '../../domain/basics/decision.ts'
import { invitationNameFor, invitationShard } from '../../domain/invitation/code.ts'
import { InvitationKeeper } from '../../domain/invitation/keeper.ts'
import { MemoryInvitationStore } from '../../domain/invitation/memory-store.ts'
import type {
  InvitationBatch,
  InvitationDesk,
  InvitationRefusal,
  Redeemed,
  Redeeming,
} from '../../domain/message/invitation-desk.ts'
import codes from '../../migrations/durable-objects/invitation/0001_codes.sql'
import windows from '../../migrations/durable-objects/invitation/0002_windows.sql'
import { applySchema, hasSchema } from '../basics/schema.ts'
import { Sql } from '../basics/sql.ts'
import { SqliteInvitationStore } from './sqlite-store.ts'

/** Exported for tests of the store alone. */
export const SCHEMA = [
  { name: '0001_codes', text: codes },
  { name: '0002_windows', text: windows },
]

const clock = { now: () => Date.now() }

export class InvitationObject extends DurableObject<Env> implements InvitationDesk {
  /** Null until there are codes: who tries one at a drop without any leaves nothing on disk. */
  #keeper: InvitationKeeper | null

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#keeper = hasSchema(ctx.storage) ? this.#open() : null
  }

  async describe(batch: InvitationBatch): Promise<void> {
    for (const { digest } of batch.codes) {
      const name = invitationNameFor(batch.storeId, batch.dropId, invitationShard(digest))
      assert(this.ctx.id.name === name, `${this.ctx.id.name} does not judge a code of ${name}`)
    }
    this.#keeper ??= this.#open()
    this.#keeper.describe(batch)
  }

  async redeem(redeeming: Redeeming): Promise<Decision<Redeemed, InvitationRefusal>> {
    return this.#keeperOrNone().redeem(redeeming)
  }

  async standing(digest: string, visitorId: string): Promise<Redeemed | null> {
    return this.#keeperOrNone().standing(digest, visitorId)
  }

  async uses(batchId: string): Promise<number> {
    return this.#keeperOrNone().uses(batchId)
  }

  /** An empty store gives all the right answers; it is thrown away with them. */
  #keeperOrNone(): InvitationKeeper {
    return this.#keeper ?? new InvitationKeeper(new MemoryInvitationStore(), clock)
  }

  #open(): InvitationKeeper {
    applySchema(this.ctx.storage, SCHEMA)
    return new InvitationKeeper(new SqliteInvitationStore(new Sql(this.ctx.storage)), clock)
  }
}
