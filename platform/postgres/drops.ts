/**
 * Drops: when what is on sale, on which terms. A drop's terms travel in the offers of its SKUs, so every change of a drop
 * leaves an outbox row for each of them, in the same transaction.
 */
import { assert } from '../../domain/basics/assert.ts'
import { accept, refuse, type Decision } from '../../domain/basics/decision.ts'
import { newId } from '../../domain/basics/ids.ts'
import type { ProductCard } from '../../domain/catalog/product.ts'
import type { Drop, DropDraft, DropRefusal, DropWithProducts } from '../../domain/drop/drop.ts'
import { DatabaseFault } from './fault.ts'
import { CARD_JOINS, CARD_VALUE, FREE } from './product-sql.ts'
import { announce, type Birth } from './product-writes.ts'
import type { Reader } from './reading.ts'
import { rowsOf, sql, type SQL } from './statements.ts'
import type { Writer } from './writing.ts'

type DropRow = { drop: Drop }

const dropJson = (where: SQL): SQL => sql`
  select jsonb_build_object(
    'id', d.id, 'slug', d.slug, 'title', d.title, 'description', d.description, 'imageUrl', d.image_url,
    'opensAt', onrush_ms(d.opens_at), 'endsAt', onrush_ms(d.ends_at), 'paused', d.paused,
    'unitsPerVisitorMax', d.units_per_visitor_max, 'holdDurationMs', d.hold_duration_ms,
    'skus', sums.skus, 'total', sums.total, 'free', sums.free,
    'version', d.version, 'updatedAt', onrush_ms(d.updated_at)) as drop
  from drops d
  cross join lateral (
    select coalesce(jsonb_agg(v.sku order by m.position, v.sku), '[]') as skus,
      coalesce(sum(coalesce(inv.total, v.initial_units)), 0) as total, coalesce(sum(${FREE}), 0) as free
    from drop_variants m
    join variants v on v.store_id = m.store_id and v.id = m.variant_id
    left join inventory inv on inv.store_id = v.store_id and inv.sku = v.sku
    where m.store_id = d.store_id and m.drop_id = d.id
  ) sums
  where ${where}`

/** Those that matter now: open or to come first by opening, then what has been, the latest first. */
export const dropListing = (storeId: string, now: number, limit = 50) =>
  rowsOf<DropRow>(
    sql`${dropJson(sql`d.store_id = ${storeId}`)}
      order by coalesce(d.ends_at <= onrush_at(${now}::bigint), false),
        case when d.ends_at <= onrush_at(${now}::bigint) then -onrush_ms(d.opens_at) else onrush_ms(d.opens_at) end, d.id
      limit ${limit}`,
  )

export async function listDrops(reader: Reader, storeId: string, now: number, limit = 50): Promise<Drop[]> {
  return (await reader.rows(dropListing(storeId, now, limit))).map(({ drop }) => drop)
}

/** A drop and its products as cards. */
export async function findDrop(reader: Reader, storeId: string, idOrSlug: string): Promise<DropWithProducts | null> {
  const [found, products] = await reader.batch([
    rowsOf<DropRow>(dropJson(sql`d.store_id = ${storeId} and (d.slug = ${idOrSlug} or d.id = ${idOrSlug}) limit 1`)),
    rowsOf<{ card: ProductCard }>(sql`
      with members as (
        select v.product_id as id, min(m.position) as position
        from drops d
        join drop_variants m on m.store_id = d.store_id and m.drop_id = d.id
        join variants v on v.store_id = m.store_id and v.id = m.variant_id and v.removed_at is null
        where d.store_id = ${storeId} and (d.slug = ${idOrSlug} or d.id = ${idOrSlug})
        group by v.product_id
      )
      select ${CARD_VALUE} as card
      from members join products p on p.store_id = ${storeId} and p.id = members.id and p.status = 'active' ${CARD_JOINS}
      order by members.position, p.id limit 200`),
  ])
  const drop = found.rows[0]?.drop
  return drop ? { drop, products: products.rows.map(({ card }) => card) } : null
}

/**
 * Makes a drop, or rewrites the one meant by `id`. Refuses as a whole: an unknown SKU, a SKU of another drop, a taken
 * slug, or (with `ifVersion`) a drop that has moved on.
 */
