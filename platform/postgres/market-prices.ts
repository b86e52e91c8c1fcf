/** What variants cost in markets. Every change leaves new terms for the stock objects, in the same transaction. */
import { accept, refuse, type Decision } from '../../domain/basics/decision.ts'
import { DatabaseFault } from './fault.ts'
import { isAtVersion, movedOn, priceTermsChanged, type MovedOn } from './market-terms.ts'
import type { Reader } from './reading.ts'
import { rowsOf, sql } from './statements.ts'
import type { Writer } from './writing.ts'

/** A price of a SKU in a market, in minor units of the market's currency. `amount` null: it has none of its own there. */
export interface PriceThere {
  sku: string
  amount: number | null
  compareAtAmount: number | null
}

export type PricesRefusal = MovedOn | { code: 'unknown_sku'; sku: string }

/** The prices in force in a market, by SKU, after one. */
export async function listMarketPrices(
  reader: Reader,
  storeId: string,
  key: string,
  { after, limit }: { after: string; limit: number },
): Promise<PriceThere[]> {
  return reader.rows(
    rowsOf<PriceThere & Record<string, unknown>>(sql`
      select v.sku, mp.amount::float8 as amount, mp.compare_at_amount::float8 as "compareAtAmount"
      from market_prices mp
      join markets m on m.store_id = mp.store_id and m.key = mp.market_key and m.currency = mp.currency
      join variants v on v.store_id = mp.store_id and v.id = mp.variant_id and v.removed_at is null
      where mp.store_id = ${storeId} and mp.market_key = ${key} and v.sku > ${after}
      order by v.sku limit ${limit}`),
  )
}

/** How many prices are in force in each market that has any, by its key. */
export async function countMarketPrices(reader: Reader, storeId: string): Promise<Map<string, number>> {
  const rows = await reader.rows(
    rowsOf<{ key: string; prices: number }>(sql`
      select m.key, count(*)::int as prices
      from market_prices mp
      join markets m on m.store_id = mp.store_id and m.key = mp.market_key and m.currency = mp.currency
      join variants v on v.store_id = mp.store_id and v.id = mp.variant_id and v.removed_at is null
      where mp.store_id = ${storeId} group by m.key`),
  )
  return new Map(rows.map(({ key, prices }) => [key, prices]))
}

/**
 * Sets prices, all or none; SKUs that are not named keep theirs. Safe to repeat. Refused when the market has moved on since
 * `version`: the amounts might mean another currency by now.
 */
export async function putMarketPrices(
  writer: Writer,
  storeId: string,
  { key, version }: { key: string; version: number },
  prices: readonly PriceThere[],
): Promise<Decision<null, PricesRefusal>> {
  const named = sql`jsonb_to_recordset(${JSON.stringify(prices)}::jsonb) as t(sku text, amount bigint, "compareAtAmount" bigint)`
  const living = sql`v.store_id = ${storeId} and v.sku = t.sku and v.removed_at is null`
  const stranger = sql`(select t.sku from ${named} where not exists (select from variants v where ${living}) limit 1)`
  try {
    await writer.batch(
      [
        rowsOf(sql`select version from markets where store_id = ${storeId} and key = ${key} for share`),
        rowsOf(isAtVersion(storeId, key, version)),
        rowsOf(sql`select onrush_require(${stranger} is null, 'unknown_sku', ${stranger})`),
        rowsOf(sql`
          insert into market_prices (store_id, variant_id, market_key, currency, amount, compare_at_amount)
          select m.store_id, v.id, m.key, m.currency, t.amount, t."compareAtAmount"
          from markets m cross join ${named} join variants v on ${living}
          where m.store_id = ${storeId} and m.key = ${key} and t.amount is not null
          order by v.id
          on conflict (store_id, variant_id, market_key) do update set
            currency = excluded.currency, amount = excluded.amount, compare_at_amount = excluded.compare_at_amount`),
        rowsOf(sql`
          delete from market_prices mp using ${named} join variants v on ${living}
          where mp.store_id = ${storeId} and mp.market_key = ${key} and mp.variant_id = v.id and t.amount is null`),
        rowsOf(priceTermsChanged(storeId, sql`select v.id from ${named} join variants v on ${living}`)),
      ],
      { repeatable: true },
    )
    return accept(null)
  } catch (error) {
    if (!(error instanceof DatabaseFault)) throw error
    if (error.facts.constraint === 'unknown_sku') return refuse({ code: 'unknown_sku', sku: error.facts.detail ?? '' })
    const moved = movedOn(error, key)
    if (moved) return refuse(moved)
    throw error
  }
}
