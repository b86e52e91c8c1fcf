/**
 * Operators show a key: `Authorization: Bearer onr_…`. A mistyped one is refused by its checksum before anything is
 * asked; a good one is remembered for less than five seconds, so that a revoked key stops opening doors that soon.
 */
import type { MiddlewareHandler } from 'hono'
import { isOperatorKey, mayDo, type ApiKey, type Scope } from '../../../domain/store/operator-key.ts'
import { findApiKey, findApiKeyById } from '../../../platform/postgres/api-keys.ts'
import { databaseOf } from '../../../platform/postgres/database.ts'
import type { Reader } from '../../../platform/postgres/reading.ts'
import { DatabaseFault } from '../../../platform/postgres/fault.ts'
import type { AppEnv, Asked } from '../../context.ts'
import { refused } from '../../replies.ts'
import { digest } from '../../signing.ts'

/** Under five seconds with a second to spare for the question itself. */
const GOOD_FOR_MS = 4000
/** Long enough to blunt a guesser, short enough not to annoy whoever was just given a key. */
const BAD_FOR_MS = 1000
const REMEMBERED_MAX = 1000

const remembered = new Map<string, { key: ApiKey | null; until: number }>()

/** Lets in whoever shows a living key of this store. */
export const operatorsOnly: MiddlewareHandler<AppEnv> = async (c, next) => {
  const shown = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
  if (shown === undefined) return refused(c, { code: 'operator_key_missing' })
  const key = await keyShown(c, shown)
  if (!key) return refused(c, { code: 'operator_key_not_valid' })
  c.set('operator', { keyId: key.id, scopes: key.scopes })
  await next()
}

/** Lets on whoever's key has the scope. */
export const may =
  (scope: Scope): MiddlewareHandler<AppEnv> =>
  async (c, next) => {
    if (!mayDo({ scopes: [...c.var.operator.scopes] }, scope))
      return refused(c, { code: 'scope_missing', required: scope })
    return next()
  }

/** The living key of this store that was shown. A key of another store is told what an unknown one is told. */
export async function keyShown(c: Asked, shown: string): Promise<ApiKey | null> {
  if (!isOperatorKey(shown)) return null
  return ofThisStore(c, await livingKey(c, shown, (reader) => findApiKey(reader, shown)))
}

/** The living key of this store with that id: for whoever has shown it before (workers/console/session.ts). */
export async function keyOfId(c: Asked, id: string): Promise<ApiKey | null> {
  const { storeId } = c.var.visit
  return ofThisStore(c, await livingKey(c, `${storeId} ${id}`, (reader) => findApiKeyById(reader, storeId, id)))
}

const ofThisStore = (c: Asked, key: ApiKey | null): ApiKey | null =>
  key && key.storeId === c.var.visit.storeId ? key : null

type Find = (reader: Reader) => Promise<ApiKey | null>

/** Both ways to a key are remembered equally long, so that a revoked one closes all doors within the same bound. */
async function livingKey(c: Asked, what: string, find: Find): Promise<ApiKey | null> {
  const name = await digest(`${c.env.DATABASE_URL} ${what}`)
  const now = c.var.visit.clock.now()
  const kept = remembered.get(name)
  if (kept && now < kept.until) return kept.key
  const key = await findKey(c, find)
  if (remembered.size >= REMEMBERED_MAX) remembered.clear()
  remembered.set(name, { key, until: now + (key ? GOOD_FOR_MS : BAD_FOR_MS) })
  return key
}

/**
 * From the primary, where a revocation is known first. While that is away nobody can revoke a key there either, so the
 * replica's word is as good.
 */
async function findKey(c: Asked, find: Find): Promise<ApiKey | null> {
  const database = databaseOf(c.env)
  try {
    return await find(database.read('primary'))
  } catch (fault) {
    if (!(fault instanceof DatabaseFault) || fault.facts.kind !== 'away') throw fault
    return find(database.read())
  }
}
