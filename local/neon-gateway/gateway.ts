/**
 * Neon's front door on a laptop: HTTP `/sql` as the unmodified driver speaks it, in front of plain Postgres servers,
 * and `/control` beside it, where tests and outsiders ask for faults.
 *
 * A request goes: destination, faults, body, session, statements, answer; the session is wiped after the answer has
 * left. A client that hangs up has its statement cancelled on the server.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { assert } from '../../domain/basics/assert.ts'
import { parseConnectionString } from './connection-string.ts'
import { answerControl } from './control.ts'
import { errorAnswer, plainError } from './errors.ts'
import { Exchange, type Answer, type EndedRequest } from './exchange.ts'
import type { DrivenCluster } from './faults.ts'
import { readBody } from './read-body.ts'
import { runRequest, type Budget } from './run-statements.ts'
import { Sessions, type Session } from './sessions.ts'
import { parseSqlRequest, type SqlRequest } from './sql-request.ts'
import { Target, type Counters } from './target.ts'

export interface GatewayOptions {
  /** Host name of a connection string → port of a Postgres on 127.0.0.1. The name up to its first dot names the target. */
  hosts: Record<string, number>
  /** Lets `/control` drive the servers themselves. */
  cluster?: DrivenCluster
  port?: number
  maxRequestBytes?: number
  maxResponseBytes?: number
  sessionsPerPool?: number
  /** Dice for `error_percent`: from 0, below 1. */
  random?: () => number
  /** Told of each `/sql` request as it ends; for round-trip budgets. */
  onRequest?: (request: EndedRequest) => void
}

export interface Gateway {
  /** For the driver: `neonConfig.fetchEndpoint = () => gateway.url`. */
  readonly url: string
  readonly controlUrl: string
  readonly port: number
  /** Per target, since the start or the last `reset_counters`. */
  counters(): Record<string, Counters>
  /** Cuts what is open, cancels what runs, and ends the sessions. Safe to repeat. Stop it before the servers. */
  stop(): Promise<void>
}

/** Neon's own defaults in source; the service allows more. */
const MAX_BYTES = 10 * 1024 * 1024
/** A cancel may arrive between two statements and hit nothing; it is repeated until the request has ended. */
const CANCEL_AGAIN_MS = 100

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const targets = Object.entries(options.hosts).map(([host, port]) => new Target(host.toLowerCase(), port))
  assert(new Set(targets.map(({ name }) => name)).size === targets.length, 'each target has a name of its own')
  const door = new FrontDoor(options, targets)
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => door.receive(request, response))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const address = server.address()
  assert(address && typeof address === 'object', 'a server that listens on TCP has a port')
  const base = `http://127.0.0.1:${address.port}`
  let stopping: Promise<void> | undefined
  const stop = async () => {
    server.close()
    server.closeAllConnections()
    await door.close()
  }
  return {
    url: `${base}/sql`,
    controlUrl: `${base}/control`,
    port: address.port,
    counters: () => Object.fromEntries(targets.map(({ name, counters }) => [name, { ...counters }])),
    stop: () => (stopping ??= stop()),
  }
}

class FrontDoor {
  readonly #options: GatewayOptions
  readonly #targets: Target[]
  readonly #sessions: Sessions
  readonly #open = new Set<Promise<void>>()

  constructor(options: GatewayOptions, targets: Target[]) {
    this.#options = options
    this.#targets = targets
    this.#sessions = new Sessions(options.sessionsPerPool ?? 20)
  }

