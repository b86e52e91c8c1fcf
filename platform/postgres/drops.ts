/**
 * Drops: when what is on sale, on which terms. A drop's terms travel in the offers of its SKUs and to the drop's own
 * object, so every change of a drop leaves an outbox row for each of them, in the same transaction.
 */
import { assert } from '../../domain/basics/assert.ts'
import { accept, refuse, type Decision } from '../../domain/basics/decision.ts'
import { newId } from '../../domain/basics/ids.ts'
import type { ProductCard } from '../../domain/catalog/product.ts'
import { DROPS, dropTag, PRODUCT_TAG, PRODUCTS } from '../../domain/catalog/tags.ts'
import {
  leavesPlanned,
  type Drop,
  type DropDraft,
  type DropItem,
  type DropRefusal,
  type DropWithProducts,
} from '../../domain/drop/drop.ts'
import { announceTags, announceTheseTags } from './epochs.ts'
import { DatabaseFault } from './fault.ts'
import { announce } from './outbox.ts'
import { CARD_JOINS, CARD_VALUE, FREE } from './product-sql.ts'
import type { Birth } from './product-writes.ts'
import type { Reader } from './reading.ts'
import { rowsOf, sql, type SQL } from './statements.ts'
import { withOrderBooks } from './stores.ts'
import type { Writer } from './writing.ts'

type DropRow = { drop: Drop }

/** When a drop is over: as planned, or when an operator stopped it. */
const ENDS_AT = sql`least(d.ends_at, d.stopped_at)`

const dropJson = (where: SQL): SQL => sql`
  select jsonb_build_object(
    'id', d.id, 'slug', d.slug, 'title', d.title, 'description', d.description, 'imageUrl', d.image_url,
    'opensAt', onrush_ms(d.opens_at), 'endsAt', onrush_ms(${ENDS_AT}), 'paused', d.paused,
    'plannedEndsAt', onrush_ms(d.ends_at), 'stoppedAt', onrush_ms(d.stopped_at),
    'unitsPerVisitorMax', d.units_per_visitor_max, 'holdDurationMs', d.hold_duration_ms,
    'expectedBuyers', d.expected_buyers, 'leaves', d.leaves, 'leavesWanted', d.leaves_wanted, 'room', d.room,
    'hasInvitations', exists (select from invitation_batches b
      where b.store_id = d.store_id and b.drop_id = d.id and b.revoked_at is null),
    'countries', to_jsonb(d.countries), 'inviteOnly', d.invite_only, 'unitsPerOrderMax', d.units_per_order_max,
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
      order by coalesce(${ENDS_AT} <= onrush_at(${now}::bigint), false),
        case when ${ENDS_AT} <= onrush_at(${now}::bigint) then -onrush_ms(d.opens_at) else onrush_ms(d.opens_at) end, d.id
      limit ${limit}`,
  )

export async function listDrops(reader: Reader, storeId: string, now: number, limit = 50): Promise<Drop[]> {
  return (await reader.rows(dropListing(storeId, now, limit))).map(({ drop }) => drop)
}

/** A drop and its products as cards. */
export async function findDrop(reader: Reader, storeId: string, idOrSlug: string): Promise<DropWithProducts | null> {
  const [found, products, items] = await reader.batch([
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
    rowsOf<{ item: DropItem }>(sql`
      select jsonb_build_object('sku', v.sku, 'productSlug', p.slug, 'productTitle', p.title, 'variantTitle', v.title) as item
      from drops d
      join drop_variants m on m.store_id = d.store_id and m.drop_id = d.id
      join variants v on v.store_id = m.store_id and v.id = m.variant_id
      join products p on p.store_id = v.store_id and p.id = v.product_id
      where d.store_id = ${storeId} and (d.slug = ${idOrSlug} or d.id = ${idOrSlug})
      order by m.position, v.sku`),
  ])
  const drop = found.rows[0]?.drop
  return drop
    ? { drop, products: products.rows.map(({ card }) => card), items: items.rows.map(({ item }) => item) }
    : null
}

