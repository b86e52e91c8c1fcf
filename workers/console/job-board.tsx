/** The board of jobs: how much is done, how long it takes, what waits, what fails, what was given up on. */
import type { FC } from 'hono/jsx'
import type { Finding, Look } from '../../domain/alert/rules.ts'
import { alertInWords } from '../../domain/alert/words.ts'
import { LANES } from '../../domain/job/job.ts'
import { RUN_BUCKETS_MS } from '../../domain/job/tallies.ts'
import type { JobFigures } from '../../domain/message/job-desk.ts'
import { Counts } from './counts.tsx'
import { took } from './job-say.tsx'
import { number, rate } from './say.ts'

export interface Watched {
  look: Look
  alerts: Finding[]
}

type Part = FC<{ watched: Watched }>

export const JobBoardParts: Part = ({ watched }) => (
  <>
    <Standing watched={watched} />
    <Numbers watched={watched} />
    <Lanes watched={watched} />
    <Types watched={watched} />
    <Mended watched={watched} />
  </>
)

/** What is the matter, largest first; or that nothing is. */
export const Standing: Part = ({ watched: { alerts, look } }) => (
  <div data-part="standing" class={alerts.length > 0 ? 'state state-alarm' : 'state state-open'} role="status">
    <p class="state-word">
      {alerts.length === 0 ? 'All is well' : alerts.length === 1 ? 'One alert' : `${alerts.length} alerts`}
    </p>
    {alerts.length > 0 ? (
      <ul class="alerts">
        {alerts.map((alert) => (
          <li>{`${alertInWords(alert)}.`}</li>
        ))}
      </ul>
    ) : (
      <p class="state-rest">
        {look.silent > 0 ? `${look.silent} of the objects did not answer just now` : 'no alert stands'}
      </p>
    )}
  </div>
)

const lately = ({ jobs: { recent } }: Look, what: 'succeeded' | 'failed' | 'started'): number =>
  recent.reduce((sum, second) => sum + second[what], 0)

export const Numbers: Part = ({ watched: { look } }) => {
  const { lanes, states, recent } = look.jobs
  const all = (of: 'queued' | 'running' | 'scheduled'): number => LANES.reduce((sum, lane) => sum + lanes[lane][of], 0)
  const started = lately(look, 'started')
  const ended = lately(look, 'succeeded') + lately(look, 'failed')
  const mean = (of: 'waitMs' | 'runMs', count: number): string =>
    count === 0 ? '–' : took(recent.reduce((sum, second) => sum + second[of], 0) / count)
  return (
    <>
      <dl data-part="numbers" class="numbers">
        <Big label="Queued" value={number(all('queued'))} of={`${number(all('scheduled'))} for later`} />
        <Big label="Running" value={number(all('running'))} of="attempts under way" />
        <Big
          label="Done a minute"
          value={number(lately(look, 'succeeded'))}
          of={`${rate(lately(look, 'succeeded') / 60)} a second`}
        />
        <Big
          label="Given up on"
          value={number(states.dead ?? 0)}
          of={`${number(lately(look, 'failed'))} failed attempts a minute`}
          isBad={(states.dead ?? 0) > 0}
        />
      </dl>
      <dl data-part="latency" class="figures">
        <Figure label="Queued to started" value={mean('waitMs', started)} rest="mean of the last minute" />
        <Figure label="Started to done" value={mean('runMs', ended)} rest="mean of the last minute" />
        <Figure label="Will try again" value={number(states.retrying ?? 0)} rest="after a failed attempt" />
        <Figure label="Waiting for others" value={number(states.waiting ?? 0)} rest="jobs that come after jobs" />
      </dl>
    </>
  )
}

const Big: FC<{ label: string; value: string; of: string; isBad?: boolean }> = ({ label, value, of, isBad }) => (
  <div class={isBad ? 'number number-over' : 'number'}>
    <dt>{label}</dt>
    <dd>
      <b>{value}</b> <span>{of}</span>
    </dd>
  </div>
)

const Figure: FC<{ label: string; value: string; rest: string }> = ({ label, value, rest }) => (
  <div class="figure">
    <dt>{label}</dt>
    <dd>
      <b>{value}</b> <span>{rest}</span>
    </dd>
  </div>
)

