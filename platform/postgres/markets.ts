/**
 * A store's markets as they are kept. They are read with the store itself (stores.ts), so that every request has them at
 * hand; prices are read with the products and travel in the offers.
 */
import { accept, refuse, type Decision } from '../../domain/basics/decision.ts'
import { MARKETS_MOST, type Market, type MarketDraft, type MarketRefusal } from '../../domain/market/market.ts'
import { DatabaseFault } from './fault.ts'
import { isAtVersion, movedOn, priceTermsChanged, type MovedOn } from './market-terms.ts'
import type { Reader } from './reading.ts'
import { rowsOf, sql, type SQL } from './statements.ts'
import type { Writer } from './writing.ts'

type MarketRow = { market: Market }
export type MarketWriteRefusal = MarketRefusal | MovedOn

const marketJson = sql`jsonb_build_object(
  'key', m.key, 'name', m.name, 'currency', m.currency, 'languages', to_jsonb(m.languages), 'taxDisplay', m.taxes,
  'isDefault', m.is_default, 'version', m.version, 'createdAt', onrush_ms(m.created_at),
  'updatedAt', onrush_ms(m.updated_at),
  'countries', (select coalesce(jsonb_agg(c.country order by c.position), '[]') from market_countries c
    where c.store_id = m.store_id and c.market_key = m.key and c.restricted is null),
  'restricted', (select coalesce(jsonb_agg(jsonb_build_object('country', c.country, 'why', c.restricted)
      order by c.position), '[]')
    from market_countries c where c.store_id = m.store_id and c.market_key = m.key and c.restricted is not null))`

/** All markets of store `s`, by their keys, as one JSON array. */
export const MARKETS_OF_STORE = sql`(
  select coalesce(jsonb_agg(${marketJson} order by m.key), '[]') from markets m where m.store_id = s.id)`

const oneMarket = (storeId: string, key: string) =>
  rowsOf<MarketRow>(sql`select ${marketJson} as market from markets m where m.store_id = ${storeId} and m.key = ${key}`)

export async function listMarkets(reader: Reader, storeId: string): Promise<Market[]> {
  const rows = await reader.rows(
    rowsOf<MarketRow>(sql`select ${marketJson} as market from markets m where m.store_id = ${storeId} order by m.key`),
  )
  return rows.map(({ market }) => market)
}

export async function findMarket(reader: Reader, storeId: string, key: string): Promise<Market | null> {
  const [row] = await reader.rows(oneMarket(storeId, key))
  return row?.market ?? null
}

/** Makes a market; `reader` must be the primary. Refuses a key that is taken, and countries that another market has. */
export const defineMarket = (
  writer: Writer,
  reader: Reader,
  storeId: string,
  draft: MarketDraft,
): Promise<Decision<Market, MarketWriteRefusal>> =>
  written(writer, reader, storeId, draft, [
    sql`select onrush_require((select count(*) < ${MARKETS_MOST}::int from markets where store_id = ${storeId}), 'too_many', '')`,
    leaveDefault(storeId, draft),
    sql`insert into markets (store_id, key, name, currency, languages, taxes, is_default)
      values (${storeId}, ${draft.key}, ${draft.name}, ${draft.currency}, ${listed(draft.languages)},
        ${draft.taxDisplay}, ${draft.isDefault})`,
  ])

/**
 * Rewrites a market as a whole, if it is still at `version`. Prices in another currency than it has now stay written and
 * are not in force, until it has that currency again or they are set anew.
 */
