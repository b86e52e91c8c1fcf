/** What a schedule will do, before it is saved and after: in words, and the next firings with what clock changes do. */
import type { z } from '@hono/zod-openapi'
import type { DropMoments, ScheduleTerms } from '../domain/message/schedule-desk.ts'
import { momentOf, plannedAfter } from '../domain/schedule/schedule.ts'
import { calendar, checkCron, nextOccurrences } from '../platform/calendar/calendar.ts'
import type { Occurrence } from '../platform/calendar/occurrences.ts'
import { rulesInWords, wordsFor } from '../platform/calendar/words.ts'
import { zoneNamed, type Zone } from '../platform/calendar/zone.ts'
import type * as schema from './schedule-schemas.ts'
import { instantOut } from './wire.ts'

type Planned = z.infer<typeof schema.PlannedFiring>
type Plan = Pick<ScheduleTerms, 'timing' | 'startsAt' | 'endsAt' | 'blackouts'>

/** The next `count` firings after an instant, and between them what a clock change takes away. */
export function previewOf(plan: Plan, moments: DropMoments, after: number, count: number): Planned[] {
  const { timing, startsAt, endsAt, blackouts } = plan
  const from = startsAt === null ? after : Math.max(after, startsAt - 1)
  const isOver = (at: number) => endsAt !== null && at >= endsAt
  const isDark = (at: number) => blackouts.some(({ from: begin, until }) => at >= begin && at < until)
  if (timing.kind === 'cron') {
    const zone = zoneNamed(timing.zone)!
    const found = nextOccurrences(timing, from, count).filter(({ at }) => !isOver(at))
    return found.map((one) => occurrenceOut(one, zone, isDark(one.at)))
  }
  const planned: Planned[] = []
  const schedule = { terms: plan, momentAt: momentOf(plan, moments) }
  for (let at = plannedAfter(schedule, from, calendar); at !== null && planned.length < count;) {
    planned.push(plainOut(at, isDark(at)))
    at = plannedAfter(schedule, at, calendar)
  }
  return planned
}

const plainOut = (at: number, isDark: boolean): Planned => ({
  at: instantOut(at),
  planned: wallText(at),
  local: instantOut(at),
  affected: null,
  times: 1,
  in_blackout: isDark,
})

function occurrenceOut(one: Occurrence, zone: Zone, isDark: boolean): Planned {
  const planned = wallText(one.wall)
  if (one.kind === 'fires') {
    const local = localText(one.at, zone)
    return { at: instantOut(one.at), planned, local, affected: one.change, times: 1, in_blackout: isDark }
  }
  return { at: null, planned, local: null, affected: `skipped_${one.change}`, times: one.slots, in_blackout: isDark }
}

/** A wall time, written as if it were UTC. */
const wallText = (wall: number): string => new Date(wall).toISOString().slice(0, 19)

function localText(at: number, zone: Zone): string {
  const offsetMs = zone.offsetAt(at)
  const minutes = Math.abs(offsetMs) / 60_000
  const two = (number: number) => String(Math.floor(number)).padStart(2, '0')
  return `${wallText(at + offsetMs)}${offsetMs < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`
}

/** The timing in a sentence, and another about clock changes where they matter. */
export async function inWords({
  timing,
}: Pick<ScheduleTerms, 'timing'>): Promise<{ words: string; clock_changes: string | null }> {
  switch (timing.kind) {
    case 'cron': {
      const read = checkCron(timing)
      if (!read.ok) return { words: `By the expression ${timing.expression}`, clock_changes: null }
      const words = `${await wordsFor(read.value.expression)}, in ${timing.zone}`
      return { words, clock_changes: rulesInWords(read.value.rules) }
    }
    case 'interval':
      return { words: `Every ${span(timing.everyMs)}, from ${instantOut(timing.anchorAt)}`, clock_changes: null }
    case 'once':
      return { words: `Once, at ${instantOut(timing.at)}`, clock_changes: null }
    case 'drop':
      return { words: `${offsetWords(timing.offsetMs)}${MOMENTS[timing.moment]}`, clock_changes: null }
  }
}

const MOMENTS = {
  opening: 'the drop opens',
  sold_out: 'the drop is sold out',
  end: 'the drop ends',
} as const

const offsetWords = (offsetMs: number): string =>
  offsetMs === 0 ? 'When ' : `${span(Math.abs(offsetMs))} ${offsetMs < 0 ? 'before' : 'after'} `

const UNITS: [ms: number, word: string][] = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
]

/** `1 day 30 minutes`. */
function span(lengthMs: number): string {
  let rest = lengthMs
  const parts = UNITS.flatMap(([unit, word]) => {
    const count = unit === 1_000 ? rest / unit : Math.floor(rest / unit)
    rest -= count * unit
    return count === 0 ? [] : [`${count} ${word}${count === 1 ? '' : 's'}`]
  })
  return parts.join(' ')
}
