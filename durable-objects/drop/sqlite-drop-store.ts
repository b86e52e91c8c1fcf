/** A drop and its room in an object's SQLite. Only rows and columns are known here; what they mean is domain/room's. */
import type { NumberRange } from '../../domain/message/drop-desk.ts'
import type { Call, Latecomer, Pass } from '../../domain/room/admission.ts'
import type { Hungry } from '../../domain/room/show-up.ts'
import type { DropRecord, DropStore, RoomState } from '../../domain/room/store.ts'
import type { Sql } from '../basics/sql.ts'

type CallRow = { from: number; through: number; at: number; open: number; lapsed: number }
type PassRow = {
  position: number
  placeId: string
  passId: string
  issuedAt: number
  until: number
  used: number
  refused: number
  inside: number
}

const CALL = 'from_position AS "from", through_position AS through, at, open, lapsed'
const PASS = 'position, place_id AS placeId, pass_id AS passId, issued_at AS issuedAt, until, used, refused, inside'

export class SqliteDropStore implements DropStore {
  readonly #sql: Sql
  /** The terms as they were last read, so that they are not parsed for every turn. Checked against the row each time. */
  #read: { body: string; drop: DropRecord } | undefined

  constructor(sql: Sql) {
    this.#sql = sql
  }

  transaction<Result>(work: () => Result): Result {
    return this.#sql.transaction(work)
  }

  drop(): DropRecord | undefined {
    const body = this.#sql.first<{ body: string }>('SELECT body FROM drops')?.body
    if (body === undefined) return undefined
    if (this.#read?.body !== body) this.#read = { body, drop: JSON.parse(body) as DropRecord }
    return this.#read.drop
  }

  saveDrop(record: DropRecord): void {
    this.#sql.run('INSERT OR REPLACE INTO drops (id, body) VALUES (1, ?)', JSON.stringify(record))
  }

  room(): RoomState | undefined {
    const row = this.#sql.first<{ body: string }>('SELECT body FROM room')
    return row && (JSON.parse(row.body) as RoomState)
  }

  saveRoom(state: RoomState): void {
    this.#sql.run('INSERT OR REPLACE INTO room (id, body) VALUES (1, ?)', JSON.stringify(state))
  }

  lots(shard: number): Uint8Array | undefined {
    return bytesIn(this.#sql.first<{ bytes: ArrayBuffer }>('SELECT lots AS bytes FROM lots WHERE shard = ?', shard))
  }

  saveLots(shard: number, lots: Uint8Array): void {
    this.#sql.run('INSERT INTO lots (shard, lots) VALUES (?, ?)', shard, bufferOf(lots))
  }

  shardsWithLots(): number[] {
    return this.#sql.all<{ shard: number }>('SELECT shard FROM lots').map(({ shard }) => shard)
  }

  positions(shard: number): Uint8Array | undefined {
    return bytesIn(
      this.#sql.first<{ bytes: ArrayBuffer | null }>('SELECT positions AS bytes FROM lots WHERE shard = ?', shard),
    )
  }

  savePositions(shard: number, positions: Uint8Array): void {
    this.#sql.run('UPDATE lots SET positions = ? WHERE shard = ?', bufferOf(positions), shard)
  }

  page(number: number): Uint8Array | undefined {
    return bytesIn(this.#sql.first<{ bytes: ArrayBuffer }>('SELECT lots AS bytes FROM pages WHERE number = ?', number))
  }

  savePage(number: number, lots: Uint8Array): void {
    this.#sql.run('INSERT INTO pages (number, lots) VALUES (?, ?)', number, bufferOf(lots))
  }

  ranges(shard: number, after: number): NumberRange[] {
    return this.#sql.all<{ from: number; count: number; first: number }>(
      'SELECT from_seq AS "from", count, first FROM ranges WHERE shard = ? AND from_seq + count - 1 > ? ORDER BY from_seq',
      shard,
      after,
    )
  }

  lastRange(shard: number): NumberRange | undefined {
    return this.#sql.first<{ from: number; count: number; first: number }>(
      'SELECT from_seq AS "from", count, first FROM ranges WHERE shard = ? ORDER BY from_seq DESC LIMIT 1',
      shard,
    )
  }

  insertRange(shard: number, { from, count, first }: NumberRange): void {
    this.#sql.run('INSERT INTO ranges (shard, from_seq, count, first) VALUES (?, ?, ?, ?)', shard, from, count, first)
  }

  insertCall({ from, through, at, open, lapsed }: Call): void {
    this.#sql.run(
      'INSERT INTO calls (from_position, through_position, at, open, lapsed) VALUES (?, ?, ?, ?, ?)',
      from,
      through,
      at,
      open,
      Number(lapsed),
    )
  }