export const Lanes: Part = ({ watched: { look } }) => (
  <section data-part="lanes" aria-labelledby="lanes-title">
    <h2 id="lanes-title">Lanes</h2>
    <Counts heads={['Lane', 'Queued', 'Oldest', 'Running', 'For later']}>
      {LANES.map((lane) => {
        const { queued, running, scheduled, oldestQueuedAt } = look.jobs.lanes[lane]
        return (
          <tr>
            <th scope="row">{lane}</th>
            <td>{number(queued)}</td>
            <td>{oldestQueuedAt === null ? '–' : took(Math.max(0, look.at - oldestQueuedAt))}</td>
            <td>{number(running)}</td>
            <td>{number(scheduled)}</td>
          </tr>
        )
      })}
    </Counts>
  </section>
)

type Totals = JobFigures['totals'][number]

export const Types: Part = ({ watched: { look } }) => (
  <section data-part="types" aria-labelledby="types-title">
    <h2 id="types-title">
      Types <span>since their rows began</span>
    </h2>
    {look.jobs.totals.length === 0 ? (
      <p class="small">
        No job yet. Make one by <code>POST /api/v1/admin/jobs</code>; see <a href="/docs">the API</a>.
      </p>
    ) : (
      <Counts
        heads={[
          'Type',
          'Taken',
          'Succeeded',
          'Failed attempts',
          'Given up on',
          'Mean wait',
          'Mean run',
          '95 of 100 within',
        ]}
      >
        {look.jobs.totals.map((one) => (
          <tr>
            <th scope="row">
              <a href={`/console/jobs?type=${encodeURIComponent(one.type)}`}>{one.type}</a>
            </th>
            <td>{number(one.enqueued)}</td>
            <td>{number(one.succeeded)}</td>
            <td>{number(one.failedAttempts)}</td>
            <td>{number(one.dead)}</td>
            <td>{meanOf(one, one.waitMs)}</td>
            <td>{meanOf(one, one.runMs)}</td>
            <td>{withinMost(one)}</td>
          </tr>
        ))}
      </Counts>
    )}
  </section>
)

function meanOf({ succeeded, failedAttempts }: Totals, ms: number): string {
  const ended = succeeded + failedAttempts
  return ended === 0 ? '–' : took(ms / ended)
}

/** The end of the bucket in which the ninety-fifth of a hundred lies. */
function withinMost({ runBuckets }: Totals): string {
  const all = runBuckets.at(-1) ?? 0
  if (all === 0) return '–'
  const bucket = runBuckets.findIndex((count) => count >= all * 0.95)
  const most = RUN_BUCKETS_MS[bucket]
  return most === undefined ? `over ${took(RUN_BUCKETS_MS.at(-1)!)}` : took(most)
}

/** What the platform lost and we found again. Not bad by itself; growing fast it is. */
export const Mended: Part = ({ watched: { look } }) => {
  const { leasesExpired, messagesResent, alarmRescues, zombiesRefused } = look.jobs.counts
  return (
    <section data-part="mended" aria-labelledby="mended-title">
      <h2 id="mended-title">Lost and found again</h2>
      <dl class="figures">
        <Figure label="Consumers" value={number(leasesExpired)} rest="heard of no more" />
        <Figure label="Messages" value={number(messagesResent)} rest="sent again" />
        <Figure label="Alarms" value={number(alarmRescues)} rest="set again" />
        <Figure label="Late ends" value={number(zombiesRefused)} rest="of attempts that were over" />
      </dl>
    </section>
  )
}

const SECONDS = 60

/** The last minute for the chart, second by second. Numbers only, so nothing in it can end its element. */
export function secondsJson({ at, jobs: { recent } }: Look): string {
  const until = Math.floor(at / 1000)
  const by = new Map(recent.map((second) => [Math.floor(second.at / 1000), second]))
  const of = (what: 'started' | 'succeeded' | 'failed'): number[] =>
    Array.from({ length: SECONDS }, (_, i) => by.get(until - SECONDS + i)?.[what] ?? 0)
  return JSON.stringify({
    from: until - SECONDS,
    started: of('started'),
    succeeded: of('succeeded'),
    failed: of('failed'),
  })
}
