import { createHash } from 'node:crypto'
import { getTableColumns, is, Table } from 'drizzle-orm'
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase, type DatabaseEnv } from './database.ts'
import { migrateDatabase, readMigrations } from './migration-files.ts'
import { migrate, MigrationRefused, type Migration } from './migrator.ts'
import * as schema from './schema.ts'
import { statementsOf } from './sql-file.ts'
import { rowsOf, sql } from './statements.ts'
import { startTestCluster, type TestCluster } from './testing.ts'

let cluster: TestCluster
beforeAll(async () => (cluster = await startTestCluster()))
afterAll(() => cluster.stop())

const place = (env: DatabaseEnv) => ({ url: env.DATABASE_URL, endpoint: env.NEON_FETCH_ENDPOINT })
const file = (id: string, text: string): Migration => ({
  id,
  text,
  sha256: createHash('sha256').update(text).digest('hex'),
})
const primary = (env: DatabaseEnv) => openDatabase(env).read('primary')

describe('migrations', () => {
  it('[MIG1] are applied once by eight runners that start together', async () => {
    const env = await cluster.empty()
    const all = readMigrations().map(({ id }) => id)
    const reports = await Promise.all(Array.from({ length: 8 }, () => migrateDatabase(place(env))))
    for (const id of all) expect(reports.filter(({ applied }) => applied.includes(id))).toHaveLength(1)
    for (const report of reports) expect([...report.applied, ...report.already].toSorted()).toEqual(all)
    expect(await migrateDatabase(place(env))).toEqual({ applied: [], already: all, newer: [] })
  })

  it('[MIG2] refuses by name one that was edited after it had been applied, and does nothing else', async () => {
    const env = await cluster.empty()
    const first = file('0001_first', 'create table first (id int);')
    await migrate(place(env), [first])
    const edited = file('0001_first', 'create table first (id bigint);')
    const attempt = migrate(place(env), [edited, file('0002_second', 'create table second (id int);')])
    await expect(attempt).rejects.toBeInstanceOf(MigrationRefused)
    await expect(attempt).rejects.toThrow('0001_first.sql was edited after it had been applied')
    const tables = await primary(env).rows(rowsOf(sql`select to_regclass('second')::text as second`))
    expect(tables).toEqual([{ second: null }])
  })

  it('[MIG3] leaves nothing of one that fails, and goes on from there when it is mended', async () => {
    const env = await cluster.empty()
    const bad = file('0001_half', 'create table half (id int);\ninsert into nowhere values (1);')
    await expect(migrate(place(env), [bad])).rejects.toThrow('0001_half was not applied: Postgres said 42P01')
    const left = await primary(env).rows(
      rowsOf(sql`select to_regclass('half')::text as half, (select count(*)::int from onrush_migration) as claims`),
    )
    expect(left).toEqual([{ half: null, claims: 0 }])
    const mended = file('0001_half', 'create table half (id int);')
    expect((await migrate(place(env), [mended])).applied).toEqual(['0001_half'])
  })

  it('[MIG4] takes no offence at one of a newer release', async () => {
    const env = await cluster.empty()
    const first = file('0001_first', 'create table first (id int);')
    await migrate(place(env), [first, file('0002_new', 'create table new (id int);')])
    expect(await migrate(place(env), [first])).toEqual({ applied: [], already: ['0001_first'], newer: ['0002_new'] })
  })

  it('[MIG5] cuts a file into its commands, whatever hides a semicolon', () => {
    const text = `
      -- a comment; with one
      create table a (t text default 'x;''y'); /* ; */
      create function f() returns int language plpgsql as $$ begin return 1; end $$;
      select $tag$ ; $tag$, "odd;name";
      -- the end;`
    expect(statementsOf(text).map((statement) => statement.split('\n').at(-1)!.trim().slice(0, 15))).toEqual([
      'create table a ',
      'create function',
      'select $tag$ ; ',
    ])
  })
})

describe('the schema', () => {
  const tables = Object.values(schema).filter((value) => is(value, Table)) as PgTable[]

  it('[DAT8] in drizzle is the schema in the database: tables, columns, types, nulls, keys', async () => {
    const env = await cluster.empty()
    await migrateDatabase(place(env))
    const rows = await primary(env).rows(
      rowsOf<{ name: string; columns: string[]; key: string[] }>(sql`
        select c.relname as name,
          (select jsonb_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
             || case when a.attnotnull then ' not null' else '' end
             || case when a.atthasdef or a.attidentity <> '' then ' default' else '' end order by a.attname)
           from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
          (select jsonb_agg(a.attname order by array_position(i.indkey::int2[], a.attnum))
           from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = any (i.indkey)
           where i.indrelid = c.oid and i.indisprimary) as key
        from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'onrush_migration'
        order by 1`),
    )
    const ours = tables.map((table) => {
      const { name, primaryKeys } = getTableConfig(table)
      const all = Object.values(getTableColumns(table))
      return {
        name,
        columns: all
          .map((column) => {
            const hasDefault =
              column.hasDefault || column.generated !== undefined || column.generatedIdentity !== undefined
            const nulls = column.notNull ? ' not null' : ''
            return `${column.name} ${column.getSQLType()}${nulls}${hasDefault ? ' default' : ''}`
          })
          .toSorted(),
        key:
          primaryKeys[0]?.columns.map((column) => column.name) ??
          all.filter((one) => one.primary).map((one) => one.name),
      }
    })
    expect(ours.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual(rows)
  })

  it('[DAT9] says on each row whose store it is, and leads its key with it', () => {
    const loose = tables.filter((table) => {
      const { name, primaryKeys } = getTableConfig(table)
      return !['stores', 'store_hostnames'].includes(name) && primaryKeys[0]?.columns[0]?.name !== 'store_id'
    })
    expect(loose.map((table) => getTableConfig(table).name)).toEqual([])
  })
})
