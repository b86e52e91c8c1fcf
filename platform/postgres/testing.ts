/**
 * A migrated database for tests: one cluster and one gateway a test file, a fresh database a test. Real Postgres, a real
 * standby, the real driver.
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

export const STORE = 'store_test'
/** Ids and times of tests: the same every run. */
export const BIRTH = { now: Date.UTC(2026, 10, 21, 12), random: seededRandom(1) }

export interface TestShop {
  neon: LocalNeon
  env: DatabaseEnv
  db: Database
  open(tuning?: Partial<DatabaseTuning>): Database
}

export interface TestCluster {
  neon: LocalNeon
  /** A new database with the newest schema and one store, STORE, in EUR. */
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
  return {
    neon,
    empty,
    shop: async (tuning) => {
      const env = await empty()
      await migrateDatabase({ url: env.DATABASE_URL, endpoint: env.NEON_FETCH_ENDPOINT })
      const open = (own?: Partial<DatabaseTuning>) => openDatabase(env, { ...tuning, ...own })
      const db = open()
      await putStore(db.write(), {
        id: STORE,
        name: 'Test',
        currency: 'EUR',
        hostnames: ['shop.test'],
        settings: DEFAULT_SETTINGS,
      })
      await neon.cluster.caughtUp()
      return { neon, env, db, open }
    },
    stop: async () => {
      await neon.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