  receive(request: IncomingMessage, response: ServerResponse): void {
    // What is left to fail here is reading from or writing to a client that is no longer there.
    const turn = this.#turn(request, response).catch(() => undefined)
    this.#open.add(turn)
    void turn.finally(() => this.#open.delete(turn))
  }

  async close(): Promise<void> {
    await Promise.all(this.#open)
    await this.#sessions.end()
  }

  async #turn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split('?')[0]
    if (path === '/control') return answerControl(request, response, this.#targets, this.#options.cluster)
    const exchange = new Exchange(request, response, path === '/sql' ? this.#options.onRequest : undefined)
    if (path === '/sql' && request.method === 'OPTIONS') return exchange.answer(PREFLIGHT)
    if (path !== '/sql' || request.method !== 'POST') {
      return exchange.answer({ status: 400, body: 'query is not supported' })
    }
    try {
      await this.#answerSql(exchange)
    } catch (cause) {
      exchange.answer(errorAnswer(cause)) // goes nowhere when the client has hung up, which is the usual cause
    }
  }

  async #answerSql(exchange: Exchange): Promise<void> {
    const { request, signal } = exchange
    const refused = (message: string) => exchange.answer(plainError(400, message))
    const header = request.headers['neon-connection-string']
    const key = Array.isArray(header) ? header[0] : header
    const destination = parseConnectionString(key)
    if (!destination.ok) return refused(destination.refusal)
    const target = this.#targets.find(({ host }) => host === destination.value.host)
    if (!target || key === undefined) return refused(`no such endpoint: ${destination.value.host}`)
    exchange.target = target
    target.counters.requests += 1

    const fault = target.nextFault(this.#options.random ?? Math.random)
    if (target.faults.latency_ms > 0) await pause(target.faults.latency_ms, undefined, { signal })
    if (fault === 'reset') return exchange.cut()
    if (fault === 'hang') return gone(signal)
    if (fault === 'http_500') return exchange.answer(plainError(500, 'Control plane request failed'))

    const max = this.#options.maxRequestBytes ?? MAX_BYTES
    const body = await readBody(request, max)
    if (body === undefined) {
      const answer = plainError(413, `request is too large (max is ${max} bytes)`)
      return exchange.answer({ ...answer, headers: { connection: 'close' } }) // its rest is not worth waiting for
    }
    const asked = parseSqlRequest(request.headers, body)
    if (!asked.ok) return refused(asked.refusal)
    exchange.statements = asked.value.statements.length
    target.counters.statements += exchange.statements
    await this.#run(exchange, target, await this.#sessions.borrow(key, destination.value, target.port), asked.value)
  }

  async #run(exchange: Exchange, target: Target, session: Session, asked: SqlRequest): Promise<void> {
    const { signal } = exchange
    let broken = false
    let again: NodeJS.Timeout | undefined
    const cancel = () => {
      session.cancel()
      again = setInterval(() => session.cancel(), CANCEL_AGAIN_MS)
    }
    signal.addEventListener('abort', cancel)
    try {
      const budget: Budget = { maxBytes: this.#options.maxResponseBytes ?? MAX_BYTES, usedBytes: 0 }
      const results = await runRequest({ client: session.client, budget, signal }, asked)
      if (!asked.readOnly && target.takesDrop()) exchange.cut()
      else exchange.answer({ status: 200, body: asked.isBatch ? { results } : results[0], headers: echoed(asked) })
    } catch (cause) {
      const answer = errorAnswer(cause)
      broken = answer.body['code'] === '' || signal.aborted
      exchange.answer(answer)
    } finally {
      signal.removeEventListener('abort', cancel)
      clearInterval(again)
      await session.giveBack(broken)
    }
  }
}

/** Only what was asked for is repeated, and only for a batch: a single statement runs in no transaction of ours. */
function echoed({ isBatch, readOnly, deferrable, isolation }: SqlRequest): Record<string, string> {
  if (!isBatch) return {}
  return {
    ...(readOnly && { 'neon-batch-read-only': 'true' }),
    ...(deferrable && { 'neon-batch-deferrable': 'true' }),
    ...(isolation && { 'neon-batch-isolation-level': isolation }),
  }
}

const PREFLIGHT: Answer = {
  status: 200,
  body: undefined,
  headers: {
    allow: 'OPTIONS, POST',
    'access-control-max-age': '86400',
    'access-control-allow-headers':
      'Authorization, Neon-Connection-String, Neon-Raw-Text-Output, Neon-Array-Mode, Neon-Pool-Opt-In, Neon-Batch-Read-Only, Neon-Batch-Isolation-Level',
  },
}

function gone(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
