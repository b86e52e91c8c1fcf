/**
 * Reads: the nearest replica that is healthy and has replayed the session's last write, checked and read in one request;
 * else the primary, within a budget.
 *
 * The guard stands first in the replica's batch: when the replica is behind, nothing else of the batch runs. Reads made
 * without a session token may be a moment old, never a session's own.
 */
import type { Random } from '../../domain/basics/random.ts'
import type { Breaker } from './breaker.ts'
import type { Connection } from './driver.ts'
import { DatabaseFault, type FaultFacts } from './fault.ts'
import type { FallbackBudget } from './fallback-budget.ts'
import { lsnText, type Session } from './session-token.ts'
import { rowsOf, sql, type Batch, type BatchResponse } from './statements.ts'

export interface Replica {
  /** replica-1, replica-2, … in the order of configuration, nearest first. */
  name: string
  connection: Connection
  breaker: Breaker
}

/** Who answered, and why not somebody nearer. For the `Onrush-Served-By` header. */
export interface Served {
  by: string
  /** How far the answering replica had replayed; null on the primary. */
  lsn: string | null
  /** lag: replicas were behind; error: one failed just now; breaker: none may be asked; stale: none was fresh enough, and an old answer was allowed. */
  fallback: 'lag' | 'error' | 'breaker' | 'session' | 'stale' | null
}

export const servedText = ({ by, lsn, fallback }: Served): string =>
  [by, ...(lsn ? [`lsn=${lsn}`] : []), ...(fallback ? [`fallback=${fallback}`] : [])].join('; ')

export interface ReadOptions {
  /** What to do when no replica is fresh and the primary's share is used up. Public data may be stale; private may not. */
  whenBusy?: 'refuse' | 'stale'
}

export interface ReaderParts {
  primary: Connection
  replicas: readonly Replica[]
  budget: FallbackBudget
  random: Random
  shard: string
}

/** Reads for one request of ours. Count its round trips: a page has a budget of them. */
export class Reader {
  readonly #parts: ReaderParts
  readonly #session: Session | 'primary'
  readonly #whenBusy: 'refuse' | 'stale'
  roundTrips = 0
  served: Served | null = null

  constructor(parts: ReaderParts, session: Session | 'primary', options: ReadOptions = {}) {
    this.#parts = parts
    this.#session = session
    this.#whenBusy = options.whenBusy ?? 'refuse'
  }

  /** The rows of one statement: one round trip. */
  async rows<Row extends Record<string, unknown>>(query: ReturnType<typeof rowsOf<Row>>): Promise<Row[]> {
    const [result] = await this.batch([query])
    return result.rows
  }

  /**
   * Several statements, one round trip, one snapshot each (READ COMMITTED). Rejects with a DatabaseFault; one of kind
   * `away` with `retryAfterMs` when neither a fresh replica nor the primary may be asked.
   */
  async batch<Statements extends Batch>(queries: Statements): Promise<BatchResponse<Statements>> {
    if (this.#session === 'primary') return this.#fromPrimary(queries, null)
    if (this.#session.kind === 'distrusted') return this.#fromPrimary(queries, 'session')
    const { replicas } = this.#parts
    if (replicas.length === 0) return this.#fromPrimary(queries, null)
    const target = this.#session.kind === 'wrote' ? (this.#session.positions.get(this.#parts.shard) ?? null) : null

    let why: 'breaker' | 'lag' | 'error' = 'breaker'
    for (const replica of replicas) {
      if (!replica.breaker.mayCall()) continue
      const answer = await this.#fromReplica(replica, queries, target)
      if (answer.ok) return answer.results
      why = answer.why
    }
    return this.#fallBack(queries, why)
  }

  async #fromReplica<Statements extends Batch>(
    replica: Replica,
    queries: Statements,
    target: bigint | null,
  ): Promise<{ ok: true; results: BatchResponse<Statements> } | { ok: false; why: 'lag' | 'error' }> {
    const position = target === null ? null : lsnText(target)
    const guard = rowsOf<{ lsn: string }>(sql`select onrush_guard(${position}::pg_lsn) as lsn`)
    this.roundTrips += 1
    try {
      const [guarded, ...results] = (await replica.connection.batch([guard, ...queries] as unknown as Batch)) as [
        { rows: { lsn: string }[] },
        ...unknown[],
      ]
      replica.breaker.succeeded()
      this.served = { by: replica.name, lsn: guarded.rows[0]?.lsn ?? null, fallback: null }
      return { ok: true, results: results as BatchResponse<Statements> }
    } catch (error) {
      if (!(error instanceof DatabaseFault)) throw error
      return { ok: false, why: judge(replica, error) }
    }
  }

  /** The primary takes over, as far as its budget allows. */
  async #fallBack<Statements extends Batch>(
    queries: Statements,
    why: 'breaker' | 'lag' | 'error',
  ): Promise<BatchResponse<Statements>> {
    const granted = this.#parts.budget.take()
    if (granted.ok) return this.#fromPrimary(queries, why)
    if (this.#whenBusy === 'stale') {
      for (const replica of this.#parts.replicas) {
        if (!replica.breaker.isClosed) continue
        const answer = await this.#fromReplica(replica, queries, null)
        if (!answer.ok) continue
        this.served = { ...this.served!, fallback: 'stale' }
        return answer.results
      }
    }
    throw new DatabaseFault('no replica is fresh enough, and the primary takes no more reads for now', {
      ...NOTHING_SAID,
      retryAfterMs: Math.max(granted.retryAfterMs, 200),
    })
  }

  async #fromPrimary<Statements extends Batch>(
    queries: Statements,
    fallback: Served['fallback'],
  ): Promise<BatchResponse<Statements>> {
    for (let attempt = 1; ; attempt++) {
      this.roundTrips += 1
      try {
        const results = await this.#parts.primary.batch(queries)
        this.served = { by: 'primary', lsn: null, fallback }
        return results
      } catch (error) {
        const again = error instanceof DatabaseFault && (error.facts.kind === 'away' || error.facts.kind === 'conflict')
        // One more try: a read may be repeated, and a failover or a full pool is often over in a moment.
        if (!again || attempt === 2) throw error
        await new Promise((resolve) => setTimeout(resolve, 20 + this.#parts.random.fraction() * 60))
      }
    }
  }
}

const NOTHING_SAID: FaultFacts = {
  kind: 'away',
  code: null,
  constraint: null,
  detail: null,
  outcome: 'nothing_written',
  retryAfterMs: null,
}

/** Tells the breaker what a failure says about the replica, and whether the primary may do better. */
function judge(replica: Replica, fault: DatabaseFault): 'lag' | 'error' {
  switch (fault.facts.kind) {
    case 'behind':
      replica.breaker.succeeded() // it answered; it is only not there yet
      return 'lag'
    case 'conflict': // replay wanted a row that the query was reading
      replica.breaker.succeeded()
      return 'error'
    case 'away':
      replica.breaker.failed()
      return 'error'
    default:
      replica.breaker.succeeded()
      throw fault
  }
}
