/** Where a request is: the market it sees, and which others there are. For whoever asks, and nobody else. */
import { createRoute } from '@hono/zod-openapi'
import { countryOf } from '../admission/country.ts'
import { MarketHere } from '../market-schemas.ts'
import { restrictionHere } from '../market.ts'
import { privateJson } from '../replies.ts'
import { MarketQuery } from '../schemas.ts'
import { answer, json, problems, router } from './endpoint.ts'

export const market = router()

answer(
  market,
  createRoute({
    method: 'get',
    path: '/market',
    tags: ['Catalog'],
    summary: 'See which market you are in, and which others there are',
    request: { query: MarketQuery },
    responses: { 200: json(MarketHere, 'Where you are.'), ...problems(400, 503) },
  }),
  (c) => {
    const { store, whereabouts } = c.var.visit
    const here = whereabouts.market
    return privateJson(c, {
      market: here?.key ?? null,
      found_by: whereabouts.by,
      country: countryOf(c),
      language: whereabouts.language,
      currency: here?.currency ?? store.currency,
      tax_display: here?.taxDisplay ?? null,
      may_buy: restrictionHere(c) === null,
      markets: store.markets.map(({ key, name, currency, languages }) => ({ key, name, currency, languages })),
    })
  },
)
