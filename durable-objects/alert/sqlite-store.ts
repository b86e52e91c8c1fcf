/** The store of alerts, in the object's SQLite. A store has a handful of rows. */
import type { Alert, Notice } from '../../domain/alert/alert.ts'
import type { AlertStore, LetterKept } from '../../domain/alert/keeper.ts'
import type { AlertRule, Sample } from '../../domain/alert/rules.ts'

interface AlertRow extends Record<string, SqlStorageValue> {
  rule: string
  subject: string
  value: number
  most: number
  found_at: number
  began_at: number | null
}

interface LetterRow extends Record<string, SqlStorageValue> {
  receiver: string
  notice: string
  handed_until: number
}

export class SqliteAlertStore implements AlertStore {
  readonly #storage: DurableObjectStorage

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
  }

  transaction<Result>(work: () => Result): Result {
    return this.#storage.transactionSync(work)
  }

  alerts(): Alert[] {
    const rows = this.#storage.sql.exec<AlertRow>('SELECT * FROM alerts').toArray()
    return rows.map(({ rule, subject, value, most, found_at: foundAt, began_at: beganAt }) => ({
      ...{ rule: rule as AlertRule, subject, value, most, foundAt, beganAt },
    }))
  }

  putAlerts(alerts: readonly Alert[]): void {
    this.#storage.sql.exec('DELETE FROM alerts')
    for (const { rule, subject, value, most, foundAt, beganAt } of alerts) {
      this.#storage.sql.exec(
        'INSERT INTO alerts (rule, subject, value, most, found_at, began_at) VALUES (?, ?, ?, ?, ?, ?)',
        ...[rule, subject, value, most, foundAt, beganAt],
      )
    }
  }

  lookedAt(): number | null {
    const [row] = this.#storage.sql.exec<{ looked_at: number }>('SELECT looked_at FROM looks').toArray()
    return row?.looked_at ?? null
  }

  putLookedAt(at: number): void {
    this.#storage.sql.exec('INSERT OR REPLACE INTO looks (id, looked_at) VALUES (0, ?)', at)
  }

  samples(): Sample[] {
    const rows = this.#storage.sql.exec<{ at: number; ended: string }>('SELECT * FROM samples ORDER BY at').toArray()
    return rows.map(({ at, ended }) => ({ at, ended: JSON.parse(ended) as Sample['ended'] }))
  }

  putSamples(samples: readonly Sample[]): void {
    this.#storage.sql.exec('DELETE FROM samples WHERE at < ?', samples[0]?.at ?? Infinity)
    for (const { at, ended } of samples) {
      this.#storage.sql.exec('INSERT OR IGNORE INTO samples (at, ended) VALUES (?, ?)', at, JSON.stringify(ended))
    }
  }

  letters(): LetterKept[] {
    const rows = this.#storage.sql.exec<LetterRow>('SELECT receiver, notice, handed_until FROM letters').toArray()
    return rows.map(({ receiver, notice, handed_until: handedUntil }) => ({
      ...{ notice: JSON.parse(notice) as Notice, receiver, handedUntil },
    }))
  }

  putLetter({ notice, receiver, handedUntil }: LetterKept): void {
    this.#storage.sql.exec(
      'INSERT OR REPLACE INTO letters (notice_id, receiver, notice, handed_until) VALUES (?, ?, ?, ?)',
      ...[notice.id, receiver, JSON.stringify(notice), handedUntil],
    )
  }

  removeLetter(noticeId: string, receiver: string): void {
    this.#storage.sql.exec('DELETE FROM letters WHERE notice_id = ? AND receiver = ?', noticeId, receiver)
  }
}
