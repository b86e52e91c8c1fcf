/**
 * One pool of an existing shop's origins, named `<store>/pool-<name>`: hears from every isolate how the origins answered,
 * asks them itself how they do while somebody comes, and tells every isolate who is to be left alone (domain/origin). It
 * wakes to ask; a pool that nobody has come to for some minutes wakes nobody. While it is away, each isolate goes by what
 * it sees itself.
 */
import { DurableObject } from 'cloudflare:workers'
import { PoolKeeper, type CheckupDue } from '../../domain/origin/keeper.ts'
import type { PoolDesk, PoolNews, PoolReport, PoolSeen } from '../../domain/message/pool-desk.ts'
import pool from '../../migrations/durable-objects/origin/0001_pool.sql'
import { systemClock } from '../../platform/dice.ts'
import { askHowItDoes } from '../../platform/origin/checkup.ts'
import { Alarms } from '../basics/alarms.ts'
import { applySchema, hasSchema } from '../basics/schema.ts'
import { Sql } from '../basics/sql.ts'
import { SqlitePoolStore } from './sqlite-store.ts'

const SCHEMA = [{ name: '0001_pool', text: pool }]

export class OriginObject extends DurableObject<Env> implements PoolDesk {
  readonly #keeper: PoolKeeper
  readonly #alarms: Alarms
  #hasTables: boolean

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#hasTables = hasSchema(ctx.storage)
    this.#keeper = new PoolKeeper(new SqlitePoolStore(new Sql(ctx.storage)), systemClock)
    this.#alarms = new Alarms(ctx.storage, systemClock, [
      {
        nextDueAt: () => (this.#hasTables ? this.#keeper.nextCheckupAt() : null),
        run: (now) => {
          for (const due of this.#keeper.beginCheckups(now)) ctx.waitUntil(this.#askBeside(due))
        },
      },
    ])
    void ctx.blockConcurrencyWhile(() => this.#alarms.wake())
  }

  async tell(report: PoolReport): Promise<PoolNews> {
    if (!this.#hasTables) applySchema(this.ctx.storage, SCHEMA)
    this.#hasTables = true
    const news = this.#keeper.tell(report)
    this.#alarms.arm()
    return news
  }

  async seen(): Promise<PoolSeen | null> {
    return this.#hasTables ? this.#keeper.seen() : null
  }

  override async alarm(info?: AlarmInvocationInfo): Promise<void> {
    await this.#alarms.ring(info)
  }

  async #askBeside(due: CheckupDue): Promise<void> {
    const at = systemClock.now()
    const { path, timeoutMs } = due.settings
    const status = await askHowItDoes(`${due.origin.url}${path}`, timeoutMs)
    this.#keeper.checked(due, { at, tookMs: systemClock.now() - at, status })
  }
}
