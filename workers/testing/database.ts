/**
 * Before the tests in workerd: a real Postgres with its standby and gateway, migrated, and how the Worker under test
 * finds it. One for all files; each test makes a store of its own.
 */
import type { TestProject } from 'vitest/node'
import { startTestCluster } from '../../platform/postgres/testing.ts'

declare module 'vitest' {
  interface ProvidedContext {
    database: Record<'DATABASE_URL' | 'REPLICA_URLS' | 'NEON_FETCH_ENDPOINT' | 'SIGNING_KEY', string>
  }
}

export default async function start({ provide }: TestProject): Promise<() => Promise<void>> {
  const cluster = await startTestCluster()
  const { DATABASE_URL, REPLICA_URLS, NEON_FETCH_ENDPOINT, SIGNING_KEY } = (await cluster.shop()).env
  provide('database', { DATABASE_URL, REPLICA_URLS, NEON_FETCH_ENDPOINT, SIGNING_KEY })
  return () => cluster.stop()
}
