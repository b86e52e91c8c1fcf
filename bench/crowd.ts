/**
 * A closed loop of clients in a process of its own, so that it does not compete with the shop's own Node process for
 * one thread. Started by ask-crowd.ts, which sends it jobs; each is answered with its result.
 *
 * What a client does over and over is a *walk*: one request, or several that follow from one another. Some walks need
 * something made first (an order needs a hold); that is done beforehand and not counted.
 */
import { randomUUID } from 'node:crypto'
import autocannon from 'autocannon'
import type { Job, Result, Walk } from './ask-crowd.ts'
import { cpuMs } from './process-time.ts'

type Request = NonNullable<autocannon.Options['requests']>[number]
/** As autocannon's README has it; its types know less. */
type OnResponse = (status: number, body: string, context: object, headers?: object) => void

/** A hold and the cookie of the visitor who made it. */
interface Held {
  cookie: string
  holdId: string
}

/** How long a run lasts: some seconds, or some requests. */
type Length = { duration: number } | { amount: number }

/** About what a small machine takes: each needs a hold that is made beforehand, so there is no going on until time is up. */
const ORDERS_PER_SECOND = 150

const json = { 'content-type': 'application/json' }

async function run(job: Job): Promise<Result> {
  if (job.walk !== 'order') return load(job, walkOf(job.walk, job), { duration: job.seconds })
  const amount = job.seconds * ORDERS_PER_SECOND
  const made: Held[] = []
  await load(job, (tally) => [tally(201, true, makeHold(job.sku), (held) => made.push(held))], { amount })
  const order = placeOrder(() => made.pop())
  return load(job, (tally) => [tally(202, true, order)], { amount })
}

/** Counts an answer with this status, and calls the last request of a walk the walk. */
type Tally = (status: number, last: boolean, request: Request, onHold?: (held: Held) => void) => Request

async function load(job: Job, requests: (tally: Tally) => Request[], length: Length): Promise<Result> {
  let walks = 0
  let failures = 0
  let firstFailure: string | null = null
  let lastAt = 0
  const tally: Tally = (status, last, request, onHold) => {
    const onResponse: OnResponse = (got, body, context, headers) => {
      lastAt = performance.now()
      if (got !== status) {
        failures += 1
        firstFailure ??= `${got} ${body.slice(0, 300)}`
        return
      }
      if (last) walks += 1
      if (got !== 201 || !headers) return
      const held = heldIn(body, headers)
      Object.assign(context, held)
      onHold?.(held)
    }
    return { ...request, onResponse }
  }
  const startedAt = performance.now()
  const cpuBefore = cpuMs(job.pids)
  const { latency, errors } = await autocannon({
    url: job.url,
    connections: job.clients,
    requests: requests(tally),
    ...length,
  })
  const cpuAfter = cpuMs(job.pids)
  return {
    // Not by autocannon's own clock, which ticks in seconds.
    perSecond: walks / Math.max(0.001, (lastAt - startedAt) / 1000),
    walks,
    p50: latency.p50,
    p99: latency.p99,
    failures: failures + errors,
    firstFailure,
    cpuMsPerWalk: cpuBefore === null || cpuAfter === null ? null : (cpuAfter - cpuBefore) / Math.max(1, walks),
  }
}

function walkOf(walk: Exclude<Walk, 'order'>, { path, sku, paths = [] }: Job): (tally: Tally) => Request[] {
  switch (walk) {
    case 'get':
      return (tally) => [tally(200, true, { method: 'GET', path })]
    case 'mixed':
      return (tally) => [tally(200, true, { setupRequest: (request) => ({ ...request, path: oneOf(paths) }) })]
    case 'row':
      return (tally) => [tally(201, true, { method: 'POST', path, headers: json, body: '{"a":1}' })]
    case 'hold':
      return (tally) => [tally(201, true, makeHold(sku))]
    default: // 'purchase'
      return (tally) => [
        tally(201, false, makeHold(sku)),
        tally(
          202,
          true,
          placeOrder((context) => context),
        ),
      ]
  }
}

/** Four times of five one of the first fifth. */
function oneOf(paths: readonly string[]): string {
  const few = Math.max(1, Math.floor(paths.length / 5))
  const [from, count] = Math.random() < 0.8 ? [0, few] : [few, paths.length - few]
  return paths[from + Math.floor(Math.random() * count)]!
}

/** Each is a new visitor with a new key. */
const makeHold = (sku: string): Request => ({
  setupRequest: (request) => ({
    ...request,
    method: 'POST',
    path: '/api/v1/holds',
    headers: { ...json, 'idempotency-key': randomUUID() },
    body: JSON.stringify({ lines: [{ sku, quantity: 1 }] }),
  }),
})

const placeOrder = (heldBy: (context: Partial<Held>) => Partial<Held> | undefined): Request => ({
  setupRequest: (request, context) => {
    const held = heldBy(context)
    return {
      ...request,
      method: 'POST',
      path: '/api/v1/orders',
      headers: { ...json, 'idempotency-key': randomUUID(), cookie: held?.cookie ?? '' },
      body: JSON.stringify({ hold_id: held?.holdId, email: 'ana@example.com', payment_method: 'pm_card_visa' }),
    }
  },
})

function heldIn(body: string, headers: object): Held {
  const cookies: unknown = Object.entries(headers).find(([name]) => name.toLowerCase() === 'set-cookie')?.[1]
  const { id }: { id: string } = JSON.parse(body)
  return { cookie: String(Array.isArray(cookies) ? cookies[0] : cookies).split(';')[0]!, holdId: id }
}

process.on('message', (job: Job) => void run(job).then((result) => process.send?.(result)))
