/** How the console says what became of a schedule's slots. */
import type { FC } from 'hono/jsx'
import type { RunOutcome, RunView, ScheduleView } from '../../domain/message/schedule-desk.ts'

export const OUTCOMES: Readonly<Record<RunOutcome, string>> = {
  fired: 'fired',
  caught_up: 'caught up',
  triggered: 'by hand',
  backfilled: 'filled in later',
  skipped_overlap: 'left out: the last one was running',
  skipped_misfire: 'left out: nobody was there',
  skipped_blackout: 'left out: a blackout',
  skipped_paused: 'left out: paused',
  queued: 'waits for the last one',
}

/** How a schedule stands, in a word. */
export const ScheduleState: FC<{ schedule: Pick<ScheduleView, 'isPaused' | 'nextAt'> }> = ({ schedule }) => {
  if (schedule.isPaused) return <span class="mini-state job-retrying">Paused</span>
  if (schedule.nextAt === null) return <span class="mini-state job-cancelled">Over</span>
  return <span class="mini-state job-succeeded">Active</span>
}

const WIDE = 1000
const HIGH = 40
const DOT = 5

/** The runs on a line of time, the newest at its right end; what was left out is hollow. The table below says the same. */
export const Timeline: FC<{ runs: readonly RunView[] }> = ({ runs }) => {
  const instants = runs.map(({ nominalAt }) => nominalAt)
  const [first, last] = [Math.min(...instants), Math.max(...instants)]
  const x = (at: number): number =>
    last === first ? WIDE - 2 * DOT : DOT + ((at - first) / (last - first)) * (WIDE - 3 * DOT)
  return runs.length < 2 ? null : (
    <svg
      class="timeline"
      viewBox={`0 0 ${WIDE} ${HIGH}`}
      role="img"
      aria-label={`The last ${runs.length} runs on a line of time`}
    >
      <line class="timeline-axis" x1="0" x2={String(WIDE)} y1={String(HIGH / 2)} y2={String(HIGH / 2)} />
      {runs.map(({ nominalAt, outcome }) => (
        <circle
          class={outcome.startsWith('skipped') ? 'run-skipped' : `run-${outcome}`}
          cx={x(nominalAt).toFixed(1)}
          cy={String(HIGH / 2)}
          r={String(DOT)}
        />
      ))}
    </svg>
  )
}