/**
 * Makes a drop, or rewrites the one meant by `id`. Refuses as a whole: an unknown SKU, a SKU of another drop, a taken
 * slug, fewer leaves than a running drop has, or (with `ifVersion`) a drop that has moved on.
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
  const ofTheDrop = sql`select m.variant_id from drop_variants m where m.store_id = ${storeId} and m.drop_id = ${dropId}`
  const fewerLeaves = sql`select d.leaves from drops d
    where d.store_id = ${storeId} and d.id = ${dropId} and ${isRunning(now)} and d.leaves > ${draft.leavesWanted}::int`
  try {
    const results = await writer.batch([
      require(sql`${!id} or exists (${stored})`, 'drop_not_found', sql`${dropId}`),
      require(sql`${ifVersion ?? null}::bigint is null or (${stored}) = ${ifVersion ?? null}::bigint`, 'version_is_older', sql`(${stored})::text`),
      require(sql`not exists (select from ${incoming} left join ${variantOf} where v.id is null)`, 'sku_not_found', sql`(
        select min(t.sku) from ${incoming} left join ${variantOf} where v.id is null)`),
      require(sql`not exists (${strangers(storeId, dropId, incoming, variantOf)})`, 'sku_in_another_drop', sql`(select x.sku || ' ' || x.slug from (${strangers(storeId, dropId, incoming, variantOf)}) x limit 1)`),
      require(sql`not exists (${fewerLeaves})`, 'leaves_may_only_grow', sql`(${fewerLeaves})::text`),
      rowsOf(putTerms(storeId, dropId, draft, now)),
      // Those that leave are sold on ordinary terms again, so their stock objects must hear of it too.
      rowsOf(touched(storeId, ofTheDrop)),
      rowsOf(sql`delete from drop_variants where store_id = ${storeId} and drop_id = ${dropId}`),
      rowsOf(sql`insert into drop_variants (store_id, variant_id, drop_id, position)
        select ${storeId}, v.id, ${dropId}, t.position from ${incoming} join ${variantOf} order by v.id`),
      rowsOf(touched(storeId, ofTheDrop)),
      rowsOf(announce(storeId, 'drop', sql`select ${dropId}`)),
      rowsOf(announceTheseTags(storeId, [DROPS, dropTag(dropId), PRODUCTS])),
      rowsOf<DropRow>(dropJson(sql`d.store_id = ${storeId} and d.id = ${dropId}`)),
      rowsOf(withOrderBooks(storeId, leavesOf(draft))),
      rowsOf(announce(storeId, 'moments', sql`select ${dropId}`)),
    ])
    const drop = results[12].rows[0]?.drop
    assert(drop, 'a drop that was just put is there')
    return accept(drop)
  } catch (error) {
    const refusal = refusalIn(error, draft, dropId, ifVersion)
    if (refusal) return refuse(refusal)
    throw error
  }
}

/** What an operator does to a drop while it runs. */
export type DropControl =
  | { kind: 'pause' }
  | { kind: 'resume' }
  /** Ends it at this instant, for good. */
  | { kind: 'stop' }
  /** Lets its waiting room admit faster or slower. */
  | { kind: 'pace'; admissionsPerMinute: number }

/**
 * Safe to repeat: what is so already stays as it is, and is told to the objects once more. Refuses to let a drop go on that
 * is over, and to pace one that has no waiting room.
 */
export async function controlDrop(
  writer: Writer,
  storeId: string,
  id: string,
  control: DropControl,
  now: number,
): Promise<Decision<Drop, DropRefusal>> {
  const results = await writer.batch(
    [
      rowsOf(sql`update drops d set ${changeFor(control, now)}, version = version + 1, updated_at = now()
        where store_id = ${storeId} and id = ${id} and ${isChangeFor(control, now)}`),
      rowsOf(
        touched(
          storeId,
          sql`select m.variant_id from drop_variants m where m.store_id = ${storeId} and m.drop_id = ${id}`,
        ),
      ),
      rowsOf(announce(storeId, 'drop', sql`select id from drops where store_id = ${storeId} and id = ${id}`)),
      rowsOf(announceTheseTags(storeId, [DROPS, dropTag(id), PRODUCTS])),
      rowsOf<DropRow>(dropJson(sql`d.store_id = ${storeId} and d.id = ${id}`)),
      rowsOf(announce(storeId, 'moments', sql`select id from drops where store_id = ${storeId} and id = ${id}`)),
    ],
    { repeatable: true },
  )
  const drop = results[4].rows[0]?.drop
  if (!drop) return refuse({ code: 'drop_not_found', drop: id })
  if (control.kind === 'resume' && drop.endsAt !== null && drop.endsAt <= now) {
    return refuse({ code: 'drop_ended', endedAt: drop.endsAt })
  }
  if (control.kind === 'pace' && !drop.room) return refuse({ code: 'drop_has_no_room', drop: drop.slug })
  return accept(drop)
}

function changeFor(control: DropControl, now: number): SQL {
  switch (control.kind) {
    case 'pause':
      return sql`paused = true`
    case 'resume':
      return sql`paused = false`
    case 'stop':
      return sql`stopped_at = onrush_at(${now}::bigint)`
    default: // 'pace': a kind that is added would not compile here
      return sql`room = jsonb_set(room, '{admissionsPerMinute}', to_jsonb(${control.admissionsPerMinute}::int))`
  }
}

