/**
 * What the keeper of schedules wants of a calendar: when a cron expression next fires in its zone. Handed in, because
 * reading expressions and knowing the world's clock changes is somebody else's work (platform/calendar).
 */
import type { Timing } from '../message/schedule-desk.ts'

export type CronTiming = Extract<Timing, { kind: 'cron' }>

export interface Calendar {
  /** The first firing strictly after an instant, ms; null: never again. Throws when the timing was not checked before. */
  next(timing: CronTiming, after: number): number | null
}
