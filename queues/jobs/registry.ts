/** Every type of job there is, by its name: the one list that the door, the schedules and the consumers read. */
import type { z } from 'zod'
import { accept, refuse, type Decision } from '../../domain/basics/decision.ts'
import type { JobHandler } from './handler.ts'
import { bulkUpdate } from './handlers/bulk-update.ts'
import { deliverWebhook } from './handlers/deliver-webhook.ts'
import { exportRows } from './handlers/export.ts'
import { httpRequest } from './handlers/http-request.ts'
import { importCatalog } from './handlers/import-catalog.ts'
import { noop } from './handlers/noop.ts'
import { orderLetter } from './handlers/order-letter.ts'
import { projectOrder } from './handlers/project-order.ts'
import { renderDocument } from './handlers/render-document.ts'
import { replayDeadLetters } from './handlers/replay-dead-letters.ts'
import { sendEmail } from './handlers/send-email.ts'
import { warmCache } from './handlers/warm-cache.ts'

const ALL = [
  httpRequest,
  deliverWebhook,
  sendEmail,
  orderLetter,
  renderDocument,
  warmCache,
  exportRows,
  importCatalog,
  projectOrder,
  bulkUpdate,
  replayDeadLetters,
  noop,
]

export const JOB_HANDLERS: ReadonlyMap<string, JobHandler> = new Map(ALL.map((handler) => [handler.type, handler]))

/** The payload of a job as its type wants it, defaults filled in; or what is wrong with it. */
export function payloadFor(handler: JobHandler, payload: unknown): Decision<unknown, z.ZodError> {
  const parsed = handler.payload.safeParse(payload)
  return parsed.success ? accept(parsed.data) : refuse(parsed.error)
}
