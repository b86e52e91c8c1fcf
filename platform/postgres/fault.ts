/**
 * What went wrong in the database, told from everything a failure may arrive as: drizzle's wrapper, the driver's error,
 * an HTTP 500 whose JSON lies inside a message, a rejected fetch. Classified by SQLSTATE, never by class name: names are
 * minified in the bundle.
 *
 * No message here repeats what was sent. drizzle's message holds every parameter and Postgres's `detail` holds values,
 * and both would end in a log.
 */

/** What a caller can do about it. */
export type FaultKind =
  | 'duplicate' // 23505: interpret `constraint`; never retry
  | 'refused' // our own onrush_require: `constraint` is the code, `detail` its subject
  | 'constraint' // another integrity rule: the caller sent what the schema forbids
  | 'behind' // the replica has not replayed far enough: ask the primary
  | 'conflict' // serialisation, deadlock, recovery: nothing was written; again is safe
  | 'away' // transport, restart, no connection free: reads may be retried, writes only when repeatable
  | 'timeout' // the statement took too long: never again
  | 'misrouted' // a write on a replica: a routing bug
  | 'bug' // a statement that cannot work

export interface FaultFacts {
  kind: FaultKind
  /** SQLSTATE; null when Postgres never answered. */
  code: string | null
  constraint: string | null
  detail: string | null
  /** Whether the statements may have taken effect although no answer came. */
  outcome: 'nothing_written' | 'unknown'
  retryAfterMs: number | null
}

/** The world failed (or, for `duplicate`, `refused` and `constraint`, the database said no). Holds no parameters. */
export class DatabaseFault extends Error {
  override readonly name = 'DatabaseFault'
  readonly facts: FaultFacts

  constructor(message: string, facts: FaultFacts) {
    super(message)
    this.facts = facts
  }
}

interface PgFields {
  code: string
  message: string
  constraint: string | null
  detail: string | null
}

/** Whatever was thrown by the driver or by drizzle, as a fault. Safe to call on a fault already made. */
export function pgError(thrown: unknown): DatabaseFault {
  if (thrown instanceof DatabaseFault) return thrown
  for (let error = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth++) {
    const fields = fieldsOf(error) ?? fieldsInMessage(error.message)
    if (fields?.code) return fromPostgres(fields)
    if ('sourceError' in error || error.message.startsWith('Server error (HTTP status')) return notReached(error)
  }
  // Not from the database at all: a mistake of ours while building the statement, say. It keeps its own name and stack.
  if (thrown instanceof Error && thrown.cause === undefined && !('query' in thrown)) throw thrown
  return notReached(thrown)
}

/** NeonDbError made from a 400. */
function fieldsOf(error: Error): PgFields | undefined {
  if (!('code' in error) || typeof error.code !== 'string' || error.code === '') return undefined
  const text = (name: string): string | null => {
    const value = (error as unknown as Record<string, unknown>)[name]
    return typeof value === 'string' && value !== '' ? value : null
  }
  return { code: error.code, message: error.message, constraint: text('constraint'), detail: text('detail') }
}

/** Any other status: `Server error (HTTP status 500): {"message":…,"code":"53300",…}`. */
function fieldsInMessage(message: string): PgFields | undefined {
  const json = /^Server error \(HTTP status \d+\): (\{.*)$/s.exec(message)?.[1]
  if (!json) return undefined
  try {
    const said = JSON.parse(json) as Partial<PgFields>
    if (typeof said.code !== 'string' || said.code === '') return undefined
    return {
      code: said.code,
      message: String(said.message),
      constraint: said.constraint ?? null,
      detail: said.detail ?? null,
    }
  } catch {
    return undefined // a proxy's page instead of JSON; its status already says that nobody was reached
  }
}

function fromPostgres({ code, message, constraint, detail }: PgFields): DatabaseFault {
  const kind = kindOf(code)
  const where = constraint ? `${code} (${constraint})` : code
  // Messages of class 42 name columns and places in our own SQL; others may quote a value.
  const about = code.startsWith('42') ? `${where}: ${message}` : where
  return new DatabaseFault(`Postgres said ${about}`, {
    kind,
    code,
    constraint,
    detail: kind === 'refused' ? detail : null,
    outcome: kind === 'away' && !NEVER_STARTED.has(code) ? 'unknown' : 'nothing_written',
    retryAfterMs: kind === 'away' || kind === 'conflict' ? 1_000 : null,
  })
}

/** No free connection, or still starting: refused before any statement. */
const NEVER_STARTED = new Set(['53300', '57P03'])

function notReached(error: unknown): DatabaseFault {
  const status = error instanceof Error ? /HTTP status (\d+)/.exec(error.message)?.[1] : undefined
  if (status === '413' || status === '507') {
    return new DatabaseFault(`the database's answer to us was HTTP ${status}: too large`, {
      ...{ kind: 'bug', code: null, constraint: null, detail: null, outcome: 'unknown', retryAfterMs: null },
    })
  }
  return new DatabaseFault(`the database could not be reached${status ? ` (HTTP ${status})` : ''}`, {
    ...{ kind: 'away', code: null, constraint: null, detail: null, outcome: 'unknown', retryAfterMs: 1_000 },
  })
}

/** facts: the SQLSTATE table of docs/reference; each row has a test. */
export function kindOf(code: string): FaultKind {
  if (code === '23505') return 'duplicate'
  if (code === 'ONR01') return 'refused'
  if (code === 'ONR22') return 'behind'
  if (code.startsWith('23')) return 'constraint'
  if (code === '40001' || code === '40P01' || code === '55P03') return 'conflict'
  if (code === '57014') return 'timeout'
  if (code === '25006' || code === '55000') return 'misrouted'
  if (/^(57P0|53|58)/.test(code) || (code.startsWith('08') && code !== '08P01')) return 'away'
  return 'bug'
}
