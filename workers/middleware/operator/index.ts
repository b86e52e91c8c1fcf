/**
 * Operators show a key: `Authorization: Bearer onr_…`. A mistyped one is refused by its checksum before anything is
 * asked; a good one is remembered for less than five seconds, so that a revoked key stops opening doors that soon.
 */
import type { MiddlewareHandler } from 'hono'
import { isOperatorKey, mayDo, type ApiKey, type Scope } from '../../../domain/store/operator-key.ts'
import { findApiKey } from '../../../platform/postgres/api-keys.ts'
import { databaseOf } from '../../../platform/postgres/database.ts'
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
  if (!isOperatorKey(shown)) return refused(c, { code: 'operator_key_not_valid' })
  const key = await livingKey(c, shown)
  // A key of another store is told what an unknown one is told.
  if (!key || key.storeId !== c.var.visit.storeId) return refused(c, { code: 'operator_key_not_valid' })
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

async function livingKey(c: Asked, shown: string): Promise<ApiKey | null> {
  const name = await digest(`${c.env.DATABASE_URL} ${shown}`)
  const now = c.var.visit.clock.now()
  const kept = remembered.get(name)
  if (kept && now < kept.until) return kept.key
  const key = await findKey(c, shown)
  if (remembered.size >= REMEMBERED_MAX) remembered.clear()
  remembered.set(name, { key, until: now + (key ? GOOD_FOR_MS : BAD_FOR_MS) })
  return key
}

/**
 * From the primary, where a revocation is known first. While that is away nobody can revoke a key there either, so the
 * replica's word is as good.
 */
async function findKey(c: Asked, shown: string): Promise<ApiKey | null> {
  const database = databaseOf(c.env)
  try {
    return await findApiKey(database.read('primary'), shown)
  } catch (fault) {
    if (!(fault instanceof DatabaseFault) || fault.facts.kind !== 'away') throw fault
    return findApiKey(database.read(), shown)
  }
}
