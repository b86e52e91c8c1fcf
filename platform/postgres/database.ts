/**
 * The door to Postgres: `write()` to the primary, `read(session)` to the nearest replica that is fresh enough.
 *
 *     const db = openDatabase(env)
 *     const session = await db.session(bookmark)      // from the cookie or the Onrush-Bookmark header
 *     const page = await readProductPage(db.read(session), …)
 *     const writer = db.write(); await putProducts(writer, …); const bookmark = await writer.bookmark(session)
 *
 * Repositories take a Reader or a Writer and make one round trip a call.
 */
import type { Clock } from '../../domain/basics/clock.ts'
import type { Random } from '../../domain/basics/random.ts'
import { murmur3 } from '../../domain/sharding/murmur3.ts'
import { Breaker, BREAKER, type BreakerTuning } from './breaker.ts'
import { connect } from './driver.ts'
import { FALLBACK, FallbackBudget, type FallbackTuning } from './fallback-budget.ts'
import { Reader, type ReadOptions } from './reading.ts'
import { FRESH, lsnFrom, SessionTokens, type Session } from './session-token.ts'
import { Writer, type TokenRecipe } from './writing.ts'

export interface DatabaseEnv {
  /** The primary. */
  DATABASE_URL: string
  /** The replicas, nearest first, separated by white space; may be empty. */
  REPLICA_URLS: string
  /** Empty: Neon itself. */
  NEON_FETCH_ENDPOINT: string
  SIGNING_KEY: string
  /** Raise it when positions of the log started again (a branch restore); every session then reads from the primary once. */
  DATABASE_EPOCH?: string
}

export interface DatabaseTuning {
  clock: Clock
  random: Random
  breaker: BreakerTuning
  fallback: FallbackTuning
  recipe: TokenRecipe
  readTimeoutMs: number
  writeTimeoutMs: number
}

export interface Database {
  /** What a bookmark proves. Never rejects. */
  session(bookmark: string | null | undefined): Promise<Session>
  /** A place in the log (`pg_lsn`), as a name that outlives a request and is of no use after a failover. */
  positionOf(lsn: string): string
  /** The session of somebody who has to see everything up to these positions; those of another log prove nothing. */
  seen(positions: readonly string[]): Session
  /** `'primary'`: for decisions that must see the newest state. Without a session: any replica. */
  read(session?: Session | 'primary', options?: ReadOptions): Reader
  write(): Writer
}

const SYSTEM: DatabaseTuning = {
  clock: { now: () => Date.now() },
  random: { fraction: () => Math.random(), bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) },
  breaker: BREAKER,
  fallback: FALLBACK,
  recipe: 'chain',
  readTimeoutMs: 2_500, // the slowest page query takes 50 ms; what takes longer than this is stuck
  writeTimeoutMs: 10_000, // an import's chunk
}

/** One database today; the name in tokens is here so that shards can follow without a new format. */
const SHARD = 'main'

export function openDatabase(env: DatabaseEnv, tuning: Partial<DatabaseTuning> = {}): Database {
  const { clock, random, breaker, fallback, recipe, readTimeoutMs, writeTimeoutMs } = { ...SYSTEM, ...tuning }
  const endpoint = env.NEON_FETCH_ENDPOINT
  const open = (url: string, statementTimeoutMs: number, readOnly: boolean) =>
    connect({ url, endpoint, statementTimeoutMs, readOnly })
  const log = epochOf(env)
  const tokens = new SessionTokens(env.SIGNING_KEY, log, clock)
  const parts = {
    primary: open(env.DATABASE_URL, readTimeoutMs, true),
    replicas: env.REPLICA_URLS.split(/\s+/)
      .filter(Boolean)
      .map((url, i) => ({
        name: `replica-${i + 1}`,
        connection: open(url, readTimeoutMs, true),
        breaker: new Breaker(clock, breaker),
      })),
    budget: new FallbackBudget(clock, fallback),
    random,
    shard: SHARD,
  }
  const primary = open(env.DATABASE_URL, writeTimeoutMs, false)
  return {
    session: (bookmark) => tokens.read(bookmark),
    positionOf: (lsn) => `${log} ${lsn}`,
    seen: (positions) => {
      const ours = positions.map((position) => position.split(' ')).filter(([of]) => of === log)
      const furthest = ours.reduce((most, [, lsn]) => (lsnFrom(lsn!) > most ? lsnFrom(lsn!) : most), -1n)
      return furthest < 0n ? FRESH : { kind: 'wrote', positions: new Map([[SHARD, furthest]]), issuedAt: clock.now() }
    },
    read: (session = FRESH, options = {}) => new Reader(parts, session, options),
    write: () => new Writer({ primary, tokens, recipe, shard: SHARD }),
  }
}

/** Breakers and budgets must outlive a request, so an isolate opens each set of databases once. */
const opened = new Map<string, Database>()

export function databaseOf(env: DatabaseEnv): Database {
  const name = [env.DATABASE_URL, env.REPLICA_URLS, env.NEON_FETCH_ENDPOINT, env.DATABASE_EPOCH].join('\n')
  let database = opened.get(name)
  if (!database) opened.set(name, (database = openDatabase(env)))
  return database
}

/** Another host or another database is another log; a failover that changes the address changes the epoch by itself. */
function epochOf({ DATABASE_URL, DATABASE_EPOCH }: DatabaseEnv): string {
  const { host, pathname } = new URL(DATABASE_URL)
  return murmur3(`${host}${pathname}#${DATABASE_EPOCH ?? ''}`).toString(36)
}
