/**
 * The Stripe stand-in: one process, one port, one account. This file is its HTTP face and its life; the way of an API
 * request is told in `desk.ts`, what a payment does in `payment-intents.ts`. It listens on this machine only.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { assert } from '../../domain/basics/assert.ts'
import { Account } from './account.ts'
import { Books } from './books.ts'
import { controlState, ledger, type ControlState } from './control.ts'
import { parsePatch, type ControlPatch } from './controls.ts'
import { Desk, type Outcome } from './desk.ts'
import { answerActionPage, type PageReply } from './hosted-action.ts'
import { Journal } from './journal.ts'
import type { Json } from './records.ts'
import { Courier } from './webhooks.ts'

export type { ControlPatch } from './controls.ts'
export type { ControlState, Ledger } from './control.ts'

export interface StripeOptions {
  /** 0 or nothing: any free port. */
  port?: number
  /** Keeps the books in a file of this folder, so that a restart forgets nothing. */
  dataDir?: string
  webhookUrl?: string
  /** Signs the webhooks; any text, usually `whsec_…`. */
  webhookSecret: string
  /** The only key that is let in. */
  secretKey?: string
  /** The real time; handed in by tests. */
  now?: () => number
}

export interface StripeStandIn {
  /** Without a slash at its end. */
  url: string
  port: number
  secretKey: string
  /** Turns knobs (or none) and says how everything stands; the same as `POST /control`. */
  control(patch?: ControlPatch): Promise<ControlState>
  setWebhookUrl(url: string | null): void
  /** Ends every connection, also those that hang by order. Safe to repeat. */
  stop(): Promise<void>
}

export const DEFAULT_SECRET_KEY = 'sk_test_onrush'
const BODY_MAX = 1_000_000
const NAP_MAX_MS = 60_000

/** Starts a stand-in. Faults when the port is taken or the journal cannot be read. */
export async function startStripe(options: StripeOptions): Promise<StripeStandIn> {
  const journal = options.dataDir === undefined ? null : new Journal(options.dataDir)
  const books = new Books(journal)
  journal?.compact(books.snapshot())
  const account = new Account(books, options.webhookUrl ?? null, options.now ?? Date.now)
  const secretKey = options.secretKey ?? DEFAULT_SECRET_KEY
  const alarm = new Alarm(account, () => account.runDue((delivery) => courier.take(delivery)))
  const courier = new Courier(account, options.webhookSecret, () => alarm.arm())
  const desk = new Desk(account, secretKey, () => alarm.ring())

  const control = async (patch: ControlPatch = {}): Promise<ControlState> => {
    account.turnKnobs(patch)
    alarm.ring()
    courier.depart()
    return controlState(account)
  }
  const server = createServer((request, response) => {
    void serve(request, { account, desk, control, ring: () => alarm.ring() }).then(
      (outcome) => send(outcome, request, response),
      (fault: unknown) => {
        const hungUp = request.destroyed && !request.complete
        if (!hungUp) send(failed(fault), request, response)
      },
    )
  })
  server.keepAliveTimeout = 75_000 // a client's pooled connection must not die under its next request
  const port = await listen(server, options.port ?? 0)
  account.base = `http://127.0.0.1:${port}`
  alarm.ring()
  return {
    url: account.base,
    port,
    secretKey,
    control,
    setWebhookUrl: (url) => {
      account.controls.webhooks.url = url
      courier.depart()
    },
    stop: async () => {
      alarm.stop()
      courier.stop()
      if (server.listening) await close(server)
      journal?.close()
    },
  }
}

interface House {
  account: Account
  desk: Desk
  control(patch?: ControlPatch): Promise<ControlState>
  ring(): void
}