/** Whether it changes anything at all; a drop that is over is stopped no second time, and not woken up. */
function isChangeFor(control: DropControl, now: number): SQL {
  const isOver = sql`coalesce(${ENDS_AT} <= onrush_at(${now}::bigint), false)`
  switch (control.kind) {
    case 'pause':
      return sql`not paused`
    case 'resume':
      return sql`paused and not ${isOver}`
    case 'stop':
      return sql`not ${isOver}`
    default:
      return sql`room is not null and (room->>'admissionsPerMinute')::int <> ${control.admissionsPerMinute}::int`
  }
}

/** Open to somebody: to everybody, or to those whose invitations have opened it for them. */
const isRunning = (now: number): SQL => sql`(
  coalesce(${ENDS_AT} > onrush_at(${now}::bigint), true)
  and (d.opens_at <= onrush_at(${now}::bigint) or exists (
    select from invitation_batches b
    where b.store_id = d.store_id and b.drop_id = d.id and b.opens_at <= onrush_at(${now}::bigint))))`

/** Those of the SKUs that another drop has. */
const strangers = (storeId: string, dropId: string, incoming: SQL, variantOf: SQL): SQL => sql`
  select t.sku, o.slug from ${incoming} join ${variantOf}
  join drop_variants m on m.store_id = ${storeId} and m.variant_id = v.id and m.drop_id <> ${dropId}
  join drops o on o.store_id = m.store_id and o.id = m.drop_id`

/** New terms for these variants: a higher offer version, and an outbox row. */
const touched = (storeId: string, variantIds: SQL): SQL => sql`
  with renewed as (
    update variants set offer_version = offer_version + 1
    where store_id = ${storeId} and id in (${variantIds}) returning sku, product_id
  ),
  told as (${announce(storeId, 'offer', sql`select sku from renewed`)})
  ${announceTags(storeId, sql`select distinct ${PRODUCT_TAG} || product_id from renewed`)}`

const leavesOf = ({ leavesWanted, expectedBuyers }: DropDraft): number => leavesWanted ?? leavesPlanned(expectedBuyers)

function putTerms(storeId: string, id: string, draft: DropDraft, now: number): SQL {
  const { slug, title, description, imageUrl, opensAt, endsAt, paused, unitsPerVisitorMax, holdDurationMs } = draft
  const { expectedBuyers, leavesWanted, room, countries, inviteOnly, unitsPerOrderMax } = draft
  const leaves = leavesOf(draft)
  const countriesText = countries === null ? null : JSON.stringify(countries)
  return sql`
    insert into drops as d (store_id, id, slug, title, description, image_url, opens_at, ends_at, paused,
                            units_per_visitor_max, hold_duration_ms, expected_buyers, leaves, leaves_wanted, room,
                            countries, invite_only, units_per_order_max)
    values (${storeId}, ${id}, ${slug}, ${title}, ${description}, ${imageUrl}, onrush_at(${opensAt}::bigint),
            onrush_at(${endsAt}::bigint), ${paused}, ${unitsPerVisitorMax}, ${holdDurationMs},
            ${expectedBuyers}, ${leaves}, ${leavesWanted}, ${room === null ? null : JSON.stringify(room)}::jsonb,
            (select array_agg(code order by nth) from jsonb_array_elements_text(${countriesText}::jsonb)
              with ordinality listed (code, nth)), ${inviteOnly}, ${unitsPerOrderMax})
    on conflict (store_id, id) do update set
      slug = excluded.slug, title = excluded.title, description = excluded.description, image_url = excluded.image_url,
      opens_at = excluded.opens_at, ends_at = excluded.ends_at, paused = excluded.paused,
      units_per_visitor_max = excluded.units_per_visitor_max, hold_duration_ms = excluded.hold_duration_ms,
      expected_buyers = excluded.expected_buyers, leaves_wanted = excluded.leaves_wanted,
      -- A plan for fewer buyers takes no leaf from a drop that runs.
      leaves = case when ${isRunning(now)} then greatest(d.leaves, excluded.leaves) else excluded.leaves end,
      room = excluded.room, countries = excluded.countries, invite_only = excluded.invite_only,
      units_per_order_max = excluded.units_per_order_max,
      version = d.version + 1, updated_at = now()`
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
    case 'leaves_may_only_grow':
      return { code: 'leaves_may_only_grow', leaves: Number(detail), requested: draft.leavesWanted ?? 0 }
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
