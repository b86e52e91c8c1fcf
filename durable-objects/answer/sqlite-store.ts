/** The store of answers, in the object's SQLite. */
import type { KeptAnswer } from '../../domain/answer/answer.ts'
import type { AnswerStore } from '../../domain/answer/keeper.ts'

interface Row extends Record<string, SqlStorageValue> {
  key: string
  fingerprint: string
  attempt: string
  lease_until: number
  created_at: number
  status: number | null
  headers: string | null
  body: ArrayBuffer | null
}

export class SqliteAnswerStore implements AnswerStore {
  #storage: DurableObjectStorage

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
  }

  transaction<Result>(work: () => Result): Result {
    return this.#storage.transactionSync(work)
  }

  find(key: string): KeptAnswer | undefined {
    const [row] = this.#storage.sql.exec<Row>('SELECT * FROM answers WHERE key = ?', key).toArray()
    return row && kept(row)
  }

  put(record: KeptAnswer): void {
    const { key, fingerprint, attempt, leaseUntil, createdAt, answer } = record
    this.#storage.sql.exec(
      `INSERT OR REPLACE INTO answers (key, fingerprint, attempt, lease_until, created_at, status, headers, body)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      key,
      fingerprint,
      attempt,
      leaseUntil,
      createdAt,
      answer?.status ?? null,
      answer ? JSON.stringify(answer.headers) : null,
      answer?.body ?? null,
    )
  }

  removeCreatedBy(instant: number): void {
    this.#storage.sql.exec('DELETE FROM answers WHERE created_at <= ?', instant)
  }

  oldestCreatedAt(): number | undefined {
    const { oldest } = this.#storage.sql
      .exec<{ oldest: number | null }>('SELECT MIN(created_at) AS oldest FROM answers')
      .one()
    return oldest ?? undefined
  }
}

const kept = (row: Row): KeptAnswer => ({
  key: row.key,
  fingerprint: row.fingerprint,
  attempt: row.attempt,
  leaseUntil: row.lease_until,
  createdAt: row.created_at,
  answer:
    row.status === null
      ? null
      : {
          status: row.status,
          headers: JSON.parse(row.headers!) as [string, string][],
          body: row.body!,
        },
})
