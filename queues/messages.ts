/** Messages, from unknown to known. A message that is not one is undefined, and spoils none of its neighbours. */
import type { JobMessage, RecordMessage, SettleMessage } from '../domain/message/queues.ts'

export function parseSettle(body: unknown): SettleMessage | undefined {
  const fields = fieldsOf(body)
  return fields['kind'] === 'settle' && texts(fields, 'book', 'orderId') ? (fields as SettleMessage) : undefined
}

export function parseRecord(body: unknown): RecordMessage | undefined {
  const fields = fieldsOf(body)
  const ofBook = fields['kind'] === 'orders' && texts(fields, 'book')
  const ofStock = fields['kind'] === 'stock' && texts(fields, 'storeId', 'sku')
  return ofBook || ofStock ? (fields as RecordMessage) : undefined
}

const JOBS_A_MESSAGE_MAX = 1000

export function parseJobs(body: unknown): JobMessage | undefined {
  const fields = fieldsOf(body)
  const { kind, jobs } = fields
  if (kind !== 'jobs' || !texts(fields, 'storeId') || !Array.isArray(jobs) || jobs.length > JOBS_A_MESSAGE_MAX) {
    return undefined
  }
  const named = jobs.every(
    (job: unknown) =>
      typeof job === 'object' &&
      job !== null &&
      'id' in job &&
      typeof job.id === 'string' &&
      'send' in job &&
      Number.isSafeInteger(job.send),
  )
  return named ? (fields as JobMessage) : undefined
}

type Fields = Record<string, unknown>

/** Only version 1 is spoken. A later one, met in the middle of a deploy, is retried by dead letters' own outbox row. */
function fieldsOf(body: unknown): Fields {
  if (typeof body !== 'object' || body === null) return {}
  const fields = body as Fields
  return fields['v'] === 1 ? fields : {}
}

const texts = (fields: Fields, ...names: string[]): boolean =>
  names.every((name) => typeof fields[name] === 'string' && fields[name] !== '')
