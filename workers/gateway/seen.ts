/** What the objects of a rule file's pools know of its origins, for whoever looks: the API and the console. */
import type { PoolSeen } from '../../domain/message/pool-desk.ts'
import type { Pool } from '../../domain/origin/rule-file.ts'
import { systemTimer, within } from '../../platform/cache/surroundings.ts'
import { poolOf } from '../../platform/desks.ts'
import type { SavedRules } from '../../platform/postgres/origin-rules.ts'

/** Whoever looks would rather see the rest than wait for an object that is away. */
const PATIENCE_MS = 1000

export interface SeenPool {
  pool: Pool
  /** Null: nobody has come yet since the file was saved, or the pool's object does not answer. */
  seen: PoolSeen | null
}

/** Never rejects. */
export function poolsSeen(env: Env, { storeId, version, file }: SavedRules): Promise<SeenPool[]> {
  return Promise.all(
    file.pools.map(async (pool) => {
      const asked = poolOf(env, storeId, pool.name).seen()
      const heard = await within({ after: systemTimer }, asked, PATIENCE_MS).catch(() => undefined)
      const seen = heard?.value ?? null
      return { pool, seen: seen?.version === version ? seen : null }
    }),
  )
}
