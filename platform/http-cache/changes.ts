/**
 * What is known of changes that no lifetime foretells: purges by an operator, groups that an origin says have changed. A
 * copy remembers how far they had been counted when it was asked for, in every tier (domain/freshness/epochs.ts).
 */
import { isOutdated, type EpochTables, type Stamp } from '../../domain/freshness/epochs.ts'
import type { StoredResponse } from '../../domain/http-cache/stored.ts'
import { tagsOf } from '../../domain/http-cache/tags.ts'

/** The changes of the store that a request is for. */
export interface Changes {
  readonly tables: EpochTables
  /** Nobody can say what has changed lately: a copy given now may be older than promised, and says so. */
  readonly isBlind: boolean
  /** For a copy of what is asked from now on. */
  stamp(): Stamp
  /** Resolves when what is known is as new as promised, or nobody can say. Undefined: it is. */
  heard(): Promise<void> | undefined
  /** Counts these tags as changed, everywhere. Resolves when that is known here, or takes too long; never rejects. */
  changed(tags: readonly string[]): Promise<void>
}

const tags = new WeakMap<StoredResponse, readonly string[]>()

/** Those of which nothing is known to have changed. One that was stored while nobody counted is taken at its word. */
export function unchanged(all: readonly StoredResponse[], key: string, changes: Changes | null) {
  return changes === null || all.length === 0 ? all : all.filter((one) => !hasChanged(one, key, changes))
}

function hasChanged(stored: StoredResponse, key: string, { tables }: Changes): boolean {
  if (stored.stamp === null) return false
  let made = tags.get(stored)
  if (!made) tags.set(stored, (made = tagsOf(stored.fields, key)))
  return isOutdated(stored.stamp, made, tables)
}
