/**
 * Invitations as the operator has planned them: batches of codes with the same window. Who may redeem which is judged by
 * objects (durable-objects/invitation), which hear of a batch through the outbox. A code itself is kept nowhere, only its
 * digest; those of ours can be told again, because they are derived from the batch's id and the deployment's key.
 */
import { assert } from '../../domain/basics/assert.ts'
import { accept, refuse, type Decision } from '../../domain/basics/decision.ts'
import type {
  BatchRefusal,
  InvitationBatchDraft,
  PlannedBatch,
  PlannedInvitation,
} from '../../domain/invitation/batch.ts'
import { INVITATION_OBJECTS, invitationShard } from '../../domain/invitation/code.ts'
import type { InvitationBatch, InvitationDesk } from '../../domain/message/invitation-desk.ts'
import type { Database } from './database.ts'
import { DatabaseFault } from './fault.ts'
import { announce, publishDue, type PublishOptions, type PublishReport } from './outbox.ts'
import type { Reader } from './reading.ts'
import { rowsOf, sql, type SQL } from './statements.ts'
import type { Writer } from './writing.ts'

type BatchRow = { batch: PlannedBatch }

const batchJson = (where: SQL): SQL => sql`
  select jsonb_build_object(
    'id', b.id, 'dropId', b.drop_id, 'note', b.note, 'opensAt', onrush_ms(b.opens_at), 'endsAt', onrush_ms(b.ends_at),
    'usesMax', b.uses_max, 'isMade', b.is_made, 'createdAt', onrush_ms(b.created_at),
    'revokedAt', onrush_ms(b.revoked_at), 'count', sums.count, 'revoked', sums.revoked) as batch
  from invitation_batches b
  cross join lateral (
    select count(*) as count, count(*) filter (where i.revoked_at is not null or b.revoked_at is not null) as revoked
    from invitations i where i.store_id = b.store_id and i.batch_id = b.id
  ) sums
  where ${where}`

/**
 * Plans a batch under the id its maker chose: the same id again is the same batch, and is answered as it is. Refuses a code
 * that the drop has already, a batch of other contents under this id, and a drop that is not there.
 */
export async function putBatch(
  writer: Writer,
  storeId: string,
  draft: InvitationBatchDraft,
): Promise<Decision<{ batch: PlannedBatch; isNew: boolean }, BatchRefusal>> {
  const { id, dropId, note, opensAt, endsAt, usesMax, isMade, fingerprint } = draft
  const list = JSON.stringify(draft.invitations.map((one, position) => ({ ...one, position })))
  const ofBatch = sql`b.store_id = ${storeId} and b.id = ${id}`
  const require = (holds: SQL, code: string) => rowsOf(sql`select onrush_require(${holds}, ${code}, '')`)
  try {
    const results = await writer.batch([
      require(sql`exists (select from drops where store_id = ${storeId} and id = ${dropId})`, 'drop_not_found'),
      rowsOf<{ id: string }>(sql`
        insert into invitation_batches (store_id, id, drop_id, note, opens_at, ends_at, uses_max, is_made, fingerprint)
        values (${storeId}, ${id}, ${dropId}, ${note}, onrush_at(${opensAt}::bigint), onrush_at(${endsAt}::bigint),
                ${usesMax}, ${isMade}, ${fingerprint})
        on conflict (store_id, id) do nothing returning id`),
      require(sql`(select b.fingerprint from invitation_batches b where ${ofBatch}) = ${fingerprint}`, 'idempotency_key_reused'),
      rowsOf(sql`
        insert into invitations (store_id, batch_id, position, drop_id, digest, hint, email)
        select ${storeId}, ${id}, t.position, ${dropId}, t.digest, t.hint, t.email
        from jsonb_to_recordset(${list}::jsonb) as t(position int, digest text, hint text, email text)
        on conflict (store_id, batch_id, position) do nothing`),
      rowsOf(announce(storeId, 'invitations', sql`select ${id}`)),
      rowsOf<BatchRow>(batchJson(ofBatch)),
    ])
    const batch = results[5].rows[0]?.batch
    assert(batch, 'a batch that was just put is there')
    return accept({ batch, isNew: results[1].rows.length === 1 })
  } catch (error) {
    const refusal = refusalIn(error, draft)
    if (refusal) return refuse(refusal)
    throw error
  }
}

function refusalIn(error: unknown, { dropId }: InvitationBatchDraft): BatchRefusal | null {
  if (!(error instanceof DatabaseFault)) return null
  switch (error.facts.constraint) {
    case 'drop_not_found':
      return { code: 'drop_not_found', drop: dropId }
    case 'invitations_code_key':
      return { code: 'invitation_code_taken' }
    case 'idempotency_key_reused':
      return { code: 'idempotency_key_reused' }
    default:
      return null
  }
}

