/** Pages that keep themselves new: what they show, told once a second for as long as somebody watches. */
import type { Asked } from './context.ts'
import { keyOfId } from './middleware/operator/index.ts'
import { OF_STREAMS } from './replies.ts'

const EVERY_MS = 1000
/** Then whoever watches comes back by themselves; a stream that never ended would outlive deploys. */
const STREAM_MS = 5 * 60_000
const COME_BACK_MS = 1000

/**
 * Server-sent events of one name, one a second. `tell` makes the lines of one event, which is the whole of what is shown, so a
 * missed one costs nothing. Ends after five minutes, and at once when the key that opened it is revoked.
 */
export function everySecond(c: Asked, event: string, tell: (isFirst: boolean) => Promise<string>): Response {
  if (c.req.method === 'HEAD') return new Response(null, { headers: OF_STREAMS })
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  c.executionCtx.waitUntil(stream(c, event, tell, writable.getWriter()))
  return new Response(readable, { headers: OF_STREAMS })
}

async function stream(
  c: Asked,
  event: string,
  tell: (isFirst: boolean) => Promise<string>,
  writer: WritableStreamDefaultWriter<Uint8Array>,
): Promise<void> {
  const encoder = new TextEncoder()
  const say = (lines: string): Promise<void> => writer.write(encoder.encode(`${lines}\n\n`))
  const { clock } = c.var.visit
  const end = clock.now() + STREAM_MS
  try {
    await say(`retry: ${COME_BACK_MS}`)
    for (let isFirst = true; clock.now() < end && (await isOnDuty(c)); isFirst = false) {
      const began = clock.now()
      await say(`event: ${event}\ndata: ${await tell(isFirst)}`)
      await new Promise((resolve) => setTimeout(resolve, Math.max(50, began + EVERY_MS - clock.now())))
    }
    await writer.close()
  } catch (gone) {
    await writer.abort(gone).catch(() => undefined) // the reader closed the page; there is nobody to tell
  }
}

/** While nobody can be asked, whoever was let in stays: nobody can revoke a key then, either. */
const isOnDuty = async (c: Asked): Promise<boolean> =>
  (await keyOfId(c, c.var.operator.keyId).catch(() => 'unknown')) !== null
