/**
 * Neon's front door on a laptop: HTTP `/sql` as the unmodified driver speaks it, in front of plain Postgres servers,
 * and `/control` beside it, where tests and outsiders ask for faults.
 *
 * A request goes: destination, faults, body, session, statements, answer; the session is wiped after the answer has
 * left. A client that hangs up has its statement cancelled on the server.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { assert } from '../../domain/basics/assert.ts'
import { parseConnectionString, type Destination } from './connection-string.ts'
import { answerControl } from './control.ts'
import { errorAnswer, plainError } from './errors.ts'
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
  /** Told of each answered `/sql` request; for round-trip budgets. */
  onRequest?: (request: AnsweredRequest) => void
}

export interface AnsweredRequest {
  id: string
  target: string | undefined
  status: number
  statements: number
  tookMs: number
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
    const turn = this.#turn(request, response).catch((cause: unknown) => {
      // The client hung up, or a bug of ours; whoever is still there learns of it.
      if (!response.headersSent && !response.destroyed) send(response, randomUUID(), errorAnswer(cause))
    })
    this.#open.add(turn)
    void turn.finally(() => this.#open.delete(turn))
  }

  async close(): Promise<void> {
    await Promise.all(this.#open)
    await this.#sessions.end()
  }

  async #turn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split('?')[0]
    if (path === '/sql' && request.method === 'OPTIONS') return preflight(response)
    if (path === '/sql' && request.method === 'POST') return this.#answerSql(request, response)
    if (path === '/control') return answerControl(request, response, this.#targets, this.#options.cluster)
    send(response, randomUUID(), { status: 400, body: 'query is not supported' })
  }

  async #answerSql(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = randomUUID()
    const began = performance.now()
    const seen = { target: undefined as string | undefined, statements: 0 }
    const hangUp = new AbortController()
    response.once('close', () => {
      if (!response.writableFinished) hangUp.abort(new Error('the client hung up'))
    })
    const refused = (message: string) => send(response, id, plainError(400, message))
    try {
      const header = request.headers['neon-connection-string']
      const destination = parseConnectionString(Array.isArray(header) ? header[0] : header)
      if (!destination.ok) return refused(destination.refusal)
      const target = this.#targets.find(({ host }) => host === destination.value.host)
      if (!target) return refused(`no such endpoint: ${destination.value.host}`)
      seen.target = target.name
      target.counters.requests += 1

      const fault = target.nextFault(this.#options.random ?? Math.random)
      await pause(target.faults.latency_ms, undefined, { signal: hangUp.signal })
      if (fault === 'reset') return void request.socket.resetAndDestroy()
      if (fault === 'hang') return await gone(hangUp.signal)
      if (fault === 'http_500') return send(response, id, plainError(500, 'Control plane request failed'))

      const max = this.#options.maxRequestBytes ?? MAX_BYTES
      const body = await readBody(request, max)
      if (body === undefined) {
        response.setHeader('connection', 'close') // the rest of the body is not worth waiting for
        return send(response, id, plainError(413, `request is too large (max is ${max} bytes)`))
      }
      const asked = parseSqlRequest(request.headers, body)
      if (!asked.ok) return refused(asked.refusal)
      seen.statements = asked.value.statements.length
      target.counters.statements += seen.statements
      await this.#run(target, destination.value, String(header), asked.value, hangUp.signal, (answer) => {
        if (answer.status === 200 && !asked.value.readOnly && target.takesDrop()) request.socket.resetAndDestroy()
        else send(response, id, answer)
      })
    } finally {
      const target = this.#targets.find(({ name }) => name === seen.target)
      if (target && hangUp.signal.aborted) target.counters.hung_up += 1
      else if (target && response.statusCode !== 200) target.counters.errors += 1
      const tookMs = performance.now() - began
      this.#options.onRequest?.({ id, ...seen, status: response.statusCode, tookMs })
    }
  }

  async #run(
    target: Target,
    destination: Destination,
    key: string,
    asked: SqlRequest,
    signal: AbortSignal,
    reply: (answer: Answer) => void,
  ): Promise<void> {
    let session: Session | undefined
    let broken = false
    let again: NodeJS.Timeout | undefined
    const cancel = () => {
      session?.cancel()
      again = setInterval(() => session?.cancel(), CANCEL_AGAIN_MS)
    }
    try {
      session = await this.#sessions.borrow(key, destination, target.port)
      signal.throwIfAborted()
      signal.addEventListener('abort', cancel)
      const budget: Budget = { maxBytes: this.#options.maxResponseBytes ?? MAX_BYTES, usedBytes: 0 }
      const results = await runRequest({ client: session.client, budget, signal }, asked)
      reply({ status: 200, body: asked.isBatch ? { results } : results[0], headers: echoed(asked) })
    } catch (cause) {
      const answer = errorAnswer(cause)
      broken = answer.body['code'] === '' || signal.aborted
      if (!signal.aborted) reply(answer)
    } finally {
      signal.removeEventListener('abort', cancel)
      clearInterval(again)
      await session?.giveBack(broken)
    }
  }
}

interface Answer {
  status: number
  body: unknown
  headers?: Record<string, string>
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

function send(response: ServerResponse, id: string, { status, body, headers }: Answer): void {
  const json = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json',
    'access-control-allow-origin': '*',
    'neon-request-id': id,
    'content-length': Buffer.byteLength(json),
    ...headers,
  })
  response.end(json)
}

function preflight(response: ServerResponse): void {
  response.writeHead(200, {
    allow: 'OPTIONS, POST',
    'access-control-allow-origin': '*',
    'access-control-max-age': '86400',
    'access-control-allow-headers':
      'Authorization, Neon-Connection-String, Neon-Raw-Text-Output, Neon-Array-Mode, Neon-Pool-Opt-In, Neon-Batch-Read-Only, Neon-Batch-Isolation-Level',
    'neon-request-id': randomUUID(),
    'content-length': 0,
  })
  response.end()
}

function gone(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