export async function putDrop(
  writer: Writer,
  storeId: string,
  draft: DropDraft,
  { id, ifVersion, now, random }: Birth & { id?: string; ifVersion?: number },
): Promise<Decision<Drop, DropRefusal>> {
  const dropId = id ?? newId('drp', now, random)
  const members = JSON.stringify([...new Set(draft.skus)].map((sku, position) => ({ sku, position })))
  const incoming = sql`jsonb_to_recordset(${members}::jsonb) as t(sku text, position int)`
  const variantOf = sql`variants v on v.store_id = ${storeId} and v.sku = t.sku and v.removed_at is null`
  const require = (holds: SQL, code: string, about: SQL) =>
    rowsOf(sql`select onrush_require(${holds}, ${code}, ${about})`)
  const stored = sql`select version from drops where store_id = ${storeId} and id = ${dropId}`
  try {
    const results = await writer.batch([
      require(sql`${!id} or exists (${stored})`, 'drop_not_found', sql`${dropId}`),
      require(sql`${ifVersion ?? null}::bigint is null or (${stored}) = ${ifVersion ?? null}::bigint`, 'version_is_older', sql`(${stored})::text`),
      require(sql`not exists (select from ${incoming} left join ${variantOf} where v.id is null)`, 'sku_not_found', sql`(
        select min(t.sku) from ${incoming} left join ${variantOf} where v.id is null)`),
      require(sql`not exists (${strangers(storeId, dropId, incoming, variantOf)})`, 'sku_in_another_drop', sql`(select x.sku || ' ' || x.slug from (${strangers(storeId, dropId, incoming, variantOf)}) x limit 1)`),
      rowsOf(putTerms(storeId, dropId, draft)),
      // Those that leave are sold on ordinary terms again, so their stock objects must hear of it too.
      rowsOf(
        touched(
          storeId,
          sql`select m.variant_id from drop_variants m where m.store_id = ${storeId} and m.drop_id = ${dropId}`,
        ),
      ),
      rowsOf(sql`delete from drop_variants where store_id = ${storeId} and drop_id = ${dropId}`),
      rowsOf(sql`insert into drop_variants (store_id, variant_id, drop_id, position)
        select ${storeId}, v.id, ${dropId}, t.position from ${incoming} join ${variantOf} order by v.id`),
      rowsOf(
        touched(
          storeId,
          sql`select m.variant_id from drop_variants m where m.store_id = ${storeId} and m.drop_id = ${dropId}`,
        ),
      ),
      rowsOf<DropRow>(dropJson(sql`d.store_id = ${storeId} and d.id = ${dropId}`)),
    ])
    const drop = results[9].rows[0]?.drop
    assert(drop, 'a drop that was just put is there')
    return accept(drop)
  } catch (error) {
    const refusal = refusalIn(error, draft, dropId, ifVersion)
    if (refusal) return refuse(refusal)
    throw error
  }
}

/** Pauses or lets go on. Safe to repeat: a drop that is so already is left as it is. */
export async function pauseDrop(
  writer: Writer,
  storeId: string,
  id: string,
  paused: boolean,
): Promise<Decision<Drop, DropRefusal>> {
  const members = sql`select m.variant_id from drop_variants m where m.store_id = ${storeId} and m.drop_id = ${id}`
  const [, , rows] = await writer.batch(
    [
      rowsOf(sql`update drops set paused = ${paused}, version = version + 1, updated_at = now()
        where store_id = ${storeId} and id = ${id} and paused <> ${paused}`),
      rowsOf(touched(storeId, members)),
      rowsOf<DropRow>(dropJson(sql`d.store_id = ${storeId} and d.id = ${id}`)),
    ],
    { repeatable: true },
  )
  const drop = rows.rows[0]?.drop
  return drop ? accept(drop) : refuse({ code: 'drop_not_found', drop: id })
}

/** Those of the SKUs that another drop has. */
const strangers = (storeId: string, dropId: string, incoming: SQL, variantOf: SQL): SQL => sql`
  select t.sku, o.slug from ${incoming} join ${variantOf}
  join drop_variants m on m.store_id = ${storeId} and m.variant_id = v.id and m.drop_id <> ${dropId}
  join drops o on o.store_id = m.store_id and o.id = m.drop_id`

/** New terms for these variants: a higher offer version, and an outbox row. */
const touched = (storeId: string, variantIds: SQL): SQL => sql`
  with renewed as (
    update variants set offer_version = offer_version + 1
    where store_id = ${storeId} and id in (${variantIds}) returning sku
  )
  ${announce(storeId, sql`select sku from renewed`)}`

function putTerms(storeId: string, id: string, draft: DropDraft): SQL {
  const { slug, title, description, imageUrl, opensAt, endsAt, paused, unitsPerVisitorMax, holdDurationMs } = draft
  return sql`
    insert into drops (store_id, id, slug, title, description, image_url, opens_at, ends_at, paused,
                       units_per_visitor_max, hold_duration_ms)
    values (${storeId}, ${id}, ${slug}, ${title}, ${description}, ${imageUrl}, onrush_at(${opensAt}::bigint),
            onrush_at(${endsAt}::bigint), ${paused}, ${unitsPerVisitorMax}, ${holdDurationMs})
    on conflict (store_id, id) do update set
      slug = excluded.slug, title = excluded.title, description = excluded.description, image_url = excluded.image_url,
      opens_at = excluded.opens_at, ends_at = excluded.ends_at, paused = excluded.paused,
      units_per_visitor_max = excluded.units_per_visitor_max, hold_duration_ms = excluded.hold_duration_ms,
      version = drops.version + 1, updated_at = now()`
}

function refusalIn(error: unknown, draft: DropDraft, id: string, ifVersion: number | undefined): DropRefusal | null {
  if (!(error instanceof DatabaseFault)) return null
  const { constraint, detail } = error.facts
  switch (constraint) {
    case 'drops_slug_key':
      return { code: 'slug_taken', slug: draft.slug }
    case 'drop_not_found':
      return { code: 'drop_not_found', drop: id }
    case 'version_is_older':
      return { code: 'version_is_older', expected: ifVersion ?? 0, found: Number(detail) }
    case 'sku_not_found':
      return { code: 'sku_not_found', sku: detail ?? '' }
    case 'sku_in_another_drop': {
      const at = (detail ?? '').lastIndexOf(' ')
      return { code: 'sku_in_another_drop', sku: (detail ?? '').slice(0, at), drop: (detail ?? '').slice(at + 1) }
    }
    default:
      return null
  }
}
