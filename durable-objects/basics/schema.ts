/**
 * An object's tables: numbered .sql files, each applied once, in order, when an object first wakes under the version
 * that brought them. `PRAGMA user_version` is refused by the platform, hence a table of our own.
 *
 * During a deploy old and new code meet the same rows for a while, so a file may add but not take away what the
 * version before it reads.
 */
import { assert } from '../../domain/basics/assert.ts'

export interface SchemaFile {
  /** `0001_holds`: the number orders, the words explain. Never renamed, and its text never edited (SPEC TDY7). */
  name: string
  text: string
}

/**
 * Applies what is missing. Synchronous, so it may stand in a constructor without `blockConcurrencyWhile`: nothing can
 * come between. A file that fails leaves nothing of itself behind and throws; the object then does not start.
 */
export function applySchema(storage: DurableObjectStorage, files: readonly SchemaFile[]): void {
  files.forEach(({ name }, i) => {
    assert(/^\d{4}_/.test(name) && (i === 0 || files[i - 1]!.name < name), `schema files are numbered: ${name}`)
  })
  if (!hasSchema(storage)) {
    storage.sql.exec('CREATE TABLE schema_files (name TEXT PRIMARY KEY) WITHOUT ROWID')
  }
  const applied = new Set(
    storage.sql
      .exec<{ name: string }>('SELECT name FROM schema_files')
      .toArray()
      .map(({ name }) => name),
  )
  for (const { name, text } of files) {
    if (applied.has(name)) continue
    storage.transactionSync(() => {
      storage.sql.exec(text)
      storage.sql.exec('INSERT INTO schema_files (name) VALUES (?)', name)
    })
  }
}

/**
 * Whether this object ever had tables. An object whose name a stranger made up can so be asked without leaving
 * anything on disk: an empty database is not billed, one with tables is, for ever.
 */
export function hasSchema(storage: DurableObjectStorage): boolean {
  return (
    storage.sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_files'").toArray().length > 0
  )
}