  updateCall({ from, through, at, open, lapsed }: Call): void {
    this.#sql.run(
      'UPDATE calls SET through_position = ?, at = ?, open = ?, lapsed = ? WHERE from_position = ?',
      through,
      at,
      open,
      Number(lapsed),
      from,
    )
  }

  callBefore(position: number): Call | undefined {
    const row = this.#sql.first<CallRow>(
      `SELECT ${CALL} FROM calls WHERE from_position <= ? ORDER BY from_position DESC LIMIT 1`,
      position,
    )
    return row && { ...row, lapsed: row.lapsed === 1 }
  }

  openCalls(): Call[] {
    return this.#sql
      .all<CallRow>(`SELECT ${CALL} FROM calls WHERE lapsed = 0 ORDER BY from_position`)
      .map((row) => ({ ...row, lapsed: false }))
  }

  latecomer(position: number): Latecomer | undefined {
    return this.#sql.first<{ position: number; askedAt: number; calledAt: number | null }>(
      'SELECT position, asked_at AS askedAt, called_at AS calledAt FROM latecomers WHERE position = ?',
      position,
    )
  }

  saveLatecomer({ position, askedAt, calledAt }: Latecomer): void {
    this.#sql.run(
      'INSERT OR REPLACE INTO latecomers (position, asked_at, called_at) VALUES (?, ?, ?)',
      position,
      askedAt,
      calledAt,
    )
  }

  removeLatecomer(position: number): void {
    this.#sql.run('DELETE FROM latecomers WHERE position = ?', position)
  }

  latecomers(): Latecomer[] {
    return this.#sql.all<{ position: number; askedAt: number; calledAt: number | null }>(
      'SELECT position, asked_at AS askedAt, called_at AS calledAt FROM latecomers ORDER BY asked_at, position',
    )
  }

  pass(position: number): Pass | undefined {
    return passIn(this.#sql.first<PassRow>(`SELECT ${PASS} FROM passes WHERE position = ?`, position))
  }

  passById(passId: string): Pass | undefined {
    return passIn(this.#sql.first<PassRow>(`SELECT ${PASS} FROM passes WHERE pass_id = ?`, passId))
  }

  insertPass({ position, placeId, passId, issuedAt, until, used, refused, inside }: Pass): void {
    this.#sql.run(
      `INSERT INTO passes (position, place_id, pass_id, issued_at, until, used, refused, inside)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      position,
      placeId,
      passId,
      issuedAt,
      until,
      Number(used),
      Number(refused),
      Number(inside),
    )
  }

  updatePass({ position, until, used, refused, inside }: Pass): void {
    this.#sql.run(
      'UPDATE passes SET until = ?, used = ?, refused = ?, inside = ? WHERE position = ?',
      until,
      Number(used),
      Number(refused),
      Number(inside),
      position,
    )
  }

  endPassesBy(now: number): number {
    const { ended } = this.#sql.first<{ ended: number }>(
      'SELECT count(*) AS ended FROM passes WHERE inside = 1 AND until <= ?',
      now,
    )!
    if (ended > 0) this.#sql.run('UPDATE passes SET inside = 0 WHERE inside = 1 AND until <= ?', now)
    return ended
  }

  extendPasses(byMs: number): void {
    this.#sql.run('UPDATE passes SET until = until + ? WHERE inside = 1 AND used = 0', byMs)
  }

  nextPassEnd(): number | null {
    return this.#sql.first<{ next: number | null }>('SELECT min(until) AS next FROM passes WHERE inside = 1')!.next
  }

  hungryPasses(since: number): Hungry {
    return this.#sql.first<{ people: number; leftMs: number }>(
      `SELECT count(*) AS people, coalesce(sum(issued_at - ?), 0) AS leftMs
       FROM passes WHERE inside = 1 AND used = 0 AND refused = 0 AND issued_at > ?`,
      since,
      since,
    )!
  }

  recount(): { called: number; inside: number; admitted: number } {
    return this.#sql.first<{ called: number; inside: number; admitted: number }>(
      `SELECT
         (SELECT coalesce(sum(open), 0) FROM calls WHERE lapsed = 0)
           + (SELECT count(*) FROM latecomers WHERE called_at IS NOT NULL) AS called,
         (SELECT count(*) FROM passes WHERE inside = 1) AS inside,
         (SELECT count(*) FROM passes) AS admitted`,
    )!
  }
}

const passIn = (row: PassRow | undefined): Pass | undefined =>
  row && { ...row, used: row.used === 1, refused: row.refused === 1, inside: row.inside === 1 }

const bytesIn = (row: { bytes: ArrayBuffer | null } | undefined): Uint8Array | undefined =>
  row?.bytes ? new Uint8Array(row.bytes) : undefined

/** A copy of exactly these bytes: a view may look at a part of something larger. */
export const bufferOf = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer
