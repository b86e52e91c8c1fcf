/** How a drop stands, for operators: one look, or one a second for as long as somebody watches. */
import type { DropWithProducts } from '../domain/drop/drop.ts'
import type { BoardLook } from '../domain/message/board-desk.ts'
import { boardOut, type Board } from './board-wire.ts'
import type { Asked } from './context.ts'
import { boardDesk } from './desks.ts'
import { failingOf, report } from './failures.ts'
import { everySecond } from './live-events.ts'
import { dropFacts } from './room.ts'

/** More would take the objects longer than a second; the sums are of all. */
const SKUS_WATCHED = 100
/** SKUs may join a drop while somebody watches; nothing else is taken from the catalog. */
const FACTS_GOOD_FOR_MS = 10_000

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

/** The board as server-sent events, one a second (live-events.ts). `tell` makes the lines of one event. */
export function boardEvents(
  c: Asked,
  first: DropWithProducts,
  tell: (board: Board, isFirst: boolean) => Promise<string>,
): Response {
  const { clock } = c.var.visit
  let facts = first
  let factsUntil = clock.now() + FACTS_GOOD_FOR_MS
  return everySecond(c, 'board', async (isFirst) => {
    if (clock.now() >= factsUntil) {
      facts = (await dropFacts(c, first.drop.slug).catch(() => facts)) ?? facts
      factsUntil = clock.now() + FACTS_GOOD_FOR_MS
    }
    return tell(await boardOf(c, facts), isFirst)
  })
}
