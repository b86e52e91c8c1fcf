/**
 * Lists of jobs, newest first. Ids sort by birth, so each index that ends with the id gives its jobs in order: the list is
 * read from the one that leaves the fewest to look through, and stops when it is full. Several states or types are as many
 * lists, merged.
 */
import type { JobQuery } from '../../domain/message/job-desk.ts'
import { firstIdAt } from '../../domain/basics/ids.ts'
import { type JobRecord } from '../../domain/job/job.ts'
import type { Sql, SqlValue } from '../basics/sql.ts'
import { jobOf, type JobRow } from './job-rows.ts'

/** Part of a statement, with its values. */
interface Part {
  text: string
  values: SqlValue[]
}

export function listJobs(sql: Sql, query: JobQuery): JobRecord[] {
  // Of a tag's jobs the ids are read off the tag.
  const id = query.tag === null ? 'jobs.id' : 'tags.job_id'
  const filters = filtersOf(query, id)
  const wanted = filters.map(({ text }) => text).join(' AND ')
  const found = new Map<string, JobRecord>()
  for (const source of sourcesOf(query)) {
    const values = [source, ...filters].flatMap((part) => part.values)
    const text = `SELECT jobs.* FROM ${source.text} AND ${wanted} ORDER BY ${id} DESC LIMIT ?`
    for (const row of sql.all<JobRow>(text, ...values, query.limit)) found.set(row.id, jobOf(row))
  }
  return [...found.values()].sort((one, other) => (one.id < other.id ? 1 : -1)).slice(0, query.limit)
}

/** Where to read from. What is rare comes first: a tag, a batch, a state that few jobs are in, a type. */
function sourcesOf({ tag, batchId, states, types }: JobQuery): Part[] {
  if (tag !== null) {
    // CROSS JOIN: SQLite then keeps the order in which they are named.
    return [{ text: 'tags CROSS JOIN jobs ON jobs.id = tags.job_id WHERE tags.tag = ?', values: [tag] }]
  }
  if (batchId !== null) return [{ text: 'jobs INDEXED BY jobs_by_batch WHERE batch_id = ?', values: [batchId] }]
  const isRare = states !== null && states.every((state) => state !== 'succeeded')
  if (states !== null && (isRare || types === null)) {
    return states.map((state) => ({ text: 'jobs INDEXED BY jobs_by_state WHERE state = ?', values: [state] }))
  }
  if (types !== null) {
    return types.map((type) => ({ text: 'jobs INDEXED BY jobs_by_type WHERE type = ?', values: [type] }))
  }
  return [{ text: 'jobs WHERE 1', values: [] }]
}

function filtersOf({ states, types, tag, batchId, errorCode, from, until, before }: JobQuery, id: string): Part[] {
  const parts: Part[] = [{ text: `${id} < ?`, values: [before ?? 'k'] }] // all ids of jobs begin with j
  if (from !== null) parts.push({ text: `${id} >= ? AND created_at >= ?`, values: [firstIdAt('job', from), from] })
  if (until !== null) parts.push({ text: `${id} < ? AND created_at < ?`, values: [firstIdAt('job', until), until] })
  if (states !== null)
    parts.push({ text: 'state IN (SELECT value FROM json_each(?))', values: [JSON.stringify(states)] })
  if (types !== null) parts.push({ text: 'type IN (SELECT value FROM json_each(?))', values: [JSON.stringify(types)] })
  if (tag !== null && batchId !== null) parts.push({ text: 'batch_id = ?', values: [batchId] })
  if (errorCode !== null) parts.push({ text: "life ->> '$.error.code' = ?", values: [errorCode] })
  return parts
}
