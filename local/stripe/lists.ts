/** Stripe's lists: newest first, `limit`, `starting_after`, `ending_before`, `created` (docs.stripe.com/api/pagination). */
import { accept, refuse, type Decision } from '../../domain/basics/decision.ts'
import { answer, missingResource, type Answer, type ApiRefusal } from './answers.ts'
import type { Shelf } from './books.ts'
import type { Params } from './params.ts'
import type { JsonObject } from './records.ts'
import { seconds } from './wire.ts'

export interface Page {
  limit: number
  after: string | null
  before: string | null
  /** Whether something born at this instant (ms) is wanted. */
  wants(createdAt: number): boolean
}

export function readPage(params: Params): Page {
  const limit = params.integer('limit', 1, 100) ?? 10
  const [after, before] = [params.text('starting_after'), params.text('ending_before')]
  return { limit, after, before, wants: readCreated(params) }
}

/** One page of a shelf. Refuses a cursor that stands for nothing. */
export function listPage<Item extends { id: string; createdAt: number }>(
  shelf: Shelf<Item>,
  page: Page,
  look: { noun: string; url: string; wants(item: Item): boolean; wire(item: Item): JsonObject },
): Decision<Answer, ApiRefusal> {
  const start = placeOf(shelf, page, look.noun)
  if (!start.ok) return start
  const step = page.before === null ? -1 : 1
  const found: Item[] = []
  for (let place = start.value + step; found.length <= page.limit; place += step) {
    const item = place < 0 ? null : shelf.at(place)
    if (item === null) break
    if (page.wants(item.createdAt) && look.wants(item)) found.push(item)
  }
  const kept = found.slice(0, page.limit)
  const data = (page.before === null ? kept : kept.toReversed()).map((item) => look.wire(item))
  return accept(answer({ object: 'list', data, has_more: found.length > page.limit, url: look.url }))
}

function placeOf(shelf: Shelf<{ id: string }>, page: Page, noun: string): Decision<number, ApiRefusal> {
  const cursor = page.before ?? page.after
  if (cursor === null) return accept(shelf.size)
  const place = shelf.place(cursor)
  const param = page.before === null ? 'starting_after' : 'ending_before'
  return place === null ? refuse(missingResource(noun, cursor, param, 400)) : accept(place)
}

function readCreated(params: Params): Page['wants'] {
  const FAR = 99_999_999_999
  if (!params.isGroup('created')) {
    const exact = params.integer('created', 0, FAR)
    return (createdAt) => exact === null || seconds(createdAt) === exact
  }
  const range = params.group('created', (inner) => ({
    gt: inner.integer('gt', 0, FAR) ?? -1,
    gte: inner.integer('gte', 0, FAR) ?? 0,
    lt: inner.integer('lt', 0, FAR) ?? Infinity,
    lte: inner.integer('lte', 0, FAR) ?? Infinity,
  }))
  return (createdAt) => {
    const at = seconds(createdAt)
    return range === null || (at > range.gt && at >= range.gte && at < range.lt && at <= range.lte)
  }
}
