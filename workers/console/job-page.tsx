/** One job with its whole story: what it was asked, what it came after, each attempt, its result, and what can be done. */
import type { Child, FC } from 'hono/jsx'
import type { Ancestor, Attempt, JobState, JobView } from '../../domain/message/job-desk.ts'
import { Counts } from './counts.tsx'
import type { Notice } from './drop-page.tsx'
import { At, StateOf, readable, took } from './job-say.tsx'

export interface JobSeen {
  job: JobView
  /** How those stand that it comes after; null: nobody knows it any more. */
  ancestors: readonly (Ancestor & { job: JobView | null })[]
  /** Null: this key may not see what was asked. */
  payload: string | null
  /** The schedule whose firing made it. */
  scheduleId: string | null
  now: number
}

export const JobPage: FC<{ seen: JobSeen; mayChange: boolean; notice: Notice | null }> = ({
  seen,
  mayChange,
  notice,
}) => {
  const { job } = seen
  const at = `/console/jobs/${job.id}`
  return (
    <div class="sheet" data-events={`${at}/events`} data-page={at}>
      <h1>
        {job.type} <a href="/console/jobs">all jobs</a>
      </h1>
      <Told notice={notice} />
      <JobParts seen={seen} />
      {mayChange ? <JobCommands job={job} at={at} /> : <p class="small">This key may look, and nothing else.</p>}
      <Asked seen={seen} />
    </div>
  )
}

export const Told: FC<{ notice: Notice | null }> = ({ notice }) =>
  notice ? (
    <div class={`notice notice-${notice.tone}`} role="status">
      <p class="notice-title">{notice.title}</p>
      <p>{notice.detail}</p>
    </div>
  ) : null

/** What changes by itself; drawn anew once a second. */
export const JobParts: FC<{ seen: JobSeen }> = ({ seen }) => (
  <div data-part="story" class="story" data-version={`${seen.job.version}`}>
    <p class="story-state">
      <StateOf state={seen.job.state} /> {sentenceOf(seen)}
    </p>
    <Progress job={seen.job} />
    <Facts seen={seen} />
    <Attempts job={seen.job} now={seen.now} />
    {seen.job.result === null ? null : (
      <section aria-labelledby="result-title">
        <h2 id="result-title">Result</h2>
        <pre class="wide">
          <code>{readable(seen.job.result)}</code>
        </pre>
      </section>
    )}
  </div>
)

/** Where it stands and what comes next. */
function sentenceOf({ job, now }: JobSeen): string {
  const inTime = job.dueAt === null ? 'at some time' : job.dueAt <= now ? 'now' : `in ${took(job.dueAt - now)}`
  const words: Readonly<Record<JobState, string>> = {
    scheduled: `begins ${inTime}`,
    waiting: `for ${job.after.length === 1 ? 'another job' : `${job.after.length} other jobs`} to end`,
    queued: 'begins as soon as a consumer has room',
    running: job.isCancelAsked ? 'was asked to stop' : `attempt ${job.attempts.length} of ${job.attemptsMax}`,
    retrying: `attempt ${job.attempts.length + 1} of ${job.attemptsMax} begins ${inTime}`,
    succeeded: job.startedAt === null || job.endedAt === null ? '' : `after ${took(job.endedAt - job.startedAt)}`,
    failed: 'since a job that it needed did not end as it had to',
    dead: `after ${job.attempts.length === 1 ? 'one attempt' : `${job.attempts.length} attempts`}; it can be replayed`,
    cancelled: '',
  }
  return words[job.state]
}

const Progress: FC<{ job: JobView }> = ({ job: { progress } }) =>
  progress === null ? null : (
    <p>
      <progress max={1} value={progress.done} /> {`${Math.round(progress.done * 100)} % ${progress.note}`}
    </p>
  )

