/** Which jobs a list shows. */
import type { JobQuery } from '../message/job-desk.ts'
import type { JobRecord } from './job.ts'

/** Whether a job is one of those that a query asks for. */
export const matches = (
  job: JobRecord,
  { states, types, tag, batchId, errorCode, from, until, before }: JobQuery,
): boolean =>
  (states === null || states.includes(job.state)) &&
  (types === null || types.includes(job.type)) &&
  (tag === null || job.tags.includes(tag)) &&
  (batchId === null || job.batchId === batchId) &&
  (errorCode === null || job.error?.code === errorCode) &&
  (from === null || job.createdAt >= from) &&
  (until === null || job.createdAt < until) &&
  (before === null || job.id < before)
