/**
 * A cron expression: five fields, or six with the seconds first; names of days and months, `L`, `#`, `W`, `+` for "and",
 * nicknames such as `@daily`. Read by croner, which here counts wall times only, as if all the world were UTC: what a
 * clock change makes of them is decided by calendar.ts, because a schedule may choose that (docs/concepts/schedules.md).
 */
import { Cron } from 'croner'

/** Longer is no expression that somebody could read. */
export const EXPRESSION_LENGTH_MAX = 200

export interface Expression {
  text: string
  /** Names hours, minutes and seconds one by one, without a wildcard or a step: people expect it once a day. */
  isFixedTime: boolean
  /** The finest step it can name: a minute for five fields, a second for six. ms. */
  unitMs: number
  /** The first wall time strictly after another, both written as if they were UTC, ms; null: there is none. */
  slotAfter(wall: number): number | null
}

const KEPT_MOST = 500
const kept = new Map<string, Expression>()

/** Reads an expression; a text instead of it says what is wrong, in words for its author. */
export function readExpression(text: string): Expression | { problem: string } {
  const known = kept.get(text)
  if (known) return known
  if (text.length > EXPRESSION_LENGTH_MAX)
    return { problem: `An expression has at most ${EXPRESSION_LENGTH_MAX} letters.` }
  let cron: Cron
  try {
    // `utcOffset: 0` is `timezone: 'UTC'`, ten times faster. Sloppy: `5/15` is read as many write it, from 5 on.
    cron = new Cron(text, { utcOffset: 0, mode: '5-or-6-parts', sloppyRanges: true })
  } catch (thrown) {
    return { problem: wordsOf(thrown) }
  }
  const slotAfter = (wall: number) => cron.nextRun(new Date(wall))?.getTime() ?? null
  const expression = { text, ...kindOf(text), slotAfter }
  if (slotAfter(Date.UTC(2000, 0)) === null) return { problem: 'No day of any year fits.' }
  if (kept.size >= KEPT_MOST) kept.clear()
  kept.set(text, expression)
  return expression
}

const wordsOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message.replace(/^CronPattern: /, '') : 'It cannot be read.'

function kindOf(text: string): { isFixedTime: boolean; unitMs: number } {
  const fields = text.trim().split(/\s+/)
  if (fields.length === 1) return { isFixedTime: fields[0]!.toLowerCase() !== '@hourly', unitMs: 60_000 }
  const times = fields.length === 6 ? fields.slice(0, 3) : fields.slice(0, 2)
  return { isFixedTime: !times.some((field) => /[*?/]/.test(field)), unitMs: fields.length === 6 ? 1000 : 60_000 }
}
