/**
 * Cron triggers: one object, one alarm, set to the next minute that any expression of wrangler.toml names. A minute that
 * passed while the runner was away is not made up for; the platform promises no more.
 */
import { DurableObject } from 'cloudflare:workers'
import type { ShimEnv } from './env.ts'

const MINUTE_MS = 60_000
const LOOK_AHEAD_MINUTES = 366 * 24 * 60

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

function nextRun(crons: string[], now: number): number | null {
  if (crons.length === 0) return null
  const first = Math.floor(now / MINUTE_MS) + 1
  for (let minute = first; minute < first + LOOK_AHEAD_MINUTES; minute += 1) {
    if (crons.some((cron) => isDue(cron, minute * MINUTE_MS))) return minute * MINUTE_MS
  }
  return null
}

/** Five fields in UTC: minute, hour, day, month, weekday (1 = Sunday, as the platform counts). */
function isDue(cron: string, at: number): boolean {
  const when = new Date(at)
  const values = [
    when.getUTCMinutes(),
    when.getUTCHours(),
    when.getUTCDate(),
    when.getUTCMonth() + 1,
    when.getUTCDay() + 1,
  ]
  const fields = cron.trim().split(/\s+/)
  if (fields.length !== values.length) throw new Error(`A cron expression has five fields: ${cron}`)
  return fields.every((field, index) => field.split(',').some((part) => includes(part, values[index] ?? 0)))
}

function includes(part: string, value: number): boolean {
  const parsed = /^(?:(\*)|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/.exec(part)
  if (parsed === null) throw new Error(`This part of a cron expression is not understood here: ${part}`)
  const [, star, from, to, step] = parsed
  const start = star === undefined ? Number(from) : 0
  const end = star !== undefined || (to === undefined && step !== undefined) ? Infinity : Number(to ?? from)
  return value >= start && value <= end && (value - start) % Number(step ?? 1) === 0
}
