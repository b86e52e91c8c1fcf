/** The pages of schedules: all of them, and one with its runs and what can be done with it. */
import type { FC } from 'hono/jsx'
import type { JobView } from '../../domain/message/job-desk.ts'
import type { RunView, ScheduleView } from '../../domain/message/schedule-desk.ts'
import { Counts } from './counts.tsx'
import type { Notice } from './drop-page.tsx'
import { Told } from './job-page.tsx'
import { At, StateOf, readable, took } from './job-say.tsx'
import { number } from './say.ts'
import { Preview } from './schedule-preview.tsx'
import { OUTCOMES, ScheduleState, Timeline } from './schedule-say.tsx'

export interface ScheduleListed {
  schedule: ScheduleView
  words: string
  lastJob: JobView | null
}

export const SchedulesPage: FC<{ listed: readonly ScheduleListed[]; mayChange: boolean; notice: Notice | null }> = ({
  listed,
  mayChange,
  notice,
}) => (
  <div class="sheet">
    <h1>
      Schedules <a href="/console/jobs">jobs</a>
    </h1>
    <Told notice={notice} />
    {listed.length === 0 ? (
      <p>There is none yet: nothing happens by itself.</p>
    ) : (
      <Counts heads={['Schedule', 'When', 'Next, UTC', 'Runs', 'Last job', 'State']}>
        {listed.map(({ schedule, words, lastJob }) => (
          <tr>
            <th scope="row">
              <a href={`/console/schedules/${schedule.id}`}>{schedule.name}</a>
            </th>
            <td class="words">{words}</td>
            <td>
              <At at={schedule.nextAt} />
            </td>
            <td>{number(schedule.runs)}</td>
            <td>
              {lastJob === null ? (
                '–'
              ) : (
                <a href={`/console/jobs/${lastJob.id}`}>
                  <StateOf state={lastJob.state} />
                </a>
              )}
            </td>
            <td>
              <ScheduleState schedule={schedule} />
            </td>
          </tr>
        ))}
      </Counts>
    )}
    {mayChange ? (
      <p>
        <a class="button" href="/console/schedules/new">
          Add a schedule
        </a>
      </p>
    ) : null}
  </div>
)

export interface ScheduleSeen {
  schedule: ScheduleView
  words: { words: string; clock_changes: string | null }
  runs: readonly RunView[]
  /** The jobs of the runs, by id; missing: known no more. */
  jobs: ReadonlyMap<string, JobView>
  now: number
  requestKey: string
}

export const SchedulePage: FC<{ seen: ScheduleSeen; mayChange: boolean; notice: Notice | null }> = ({
  seen,
  mayChange,
  notice,
}) => {
  const { schedule, words } = seen
  return (
    <div class="sheet">
      <h1>
        {schedule.name} <a href="/console/schedules">all schedules</a>
      </h1>
      <Told notice={notice} />
      <p class="story-state">
        <ScheduleState schedule={schedule} /> {`${words.words}.`}
      </p>
      {words.clock_changes === null ? null : <p class="small">{words.clock_changes}</p>}
      {mayChange ? <Commands seen={seen} /> : <p class="small">This key may look, and nothing else.</p>}
      <section aria-labelledby="next-title">
        <h2 id="next-title">What comes</h2>
        {schedule.isPaused ? <p>Nothing, while it is paused. This would:</p> : null}
        <Preview of={schedule} now={seen.now} />
      </section>
      <Runs seen={seen} />
      <section aria-labelledby="job-title">
        <h2 id="job-title">What it does</h2>
        <p>
          A job of the type <b>{schedule.job.type}</b> in the lane {schedule.job.lane}, with up to{' '}
          {String(schedule.job.attemptsMax)} attempts.
        </p>
        {mayChange ? (
          <pre class="wide">
            <code>{readable(schedule.job.payload)}</code>
          </pre>
        ) : null}
      </section>
    </div>
  )
}

const Runs: FC<{ seen: ScheduleSeen }> = ({ seen: { runs, jobs } }) => (
  <section aria-labelledby="runs-title">
    <h2 id="runs-title">Runs, newest first</h2>
    <Timeline runs={runs} />
    {runs.length === 0 ? (
      <p class="small">None yet.</p>
    ) : (
      <Counts heads={['Planned, UTC', 'What became of it', 'Late by', 'Job']}>
        {runs.map((run) => {
          const job = run.jobId === null ? undefined : jobs.get(run.jobId)
          return (
            <tr>
              <th scope="row">
                <At at={run.nominalAt} />
                {run.untilAt === null ? null : ' and after'}
              </th>
              <td>{OUTCOMES[run.outcome]}</td>
              <td>{run.outcome === 'fired' ? took(Math.max(0, run.firedAt - run.nominalAt)) : '–'}</td>
              <td>
                {run.jobId === null ? (
                  '–'
                ) : (
                  <a href={`/console/jobs/${run.jobId}`}>{job ? <StateOf state={job.state} /> : 'known no more'}</a>
                )}
              </td>
            </tr>
          )
        })}
      </Counts>
    )}
  </section>
)

const Commands: FC<{ seen: ScheduleSeen }> = ({ seen: { schedule, requestKey } }) => {
  const at = `/console/schedules/${schedule.id}`
  return (
    <>
      <div class="commands">
        <form method="post" action={`${at}/${schedule.isPaused ? 'resume' : 'pause'}`}>
          <button class={schedule.isPaused ? 'button button-go' : 'button button-hold'}>
            {schedule.isPaused ? 'Resume' : 'Pause'}
          </button>
        </form>
        <form method="post" action={`${at}/trigger`}>
          <input type="hidden" name="key" value={requestKey} />
          <button class="button button-quiet">Trigger now</button>
        </form>
      </div>
      <details>
        <summary>Fill in what did not fire, or remove it…</summary>
        <form method="post" action={`${at}/backfill`} class="filter">
          <label>
            From, UTC
            <input name="from" type="datetime-local" required />
          </label>
          <label>
            Until, UTC
            <input name="until" type="datetime-local" required />
          </label>
          <button class="button button-quiet">Fill in</button>
        </form>
        <form method="post" action={`${at}/remove`} class="filter">
          <label class="check">
            <input type="checkbox" name="sure" value="yes" required />
            <span>Remove it and its list of runs. Its jobs stay.</span>
          </label>
          <button class="button button-stop">Remove</button>
        </form>
      </details>
    </>
  )
}
