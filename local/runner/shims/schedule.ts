/** When a cron expression is due: five fields of numbers, lists, ranges and steps, in UTC, as the platform reads them. */

export const MINUTE_MS = 60_000
const LOOK_AHEAD_MINUTES = 366 * 24 * 60
const FIRST = [0, 0, 1, 1, 1] // where `*/n` begins to count: days, months and weekdays have no zero

/** The next minute after `now` that any of them names, in ms; null when none does within a year. */
export function nextRun(crons: string[], now: number): number | null {
  if (crons.length === 0) return null
  const first = Math.floor(now / MINUTE_MS) + 1
  for (let minute = first; minute < first + LOOK_AHEAD_MINUTES; minute += 1) {
    if (crons.some((cron) => isDue(cron, minute * MINUTE_MS))) return minute * MINUTE_MS
  }
  return null
}

/** Five fields in UTC: minute, hour, day, month, weekday (1 = Sunday, as the platform counts). */
export function isDue(cron: string, at: number): boolean {
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
  return fields.every((field, index) =>
    field.split(',').some((part) => includes(part, values[index] ?? 0, FIRST[index] ?? 0)),
  )
}

function includes(part: string, value: number, first: number): boolean {
  const parsed = /^(?:(\*)|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/.exec(part)
  if (parsed === null) throw new Error(`This part of a cron expression is not understood here: ${part}`)
  const [, star, from, to, step] = parsed
  const start = star === undefined ? Number(from) : first
  const end = star !== undefined || (to === undefined && step !== undefined) ? Infinity : Number(to ?? from)
  return value >= start && value <= end && (value - start) % Number(step ?? 1) === 0
}
