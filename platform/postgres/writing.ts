/**
 * Writes: one batch on the primary, and how far the log had come once it was committed.
 *
 * The position is taken after the commit, in the same round trip: `COMMIT AND CHAIN` ends the writes' transaction and
 * opens an empty one for the question. Asked inside the writes' own transaction it would lie before the commit record,
 * and a replica could reach it without having the writes (407 of 800 reads stale, measured). `second_request` is the
 * same question in a request of its own, for a server that does not let a batch commit early.
 */
import type { Connection } from './driver.ts'
import { lsnFrom, mergePositions, type Session, type SessionTokens } from './session-token.ts'
import { DatabaseFault } from './fault.ts'
import { rowsOf, sql, type Batch, type BatchResponse, type Statement } from './statements.ts'

/** `inside` is the mistake itself, kept so that a test can show what it costs. Never configure it. */
export type TokenRecipe = 'chain' | 'second_request' | 'inside'

export interface WriterParts {
  primary: Connection
  tokens: SessionTokens
  recipe: TokenRecipe
  shard: string
}

export interface WriteOptions {
  /** The same batch twice is the same as once: an unanswered one may be sent again. */
  repeatable?: boolean
}

/** Writes for one request of ours. */
export class Writer {
  readonly #parts: WriterParts
  #positions: ReadonlyMap<string, bigint> = new Map()
  roundTrips = 0

  constructor(parts: WriterParts) {
    this.#parts = parts
  }

  async rows<Row extends Record<string, unknown>>(
    query: ReturnType<typeof rowsOf<Row>>,
    options?: WriteOptions,
  ): Promise<Row[]> {
    const [result] = await this.batch([query], options)
    return result.rows
  }

  /**
   * All of it or nothing. Rejects with a DatabaseFault; when its `outcome` is `unknown` the writes may stand, and only a
   * batch that may be repeated can find out by being sent again.
   */
  async batch<Statements extends Batch>(
    queries: Statements,
    options: WriteOptions = {},
  ): Promise<BatchResponse<Statements>> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(queries)
      } catch (error) {
        if (!(error instanceof DatabaseFault) || attempt === 2) throw error
        const { kind, outcome } = error.facts
        const again = kind === 'conflict' || (kind === 'away' && (outcome === 'nothing_written' || options.repeatable))
        if (!again) throw error
      }
    }
  }

  async #once<Statements extends Batch>(queries: Statements): Promise<BatchResponse<Statements>> {
    const { primary, recipe, shard } = this.#parts
    const position = rowsOf<{ lsn: string }>(sql`select pg_current_wal_flush_lsn()::text as lsn`)
    const tail: Statement[] =
      recipe === 'chain' ? [statementOf('commit and chain'), position] : recipe === 'inside' ? [position] : []
    this.roundTrips += 1
    const results: readonly unknown[] = await primary.batch([...queries, ...tail] as unknown as Batch)
    let last = results.at(-1) as { rows: { lsn: string }[] }
    if (recipe === 'second_request') {
      this.roundTrips += 1
      ;[last] = await primary.batch([position])
    }
    this.#positions = mergePositions(this.#positions, new Map([[shard, lsnFrom(last.rows[0]!.lsn)]]))
    return results.slice(0, queries.length) as unknown as BatchResponse<Statements>
  }

  /**
   * The session's token after these writes, merged with what it had written before; null when nothing was written.
   * Send it as a cookie and as `Onrush-Bookmark`.
   */
  async bookmark(before: Session = { kind: 'fresh' }): Promise<string | null> {
    if (this.#positions.size === 0) return null
    const earlier = before.kind === 'wrote' ? before.positions : new Map<string, bigint>()
    return this.#parts.tokens.sign(mergePositions(earlier, this.#positions))
  }
}

const statementOf = (text: string): Statement => rowsOf(sql.raw(text))
