/** How the console says what becomes of jobs: states, spans, instants. */
import type { FC } from 'hono/jsx'
import { spanInWords } from '../../domain/alert/words.ts'
import type { JobState, JobView } from '../../domain/message/job-desk.ts'
import { instantOut } from '../wire.ts'

const STATES: Readonly<Record<JobState, string>> = {
  scheduled: 'Scheduled',
  waiting: 'Waiting for others',
  queued: 'Queued',
  running: 'Running',
  retrying: 'Will try again',
  succeeded: 'Succeeded',
  failed: 'Not tried',
  dead: 'Given up on',
  cancelled: 'Cancelled',
}

/** In the order of a life. */
export const JOB_STATES = Object.keys(STATES) as JobState[]

export const stateInWords = (state: JobState): string => STATES[state]

export const StateOf: FC<{ state: JobState }> = ({ state }) => (
  <span class={`mini-state job-${state}`}>{stateInWords(state)}</span>
)

/** `2026-11-22 03:40:12`, all of it UTC. */
export const At: FC<{ at: number | null }> = ({ at }) =>
  at === null ? <span>–</span> : <time datetime={instantOut(at)}>{instantOut(at).slice(0, 19).replace('T', ' ')}</time>

/** `12 ms`, `3.4 s`, `5 min`. */
export function took(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  return ms < 90_000 ? `${(ms / 1000).toFixed(1)} s` : spanInWords(ms / 1000)
}

/** The last four letters say which; the link has all of them. */
export const JobLink: FC<{ job: Pick<JobView, 'id'> }> = ({ job: { id } }) => (
  <a href={`/console/jobs/${id}`}>
    <code>{`…${id.slice(-6)}`}</code>
  </a>
)

/** JSON as people read it; text that is none stays as it is. Long ones are cut: the API has all of it. */
export function readable(json: string): string {
  let text = json
  try {
    text = JSON.stringify(JSON.parse(json), null, 2)
  } catch {
    // Shown as it was kept.
  }
  return text.length > READABLE_MOST ? `${text.slice(0, READABLE_MOST)}\n… ${text.length} letters in all` : text
}

const READABLE_MOST = 20_000
