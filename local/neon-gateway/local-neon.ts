/**
 * Cluster and gateway together, under the two host names that every local connection string uses. What `dev`, `serve`
 * and the tests that need a database start.
 */
import { startCluster, type Cluster, type ClusterOptions } from '../postgres/cluster.ts'
import { startGateway, type Gateway, type GatewayOptions } from './gateway.ts'

/** They need not resolve; only the gateway reads them. (They do resolve, to this machine.) */
export const PRIMARY_HOST = 'primary.db.onrush.localtest.me'
export const REPLICA_HOST = 'replica.db.onrush.localtest.me'

export interface LocalNeonOptions extends ClusterOptions {
  /** Made on both servers when missing. */
  database?: string
  gateway?: Omit<GatewayOptions, 'hosts' | 'cluster'>
}

export interface LocalNeon {
  readonly cluster: Cluster
  readonly gateway: Gateway
  /** For the Neon driver, whose `fetchEndpoint` must be `gateway.url`. */
  readonly primaryUrl: string
  readonly replicaUrl: string
  /** Connection strings of both for another database of the cluster, made when missing: one per test, say. */
  database(name: string): Promise<{ primaryUrl: string; replicaUrl: string }>
  /** Ends gateway and servers and keeps the data. Safe to repeat. */
  stop(): Promise<void>
}

export async function startLocalNeon(options: LocalNeonOptions): Promise<LocalNeon> {
  const cluster = await startCluster(options)
  try {
    const { database = 'onrush' } = options
    const hosts = { [PRIMARY_HOST]: cluster.primary.port, [REPLICA_HOST]: cluster.standby.port }
    const urls = (name: string) => ({
      primaryUrl: cluster.primary.connectionString(name, PRIMARY_HOST),
      replicaUrl: cluster.standby.connectionString(name, REPLICA_HOST),
    })
    await cluster.createDatabase(database)
    const gateway = await startGateway({ ...options.gateway, hosts, cluster })
    return {
      cluster,
      gateway,
      ...urls(database),
      database: async (name) => {
        await cluster.createDatabase(name)
        return urls(name)
      },
      stop: async () => {
        await gateway.stop()
        await cluster.stop()
      },
    }
  } catch (cause) {
    await cluster.stop()
    throw cause
  }
}
