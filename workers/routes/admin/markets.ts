/** Markets for operators: define, rewrite, price, take away. A shop without markets sells everywhere in its own currency. */
import { createRoute, z } from '@hono/zod-openapi'
import {
  isChargeable,
  notChargeable,
  problemsOfMarket,
  type Market as MarketValue,
  type MarketDraft,
} from '../../../domain/market/market.ts'
import { listMarketPrices, putMarketPrices, type PriceThere } from '../../../platform/postgres/market-prices.ts'
import {
  defineMarket,
  findMarket,
  listMarkets,
  removeMarket,
  rewriteMarket,
} from '../../../platform/postgres/markets.ts'
import type { Writer } from '../../../platform/postgres/writing.ts'
import type { Asked } from '../../context.ts'
import { Market, MarketPrice, MarketPricesWrite, MarketRewrite, MarketWrite } from '../../market-schemas.ts'
import { marketIn, marketOut, priceIn, priceOut } from '../../market-wire.ts'
import { forgetStores } from '../../middleware/visit/stores.ts'
import type { Refusal } from '../../problems.ts'
import { privateJson, refused } from '../../replies.ts'
import { database, reading } from '../../sessions.ts'
import { page } from '../../schemas.ts'
import { answer, json, problems, router } from '../endpoint.ts'
import { afterCatalogWrite, needs, needsOnce, takes } from './operating.ts'

export const markets = router()
const tags = ['Markets']
const params = z.object({ key: z.string().max(200).openapi({ description: 'The market’s key.' }) })

answer(
  markets,
  createRoute({
    method: 'get',
    path: '/markets',
    tags,
    summary: 'List markets',
    ...needs('catalog:read'),
    responses: {
      200: json(z.object({ data: z.array(Market), next_cursor: z.null() }), 'By their keys.'),
      ...problems(401, 403, 503),
    },
  }),
  async (c) => {
    const listed = await listMarkets(await reading(c), c.var.visit.storeId)
    return privateJson(c, { data: listed.map(marketOut), next_cursor: null })
  },
)

answer(
  markets,
  createRoute({
    method: 'post',
    path: '/markets',
    tags,
    summary: 'Define a market',
    description:
      'It is in force here at once and everywhere within half a minute. Until it has prices of its own, things cost there what they cost everywhere.',
    ...needsOnce('catalog:write'),
    ...takes(MarketWrite),
    responses: { 201: json(Market, 'Defined.'), ...problems(400, 401, 403, 409, 413, 415, 422, 503) },
  }),
  async (c) => {
    const draft = marketIn(c.req.valid('json'))
    const mistakes = mistakesIn(draft)
    if (mistakes) return refused(c, mistakes)
    const writer = database(c).write()
    const defined = await defineMarket(writer, database(c).read('primary'), c.var.visit.storeId, draft)
    if (!defined.ok) return refused(c, defined.refusal)
    await after(c, writer, 'market.defined', defined.value)
    return privateJson(c, marketOut(defined.value), 201, { location: `/api/v1/admin/markets/${draft.key}` })
  },
)

answer(
  markets,
  createRoute({
    method: 'get',
    path: '/markets/{key}',
    tags,
    summary: 'See a market',
    ...needs('catalog:read'),
    request: { params },
    responses: { 200: json(Market, 'The market.'), ...problems(401, 403, 404, 503) },
  }),
  async (c) => {
    const { key } = c.req.valid('param')
    const found = await findMarket(await reading(c), c.var.visit.storeId, key)
    return found ? privateJson(c, marketOut(found)) : refused(c, notFound(key))
  },
)

answer(
  markets,
  createRoute({
    method: 'put',
    path: '/markets/{key}',
    tags,
    summary: 'Rewrite a market as a whole, as it was at a version',
    description:
      'In another currency its prices are no more in force until they are set anew. Baskets and orders keep the price they were made at.',
    ...needs('catalog:write'),
    request: { params, ...takes(MarketRewrite).request },
    responses: { 200: json(Market, 'Rewritten.'), ...problems(400, 401, 403, 404, 409, 413, 415, 503) },
  }),
  async (c) => {
    const { version, ...write } = c.req.valid('json')
    const draft = marketIn({ ...write, key: c.req.valid('param').key })
    const mistakes = mistakesIn(draft)
    if (mistakes) return refused(c, mistakes)
    const writer = database(c).write()
    const { storeId } = c.var.visit
    const written = await rewriteMarket(writer, database(c).read('primary'), storeId, draft, version)
    if (!written.ok) return refused(c, written.refusal)
    await after(c, writer, 'market.rewritten', written.value)
    return privateJson(c, marketOut(written.value))
  },
)