const Facts: FC<{ seen: JobSeen }> = ({ seen: { job, ancestors, scheduleId } }) => (
  <dl class="job-facts">
    <Fact name="Id">
      <code>{job.id}</code>
    </Fact>
    <Fact name="Lane">{job.lane}</Fact>
    <Fact name="Made">
      <At at={job.createdAt} /> UTC by <code>{job.by}</code>
    </Fact>
    {job.error === null ? null : (
      <Fact name="Error">
        <code>{job.error.code}</code> {job.error.message}
      </Fact>
    )}
    {job.replays > 0 ? <Fact name="Replayed">{job.replays === 1 ? 'once' : `${job.replays} times`}</Fact> : null}
    {job.tags.length > 0 ? <Fact name="Tags">{job.tags.join(', ')}</Fact> : null}
    {job.concurrencyKey === null ? null : (
      <Fact name="In line with">
        <code>{job.concurrencyKey}</code>
      </Fact>
    )}
    {job.batchId === null ? null : (
      <Fact name="Batch">
        <a href={`/console/jobs?batch=${job.batchId}`}>
          <code>{job.batchId}</code>
        </a>
      </Fact>
    )}
    {scheduleId === null ? null : (
      <Fact name="Fired by">
        <a href={`/console/schedules/${scheduleId}`}>
          <code>{scheduleId}</code>
        </a>
      </Fact>
    )}
    {ancestors.length === 0 ? null : (
      <Fact name="Comes after">
        <ul>
          {ancestors.map(({ jobId, on, job: ancestor }) => (
            <li>
              <a href={`/console/jobs/${jobId}`}>{ancestor?.type ?? jobId}</a>{' '}
              {ancestor ? <StateOf state={ancestor.state} /> : 'is known no more'}
              {on === 'success' ? null : ` on ${on === 'any' ? 'whatever end' : 'failure'}`}
            </li>
          ))}
        </ul>
      </Fact>
    )}
  </dl>
)

const Fact: FC<{ name: string; children?: Child }> = ({ name, children }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
)

const OUTCOMES: Readonly<Record<Attempt['outcome'], string>> = {
  running: 'under way',
  succeeded: 'succeeded',
  failed: 'failed',
  timed_out: 'took too long',
  lost: 'was heard of no more',
  cancelled: 'cancelled',
}

const Attempts: FC<{ job: JobView; now: number }> = ({ job: { attempts }, now }) =>
  attempts.length === 0 ? null : (
    <section aria-labelledby="attempts-title">
      <h2 id="attempts-title">Attempts</h2>
      <Counts heads={['Attempt', 'Began, UTC', 'Took', 'What became of it', 'Error']}>
        {attempts.map(({ number, startedAt, endedAt, outcome, error }) => (
          <tr>
            <th scope="row">{String(number)}</th>
            <td>
              <At at={startedAt} />
            </td>
            <td>{took((endedAt ?? now) - startedAt)}</td>
            <td>{OUTCOMES[outcome]}</td>
            <td class="words">{error === null ? '–' : `${error.code}: ${error.message}`}</td>
          </tr>
        ))}
      </Counts>
    </section>
  )

const ENDED: ReadonlySet<JobState> = new Set(['succeeded', 'failed', 'dead', 'cancelled'])

export const JobCommands: FC<{ job: JobView; at: string }> = ({ job, at }) => (
  <div data-part="commands" class="commands">
    {job.state === 'scheduled' || job.state === 'retrying' ? (
      <form method="post" action={`${at}/retry`}>
        <button class="button">Begin now</button>
      </form>
    ) : null}
    {ENDED.has(job.state) ? null : (
      <form method="post" action={`${at}/cancel`}>
        <button class="button button-quiet">{job.state === 'running' ? 'Ask it to stop' : 'Cancel'}</button>
      </form>
    )}
    {job.state === 'dead' ? (
      <form method="post" action={`${at}/replay`}>
        <button class="button">Replay</button>
      </form>
    ) : null}
  </div>
)

const Asked: FC<{ seen: JobSeen }> = ({ seen: { payload } }) => (
  <section aria-labelledby="payload-title">
    <h2 id="payload-title">Payload</h2>
    {payload === null ? (
      <p class="small">What it was asked to do is shown to keys with the scope jobs:write.</p>
    ) : (
      <pre class="wide">
        <code>{readable(payload)}</code>
      </pre>
    )}
  </section>
)
