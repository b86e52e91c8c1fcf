/**
 * A job's life as server-sent events (HTML standard, section 9.2). Each message is the whole job, so a missed one costs
 * nothing; its id is the job's version, so a client that comes back is told only what it has not seen.
 */
import type { JobState, JobView } from '../domain/message/job-desk.ts'
import type { Asked } from './context.ts'
import { deskOf } from './job-desk.ts'
import { jobOut } from './job-wire.ts'
import { OF_STREAMS } from './replies.ts'

/** A comment this often keeps proxies from closing a stream in which nothing happens. */
const HEARTBEAT_MS = 15_000
/** Then the client comes back by itself; a stream that never ended would outlive deploys and pin an object. */
const STREAM_MS = 5 * 60_000
/** What the client is asked to wait before it comes back. */
const COME_BACK_MS = 2000

const ENDED: ReadonlySet<JobState> = new Set(['succeeded', 'failed', 'dead', 'cancelled'])

export const hasEnded = (state: JobState): boolean => ENDED.has(state)

/** The stream, from the job as it was just read; closes when it has ended. 204 tells EventSource not to come back. */
export function jobEvents(c: Asked, job: JobView): Response {
  const said = Number(c.req.header('last-event-id') ?? c.req.query('last_event_id') ?? 0)
  const seen = Number.isFinite(said) ? said : 0
  if (hasEnded(job.state) && seen >= job.version) return new Response(null, { status: 204 })
  if (c.req.method === 'HEAD') return new Response(null, { headers: OF_STREAMS })
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  c.executionCtx.waitUntil(tell(c, job, seen, writable.getWriter()))
  return new Response(readable, { headers: OF_STREAMS })
}

async function tell(
  c: Asked,
  job: JobView,
  seen: number,
  writer: WritableStreamDefaultWriter<Uint8Array>,
): Promise<void> {
  const encoder = new TextEncoder()
  const say = (lines: string): Promise<void> => writer.write(encoder.encode(`${lines}\n\n`))
  const { clock } = c.var.visit
  const end = clock.now() + STREAM_MS
  try {
    await say(`retry: ${COME_BACK_MS}`)
    let latest: JobView | null = job
    let told = seen
    while (latest) {
      if (latest.version > told) {
        await say(`event: job\nid: ${latest.version}\ndata: ${JSON.stringify(jobOut(latest))}`)
        told = latest.version
      } else {
        await say(': still here')
      }
      if (hasEnded(latest.state) || clock.now() >= end) break
      latest = (await deskOf(c, job.id)?.jobAfter(job.id, told, HEARTBEAT_MS)) ?? null
    }
    await writer.close()
  } catch (gone) {
    // The reader closed its page, or the object went away in mid-wait; either way the client comes back with its last id.
    await writer.abort(gone).catch(() => undefined)
  }
}
