/**
 * "Too much to do, come back in so many seconds", for next to nothing: drawn once for each wait there is, by the app's own
 * means, and said from then on as the same bytes but for the request's id.
 */
import { Hono } from 'hono'
import { reducedCapacity } from '../../../domain/load/priorities.ts'
import { systemClock, systemRandom } from '../../../platform/dice.ts'
import type { AppEnv } from '../../context.ts'
import { turnedAway } from '../../doorstep.ts'
import { requestIdFrom, traceparentFrom } from '../request-id/index.ts'
import { seals } from '../seals/index.ts'
import { visit } from '../visit/index.ts'

interface Drawn {
  /** Around the request's id; a page does not say it. */
  parts: string[]
  headers: Headers
  until: number
}

/** A shop that has changed its name is called by the new one that soon. */
const KEPT_MS = 30_000
/** More than there are hosts with ten waits each; whoever makes up hosts must not fill the memory. */
const DRAWN_MOST = 1_000
const drawn = new Map<string, Drawn>()

export function busy(request: Request, env: Env): Response | Promise<Response> {
  const { url, headers } = request
  const waitS = Math.ceil(reducedCapacity(systemRandom.fraction()).retryInMs / 1000)
  const slash = url.indexOf('/', url.indexOf('//') + 2)
  const isApi = url.startsWith('/api/', slash)
  const name = isApi ? `${waitS}` : `${waitS} ${url.slice(0, slash)}`
  const known = drawn.get(name)
  if (known && systemClock.now() < known.until) return said(known, headers)
  return draw(request, env, name, waitS * 1000).then((fresh) => said(fresh, headers))
}

/** Stands for the request's id while it is drawn. */
const ITS_ID = 'the-request'

async function draw(request: Request, env: Env, name: string, retryInMs: number): Promise<Drawn> {
  const door = new Hono<AppEnv>()
  door.use(visit, seals)
  door.all('*', (c) => turnedAway(c, { ...reducedCapacity(0), retryInMs }))
  const asked = new Request(request.url, { headers: { 'x-request-id': ITS_ID } })
  const response = await door.fetch(asked, env)
  const fresh = {
    parts: (await response.text()).split(ITS_ID),
    headers: new Headers(response.headers),
    until: systemClock.now() + KEPT_MS,
  }
  if (drawn.size >= DRAWN_MOST) drawn.clear()
  drawn.set(name, fresh)
  return fresh
}

function said({ parts, headers }: Drawn, asked: Headers): Response {
  const id = requestIdFrom(asked, systemClock.now(), systemRandom)
  const response = new Response(parts.join(id), { status: 503, headers })
  response.headers.set('x-request-id', id)
  const traceparent = traceparentFrom(asked)
  if (traceparent !== null) response.headers.set('traceparent', traceparent)
  return response
}
