/**
 * The one place that touches Neon's driver. One connection string is one place to send batches to; each batch is one
 * HTTP request and one transaction.
 *
 * Two ends to every wait: `statement_timeout` travels in the connection string and lets Postgres end the statement, and
 * an abort a little later gives up on a server that does not even answer that.
 */
import { neon, neonConfig } from '@neondatabase/serverless'
import type { BatchItem } from 'drizzle-orm/batch'
import { drizzle } from 'drizzle-orm/neon-http'
import { pgError } from './fault.ts'
import type { Batch, BatchResponse } from './statements.ts'

export interface Connection {
  /** All of it or nothing, in one round trip. Rejects with a DatabaseFault. */
  batch<Statements extends Batch>(queries: Statements): Promise<BatchResponse<Statements>>
}

export interface ConnectionOptions {
  url: string
  /** Where the protocol is spoken; empty: Neon itself, found from the host name. */
  endpoint: string
  statementTimeoutMs: number
  readOnly: boolean
}

/** How much later than the statement's own end we stop listening. */
const ABORT_MARGIN_MS = 500

/** Host name of a connection string to where its requests go. neonConfig is global, so the choice is made per host. */
const endpoints = new Map<string, string>()

neonConfig.fetchEndpoint = (host) => endpoints.get(host) || `https://${host.replace(/^[^.]+\./, 'api.')}/sql`
neonConfig.fetchFunction = (url: string, init: RequestInit & { timeoutMs?: number }) => {
  const { timeoutMs, ...rest } = init
  return fetch(url, timeoutMs === undefined ? rest : { ...rest, signal: AbortSignal.timeout(timeoutMs) })
}

/** Opens nothing yet: a connection over HTTP is made with each request. */
export function connect({ url, endpoint, statementTimeoutMs, readOnly }: ConnectionOptions): Connection {
  const target = new URL(url)
  if (endpoint) endpoints.set(target.hostname, endpoint)
  const client = neon(withStatementTimeout(target, statementTimeoutMs), {
    readOnly,
    // READ COMMITTED: a guard that waits, or a retry inside, must see what was committed meanwhile.
    isolationLevel: 'ReadCommitted',
    fetchOptions: { timeoutMs: statementTimeoutMs + ABORT_MARGIN_MS },
  })
  const db = drizzle({ client })
  return {
    async batch<Statements extends Batch>(queries: Statements) {
      try {
        return await db.batch<BatchItem<'pg'>, Statements & readonly [BatchItem<'pg'>, ...BatchItem<'pg'>[]]>(queries)
      } catch (error) {
        throw pgError(error)
      }
    },
  }
}

/** `SET` does not survive a request (each is a session of its own), but `options` of the connection string do. */
function withStatementTimeout(target: URL, ms: number): string {
  const options = [target.searchParams.get('options'), `-c statement_timeout=${ms}`].filter(Boolean).join(' ')
  target.searchParams.delete('options')
  const others = target.searchParams.toString()
  target.search = ''
  return `${target.href}?${others ? `${others}&` : ''}options=${encodeURIComponent(options)}`
}
