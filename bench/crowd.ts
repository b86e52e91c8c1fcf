/**
 * A closed loop of clients in a process of its own, so that it does not compete with the shop's own Node process for
 * one thread. Started by run.ts with a job on argv; answers one line of JSON.
 *
 * What a client does over and over is a *walk*: one request, or several that follow from one another.
 */
import { randomUUID } from 'node:crypto'
import autocannon from 'autocannon'

export type Walk = 'get' | 'row' | 'hold' | 'purchase'

export interface Job {
  walk: Walk
  url: string
  path: string
  sku: string
  seconds: number
  clients: number
}

export interface Result {
  /** Walks that ended well, each second. */
  perSecond: number
  walks: number
  /** Latency of a request, ms. */
  p50: number
  p99: number
  failures: number
  firstFailure: string | null
}

type Request = NonNullable<autocannon.Options['requests']>[number]
/** As autocannon's README has it; its types know less. */
type OnResponse = (status: number, body: string, context: object, headers?: object) => void
interface Memory {
  cookie?: string
  holdId?: string
}

if (process.argv[2]) console.log(JSON.stringify(await load(JSON.parse(process.argv[2]) as Job)))

async function load(job: Job): Promise<Result> {
  let walks = 0
  let failures = 0
  let firstFailure: string | null = null
  const expects = (status: number, last: boolean): Request => ({
    onResponse: (got, body) => {
      if (got === status) {
        if (last) walks += 1
        return
      }
      failures += 1
      firstFailure ??= `${got} ${body.slice(0, 300)}`
    },
  })
  const startedAt = performance.now()
  const run = await autocannon({
    url: job.url,
    connections: job.clients,
    duration: job.seconds,
    requests: WALKS[job.walk](job, expects),
  })
  const seconds = (performance.now() - startedAt) / 1000
  const { p50, p99 } = run.latency
  return { perSecond: walks / seconds, walks, p50, p99, failures: failures + run.errors, firstFailure }
}

const json = { 'content-type': 'application/json' }

const WALKS: Record<Walk, (job: Job, expects: (status: number, last: boolean) => Request) => Request[]> = {
  get: ({ path }, expects) => [{ method: 'GET', path, ...expects(200, true) }],
  row: ({ path }, expects) => [{ method: 'POST', path, headers: json, body: '{"a":1}', ...expects(201, true) }],
  hold: ({ sku }, expects) => [{ ...holds(sku), ...expects(201, true) }],
  purchase: ({ sku }, expects) => [
    remembering({ ...holds(sku), ...expects(201, false) }),
    { ...orders(), ...expects(202, true) },
  ],
}

/** Each is a new visitor with a new key. */
const holds = (sku: string): Request => ({
  setupRequest: (request) => ({
    ...request,
    method: 'POST',
    path: '/api/v1/holds',
    headers: { ...json, 'idempotency-key': randomUUID() },
    body: JSON.stringify({ lines: [{ sku, quantity: 1 }] }),
  }),
})

const orders = (): Request => ({
  setupRequest: (request, context) => {
    const { cookie, holdId } = context as Memory
    return {
      ...request,
      method: 'POST',
      path: '/api/v1/orders',
      headers: { ...json, 'idempotency-key': randomUUID(), cookie: cookie ?? '' },
      body: JSON.stringify({ hold_id: holdId, email: 'ana@example.com', payment_method: 'pm_card_visa' }),
    }
  },
})

function remembering(request: Request): Request {
  const heard = request.onResponse as OnResponse | undefined
  const onResponse: OnResponse = (status, body, context, headers) => {
    heard?.(status, body, context, headers)
    if (status !== 201) return
    const memory = context as Memory
    memory.holdId = (JSON.parse(body) as { id: string }).id
    const cookies = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'set-cookie')?.[1]
    memory.cookie = String(Array.isArray(cookies) ? cookies[0] : cookies).split(';')[0]!
  }
  return { ...request, onResponse }
}
