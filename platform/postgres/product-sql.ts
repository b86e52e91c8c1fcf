/**
 * How a row of the catalog becomes one JSON document: each product with all that belongs to it in one statement, so that
 * no list ever asks once per row. Money is put together from the store's currency; instants are ms.
 *
 * Each fragment expects `p` (products) and `s` (stores) in scope.
 */
import type { Product } from '../../domain/catalog/product.ts'
import { sql, type SQL } from './statements.ts'

const money = (amount: SQL): SQL => sql`jsonb_build_object('amount', ${amount}, 'currency', s.currency)`
const maybeMoney = (amount: SQL): SQL => sql`case when ${amount} is not null then ${money(amount)} end`

/** Units free of a variant `v`: what its stock object last reported; before the first report, what it starts with. */
export const FREE = sql`coalesce(inv.free, v.initial_units)`

const LIVING_VARIANTS = sql`
  from variants v
  left join inventory inv on inv.store_id = v.store_id and inv.sku = v.sku
  where v.store_id = p.store_id and v.product_id = p.id and v.removed_at is null`

/** What cards add up over a product's variants: `sums.free`, `sums.variants`, `sums.compare_at`. */
const SUMS = sql`cross join lateral (
  select coalesce(sum(${FREE}), 0) as free, count(*) as variants, (
    select max(pr.compare_at_amount) from prices pr join variants pv on pv.store_id = pr.store_id and pv.id = pr.variant_id
    where pv.store_id = p.store_id and pv.product_id = p.id and pv.removed_at is null and pr.currency = s.currency
  ) as compare_at
  ${LIVING_VARIANTS}) sums`

/** The prices of variant `v` in markets that have one in force for it, by the market's key. */
const IN_MARKETS = sql`
  from market_prices mp
  join markets m on m.store_id = mp.store_id and m.key = mp.market_key and m.currency = mp.currency
  where mp.store_id = v.store_id and mp.variant_id = v.id`

const marketMoney = (amount: SQL): SQL => sql`jsonb_build_object('amount', ${amount}, 'currency', m.currency)`
const maybeMarketMoney = (amount: SQL): SQL => sql`case when ${amount} is not null then ${marketMoney(amount)} end`

/** `{}`, or the one field `inMarkets`: what has no price in any market says nothing of markets. */
const VARIANT_IN_MARKETS = sql`(
  select case when count(*) = 0 then '{}'::jsonb else jsonb_build_object('inMarkets', jsonb_object_agg(m.key,
    jsonb_build_object('price', ${marketMoney(sql`mp.amount`)}, 'compareAt', ${maybeMarketMoney(sql`mp.compare_at_amount`)})))
  end ${IN_MARKETS})`

/** The same for an offer: only what is charged. */
export const OFFER_IN_MARKETS = sql`(
  select case when count(*) = 0 then '{}'::jsonb
    else jsonb_build_object('marketPrices', jsonb_object_agg(m.key, ${marketMoney(sql`mp.amount`)})) end ${IN_MARKETS})`

/**
 * The same for a card: from and to over the variants that cost something in the market's currency, be it the market's
 * price or, where the store's currency is the same, their own. A market that has priced none of them is left out.
 */
const CARD_IN_MARKETS = sql`(
  select case when count(*) = 0 then '{}'::jsonb else jsonb_build_object('inMarkets', jsonb_object_agg(priced.key, priced.what))
    end
  from (
    select m.key, jsonb_build_object('priceFrom', ${marketMoney(sql`min(each.amount)`)},
      'priceTo', ${marketMoney(sql`max(each.amount)`)}, 'compareAt', ${maybeMarketMoney(sql`max(each.compare_at)`)}) as what
    from markets m cross join lateral (
      select mp.amount is not null as is_own, coalesce(mp.amount, pr.amount) as amount,
        case when mp.amount is null then pr.compare_at_amount else mp.compare_at_amount end as compare_at
      from variants v
      join prices pr on pr.store_id = v.store_id and pr.variant_id = v.id and pr.currency = s.currency
      left join market_prices mp on mp.store_id = v.store_id and mp.variant_id = v.id and mp.market_key = m.key
        and mp.currency = m.currency
      where v.store_id = p.store_id and v.product_id = p.id and v.removed_at is null
        and (mp.amount is not null or m.currency = s.currency)
    ) each
    where m.store_id = p.store_id
    group by m.key, m.currency having bool_or(each.is_own)
  ) priced)`

