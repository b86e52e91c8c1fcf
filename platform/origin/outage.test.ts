/**
 * A pool of origins in front of which a crowd goes on asking, two hundred a second, whatever becomes of the answers, while
 * one origin is killed, slow or corrupt. The clock is ours, so half a minute passes in a moment and the same each time.
 */
import { beforeEach, describe, expect, it } from 'vitest'
import { TRANSPARENT } from '../../domain/http-cache/policy.ts'
import { PoolKeeper } from '../../domain/origin/keeper.ts'
import { MemoryPoolStore } from '../../domain/origin/memory-store.ts'
import type { Pool } from '../../domain/origin/rule-file.ts'
import { anOrigin, aPool } from '../../domain/origin/testing.ts'
import { Unreachable } from '../http-cache/asking.ts'
import { HttpCache } from '../http-cache/http-cache.ts'
import { MemoryTier } from '../http-cache/memory.ts'
import { Tiers } from '../http-cache/tiers.ts'
import { Pools } from './pools.ts'

const EVERY_MS = 5
const USUAL_MS = 20
const TIMEOUT_MS = 1000

interface Outcome {
  path: string
  beganAt: number
  endedAt: number
  status: number
  body: string
}

/** What an origin does to a request: after how long, and with what. */
type Does = () => { ms: number; says: Response | Unreachable }

const well: Does = () => ({ ms: USUAL_MS, says: page() })
const killed: Does = () => ({ ms: 1, says: new Unreachable('destination_unavailable') })
const slow: Does = () => ({ ms: TIMEOUT_MS, says: new Unreachable('http_response_timeout') })
const failing: Does = () => ({ ms: 5, says: new Response('worn out', { status: 503 }) })
const garbled: Does = () => ({ ms: 5, says: Object.defineProperty(page(), 'status', { value: 999 }) })

const page = (): Response =>
  new Response('a page', { headers: { 'cache-control': 'max-age=1, stale-if-error=600', 'content-length': '6' } })

let now: number
let due: { at: number; settle: () => void }[]
let outcomes: Outcome[]
let sent: number
let origins: Record<string, Does>
let pools: Pools
let cache: HttpCache
let keeper: PoolKeeper
let openedAt: number | null

beforeEach(() => {
  now = 1_000_000_000
  due = []
  outcomes = []
  sent = 0
  origins = { a: well, b: well }
  pools = new Pools()
  cache = new HttpCache(new Tiers(new MemoryTier(1024 * 1024)))
  keeper = new PoolKeeper(new MemoryPoolStore(), { now: () => now })
  openedAt = null
})

const pair = aPool([anOrigin('a'), anOrigin('b')], { timeoutMs: TIMEOUT_MS })

async function send(name: string): Promise<Response> {
  sent += 1
  const { ms, says } = origins[name]!()
  await new Promise<void>((settle) => due.push({ at: now + ms, settle }))
  if (says instanceof Unreachable) throw says
  return says
}

async function visit(path: string, pool: Pool, visitorShare: number): Promise<void> {
  const beganAt = now
  const headers = new Headers()
  const asked = { method: 'GET', key: `https://shop.example${path}`, headers, fields: [] }
  const telling = {
    version: 1,
    desk: () => ({
      tell: async (report: Parameters<PoolKeeper['tell']>[0]) => keeper.tell(report),
      seen: async () => null,
    }),
    waitUntil: () => undefined,
  }
  const response = await cache.answer(asked, {
    now: () => now,
    waitUntil: () => undefined,
    policy: TRANSPARENT,
    far: [],
    changes: null,
    keyOf: () => null,
    forward: () =>
      pools.ask('edition', pool, {
        ...{ method: 'GET', hasBody: false, visitorShare, country: null, telling },
        now: () => now,
        send: ({ name }) => send(name),
      }),
  })
  const body = await response.text()
  outcomes.push({ path, beganAt, endedAt: now, status: response.status, body })
}

