/**
 * Sessions on Postgres, pooled per connection string and lent for one request at a time. A session comes back only
 * after it was wiped (no transaction, setting, temp table or lock survives), and one that cannot be wiped is closed.
 */
import { connect } from 'node:net'
import { Pool, type PoolClient } from 'pg'
import type { Destination } from './connection-string.ts'
import { ConnectFault } from './errors.ts'

/** One simple query. It is what Neon's proxy runs between two requests. */
const WIPE = [
  'ROLLBACK',
  'CLOSE ALL',
  'SET SESSION AUTHORIZATION DEFAULT',
  'RESET ALL',
  'DEALLOCATE ALL',
  'UNLISTEN *',
  'SELECT pg_advisory_unlock_all()',
  'DISCARD TEMP',
  'DISCARD SEQUENCES',
].join('; ')

const IDLE_MS = 5 * 60_000
const CONNECT_MS = 15_000

export interface Session {
  client: PoolClient
  /** Asks the server to stop what this session is doing, on a connection of its own. */
  cancel(): void
  /** Gives it back; `broken` when its state is not known, which closes it. */
  giveBack(broken: boolean): Promise<void>
}

export class Sessions {
  readonly #pools = new Map<string, Pool>()
  readonly #max: number

  constructor(maxPerPool: number) {
    this.#max = maxPerPool
  }

  /** Throws a `ConnectFault` when Postgres is away, refuses, or all sessions stay busy for 15 s. */
  async borrow(key: string, destination: Destination, port: number): Promise<Session> {
    const client = await this.#poolFor(key, destination, port)
      .connect()
      .catch((cause: unknown) => {
        throw new ConnectFault('no session', { cause })
      })
    return {
      client,
      cancel: () => cancelOnServer(port, client),
      giveBack: async (broken) => {
        const isClean = !broken && (await wiped(client))
        client.release(!isClean)
      },
    }
  }

  async end(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.end()))
    this.#pools.clear()
  }

  #poolFor(key: string, destination: Destination, port: number): Pool {
    const known = this.#pools.get(key)
    if (known) return known
    const { user, password, database, applicationName, options } = destination
    const pool = new Pool({
      host: '127.0.0.1',
      port,
      user,
      password,
      database,
      ...(applicationName !== undefined && { application_name: applicationName }),
      ...(options !== undefined && { options }),
      max: this.#max,
      idleTimeoutMillis: IDLE_MS,
      connectionTimeoutMillis: CONNECT_MS,
    })
    // An idle session dies with its server; the pool forgets it, and the next request gets a new one or its own fault.
    pool.on('error', () => {})
    // A session that dies while lent says so through its query as well.
    pool.on('connect', (client) => client.on('error', () => {}))
    this.#pools.set(key, pool)
    return pool
  }
}

async function wiped(client: PoolClient): Promise<boolean> {
  try {
    await client.query(WIPE)
    return true
  } catch {
    return false
  }
}

/**
 * Postgres' cancel request: a bare message on a fresh socket, without logging in. So it also works when the server has
 * no connection left for anybody.
 */
function cancelOnServer(port: number, client: PoolClient): void {
  if (!knowsItsKey(client)) return
  const message = Buffer.alloc(16)
  message.writeInt32BE(16, 0)
  message.writeInt32BE(80877102, 4)
  message.writeInt32BE(client.processID, 8)
  message.writeInt32BE(client.secretKey, 12)
  const socket = connect(port, '127.0.0.1', () => socket.end(message))
  socket.on('error', () => {}) // a server that is gone runs nothing any more
}

/** `pg` keeps the key of its session without saying so in its types. */
function knowsItsKey(client: PoolClient): client is PoolClient & { processID: number; secretKey: number } {
  return 'processID' in client && 'secretKey' in client && typeof client.secretKey === 'number'
}
