/** Jobs in a list, and the form that says which. */
import type { FC } from 'hono/jsx'
import type { JobView } from '../../domain/message/job-desk.ts'
import { Counts } from './counts.tsx'
import { At, JOB_STATES, JobLink, StateOf, stateInWords } from './job-say.tsx'

/** What the address asks for; '': whatever it is. */
export interface JobFilterAsked {
  state: string
  type: string
  tag: string
  batch: string
}

export interface JobPageAsked {
  filter: JobFilterAsked
  /** The same, as an address says it. */
  query: string
  types: readonly string[]
  jobs: readonly JobView[]
  /** Where the older ones begin; null: these are all. */
  nextBefore: string | null
}

export const JobList: FC<{ asked: JobPageAsked }> = ({ asked }) => {
  const { filter, types } = asked
  return (
    <section aria-labelledby="list-title">
      <h2 id="list-title">Jobs, newest first</h2>
      <form method="get" action="/console/jobs#list-title" class="filter">
        <label>
          State
          <select name="state">
            <option value="">any</option>
            {JOB_STATES.map((state) => (
              <option value={state} selected={state === filter.state}>
                {stateInWords(state)}
              </option>
            ))}
          </select>
        </label>
        <label>
          Type
          <select name="type">
            <option value="">any</option>
            {types.map((type) => (
              <option value={type} selected={type === filter.type}>
                {type}
              </option>
            ))}
          </select>
        </label>
        <label>
          Tag
          <input name="tag" maxlength={50} value={filter.tag} />
        </label>
        {filter.batch === '' ? null : <input type="hidden" name="batch" value={filter.batch} />}
        <button class="button button-quiet">Show</button>
      </form>
      <JobListed asked={asked} />
    </section>
  )
}

/** Drawn anew now and then. */
export const JobListed: FC<{ asked: JobPageAsked }> = ({ asked: { filter, jobs, nextBefore } }) => (
  <div data-part="listed">
    {jobs.length === 0 ? <p class="small">None.</p> : <JobRows jobs={jobs} />}
    {nextBefore === null ? null : (
      <p>
        <a href={`/console/jobs?${queryOf(filter, nextBefore)}#list-title`}>Older ones</a>
      </p>
    )}
  </div>
)

function queryOf(filter: JobFilterAsked, before: string): string {
  const named = Object.entries(filter).filter(([, value]) => value !== '')
  return new URLSearchParams([...named, ['before', before]]).toString()
}

export const JobRows: FC<{ jobs: readonly JobView[] }> = ({ jobs }) => (
  <Counts heads={['Job', 'Type', 'State', 'Lane', 'Attempts', 'Made, UTC', 'Error']}>
    {jobs.map((job) => (
      <tr>
        <th scope="row">
          <JobLink job={job} />
        </th>
        <td>{job.type}</td>
        <td>
          <StateOf state={job.state} />
        </td>
        <td>{job.lane}</td>
        <td>{`${job.attempts.length} of ${job.attemptsMax}`}</td>
        <td>
          <At at={job.createdAt} />
        </td>
        <td>{job.error === null ? '–' : <code>{job.error.code}</code>}</td>
      </tr>
    ))}
  </Counts>
)
