/**
 * An order's life as server-sent events (HTML standard, section 9.2). Each message is the whole order, so a missed one
 * costs nothing; its id is the order's version, so a client that comes back is told only what it has not seen.
 */
import { bookOf } from '../../domain/basics/ids.ts'
import type { OrderStatus, OrderView } from '../../domain/message/order-book.ts'
import type { Asked } from '../context.ts'
import { orderBook } from '../desks.ts'
import { OF_STREAMS } from '../replies.ts'

/** A comment this often keeps proxies from closing a stream in which nothing happens. */
const HEARTBEAT_MS = 15_000
/** Then the client comes back by itself; a stream that never ended would outlive deploys and pin an object. */
const STREAM_MS = 5 * 60_000
/** What the client is asked to wait before it comes back. */
const COME_BACK_MS = 2000

const SETTLED: ReadonlySet<OrderStatus> = new Set([
  'paid',
  'payment_failed',
  'not_available',
  'cancelled',
  'partially_refunded',
  'refunded',
])

export const hasSettled = (order: OrderView): boolean => SETTLED.has(order.status)

/** The stream, from the order as it was just read; ends when it has settled. 204 tells EventSource not to come back. */
export function orderEvents(c: Asked, order: OrderView, show: (order: OrderView) => Promise<unknown>): Response {
  const seen = Number(c.req.header('last-event-id') ?? c.req.query('last_event_id') ?? 0)
  if (hasSettled(order) && seen >= order.version) return new Response(null, { status: 204 })
  if (c.req.method === 'HEAD') return new Response(null, { headers: OF_STREAMS })
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const telling = tell(c, order, Number.isFinite(seen) ? seen : 0, show, writable.getWriter())
  c.executionCtx.waitUntil(telling)
  return new Response(readable, { headers: OF_STREAMS })
}

async function tell(
  c: Asked,
  order: OrderView,
  seen: number,
  show: (order: OrderView) => Promise<unknown>,
  writer: WritableStreamDefaultWriter<Uint8Array>,
): Promise<void> {
  const encoder = new TextEncoder()
  const say = (lines: string): Promise<void> => writer.write(encoder.encode(`${lines}\n\n`))
  const { clock, storeId } = c.var.visit
  const end = clock.now() + STREAM_MS
  try {
    await say(`retry: ${COME_BACK_MS}`)
    let latest: OrderView | null = order
    let told = seen
    while (latest) {
      if (latest.version > told) {
        await say(`event: order\nid: ${latest.version}\ndata: ${JSON.stringify(await show(latest))}`)
        told = latest.version
      } else {
        await say(': still here')
      }
      if (hasSettled(latest) || clock.now() >= end) break
      latest = await orderBook(c.env, storeId, bookOf('ord', order.id)!).orderAfter(order.id, told, HEARTBEAT_MS)
    }
    await writer.close()
  } catch (gone) {
    // The reader closed its page, or the book went away in mid-wait; either way the client comes back with its last id.
    await writer.abort(gone).catch(() => undefined)
  }
}