answer(
  markets,
  createRoute({
    method: 'delete',
    path: '/markets/{key}',
    tags,
    summary: 'Take a market away, with its prices. Safe to repeat',
    ...needs('catalog:write'),
    request: { params },
    responses: { 204: { description: 'Gone.' }, ...problems(401, 403, 503) },
  }),
  async (c) => {
    const { key } = c.req.valid('param')
    const writer = database(c).write()
    if (await removeMarket(writer, c.var.visit.storeId, key)) await after(c, writer, 'market.removed', { key })
    return new Response(null, { status: 204, headers: { 'cache-control': 'private, no-store' } })
  },
)

const PricesQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(64).optional().openapi({ description: 'The SKU after which to go on.' }),
})

answer(
  markets,
  createRoute({
    method: 'get',
    path: '/markets/{key}/prices',
    tags,
    summary: 'List a market’s own prices, by SKU',
    ...needs('catalog:read'),
    request: { params, query: PricesQuery },
    responses: { 200: json(page(MarketPrice), 'Those in force.'), ...problems(400, 401, 403, 404, 503) },
  }),
  async (c) => {
    const { key } = c.req.valid('param')
    const { limit, cursor = '' } = c.req.valid('query')
    const reader = await reading(c)
    const market = await findMarket(reader, c.var.visit.storeId, key)
    if (!market) return refused(c, notFound(key))
    const rows = await listMarketPrices(reader, c.var.visit.storeId, key, { after: cursor, limit: limit + 1 })
    const shown = rows.slice(0, limit)
    return privateJson(c, {
      data: shown.filter(isPriced).map((row) => priceOut(row, market.currency)),
      next_cursor: rows.length > limit ? (shown.at(-1)?.sku ?? null) : null,
    })
  },
)

answer(
  markets,
  createRoute({
    method: 'put',
    path: '/markets/{key}/prices',
    tags,
    summary: 'Set prices in a market, all or none; SKUs that are not named keep theirs. Safe to repeat',
    ...needs('catalog:write'),
    request: { params, ...takes(MarketPricesWrite).request },
    responses: {
      200: json(z.object({ data: z.array(MarketPrice), next_cursor: z.null() }), 'The prices that were set.'),
      ...problems(400, 401, 403, 404, 409, 413, 415, 503),
    },
  }),
  async (c) => {
    const { key } = c.req.valid('param')
    const { version, prices: wanted } = c.req.valid('json')
    const prices = wanted.map(priceIn)
    const { storeId } = c.var.visit
    const market = await findMarket(database(c).read('primary'), storeId, key)
    if (!market) return refused(c, notFound(key))
    const { currency } = market
    const mistakes = mistakesInPrices(prices, currency)
    if (mistakes) return refused(c, mistakes)
    const writer = database(c).write()
    const put = await putMarketPrices(writer, storeId, { key, version }, prices)
    if (!put.ok) return refused(c, put.refusal)
    await afterCatalogWrite(c, writer, { action: 'market.priced', subject: key, facts: { skus: prices.length } })
    const data = prices.filter(isPriced).map((price) => priceOut(price, currency))
    return privateJson(c, { data, next_cursor: null })
  },
)

function mistakesInPrices(prices: readonly PriceThere[], currency: string): Refusal | null {
  const named = new Set<string>()
  const errors: { pointer: string; problem: string }[] = []
  for (const [i, { sku, amount }] of prices.entries()) {
    if (named.has(sku)) errors.push({ pointer: `/prices/${i}/sku`, problem: 'names a SKU that was named before' })
    named.add(sku)
    if (amount === null || isChargeable({ amount, currency })) continue
    errors.push({ pointer: `/prices/${i}/amount`, problem: notChargeable(currency) })
  }
  return errors.length > 0 ? { code: 'invalid_request', errors } : null
}

const isPriced = (price: PriceThere): price is PriceThere & { amount: number } => price.amount !== null

const notFound = (market: string): Refusal => ({ code: 'market_not_found', market })

function mistakesIn(draft: MarketDraft): Refusal | null {
  const errors = problemsOfMarket(draft).map(({ field, message }) => ({ pointer: `/${field}`, problem: message }))
  return errors.length > 0 ? { code: 'invalid_request', errors } : null
}

/** What is known of the store here is asked anew; the other edges do so within half a minute. */
async function after(c: Asked, writer: Writer, action: string, { key }: Pick<MarketValue, 'key'>): Promise<void> {
  await afterCatalogWrite(c, writer, { action, subject: key, facts: {} })
  forgetStores(c)
}