export const rewriteMarket = (
  writer: Writer,
  reader: Reader,
  storeId: string,
  draft: MarketDraft,
  version: number,
): Promise<Decision<Market, MarketWriteRefusal>> =>
  written(writer, reader, storeId, draft, [
    sql`select version from markets where store_id = ${storeId} and key = ${draft.key} for update`,
    isAtVersion(storeId, draft.key, version),
    leaveDefault(storeId, draft),
    priceTermsChanged(
      storeId,
      sql`select mp.variant_id from market_prices mp
      join markets m on m.store_id = mp.store_id and m.key = mp.market_key
      where m.store_id = ${storeId} and m.key = ${draft.key} and m.currency <> ${draft.currency}`,
    ),
    sql`update markets set name = ${draft.name}, currency = ${draft.currency}, languages = ${listed(draft.languages)},
        taxes = ${draft.taxDisplay}, is_default = ${draft.isDefault}, version = version + 1, updated_at = now()
      where store_id = ${storeId} and key = ${draft.key}`,
    sql`delete from market_countries where store_id = ${storeId} and market_key = ${draft.key}`,
  ])

/** Takes a market away, with its prices. Baskets and orders keep theirs. Safe to repeat. Answers whether there was one. */
export async function removeMarket(writer: Writer, storeId: string, key: string): Promise<boolean> {
  const [, gone] = await writer.batch(
    [
      rowsOf(
        priceTermsChanged(
          storeId,
          sql`select variant_id from market_prices where store_id = ${storeId} and market_key = ${key}`,
        ),
      ),
      rowsOf<{ key: string }>(sql`delete from markets where store_id = ${storeId} and key = ${key} returning key`),
    ],
    { repeatable: true },
  )
  return gone.rows.length > 0
}

/** The one that was the default is it no more, when another becomes it: never two, and no moment with none. */
const leaveDefault = (storeId: string, { key, isDefault }: MarketDraft): SQL => sql`
  update markets set is_default = false, version = version + 1, updated_at = now()
  where store_id = ${storeId} and is_default and key <> ${key} and ${isDefault}::boolean`

async function written(
  writer: Writer,
  reader: Reader,
  storeId: string,
  draft: MarketDraft,
  steps: readonly [SQL, ...SQL[]],
): Promise<Decision<Market, MarketWriteRefusal>> {
  const [first, ...others] = steps
  try {
    await writer.batch([rowsOf(first), ...others.map((step) => rowsOf(step)), rowsOf(countriesOf(storeId, draft))])
  } catch (error) {
    const refusal = error instanceof DatabaseFault && (await refusalFor(error, reader, storeId, draft))
    if (refusal) return refuse(refusal)
    throw error
  }
  const market = await findMarket(reader, storeId, draft.key)
  return market ? accept(market) : refuse({ code: 'market_not_found', market: draft.key })
}

const countriesOf = (storeId: string, { key, countries, restricted }: MarketDraft): SQL => {
  const all = [...countries.map((country) => ({ country, why: null })), ...restricted]
  return sql`
    insert into market_countries (store_id, country, market_key, position, restricted)
    select ${storeId}, t.doc->>'country', ${key}, t.nth, t.doc->>'why'
    from jsonb_array_elements(${JSON.stringify(all)}::jsonb) with ordinality t (doc, nth) order by 2`
}

/** What a broken constraint means. Which countries, is looked up after the fact: by then it may be somebody else's news. */
async function refusalFor(
  fault: DatabaseFault,
  reader: Reader,
  storeId: string,
  { key, countries, restricted }: MarketDraft,
): Promise<MarketWriteRefusal | undefined> {
  const { constraint } = fault.facts
  if (constraint === 'markets_pkey') return { code: 'market_key_taken', market: key }
  if (constraint === 'too_many') return { code: 'too_many_markets', most: MARKETS_MOST }
  if (constraint !== 'market_countries_pkey') return movedOn(fault, key)
  const wanted = new Set([...countries, ...restricted.map(({ country }) => country)])
  const others = (await listMarkets(reader, storeId)).filter((market) => market.key !== key)
  const taken = others.flatMap((market) =>
    [...market.countries, ...market.restricted.map(({ country }) => country)].map((country) => ({
      country,
      market: market.key,
    })),
  )
  return { code: 'country_in_another_market', countries: taken.filter(({ country }) => wanted.has(country)) }
}

const listed = (texts: readonly string[]): SQL =>
  sql`array(select jsonb_array_elements_text(${JSON.stringify(texts)}::jsonb))`
