/**
 * Cron triggers: one object, one alarm, set to the next minute that any expression of wrangler.toml names. A minute that
 * passed while the runner was away is not made up for; the platform promises no more.
 */
import { DurableObject } from 'cloudflare:workers'
import type { ShimEnv } from './env.ts'
import { isDue, MINUTE_MS, nextRun } from './schedule.ts'

export class CronClock extends DurableObject<ShimEnv> {
  /** Sets the alarm; called once per start of the runner. Safe to repeat. */
  async start(): Promise<void> {
    const at = nextRun(this.env.CRONS, Date.now())
    if (at !== null) await this.ctx.storage.setAlarm(at)
  }

  override async alarm(): Promise<void> {
    const minute = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS
    await this.start()
    for (const cron of this.env.CRONS) if (isDue(cron, minute)) await this.run(cron, minute)
  }

  /** Runs one expression's trigger now, due or not. Returns the outcome workerd reports. */
  async run(cron: string, at: number): Promise<string> {
    const { outcome } = await this.env.MAIN.scheduled({ cron, scheduledTime: new Date(at) })
    if (outcome !== 'ok') console.error(`Cron ${cron} ended with ${outcome}.`)
    return outcome
  }
}
