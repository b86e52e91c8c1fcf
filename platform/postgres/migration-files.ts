/**
 * The migrations as they lie on disk. Node only: a Worker never migrates, so it never imports this.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { migrate, type Migration, type MigrationReport } from './migrator.ts'

const FOLDER = new URL('../../migrations/postgres/', import.meta.url)

export const readMigrations = (folder: URL = FOLDER): Migration[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => {
      const bytes = readFileSync(new URL(name, folder))
      return {
        id: name.replace(/\.sql$/, ''),
        text: bytes.toString('utf8'),
        sha256: createHash('sha256').update(bytes).digest('hex'),
      }
    })

/** Applies what is missing. `endpoint` is where Neon's protocol is spoken; empty: Neon itself. */
export const migrateDatabase = (connection: { url: string; endpoint: string }): Promise<MigrationReport> =>
  migrate(connection, readMigrations())
