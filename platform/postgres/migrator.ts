/**
 * Migrations: append-only SQL files, each applied as one batch whose first write claims the file's name. Two runners at
 * once cannot both claim it, and a migration that fails leaves neither its tables nor its claim.
 *
 * A file that was applied may never change: its SHA-256 is kept with the claim, and a runner that finds another one
 * refuses by name before it touches anything. Never run by a Worker at start; `npm run migrate` and the local runner do.
 */
import { connect, type Connection } from './driver.ts'
import { DatabaseFault } from './fault.ts'
import { statementsOf } from './sql-file.ts'
import { rowsOf, sql, type Batch } from './statements.ts'

export interface Migration {
  /** 0001_stores: the file's name without its ending. Migrations are applied in the order of their names. */
  id: string
  text: string
  /** Of the file's bytes, in hexadecimal. */
  sha256: string
}

export interface MigrationReport {
  applied: string[]
  already: string[]
  /** Applied by a newer release than this one. Harmless: migrations only add until every runner is new. */
  newer: string[]
}

/** A migration file is not what was applied under its name. Someone must look; nothing has been done. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused'
}

const LEDGER = sql`create table if not exists onrush_migration (
  id text primary key, sha256 text not null, at timestamptz not null default now())`

/** Brings a database to the newest schema. Safe to run any number of times, by any number of runners at once. */
export async function migrate(
  { url, endpoint }: { url: string; endpoint: string },
  migrations: readonly Migration[],
): Promise<MigrationReport> {
  const connection = connect({ url, endpoint, statementTimeoutMs: 25_000, readOnly: false })
  await makeLedger(connection)
  const known = await readLedger(connection)
  const inOrder = migrations.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  for (const migration of inOrder) assertUnedited(migration, known.get(migration.id))

  const report: MigrationReport = { applied: [], already: [], newer: [] }
  for (const migration of inOrder) {
    const done = known.has(migration.id) ? 'already' : await applyOne(connection, migration)
    report[done].push(migration.id)
  }
  const ours = new Set(inOrder.map(({ id }) => id))
  report.newer = [...known.keys()].filter((id) => !ours.has(id))
  return report
}

/** The row of the catalog, the table, or the type of its rows, whichever the slower of two runners comes upon first. */
const ALREADY_THERE: readonly string[] = ['23505', '42P07', '42710']

/** `if not exists` still fails when two create it at the same moment; the other one has made it then. */
async function makeLedger(connection: Connection): Promise<void> {
  try {
    await connection.batch([rowsOf(LEDGER)])
  } catch (error) {
    if (!(error instanceof DatabaseFault) || !ALREADY_THERE.includes(error.facts.code ?? '')) throw error
  }
}

async function readLedger(connection: Connection): Promise<Map<string, string>> {
  const [{ rows }] = await connection.batch([
    rowsOf<{ id: string; sha256: string }>(sql`select id, sha256 from onrush_migration order by id`),
  ])
  return new Map(rows.map(({ id, sha256 }) => [id, sha256]))
}

function assertUnedited({ id, sha256 }: Migration, applied: string | undefined): void {
  if (applied === undefined || applied === sha256) return
  throw new MigrationRefused(
    `migrations/postgres/${id}.sql was edited after it had been applied: put it back and add a new file instead ` +
      `(applied ${applied.slice(0, 12)}…, found ${sha256.slice(0, 12)}…)`,
  )
}

/** How often a runner waits its turn behind another one that is applying the same migration. */
const TURNS = 20

async function applyOne(connection: Connection, migration: Migration): Promise<'applied' | 'already'> {
  for (let turn = 1; ; turn++) {
    try {
      await connection.batch([
        // A migration that cannot get its lock must not queue in front of the shop's own statements.
        rowsOf(sql`set local lock_timeout = '2s'`),
        rowsOf(sql`set local statement_timeout = '20s'`),
        rowsOf(sql`insert into onrush_migration (id, sha256) values (${migration.id}, ${migration.sha256})`),
        ...statementsOf(migration.text).map((statement) => rowsOf(sql.raw(statement))),
      ] as unknown as Batch)
      return 'applied'
    } catch (error) {
      if (!(error instanceof DatabaseFault)) throw error
      if (error.facts.constraint === 'onrush_migration_pkey') {
        // Another runner was first. Whether it applied the same text is in its claim.
        assertUnedited(migration, (await readLedger(connection)).get(migration.id))
        return 'already'
      }
      if (error.facts.kind === 'conflict' && turn < TURNS) continue
      throw new DatabaseFault(`migration ${migration.id} was not applied: ${error.message}`, error.facts)
    }
  }
}
