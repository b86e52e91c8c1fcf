/**
 * The alerts of one store, named `<store>/alerts`: what is past its threshold, who has still to be told, and what the share of
 * failures is compared with. Whoever looks at the jobs hands their look in; it asks nobody itself and never wakes by itself.
 * Not in Postgres, because Postgres being away is an evening on which somebody should be told something.
 */
import { DurableObject } from 'cloudflare:workers'
import type { Alert } from '../../domain/alert/alert.ts'
import { AlertKeeper, type Letter } from '../../domain/alert/keeper.ts'
import type { Look } from '../../domain/alert/rules.ts'
import type { AlertDesk } from '../../domain/message/alert-desk.ts'
import alerts from '../../migrations/durable-objects/alert/0001_alerts.sql'
import { applySchema } from '../basics/schema.ts'
import { SqliteAlertStore } from './sqlite-store.ts'

export class AlertObject extends DurableObject<Env> implements AlertDesk {
  readonly #keeper: AlertKeeper

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    applySchema(ctx.storage, [{ name: '0001_alerts', text: alerts }])
    this.#keeper = new AlertKeeper(new SqliteAlertStore(ctx.storage))
  }

  async judge(look: Look, receivers: string[]): Promise<Letter[]> {
    return this.#keeper.judge(look, receivers)
  }

  async told(noticeId: string, receiver: string): Promise<void> {
    this.#keeper.told(noticeId, receiver)
  }

  async standing(): Promise<Alert[]> {
    return this.#keeper.standing()
  }
}
