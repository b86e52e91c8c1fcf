/**
 * Typed statements over an object's SQLite. Statements are written by hand and bound by position; a row's type is
 * promised by whoever wrote the statement. The limits of production that the local runtime does not enforce are
 * asserted here, so that they fail on a laptop first (developers.cloudflare.com/durable-objects/platform/limits).
 */
import { assert } from '../../domain/basics/assert.ts'

export type SqlValue = string | number | null | ArrayBuffer
export type SqlRow = Record<string, SqlValue>

const BOUND_VALUES_MAX = 100
/** A row may have 2 MB; a fifth is left for the columns that are not bound here. */
const BOUND_BYTES_MAX = 1_600_000
const UTF8_BYTES_MOST = 3 // of one UTF-16 unit

export class Sql {
  readonly #storage: DurableObjectStorage
  #inTransaction = false
  #undone = 0

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
  }

  /** Every row at once: a cursor has no snapshot and must not be read after the next await. */
  all<Row extends SqlRow>(query: string, ...values: SqlValue[]): Row[] {
    return this.#exec<Row>(query, values).toArray()
  }

  /** The one row, or none. More than one is a statement that means something else than its author thought. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller promises what a row is
  first<Row extends SqlRow>(query: string, ...values: SqlValue[]): Row | undefined {
    const rows = this.#exec<Row>(query, values).toArray()
    assert(rows.length <= 1, `one row at most: ${query}`)
    return rows[0]
  }

  /** Runs a statement for its effect. Answers the rows written, index entries included: that is what is billed. */
  run(query: string, ...values: SqlValue[]): number {
    return this.#exec(query, values).rowsWritten
  }

  /**
   * All of the work, or, when it throws, none of it. The work must not await. Within another transaction it is a part of
   * that one, so whoever catches a fault inside of a transaction has to undo by hand what led to it.
   */
  transaction<Result>(work: () => Result): Result {
    if (this.#inTransaction) return work()
    this.#inTransaction = true
    try {
      return this.#storage.transactionSync(work)
    } catch (fault) {
      this.#undone += 1
      throw fault
    } finally {
      this.#inTransaction = false
    }
  }

  /** How many transactions came to nothing: a copy in memory that was made within one is of rows that never were. */
  get undone(): number {
    return this.#undone
  }

  #exec<Row extends SqlRow>(query: string, values: SqlValue[]): SqlStorageCursor<Row> {
    assert(values.length <= BOUND_VALUES_MAX, `at most ${BOUND_VALUES_MAX} values may be bound: ${query}`)
    assert(bytesAtMost(values) <= BOUND_BYTES_MAX, `a row must stay below 2 MB: ${query}`)
    return this.#storage.sql.exec<Row>(query, ...values)
  }
}

/** An upper bound, without encoding anything: most texts are short and this runs for every statement. */
function bytesAtMost(values: SqlValue[]): number {
  let bytes = 0
  for (const value of values) {
    if (typeof value === 'string') bytes += value.length * UTF8_BYTES_MOST
    else if (value instanceof ArrayBuffer) bytes += value.byteLength
  }
  return bytes
}
