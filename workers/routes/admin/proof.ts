/**
 * The proof of stock and money, from the owners of the truth (domain/proof). Units on their way between two owners look
 * like a difference for a moment, so a difference is only reported when it is still there after a breath or two.
 */
import { createRoute, z } from '@hono/zod-openapi'
import { cursorOf, parseCursor } from '../../../domain/catalog/query.ts'
import {
  differencesInMoney,
  differencesInUnits,
  moneyOf,
  strangersIn,
  type Difference,
  type StockSaid,
} from '../../../domain/proof/proof.ts'
import type { BookProof } from '../../../domain/message/order-book.ts'
import { hasSku, listSkus } from '../../../platform/postgres/skus.ts'
import type { Asked } from '../../context.ts'
import { orderBook, stockDesk } from '../../desks.ts'
import { privateJson, refused } from '../../replies.ts'
import { Instant, Sku } from '../../schemas.ts'
import { database } from '../../sessions.ts'
import { instantOut } from '../../wire.ts'
import { answer, json, problems, router } from '../endpoint.ts'
import { needs } from './operating.ts'

export const proof = router()

const Counted = z
  .object({
    sku: z.string(),
    initial: z.int(),
    adjusted: z.int(),
    total: z.int(),
    free: z.int(),
    held: z.int(),
    sold: z.int(),
  })
  .openapi('CountedStock')

const Proof = z
  .object({
    ok: z.boolean().openapi({ description: 'No difference, as far as this page goes.' }),
    differences: z.array(
      z.looseObject({ kind: z.string(), sku: z.string().optional(), order_id: z.string().optional() }),
    ),
    orders: z.int(),
    money: z.array(
      z.object({
        currency: z.string(),
        ordered: z.int(),
        authorised: z.int(),
        captured: z.int(),
        refunded: z.int(),
      }),
    ),
    stock: z.array(Counted),
    next_cursor: z
      .string()
      .nullable()
      .openapi({ description: 'The proof is whole once this is null and each page was ok.' }),
    checked_at: Instant,
  })
  .openapi('Proof')

/** Objects asked at a time: a request may have six connections open. */
const ABREAST = 6
/** Each SKU is one question to one object; a request may ask a thousand. */
const SKUS_MAX = 400
/** How often, and after how long, a difference is looked at again. */
const LOOKS = 4
const BREATH_MS = 700

answer(
  proof,
  createRoute({
    method: 'get',
    path: '/proof',
    tags: ['Operating the shop'],
    summary: 'Add up stock and money, and name each difference',
    description: 'Asks every order book and every SKU’s owner. Pages over SKUs; `sku` asks for one.',
    ...needs('proof:read'),
    request: {
      query: z.object({
        sku: Sku.optional(),
        cursor: z.string().max(1000).optional(),
        limit: z.coerce.number().int().min(1).max(SKUS_MAX).default(SKUS_MAX),
      }),
    },
    responses: { 200: json(Proof, 'What adds up, and what does not.'), ...problems(400, 401, 403, 404, 503) },
  }),
  async (c) => {
    const { sku, cursor, limit } = c.req.valid('query')
    const { storeId, clock } = c.var.visit
    const place = cursor === undefined ? null : parseCursor(cursor, 'proof')
    if (place && !place.ok) return refused(c, place.refusal)
    const after = place?.value.id ?? ''
    const skus = sku === undefined ? await listSkus(database(c).read('primary'), storeId, after, limit) : [sku]
    const isLast = sku !== undefined || skus.length < limit
    const last = isLast ? null : skus.at(-1)!

    let books = await booksSay(c)
    const asked = sku === undefined ? [...skus, ...strangersIn(books, skus, after, last)] : skus
    let stock = await stockSays(c, asked)
    let differences = differencesInUnits(stock, books)
    // Kept by nobody, sold by nobody, and not in the catalog: that adds up only because it is not there.
    if (sku !== undefined && differences.length === 0 && stock.every(({ proof: said }) => said === null)) {
      if (!(await hasSku(database(c).read('primary'), storeId, sku))) return refused(c, { code: 'unknown_sku' })
    }
    for (let look = 2; look <= LOOKS && differences.length > 0; look++) {
      await new Promise((resolve) => setTimeout(resolve, BREATH_MS))
      books = await booksSay(c)
      const suspects = new Set(differences.flatMap((one) => ('sku' in one ? [one.sku] : [])))
      const again = await stockSays(c, [...suspects])
      stock = stock.map((said) => again.find((one) => one.sku === said.sku) ?? said)
      differences = differencesInUnits(again, books)
    }
    const all = [...differences, ...differencesInMoney(books)]
    return privateJson(c, {
      ok: all.length === 0,
      differences: all.map(differenceOut),
      orders: books.reduce((sum, book) => sum + book.orders, 0),
      money: moneyOf(books),
      stock: stock.flatMap(countedOut),
      next_cursor: last === null ? null : cursorOf({ sort: 'proof', value: '0', id: last }),
      checked_at: instantOut(clock.now()),
    } satisfies z.infer<typeof Proof>)
  },
)

const booksSay = (c: Asked): Promise<BookProof[]> =>
  inTurns(
    Array.from({ length: c.var.visit.store.orderBooks.at(-1)! }, (_, book) => book),
    (book) => orderBook(c.env, c.var.visit.storeId, book).proof(),
  )

const stockSays = (c: Asked, skus: readonly string[]): Promise<StockSaid[]> =>
  inTurns(skus, async (sku) => ({ sku, proof: await stockDesk(c.env, c.var.visit.storeId, sku).proof() }))

/** All of them, in their order, at most `ABREAST` at a time. */
async function inTurns<Item, Answer>(items: readonly Item[], ask: (item: Item) => Promise<Answer>): Promise<Answer[]> {
  const answers: Answer[] = []
  const rest = items.entries()
  const asker = async (): Promise<void> => {
    for (const [i, item] of rest) answers[i] = await ask(item)
  }
  await Promise.all(Array.from({ length: Math.min(ABREAST, items.length) }, asker))
  return answers
}

const differenceOut = (difference: Difference): { kind: string } => {
  if (!('orderId' in difference)) return difference
  const { orderId, ...rest } = difference
  return { ...rest, ...{ order_id: orderId } }
}

const countedOut = ({ sku, proof: said }: StockSaid): z.infer<typeof Counted>[] => {
  if (!said) return []
  const { initial, adjusted, total, free, held, sold } = said.count
  return [{ sku, initial, adjusted, total, free, held, sold }]
}
