/**
 * A database for tests: one cluster, one gateway and one migrated database a test file, a fresh store a test. Real
 * Postgres, a real standby, the real driver.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startLocalNeon, type LocalNeon } from '../../local/neon-gateway/local-neon.ts'
import { seededRandom } from '../../domain/basics/random.ts'
import { DEFAULT_SETTINGS } from '../../domain/store/store.ts'
import { openDatabase, type Database, type DatabaseEnv, type DatabaseTuning } from './database.ts'
import { migrateDatabase } from './migration-files.ts'
import { putStore } from './stores.ts'

/** Ids and times of tests: the same every run. */
export const BIRTH = { now: Date.UTC(2026, 10, 21, 12), random: seededRandom(1) }

export interface TestShop {
  /** This test's own. */
  storeId: string
  neon: LocalNeon
  env: DatabaseEnv
  db: Database
  open(tuning?: Partial<DatabaseTuning>): Database
}

export interface TestCluster {
  neon: LocalNeon
  /** A new store, in EUR, in the file's migrated database; both servers know it. */
  shop(tuning?: Partial<DatabaseTuning>): Promise<TestShop>
  /** A new database with nothing in it. */
  empty(): Promise<DatabaseEnv>
  stop(): Promise<void>
}

export async function startTestCluster(): Promise<TestCluster> {
  const dataDir = mkdtempSync(join(tmpdir(), 'onrush-postgres-test-'))
  const neon = await startLocalNeon({ dataDir })
  let databases = 0
  const empty = async (): Promise<DatabaseEnv> => {
    const { primaryUrl, replicaUrl } = await neon.database(`test_${++databases}`)
    return {
      DATABASE_URL: primaryUrl,
      REPLICA_URLS: replicaUrl,
      NEON_FETCH_ENDPOINT: neon.gateway.url,
      SIGNING_KEY: 'a key for tests that signs nothing else',
    }
  }
  const env = await empty()
  await migrateDatabase({ url: env.DATABASE_URL, endpoint: env.NEON_FETCH_ENDPOINT })
  let stores = 0
  return {
    neon,
    empty,
    shop: async (tuning) => {
      const open = (own?: Partial<DatabaseTuning>) => openDatabase(env, { ...tuning, ...own })
      const db = open()
      const storeId = `store_${++stores}`
      const hostnames = [`${stores}.shop.test`]
      await putStore(db.write(), { id: storeId, name: 'Test', currency: 'EUR', hostnames, settings: DEFAULT_SETTINGS })
      await neon.cluster.caughtUp()
      return { storeId, neon, env, db, open }
    },
    stop: async () => {
      await neon.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
