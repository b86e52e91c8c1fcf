/** The live board of a drop as it travels: its schema, and the one place that fills it. */
import { z } from '@hono/zod-openapi'
import { statusAt, type Drop, type DropItem } from '../domain/drop/drop.ts'
import type { BoardLook, BoardSecond } from '../domain/message/board-desk.ts'
import type { StockTree } from '../domain/message/stock-desk.ts'
import { DropStatus } from './catalog-schemas.ts'
import { Instant } from './schemas.ts'
import { instantOut, maybeInstantOut } from './wire.ts'

const Units = { total: z.int(), free: z.int(), held: z.int(), sold: z.int() }

const Leaf = z.object({ leaf: z.string(), free: z.int(), held: z.int(), sold: z.int() }).openapi('BoardLeaf')

const BoardSku = z
  .object({
    sku: z.string(),
    title: z.string(),
    units: z.object(Units).nullable().openapi({ description: 'Null: its owner did not answer.' }),
    leaves: z.array(Leaf).openapi({
      description:
        'What the owner has heard of each leaf; `owner` is the owner’s own share. Units on their way count as free.',
    }),
  })
  .openapi('BoardSku')

export const Board = z
  .object({
    drop: z.object({
      id: z.string(),
      slug: z.string(),
      title: z.string(),
      status: DropStatus,
      opens_at: Instant,
      ends_at: Instant.nullable(),
    }),
    server_time: Instant,
    room: z
      .object({
        phase: z.enum(['before', 'drawing', 'line', 'closed']),
        waiting: z.int(),
        inside: z.int().openapi({ description: 'With a pass that is good.' }),
        called: z.int().openapi({ description: 'Called and still expected; they have a seat inside.' }),
        missed: z.int().openapi({ description: 'Called, did not come in their time, and may still.' }),
        inside_max: z.int(),
        admitted: z.int().openapi({ description: 'Since the opening.' }),
        admitted_last_second: z.int(),
        admissions_per_minute: z.number().openapi({ description: 'The pace now, by stock and payment.' }),
        admissions_per_minute_max: z.int().openapi({ description: 'The operator’s.' }),
      })
      .nullable(),
    units: z.object(Units),
    skus: z.array(BoardSku),
    skus_of: z.int().openapi({ description: 'How many the drop has; the board watches the first 100.' }),
    holds: z.object({
      units_held: z.int().openapi({ description: 'Units in living holds and open orders.' }),
      granted: z.int(),
      granted_last_second: z.int(),
    }),
    orders: z.object({
      accepted: z.int(),
      paid: z.int(),
      failed: z.int(),
      paid_last_minute: z.int(),
    }),
    payments: z
      .object({ waiting: z.int(), oldest_wait_ms: z.number(), per_second: z.number() })
      .nullable()
      .openapi({ description: 'The queue in front of the payment provider.' }),
    refusals: z
      .array(z.object({ code: z.string(), count: z.int() }))
      .openapi({ description: 'The most frequent first.' }),
    faults: z.int().openapi({ description: 'Holds that could not be decided, because something did not answer.' }),
    counted_since: Instant.nullable().openapi({
      description:
        'Holds, orders, refusals and faults are counted in memory, from this instant on: the latest at which one of the order books woke.',
    }),
    silent: z.array(z.string()).openapi({ description: 'What did not answer in time, by name.' }),
    seconds: z
      .object({
        from: z.int().openapi({ description: 'Seconds since the epoch, of the first.' }),
        admitted: z.array(z.number().nullable()).openapi({ description: 'Null: nobody was watching.' }),
        holds: z.array(z.int()),
        paid: z.array(z.int()),
      })
      .openapi({ description: 'The last minutes, second by second.' }),
  })
  .openapi('Board')
export type Board = z.infer<typeof Board>

