/** How a drop stands, for operators: one look, or one a second for as long as somebody watches. */
import type { DropWithProducts } from '../domain/drop/drop.ts'
import type { BoardLook } from '../domain/message/board-desk.ts'
import { boardOut, type Board } from './board-wire.ts'
import type { Asked } from './context.ts'
import { boardDesk } from './desks.ts'
import { failingOf, report } from './failures.ts'
import { keyOfId } from './middleware/operator/index.ts'
import { OF_STREAMS } from './replies.ts'
import { dropFacts } from './room.ts'

/** More would take the objects longer than a second; the sums are of all. */
const SKUS_WATCHED = 100
const EVERY_MS = 1000
/** SKUs may join a drop while somebody watches; nothing else is taken from the catalog. */
const FACTS_GOOD_FOR_MS = 10_000
/** Then whoever watches comes back by themselves; a stream that never ended would outlive deploys. */
const STREAM_MS = 5 * 60_000
const COME_BACK_MS = 1000

/** Never rejects because an object does not answer: then it is named as silent. */
export async function boardOf(c: Asked, { drop, items }: DropWithProducts): Promise<Board> {
  const { storeId, store, clock } = c.var.visit
  const skus = drop.skus.slice(0, SKUS_WATCHED)
  const look = await boardDesk(c.env, storeId, drop.id)
    .look({ skus, books: store.orderBooks.at(-1)! })
    .catch((fault: unknown): BoardLook => {
      report(c, fault, failingOf(fault))
      return { ...NOTHING_SEEN, at: clock.now(), stock: skus.map((sku) => ({ sku, tree: null })) }
    })
  return boardOut(drop, items, look)
}

const NOTHING_SEEN = { live: null, sales: null, pressure: null, seconds: [], silent: ['board'] }

/**
 * The board as server-sent events, one a second. `tell` makes the lines of one event; each is the whole board, so a missed
 * one costs nothing. Ends after five minutes, and at once when the key that opened it is revoked.
 */
export function boardEvents(
  c: Asked,
  facts: DropWithProducts,
  tell: (board: Board, isFirst: boolean) => Promise<string>,
): Response {
  if (c.req.method === 'HEAD') return new Response(null, { headers: OF_STREAMS })
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  c.executionCtx.waitUntil(stream(c, facts, tell, writable.getWriter()))
  return new Response(readable, { headers: OF_STREAMS })
}

async function stream(
  c: Asked,
  first: DropWithProducts,
  tell: (board: Board, isFirst: boolean) => Promise<string>,
  writer: WritableStreamDefaultWriter<Uint8Array>,
): Promise<void> {
  const encoder = new TextEncoder()
  const say = (lines: string): Promise<void> => writer.write(encoder.encode(`${lines}\n\n`))
  const { clock } = c.var.visit
  const end = clock.now() + STREAM_MS
  try {
    await say(`retry: ${COME_BACK_MS}`)
    let facts = first
    let factsUntil = clock.now() + FACTS_GOOD_FOR_MS
    for (let isFirst = true; clock.now() < end && (await isOnDuty(c)); isFirst = false) {
      const began = clock.now()
      const board = await boardOf(c, facts)
      await say(`event: board\ndata: ${await tell(board, isFirst)}`)
      await new Promise((resolve) => setTimeout(resolve, Math.max(50, began + EVERY_MS - clock.now())))
      if (clock.now() < factsUntil) continue
      facts = (await dropFacts(c, first.drop.slug).catch(() => facts)) ?? facts
      factsUntil = clock.now() + FACTS_GOOD_FOR_MS
    }
    await writer.close()
  } catch (gone) {
    await writer.abort(gone).catch(() => undefined) // the reader closed the page; there is nobody to tell
  }
}

/** While nobody can be asked, whoever was let in stays: nobody can revoke a key then, either. */
const isOnDuty = async (c: Asked): Promise<boolean> =>
  (await keyOfId(c, c.var.operator.keyId).catch(() => 'unknown')) !== null