const CARD_FIELDS = sql`
  'id', p.id, 'slug', p.slug, 'title', p.title, 'vendor', p.vendor, 'productType', p.product_type, 'status', p.status,
  'priceFrom', ${money(sql`p.price_min`)}, 'priceTo', ${money(sql`p.price_max`)},
  'compareAt', ${maybeMoney(sql`sums.compare_at`)},
  'image', (select jsonb_build_object('url', i.url, 'alt', i.alt) from images i
            where i.store_id = p.store_id and i.product_id = p.id order by i.position limit 1),
  'free', sums.free, 'variantCount', sums.variants,
  'drop', (select jsonb_build_object('id', d.id, 'slug', d.slug, 'title', d.title, 'opensAt', onrush_ms(d.opens_at),
                                     'endsAt', onrush_ms(least(d.ends_at, d.stopped_at)), 'paused', d.paused)
           from variants dv
           join drop_variants m on m.store_id = dv.store_id and m.variant_id = dv.id
           join drops d on d.store_id = m.store_id and d.id = m.drop_id
           where dv.store_id = p.store_id and dv.product_id = p.id and dv.removed_at is null
           order by d.opens_at limit 1),
  'version', p.version, 'createdAt', onrush_ms(p.created_at), 'updatedAt', onrush_ms(p.updated_at)`

/** One card, for a `select` whose `from` has p and CARD_JOINS. */
export const CARD_VALUE = sql`(jsonb_build_object(${CARD_FIELDS}) || ${CARD_IN_MARKETS})`
export const CARD_JOINS = sql`join stores s on s.id = p.store_id ${SUMS}`

/** One column, `product`: the card's fields and everything else, in one document. */
export const wholeProduct = (where: SQL): SQL => sql`
  select ${CARD_VALUE} || jsonb_build_object(
    'description', p.description, 'tags', to_jsonb(p.tags), 'options', to_jsonb(p.options),
    'variants', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', v.id, 'sku', v.sku, 'title', v.title, 'optionValues', to_jsonb(v.option_values),
        'price', ${money(sql`pr.amount`)}, 'compareAt', ${maybeMoney(sql`pr.compare_at_amount`)},
        'barcode', v.barcode, 'weightGrams', v.weight_grams, 'unitsPerVisitorMax', v.units_per_visitor_max,
        'free', ${FREE}, 'initialUnits', v.initial_units) || ${VARIANT_IN_MARKETS} order by v.position, v.id), '[]')
      from variants v
      join prices pr on pr.store_id = v.store_id and pr.variant_id = v.id and pr.currency = s.currency
      left join inventory inv on inv.store_id = v.store_id and inv.sku = v.sku
      where v.store_id = p.store_id and v.product_id = p.id and v.removed_at is null),
    'images', (
      select coalesce(jsonb_agg(jsonb_build_object('url', i.url, 'alt', i.alt) order by i.position), '[]')
      from images i where i.store_id = p.store_id and i.product_id = p.id),
    'collections', (
      select coalesce(jsonb_agg(jsonb_build_object('slug', c.slug, 'title', c.title) order by c.position, c.slug), '[]')
      from product_collections pc join collections c on c.store_id = pc.store_id and c.id = pc.collection_id
      where pc.store_id = p.store_id and pc.product_id = p.id)
  ) as product
  from products p join stores s on s.id = p.store_id ${SUMS}
  where ${where}`

export type ProductRow = { product: Product }