export async function listBatches(reader: Reader, storeId: string, dropId: string): Promise<PlannedBatch[]> {
  const rows = await reader.rows(
    rowsOf<BatchRow>(
      sql`${batchJson(sql`b.store_id = ${storeId} and b.drop_id = ${dropId}`)} order by b.created_at desc, b.id limit 500`,
    ),
  )
  return rows.map(({ batch }) => batch)
}

/** A batch of this drop, and its invitations after a position (-1: from the first). */
export async function findBatch(
  reader: Reader,
  storeId: string,
  { dropId, batchId, after, limit }: { dropId: string; batchId: string; after: number; limit: number },
): Promise<{ batch: PlannedBatch; invitations: PlannedInvitation[] } | null> {
  const [batches, invitations] = await reader.batch([
    rowsOf<BatchRow>(batchJson(sql`b.store_id = ${storeId} and b.drop_id = ${dropId} and b.id = ${batchId}`)),
    rowsOf<{ invitation: PlannedInvitation }>(sql`
      select jsonb_build_object('position', i.position, 'hint', i.hint, 'email', i.email,
        'revokedAt', onrush_ms(i.revoked_at)) as invitation
      from invitations i
      where i.store_id = ${storeId} and i.batch_id = ${batchId} and i.position > ${after}
      order by i.position limit ${limit}`),
  ])
  const batch = batches.rows[0]?.batch
  return batch ? { batch, invitations: invitations.rows.map(({ invitation }) => invitation) } : null
}

/** Which of a batch: all of it, or those with these digests or addresses. */
export type Revoking = 'all' | { digests: readonly string[]; emails: readonly string[] }

/** Takes invitations back. Safe to repeat; null: there is no such batch. */
export async function revokeInvitations(
  writer: Writer,
  storeId: string,
  { dropId, batchId, which }: { dropId: string; batchId: string; which: Revoking },
): Promise<PlannedBatch | null> {
  const ofBatch = sql`b.store_id = ${storeId} and b.drop_id = ${dropId} and b.id = ${batchId}`
  const named = (values: readonly string[]): SQL =>
    sql`(select jsonb_array_elements_text(${JSON.stringify(values)}::jsonb))`
  const all = which === 'all'
  const some = all ? { digests: [], emails: [] } : which
  const results = await writer.batch(
    [
      rowsOf(sql`update invitations i set revoked_at = now() from invitation_batches b
        where ${ofBatch} and i.store_id = b.store_id and i.batch_id = b.id and i.revoked_at is null
          and (i.digest in ${named(some.digests)} or i.email in ${named(some.emails)})`),
      rowsOf(sql`update invitation_batches b set version = version + 1,
          revoked_at = case when ${all} then coalesce(b.revoked_at, now()) else b.revoked_at end
        where ${ofBatch}`),
      rowsOf(announce(storeId, 'invitations', sql`select b.id from invitation_batches b where ${ofBatch}`)),
      rowsOf<BatchRow>(batchJson(ofBatch)),
    ],
    { repeatable: true },
  )
  return results[3].rows[0]?.batch ?? null
}

const wholeBatch = sql`jsonb_build_object(
  'storeId', b.store_id, 'dropId', b.drop_id, 'id', b.id,
  'version', b.version, 'opensAt', onrush_ms(b.opens_at), 'endsAt', onrush_ms(b.ends_at), 'usesMax', b.uses_max,
  'codes', (select coalesce(jsonb_agg(jsonb_build_object('digest', i.digest,
      'isRevoked', i.revoked_at is not null or b.revoked_at is not null)), '[]')
    from invitations i where i.store_id = b.store_id and i.batch_id = b.id))`

/** A batch may have ten thousand codes, so few of them are looked up at a time. */
const BATCHES_AT_ONCE = 4

/** Tells the objects that judge a drop's codes the batches that are due (`keys` are ids of batches). Safe to repeat. */
export const publishInvitations = (
  db: Database,
  deskFor: (storeId: string, dropId: string, shard: number) => Pick<InvitationDesk, 'describe'>,
  options: PublishOptions,
): Promise<PublishReport> =>
  publishDue<InvitationBatch>(
    db,
    {
      topic: 'invitations',
      what: sql`select ${wholeBatch} as what
        from invitation_batches b
        where b.store_id = o.store_id and b.id = o.key`,
      tell: (storeId, batch) =>
        Promise.all(
          byShard(batch.codes).map((codes, shard) =>
            deskFor(storeId, batch.dropId, shard).describe({ ...batch, codes }),
          ),
        ),
    },
    { ...options, limit: Math.min(options.limit, BATCHES_AT_ONCE) },
  )

/** Every judge hears of every batch, also one without a code of its own: it counts the wrong ones. */
function byShard(codes: InvitationBatch['codes']): InvitationBatch['codes'][] {
  const shards = Array.from({ length: INVITATION_OBJECTS }, (): InvitationBatch['codes'] => [])
  for (const code of codes) shards[invitationShard(code.digest)]!.push(code)
  return shards
}