async function serve(request: IncomingMessage, house: House): Promise<Outcome> {
  const [path = '', query = ''] = (request.url ?? '/').split('?', 2)
  const method = request.method ?? 'GET'
  const body = await bodyOf(request)
  if (body === null)
    return plain(413, { error: { message: 'The request body is too large.', type: 'invalid_request_error' } })
  if (path === '/control' || path.startsWith('/control/')) return serveControl(method, path, body, request, house)
  if (path.startsWith('/3d_secure/')) {
    const reply: PageReply = answerActionPage(method, path, body, house.account)
    house.ring()
    return { is: 'answer', ...reply }
  }
  return house.desk.answer({
    method,
    path,
    query,
    body,
    authorization: request.headers.authorization ?? null,
    idempotencyKey: headerOf(request, 'idempotency-key'),
    stripeVersion: headerOf(request, 'stripe-version'),
  })
}

async function serveControl(
  method: string,
  path: string,
  body: string,
  request: IncomingMessage,
  house: House,
): Promise<Outcome> {
  if (method === 'GET' && path === '/control/ledger') return plain(200, ledger(house.account))
  if (path !== '/control') return plain(404, { error: 'Known: GET /control, POST /control, GET /control/ledger.' })
  if (method === 'GET') return plain(200, controlState(house.account))
  if (method !== 'POST') return plain(405, { error: 'Use GET or POST.' })
  // A page of another origin cannot send JSON without asking first, and nobody here would say yes.
  if (!(headerOf(request, 'content-type') ?? '').startsWith('application/json')) {
    return plain(415, { error: 'Send application/json.' })
  }
  const patch = parsePatch(parsed(body))
  return patch.ok ? plain(200, await house.control(patch.value)) : plain(400, { error: patch.refusal })
}

function parsed(body: string): Json {
  try {
    const json: Json = JSON.parse(body)
    return json
  } catch {
    return null
  }
}

const plain = (status: number, body: object): Outcome => ({
  is: 'answer',
  status,
  headers: { 'Content-Type': 'application/json' },
  body: `${JSON.stringify(body, null, 2)}\n`,
})

/** A bug of the stand-in's own: said aloud, for a quiet 500 would be taken for one that a test ordered. */
function failed(fault: unknown): Outcome {
  console.error('Stripe stand-in:', fault)
  return plain(500, { error: { message: 'The stand-in itself is broken; see its log.', type: 'api_error' } })
}

function send(outcome: Outcome, request: IncomingMessage, response: ServerResponse): void {
  if (outcome.is === 'silence') return
  if (outcome.is === 'reset') {
    request.socket.resetAndDestroy()
    return
  }
  const body = Buffer.from(outcome.body)
  response.writeHead(outcome.status, { ...outcome.headers, 'Content-Length': body.length })
  response.end(body)
}

function headerOf(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name]
  return Array.isArray(value) ? value.join(', ') : (value ?? null)
}

async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length <= BODY_MAX) chunks.push(chunk)
  }
  return length > BODY_MAX ? null : Buffer.concat(chunks).toString('utf8')
}

/** Wakes for the next thing that is due. It naps at most a minute, so that a clock that jumps is noticed. */
class Alarm {
  readonly #account: Account
  readonly #due: () => void
  #timer: NodeJS.Timeout | null = null
  #stopped = false

  constructor(account: Account, due: () => void) {
    this.#account = account
    this.#due = due
  }

  ring(): void {
    if (this.#stopped) return
    this.#due()
    this.arm()
  }

  arm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    const next = this.#account.agenda.nextDueAt()
    if (next === null || this.#stopped) return
    const nap = Math.min(Math.max(next - this.#account.now(), 1), NAP_MAX_MS)
    this.#timer = setTimeout(() => this.ring(), nap)
    this.#timer.unref()
  }

  stop(): void {
    this.#stopped = true
    if (this.#timer !== null) clearTimeout(this.#timer)
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      assert(typeof address === 'object' && address !== null, 'a listening server has an address')
      resolve(address.port)
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((fault) => (fault === undefined ? resolve() : reject(fault)))
    server.closeAllConnections()
  })
}
