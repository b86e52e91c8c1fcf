/** Being told how a drop stands, in the real runtime: its own object, its own streams. */
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { app } from './app.ts'
import { openShop, type TestShop } from './testing/shop.ts'

const ROOM = { inside_max: 50, admissions_per_minute: 6000, pass_duration_ms: 60_000 }
const ADDRESS = '/api/v1/drops/told-drop/now'

let shop: TestShop
let drop: string

interface Told {
  slug: string
  status: string
  server_time: string
  room: unknown
}

beforeAll(async () => {
  shop = await openShop()
  for (const sku of ['TOLD', 'ROOMY']) expect((await shop.operator.offers(sku, 5)).status).toBe(201)
  const told = { slug: 'told-drop', title: 'Told', opens_at: '2026-01-01T00:00:00Z', skus: ['TOLD'] }
  const planned = await shop.operator.posts('/api/v1/admin/drops', told)
  expect(planned.status).toBe(201)
  drop = `/api/v1/admin/drops/${planned.body.id}`
  const roomy = await shop.operator.posts('/api/v1/admin/drops', {
    ...told,
    slug: 'roomy-drop',
    skus: ['ROOMY'],
    room: ROOM,
  })
  expect(roomy.status).toBe(201)
})

const open = async (settings: Env, path = `${ADDRESS}/events`, init: RequestInit = {}): Promise<Response> =>
  app.fetch(new Request(`${shop.origin}${path}`, init), settings, createExecutionContext())

/** Listens to a stream. `until` reads on until what was told is as wished, and answers the last of it. */
function listening(response: Response) {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let heard = ''
  const told = (): Told[] => [...heard.matchAll(/^event: now\ndata: (.*)$/gm)].map(([, data]) => JSON.parse(data!))
  const until = async (enough: (last: Told | undefined, before: Told | undefined) => boolean): Promise<Told> => {
    while (!enough(told().at(-1), told().at(-2))) {
      const { value, done } = await reader.read()
      if (done) throw new Error(`the stream ended after ${heard}`)
      heard += value
    }
    return told().at(-1)!
  }
  return { until, lines: () => heard, leave: () => reader.cancel() }
}

/** What is told, but for when. */
const untimed = (told: Told | undefined): unknown => told && { ...told, server_time: '' }

describe('a stream of how a drop stands', () => {
  it('[ROM26] tells the whole of it at once, when it has changed, and signs of life in between', async () => {
    const response = await open(env)
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    const stream = listening(response)
    await stream.until((last) => last !== undefined)
    expect(stream.lines()).toMatch(/^retry: \d{3,4}\n\n/)
    // As soon as nothing happens any more, what comes is a sign of life: the same again.
    const same = await stream.until(
      (last, before) => before !== undefined && JSON.stringify(untimed(last)) === JSON.stringify(untimed(before)),
    )
    expect(untimed(same)).toEqual(untimed((await shop.visitor().asks(ADDRESS)).body as Told))
    expect((await shop.operator.posts(`${drop}/pause`, {})).status).toBe(200)
    await stream.until((last) => last?.status === 'paused')
    await stream.leave()
    expect((await shop.operator.posts(`${drop}/resume`, {})).status).toBe(200)
  })

  it('[ROM27] is open to as many as an isolate has room for; whoever comes then is told to ask', async () => {
    const one: Env = { ...env, ROOM_STREAMS: '1' }
    const stream = listening(await open(one))
    await stream.until((last) => last !== undefined)
    const refused = await open(one)
    expect([refused.status, (await refused.json<{ code: string }>()).code]).toEqual([503, 'reduced_capacity'])
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    await stream.leave()
  })

  it('[ROM27] is none where streams are switched off, and the page then asks', async () => {
    const off: Env = { ...env, ROOM_STREAMS: 'off' }
    expect((await open(off)).status).toBe(204)
    expect(await (await open(off, '/drops/roomy-drop/waiting')).text()).not.toContain('data-events')
    expect(await (await open(env, '/drops/roomy-drop/waiting')).text()).toContain('data-events="/api/v1/drops/roomy')
  })

  it('[ROM26] is of a drop that is there, and HEAD opens none', async () => {
    const missing = await open(env, '/api/v1/drops/no-such-drop/now/events')
    expect([missing.status, (await missing.json<{ code: string }>()).code]).toEqual([404, 'drop_not_found'])
    const head = await open(env, undefined, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-type'), await head.text()]).toEqual([200, 'text/event-stream', ''])
  })
})
