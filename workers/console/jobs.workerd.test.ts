/** Jobs in the console: what is seen, and what can be done there. */
import { beforeAll, describe, expect, it } from 'vitest'
import { Client, openShop, type Said, type TestShop } from '../testing/shop.ts'

let shop: TestShop
let browser: Client
beforeAll(async () => {
  shop = await openShop()
  browser = await signedIn(shop.operatorKey)
})

async function signedIn(key: string): Promise<Client> {
  const client = new Client(shop.origin)
  const raw = new URLSearchParams({ key })
  expect((await client.asks('/console/sign-in', { method: 'POST', raw })).status).toBe(303)
  return client
}

const fills = (path: string, fields: Record<string, string> = {}, who = browser): Promise<Said> =>
  who.asks(path, { method: 'POST', raw: new URLSearchParams(fields) })

/** The address of a new job in the console. */
async function made(job: object = {}): Promise<string> {
  const taken = await shop.operator.posts('/api/v1/admin/jobs', { type: 'noop', payload: {}, ...job })
  expect(taken.status, taken.text).toBe(202)
  return `/console/jobs/${taken.body.id}`
}

/** The same, once it has ended. */
async function ended(job: object = {}): Promise<string> {
  const at = await made(job)
  await shop.operator.asks(`/api/v1/admin/jobs/${at.slice(-30)}/events`) // whose stream ends with the job
  return at
}

const hopeless = { payload: { is_hopeless: true } }

describe('the board of jobs', () => {
  it('[JBD1] shows what waits, runs and was given up on, by lane and by type, and the jobs one asks for', async () => {
    const tag = crypto.randomUUID()
    const [later, dead] = [
      await made({ delay: 3600, lane: 'bulk', tags: [tag] }),
      await ended({ ...hopeless, tags: [tag] }),
    ]
    const { status, text } = await browser.asks(`/console/jobs?tag=${tag}`)
    expect(status).toBe(200)
    for (const at of [later, dead]) expect(text).toContain(`href="${at}"`)
    expect(text).toMatch(/<th scope="row">bulk<\/th><td>0<\/td>.*?<td>1<\/td>/)
    expect(text).toContain('<code>told_to_fail</code>')
    expect(text).toMatch(/Given up on<\/dt><dd><b>[1-9]/)
    const scheduled = await browser.asks(`/console/jobs?tag=${tag}&state=scheduled`)
    expect([scheduled.text.includes(later), scheduled.text.includes(dead)]).toEqual([true, false])
    for (const wrong of ['state=lost', 'before=lost']) {
      expect((await browser.asks(`/console/jobs?${wrong}`)).status, wrong).toBe(404)
    }
  })

  it('[JBD2] is told anew once a second, as it is drawn', async () => {
    const controller = new AbortController()
    const stream = await fetchEvents('/console/jobs/events', controller.signal)
    expect(stream.kind).toBe('parts')
    expect(stream.told.html).toContain('data-part="lanes"')
    expect(JSON.parse(stream.told.seconds).started).toHaveLength(60)
  })

  it('[JBD3] tells a job’s whole story: what it came after, each attempt with its error, its payload and its result', async () => {
    const first = await ended({ payload: { echo: 'early' } })
    const second = await ended({
      payload: { echo: '<b>', failures: 1 },
      after: [first.slice(-30)],
      backoff: { first: 0.1 },
    })
    const { text } = await browser.asks(second)
    expect(text).toContain(`href="${first}"`)
    expect(text).toContain('told_to_fail: It was told to fail 1 times.')
    expect(text.match(/<tr><th scope="row">\d<\/th>/g)).toHaveLength(2)
    expect(text).toContain('Succeeded')
    expect(text).toContain('&quot;echo&quot;: &quot;&lt;b&gt;&quot;')
    expect((await browser.asks('/console/jobs/job_01KAHZ00000000000000000000')).status).toBe(404)
    const reader = await signedIn((await issued('jobs:read')).key)
    const seen = await reader.asks(second)
    expect(seen.text).not.toContain('&quot;failures&quot;')
    expect(seen.text).toContain('This key may look, and nothing else.')
  })

  it('[JBD4] cancels, hurries and replays, as the API does, and says in words what cannot be done', async () => {
    const later = await made({ delay: 3600 })
    expect((await fills(`${later}/cancel`)).headers.get('location')).toBe(`${later}?done=cancel`)
    expect((await browser.asks(later)).text).toContain('Cancelled')
    const again = await fills(`${later}/retry`)
    expect([again.status, again.text.includes('notice-bad')]).toEqual([409, true])
    const dead = await ended(hopeless)
    expect((await fills(`${dead}/replay`)).status).toBe(303)
    const hurried = await made({ delay: 3600 })
    expect((await fills(`${hurried}/retry`)).status).toBe(303)
    const reader = await signedIn((await issued('jobs:read')).key)
    expect((await fills(`${hurried}/cancel`, {}, reader)).status).toBe(403)
    expect((await fills('/console/jobs/job_none/cancel')).status).toBe(404)
    const fromElsewhere = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    const raw = new URLSearchParams()
    expect((await browser.asks(`${dead}/replay`, { method: 'POST', raw, headers: fromElsewhere })).status).toBe(403)
  })

  it('[JBD5] counts dead letters before it replays them, and does it once however often the form is sent', async () => {
    const tag = crypto.randomUUID()
    for (let i = 0; i < 2; i++) await ended({ ...hopeless, tags: [tag] })
    const list = await browser.asks(`/console/dead-letters?tag=${tag}`)
    expect(list.text.match(/href="\/console\/jobs\/job_/g)).toHaveLength(2)
    const form = { tag, most: '10', per_second: '100', key: crypto.randomUUID() }
    const counted = await fills('/console/dead-letters/replay', { ...form, how: 'count' })
    expect(counted.text).toContain('2 would be replayed.')
    const [one, two] = [
      await fills('/console/dead-letters/replay', { ...form, how: 'replay' }),
      await fills('/console/dead-letters/replay', { ...form, how: 'replay' }),
    ]
    expect(one.status, one.text).toBe(303)
    expect(two.headers.get('location')).toBe(one.headers.get('location'))
    expect((await fills('/console/dead-letters/replay', { ...form, most: '-1' })).status).toBe(422)
  })
})

async function issued(...scopes: string[]): Promise<{ key: string }> {
  return (await shop.operator.posts('/api/v1/admin/keys', { name: 'console', scopes })).body
}

/** The first event of a stream. */
async function fetchEvents(
  path: string,
  signal: AbortSignal,
): Promise<{ kind: string; told: { html: string; seconds: string } }> {
  const { exports } = await import('cloudflare:workers')
  const headers = { cookie: [...browser.cookies].map((pair) => pair.join('=')).join('; ') }
  const response = await exports.default.fetch(new Request(`${shop.origin}${path}`, { headers, signal }))
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!/data: .*\n\n/.test(text)) text += (await reader.read()).value ?? ''
  await reader.cancel()
  const told = JSON.parse(/data: (.*)\n\n/.exec(text)![1]!) as { html: string; seconds: string }
  return { kind: /event: (\w+)/.exec(text)![1]!, told }
}