/** A crowd comes for so long: each of its visitors asks for a page of their own, and for one that all want. */
async function crowd(seconds: number, pool = pair): Promise<void> {
  const end = now + seconds * 1000
  for (let n = 0; now < end || due.length > 0; n++) {
    if (now < end) {
      void visit(`/${now}`, pool, ((n * 7919) % 1000) / 1000)
      if (n % 20 === 0) void visit('/', pool, ((n * 104_729) % 1000) / 1000)
    }
    now += EVERY_MS
    for (const one of due.filter(({ at }) => at <= now)) one.settle()
    due = due.filter(({ at }) => at > now)
    await new Promise((resolve) => setImmediate(resolve))
    if (pools.figures('edition', pool).origins.some(({ openUntil }) => openUntil !== null)) openedAt ??= now
  }
}

const asked = (): number => outcomes.length
const bad = (some: readonly Outcome[]): Outcome[] => some.filter(({ status }) => status !== 200)

describe('a crowd, while one of two origins', () => {
  it.each([
    ['is killed', killed],
    ['is slow', slow],
    ['fails', failing],
    ['answers with what is no HTTP', garbled],
  ])('[ORG15] [ORG14] %s: soon nobody hears of it, and it is no storm', async (_, trouble) => {
    await crowd(1)
    expect(bad(outcomes)).toEqual([])
    origins['a'] = trouble
    const since = now
    await crowd(4)
    expect(openedAt! - since).toBeLessThanOrEqual(TIMEOUT_MS + 100)
    // Whoever came after that was answered well and within a second, but for the few that tried whether it is back.
    const after = outcomes.filter(({ beganAt }) => beganAt > openedAt!)
    expect(after.length).toBeGreaterThan(500)
    expect(bad(after)).toEqual([])
    const late = after.filter(({ beganAt, endedAt }) => endedAt - beganAt >= 1000)
    expect(late.length).toBeLessThanOrEqual(trouble === slow ? 3 : 0)
    expect(sent).toBeLessThanOrEqual(1.1 * asked() + 10)
    origins['a'] = well
    await crowd(6)
    expect(pools.figures('edition', pair).origins.map(({ openUntil }) => openUntil)).toEqual([null, null])
  })

  it('[ORG14] and then the other fails as well: stale pages are given, and even without a breaker it is no storm', async () => {
    const bare = aPool(pair.origins.slice(), { breaker: null })
    await crowd(1, bare)
    const before = asked()
    sent = 0
    origins = { a: failing, b: killed }
    await crowd(3, bare)
    const during = outcomes.slice(before)
    expect(sent).toBeLessThanOrEqual(1.1 * during.length + 10)
    const front = during.filter(({ path }) => path === '/')
    expect(front.length).toBeGreaterThan(20)
    expect(front.every(({ status, body }) => status === 200 && body === 'a page')).toBe(true)
    expect(bad(during).length).toBeGreaterThan(500)
  })
})

describe('a crowd, of which a twentieth is shown a canary', () => {
  const split = aPool([anOrigin('a'), anOrigin('new', { weight: 0 })], {
    canary: { origin: 'new', percent: 5 },
    breaker: null,
  })

  it.each([
    ['fails every third time', 'withdrawn: errors'],
    ['is slow', 'withdrawn: slow'],
  ])('[ORG13] that %s: within seconds nobody is', async (_, verdict) => {
    let n = 0
    const everyThird: Does = () => ((n += 1) % 3 === 0 ? failing() : well())
    origins['new'] = verdict === 'withdrawn: slow' ? () => ({ ms: 400, says: page() }) : everyThird
    await crowd(5, split)
    expect(keeper.seen()?.canary.verdict).toBe(verdict)
    let meant = 0
    origins['new'] = () => ((meant += 1), well())
    await crowd(1, split)
    expect(meant).toBe(0)
  })
})
