/** Places in an object's SQLite. Only rows and columns are known here; what they mean is domain/room's. */
import type { NumberRange } from '../../domain/message/drop-desk.ts'
import { NOBODY_YET } from '../../domain/room/memory-store.ts'
import type { PlaceRow, PlacesState, PlacesStore } from '../../domain/room/places.ts'
import type { Sql } from '../basics/sql.ts'
import { bufferOf } from './sqlite-drop-store.ts'

type Row = {
  visitorId: string
  id: string
  joinedAt: number
  kind: PlaceRow['kind']
  seq: number
  emailDigest: string | null
}

const PLACE = 'visitor_id AS visitorId, id, joined_at AS joinedAt, kind, seq, email_digest AS emailDigest'

export class SqlitePlacesStore implements PlacesStore {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  transaction<Result>(work: () => Result): Result {
    return this.#sql.transaction(work)
  }

  state(): PlacesState {
    const row = this.#sql.first<{ body: string }>('SELECT body FROM state')
    return row ? (JSON.parse(row.body) as PlacesState) : NOBODY_YET
  }

  saveState(state: PlacesState): void {
    this.#sql.run('INSERT OR REPLACE INTO state (id, body) VALUES (1, ?)', JSON.stringify(state))
  }

  place(visitorId: string): PlaceRow | undefined {
    return this.#sql.first<Row>(`SELECT ${PLACE} FROM places WHERE visitor_id = ?`, visitorId)
  }

  savePlace({ visitorId, id, joinedAt, kind, seq, emailDigest }: PlaceRow): void {
    this.#sql.run(
      'INSERT OR REPLACE INTO places (visitor_id, id, joined_at, kind, seq, email_digest) VALUES (?, ?, ?, ?, ?, ?)',
      visitorId,
      id,
      joinedAt,
      kind,
      seq,
      emailDigest,
    )
  }

  removePlace(visitorId: string): void {
    this.#sql.run('DELETE FROM places WHERE visitor_id = ?', visitorId)
  }

  inDraw(): PlaceRow[] {
    return this.#sql.all<Row>(`SELECT ${PLACE} FROM places WHERE kind = 'draw' ORDER BY seq`)
  }

  drawn(): Uint8Array | undefined {
    const row = this.#sql.first<{ positions: ArrayBuffer }>('SELECT positions FROM drawn')
    return row && new Uint8Array(row.positions)
  }

  saveDrawn(positions: Uint8Array): void {
    this.#sql.run('INSERT INTO drawn (id, positions) VALUES (1, ?)', bufferOf(positions))
  }

  insertRange({ from, count, first }: NumberRange): void {
    this.#sql.run('INSERT INTO ranges (from_seq, count, first) VALUES (?, ?, ?)', from, count, first)
  }

  rangeBefore(seq: number): NumberRange | undefined {
    return this.#sql.first<{ from: number; count: number; first: number }>(
      'SELECT from_seq AS "from", count, first FROM ranges WHERE from_seq <= ? ORDER BY from_seq DESC LIMIT 1',
      seq,
    )
  }

  placesFrom(address: string): number {
    return this.#sql.first<{ places: number }>('SELECT places FROM addresses WHERE address = ?', address)?.places ?? 0
  }

  countPlaceFrom(address: string): void {
    this.#sql.run(
      `INSERT INTO addresses (address, places) VALUES (?, 1) ON CONFLICT (address) DO UPDATE SET places = places + 1`,
      address,
    )
  }

  ownerOfEmail(digest: string): string | undefined {
    return this.#sql.first<{ place: string }>('SELECT place_id AS place FROM emails WHERE digest = ?', digest)?.place
  }

  keepEmail(digest: string, placeId: string): void {
    this.#sql.run('INSERT INTO emails (digest, place_id) VALUES (?, ?)', digest, placeId)
  }
}
