/** The store of invitations, in the object's SQLite. */
import type { BatchTerms, KeptCode, WrongCodes } from '../../domain/invitation/invitation.ts'
import type { InvitationStore } from '../../domain/invitation/keeper.ts'
import type { InvitationBatch } from '../../domain/message/invitation-desk.ts'
import type { Sql } from '../basics/sql.ts'

type BatchRow = {
  id: string
  store_id: string
  drop_id: string
  version: number
  opens_at: number
  opens_with_drop: number
  ends_at: number | null
  uses_max: number
}

export class SqliteInvitationStore implements InvitationStore {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  transaction<Result>(work: () => Result): Result {
    return this.#sql.transaction(work)
  }

  batch(id: string): BatchTerms | undefined {
    const row = this.#sql.first<BatchRow>('SELECT * FROM batches WHERE id = ?', id)
    return (
      row && {
        ...{ storeId: row.store_id, dropId: row.drop_id, id: row.id, version: row.version },
        opensAt: row.opens_with_drop === 1 ? null : row.opens_at,
        ...{ endsAt: row.ends_at, usesMax: row.uses_max },
      }
    )
  }

  saveBatch({ id, storeId, dropId, version, opensAt, endsAt, usesMax }: BatchTerms): void {
    this.#sql.run(
      `INSERT OR REPLACE INTO batches (id, store_id, drop_id, version, opens_at, opens_with_drop, ends_at, uses_max)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[id, storeId, dropId, version, opensAt ?? 0, opensAt === null ? 1 : 0, endsAt, usesMax],
    )
  }

  code(digest: string): KeptCode | undefined {
    const row = this.#sql.first<{ batch_id: string; is_revoked: number; uses: number }>(
      'SELECT batch_id, is_revoked, uses FROM codes WHERE digest = ?',
      digest,
    )
    return row && { digest, batchId: row.batch_id, isRevoked: row.is_revoked === 1, uses: row.uses }
  }

  /** One statement for thousands: what is the same already is not written again. */
  saveCodes(batchId: string, codes: InvitationBatch['codes']): void {
    this.#sql.run(
      `INSERT INTO codes (digest, batch_id, is_revoked, uses)
       SELECT value ->> 'digest', ?, value ->> 'isRevoked', 0 FROM json_each(?) WHERE true
       ON CONFLICT (digest) DO UPDATE SET is_revoked = excluded.is_revoked WHERE is_revoked <> excluded.is_revoked`,
      batchId,
      JSON.stringify(codes),
    )
  }

  isRedeemedBy(digest: string, visitorId: string): boolean {
    return (
      this.#sql.first('SELECT 1 AS yes FROM redemptions WHERE digest = ? AND visitor_id = ?', digest, visitorId) !==
      undefined
    )
  }

  redeem(digest: string, visitorId: string, at: number): void {
    this.#sql.run('INSERT INTO redemptions (digest, visitor_id, at) VALUES (?, ?, ?)', digest, visitorId, at)
    this.#sql.run('UPDATE codes SET uses = uses + 1 WHERE digest = ?', digest)
  }

  uses(batchId: string): number {
    const row = this.#sql.first<{ uses: number | null }>(
      'SELECT SUM(uses) AS uses FROM codes WHERE batch_id = ?',
      batchId,
    )
    return row?.uses ?? 0
  }

  wrongCodes(who: string): WrongCodes | undefined {
    return this.#sql.first<{ who: string; count: number; since: number }>(
      'SELECT who, count, since FROM wrong_codes WHERE who = ?',
      who,
    )
  }

  saveWrongCodes({ who, count, since }: WrongCodes): void {
    this.#sql.run('INSERT OR REPLACE INTO wrong_codes (who, count, since) VALUES (?, ?, ?)', who, count, since)
  }

  forgetWrongCodes(instant: number): void {
    this.#sql.run('DELETE FROM wrong_codes WHERE since <= ?', instant)
  }
}
