/** When a schedule fires next, before it is saved and after: by its own clock and in UTC, with what clock changes do to it. */
import type { FC } from 'hono/jsx'
import type { z } from '@hono/zod-openapi'
import type { CronTiming } from '../../domain/schedule/calendar.ts'
import type { Timing } from '../../domain/message/schedule-desk.ts'
import { zoneNamed } from '../../platform/calendar/zone.ts'
import { previewOf } from '../schedule-preview.ts'
import type { PlannedFiring } from '../schedule-schemas.ts'
import { Counts } from './counts.tsx'
import { At } from './job-say.tsx'

type Planned = z.infer<typeof PlannedFiring>
type Affected = NonNullable<Planned['affected']>

const SHOWN = 8
/** A year has two; a zone that has none for two years has none. */
const CHANGES_SHOWN = 2
const YEARS_AHEAD = 2
/** No change of a clock touches more wall times than those of a few hours around it. */
const AROUND_MS = 3 * 3_600_000
/** Every minute of those hours, and then some. */
const AROUND_MOST = 400
/** Of one change; the others are like them. */
const LINES_OF_ONE_CHANGE = 3

const WORDS: Readonly<Record<Affected, string>> = {
  moved_after_gap: 'the clock leaves this time out: fires right after',
  moved_before_gap: 'the clock leaves this time out: fires just before',
  skipped_in_gap: 'the clock leaves this time out: does not fire',
  first_of_two: 'comes twice: fires the first time',
  second_of_two: 'comes twice: fires the second time',
  skipped_first_of_two: 'comes twice: does not fire the first time',
  skipped_second_of_two: 'comes twice: does not fire the second time',
}

export interface PreviewOf {
  timing: Timing
  startsAt: number | null
  endsAt: number | null
  blackouts: { from: number; until: number }[]
}

export const Preview: FC<{ of: PreviewOf; now: number }> = ({ of, now }) => {
  if (of.timing.kind === 'drop') return <p>It moves with the drop.</p>
  const next = previewOf(of, {}, now, SHOWN)
  const changes = of.timing.kind === 'cron' ? aroundChanges({ ...of, timing: of.timing }, now) : []
  return (
    <>
      {next.length === 0 ? <p>Nothing is planned.</p> : <Firings of={next} caption="The next firings" />}
      {changes.length === 0 ? null : <Firings of={changes} caption="Around the next changes of the clock" />}
    </>
  )
}

const Firings: FC<{ of: readonly Planned[]; caption: string }> = ({ of, caption }) => (
  <Counts heads={['Planned, by its clock', 'UTC', 'Clock change']} caption={caption}>
    {of.map(({ planned, at, affected, times, in_blackout: isDark }) => (
      <tr class={affected === null ? '' : 'moved'}>
        <th scope="row">{planned.replace('T', ' ')}</th>
        <td>{at === null ? 'does not fire' : isDark ? 'not then' : <At at={Date.parse(at)} />}</td>
        <td>{affected === null ? '–' : `${WORDS[affected]}${times > 1 ? ` (${times} times in a row)` : ''}`}</td>
      </tr>
    ))}
  </Counts>
)

/** What the next changes of the zone's clock do to it, if they do anything. */
export function aroundChanges(of: PreviewOf & { timing: CronTiming }, now: number): Planned[] {
  return changesAfter(of.timing.zone, now).flatMap(({ at: change, offsetMs }) =>
    previewOf(of, {}, Math.max(now, change - AROUND_MS), AROUND_MOST)
      .filter(({ affected }) => affected !== null)
      // What does not fire has no instant, but a wall time; that of the clock before its change is near enough.
      .filter(({ planned }) => Date.parse(`${planned}Z`) - offsetMs < change + AROUND_MS)
      .slice(0, LINES_OF_ONE_CHANGE),
  )
}

function changesAfter(name: string, now: number): { at: number; offsetMs: number }[] {
  const zone = zoneNamed(name)
  if (!zone) return []
  const changes: { at: number; offsetMs: number }[] = []
  const end = now + YEARS_AHEAD * 366 * 86_400_000
  for (let at = zone.spanAt(now).until; at < end && changes.length < CHANGES_SHOWN; at = zone.spanAt(at).until) {
    // Spans end with each year, too, where nothing changes.
    const offsetMs = zone.offsetAt(at - 1)
    if (offsetMs !== zone.offsetAt(at)) changes.push({ at, offsetMs })
  }
  return changes
}