/** @param drop what the catalog knows of it, for what nobody said. */
export function boardOut(drop: Drop, items: readonly DropItem[], look: BoardLook): Board {
  const { live, sales, pressure, at, seconds } = look
  const room = live?.room
  const lastSecond = seconds.at(-1)
  const skus = look.stock.map(({ sku, tree }) => skuOut(sku, titleOf(items, sku), tree))
  const units = live?.units ?? sumOf(skus)
  return {
    drop: {
      id: drop.id,
      slug: drop.slug,
      title: drop.title,
      status: live?.status ?? statusAt(at, drop),
      opens_at: instantOut(live?.opensAt ?? drop.opensAt),
      ends_at: maybeInstantOut(live ? live.endsAt : drop.endsAt),
    },
    server_time: instantOut(at),
    room: room
      ? {
          phase: room.phase,
          waiting: room.waiting,
          inside: room.inside,
          called: room.called,
          missed: live.missed,
          inside_max: room.terms.insideMax,
          admitted: live.admitted,
          admitted_last_second: live.admittedLastSecond,
          admissions_per_minute: room.admissionsPerMinute,
          admissions_per_minute_max: room.terms.admissionsPerMinute,
        }
      : null,
    units: { total: units.total, free: units.free, held: units.held, sold: units.sold },
    skus,
    skus_of: drop.skus.length,
    holds: { units_held: units.held, granted: sales?.holds ?? 0, granted_last_second: lastSecond?.holds ?? 0 },
    orders: {
      accepted: sales?.orders ?? 0,
      paid: sales?.paid ?? 0,
      failed: sales?.failed ?? 0,
      paid_last_minute: seconds.slice(-60).reduce((sum, { paid }) => sum + paid, 0),
    },
    payments: pressure && {
      waiting: pressure.waiting,
      oldest_wait_ms: pressure.oldestWaitMs,
      per_second: pressure.ratePerSecond,
    },
    refusals: Object.entries(sales?.refusals ?? {})
      .map(([code, count]) => ({ code, count }))
      .toSorted((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1)),
    faults: sales?.faults ?? 0,
    counted_since: sales ? instantOut(sales.since) : null,
    silent: look.silent,
    seconds: secondsOut(seconds),
  }
}

/** The same with the last few seconds only: for whoever has heard the others. */
export function latestOf(board: Board, count: number): Board {
  const { from, admitted, holds, paid } = board.seconds
  const skipped = Math.max(0, holds.length - count)
  const seconds = {
    from: from + skipped,
    admitted: admitted.slice(skipped),
    holds: holds.slice(skipped),
    paid: paid.slice(skipped),
  }
  return { ...board, seconds }
}

const secondsOut = (seconds: readonly BoardSecond[]): Board['seconds'] => ({
  from: seconds[0]?.second ?? 0,
  admitted: seconds.map(({ admitted }) => (admitted === null ? null : Math.round(admitted * 100) / 100)),
  holds: seconds.map(({ holds }) => holds),
  paid: seconds.map(({ paid }) => paid),
})

function skuOut(sku: string, title: string, tree: StockTree | null): Board['skus'][number] {
  if (!tree) return { sku, title, units: null, leaves: [] }
  const { total, free, held, sold } = tree.count
  const leaves = tree.leases.map(({ leaf, granted, takenBack, held: atLeaf, sold: soldThere }) => ({
    leaf: leaf.slice(leaf.indexOf('/') + 1),
    free: granted - takenBack - atLeaf - soldThere,
    held: atLeaf,
    sold: soldThere,
  }))
  const rest = (whole: number, part: 'free' | 'held' | 'sold'): number =>
    whole - leaves.reduce((sum, leaf) => sum + leaf[part], 0)
  const own = { leaf: 'owner', free: rest(free, 'free'), held: rest(held, 'held'), sold: rest(sold, 'sold') }
  return { sku, title, units: { total, free, held, sold }, leaves: leaves.length === 0 ? [] : [own, ...leaves] }
}

function titleOf(items: readonly DropItem[], sku: string): string {
  const item = items.find((one) => one.sku === sku)
  if (!item) return sku
  return item.variantTitle === '' ? item.productTitle : `${item.productTitle}, ${item.variantTitle}`
}

function sumOf(skus: Board['skus']): { total: number; free: number; held: number; sold: number } {
  const sum = { total: 0, free: 0, held: 0, sold: 0 }
  for (const { units } of skus) {
    for (const name of ['total', 'free', 'held', 'sold'] as const) sum[name] += units?.[name] ?? 0
  }
  return sum
}
