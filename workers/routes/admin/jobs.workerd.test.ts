import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { accept } from '../../../domain/basics/decision.ts'
import { AnswerObject } from '../../../durable-objects/index.ts'
import { digest } from '../../../platform/signing.ts'
import { openShop, type Operator, type TestShop } from '../../testing/shop.ts'

const JOBS = '/api/v1/admin/jobs'
const LETTERS = '/api/v1/admin/dead-letters'

let shop: TestShop
let operator: Operator
beforeAll(async () => {
  shop = await openShop()
  operator = shop.operator
})

/** The last thing that is said of a job: its stream ends when the job has. */
async function endOf(id: string) {
  const { text } = await operator.asks(`${JOBS}/${id}/events`)
  const told = text.split('\n').findLast((line) => line.startsWith('data: '))
  return JSON.parse(told!.slice('data: '.length))
}

async function done(job: object) {
  const taken = await operator.posts(JOBS, job)
  expect(taken.status, taken.text).toBe(202)
  return endOf(taken.body.id)
}

describe('a job over HTTP', () => {
  it('[JHN1] is taken, done and seen', async () => {
    const taken = await operator.posts(JOBS, { type: 'noop', payload: { echo: { grüße: 7 } }, tags: ['first'] })
    expect(taken.status, taken.text).toBe(202)
    const { id, links } = taken.body
    expect(taken.headers.get('location')).toBe(links.self)
    const ended = await endOf(id)
    expect(ended).toMatchObject({ id, type: 'noop', state: 'succeeded', result: { echo: { grüße: 7 } }, error: null })
    const seen = await operator.asks(links.self)
    expect(seen.body).toEqual(ended)
    expect(seen.body).toMatchObject({ attempts: [{ number: 1, outcome: 'succeeded' }], by: shop.operatorKeyId })
    const again = await operator.asks(links.events, { headers: { 'last-event-id': String(ended.version) } })
    expect(again.status).toBe(204)
  })

  it('[JHN1] is refused where its type, its payload or its terms make no sense, by pointer', async () => {
    const wrong: [job: object, pointer: string][] = [
      [{ type: 'write_poem', payload: {} }, '/type'],
      [{ type: 'send_email', payload: { to: 'x', subject: 'a', text: 'b' } }, '/payload/to'],
      [{ type: 'noop', payload: { wait: 1 } }, '/payload/wait'],
      [{ type: 'noop', payload: {}, delay: 1, run_at: '2027-01-01T00:00:00Z' }, '/run_at'],
      [{ type: 'noop', payload: {}, concurrency_max: 2 }, '/concurrency_max'],
      [{ type: 'send_email', payload: { to: 'a@b.de', subject: 'a', text: 'b' }, takes_input: true }, '/takes_input'],
      [{ type: 'noop', payload: {}, after: ['#0'] }, '/after'],
      [{ type: 'noop', payload: {}, delay: 400 * 86_400 }, '/delay'],
    ]
    for (const [job, pointer] of wrong) {
      const { status, body } = await operator.posts(JOBS, job)
      expect([status, body.code, body.errors?.[0].pointer], JSON.stringify(body)).toEqual([
        400,
        'invalid_request',
        pointer,
      ])
    }
    const orphan = { type: 'noop', payload: {}, after: ['job_01KAHZ00000000000000000000'] }
    expect((await operator.posts(JOBS, orphan)).body).toMatchObject({ status: 422, code: 'ancestor_not_found' })
  })

  it('[JHN2] is made once, however often it is asked for', async () => {
    const job = { type: 'noop', payload: {} }
    const key = crypto.randomUUID()
    const [first, second] = [await operator.posts(JOBS, job, key), await operator.posts(JOBS, job, key)]
    expect(second.text).toBe(first.text)
    expect(second.headers.get('idempotent-replayed')).toBe('true')
    expect((await operator.posts(JOBS, { ...job, tags: ['other'] }, key)).body.code).toBe('idempotency_key_reused')
    const named = { ...job, idempotency_key: `nightly ${key}` }
    const [one, two] = [await operator.posts(JOBS, named), await operator.posts(JOBS, named)]
    expect([one.body.is_new, two.body.is_new]).toEqual([true, false])
    expect(two.body.id).toBe(one.body.id)
  })

  it('[JHN2] is made once also where nobody remembers that it was answered', async () => {
    const key = crypto.randomUUID()
    // As after a fault between the job and its answer: the key is free again, and the job is there.
    const begin = vi.spyOn(AnswerObject.prototype, 'begin')
    const finish = vi.spyOn(AnswerObject.prototype, 'finish')
    begin.mockImplementation(async () => accept({ kind: 'fresh' }) as never)
    finish.mockImplementation(async (_, answer) => answer)
    try {
      const jobs = [
        { type: 'noop', payload: {} },
        { type: 'noop', payload: {}, after: ['#0'] },
      ]
      const one = [await operator.posts(JOBS, jobs[0], key), await operator.posts(JOBS, jobs[0], key)]
      expect(one.map(({ body }) => body.is_new)).toEqual([true, false])
      expect(one[1]!.body.id).toBe(one[0]!.body.id)
      const many = [
        await operator.posts(`${JOBS}/batch`, { jobs }, key),
        await operator.posts(`${JOBS}/batch`, { jobs }, key),
      ]
      expect(many[1]!.body).toEqual(many[0]!.body)
      expect(many[0]!.body.jobs).not.toContain(one[0]!.body.id)
    } finally {
      begin.mockRestore()
      finish.mockRestore()
    }
  })

  it('[JHN9] may carry a megabyte, which lies beside its row', async () => {
    const echo = 'ü'.repeat(240_000)
    const taken = await operator.posts(JOBS, { type: 'noop', payload: { echo, is_hopeless: true } })
    expect(taken.status, taken.text).toBe(202)
    expect(await endOf(taken.body.id)).toMatchObject({ state: 'dead', error: { code: 'told_to_fail' } })
    const kept = await operator.asks(`${LETTERS}/${taken.body.id}/payload`)
    expect(kept.body.payload.echo).toBe(echo)
    const aside = await env.DOCUMENTS.list({ prefix: `jobs/payloads/${shop.storeId}/` })
    expect(aside.objects.map(({ key }) => key.split('/').at(-1))).toEqual([
      await digest(JSON.stringify({ echo, wait_ms: 0, failures: 0, is_hopeless: true })),
    ])
    const more = await operator.posts(JOBS, { type: 'noop', payload: { echo: 'x'.repeat(1_000_001) } })
    expect(more.body.errors[0].pointer).toBe('/payload')
    const most = await operator.posts(JOBS, { type: 'noop', payload: { echo: 'x'.repeat(1_100_001) } })
    expect(most.body.code).toBe('body_too_large')
  })

  it('[JHN10] is cancelled before it begins, and hurried', async () => {
    const later = { type: 'noop', payload: {}, delay: 86_400 * 300 }
    const [one, two] = [await operator.posts(JOBS, later), await operator.posts(JOBS, later)]
    const cancelled = await operator.posts(`${JOBS}/${one.body.id}/cancel`, {})
    expect(cancelled.body).toMatchObject({ state: 'cancelled' })
    const hurried = await operator.posts(`${JOBS}/${two.body.id}/retry`, {})
    expect(hurried.status, hurried.text).toBe(200)
    expect(await endOf(two.body.id)).toMatchObject({ state: 'succeeded' })
    expect((await operator.posts(`${JOBS}/${two.body.id}/cancel`, {})).body).toMatchObject({
      ...{ status: 409, code: 'job_has_ended', state: 'succeeded' },
    })
    expect((await operator.posts(`${JOBS}/job_none/cancel`, {})).body.code).toBe('job_not_found')
  })
})

describe('many jobs', () => {
  it('[JHN11] are made in one go and watched as one, each after those it names', async () => {
    const jobs = [
      { type: 'noop', payload: { echo: 'ingest' } },
      ...Array.from({ length: 20 }, (_, i) => ({ type: 'noop', payload: { echo: i }, after: ['#0'] })),
      { type: 'noop', payload: {}, takes_input: true, after: ['#1', '#2'] },
    ]
    const key = crypto.randomUUID()
    const taken = await operator.posts(`${JOBS}/batch`, { jobs }, key)
    expect(taken.status, taken.text).toBe(202)
    const { id, jobs: ids, links } = taken.body
    expect(new Set(ids).size).toBe(22)
    const last = await endOf(ids.at(-1))
    expect(last.result.input.map(({ echo }: { echo: number }) => echo)).toEqual([0, 1])
    for (const one of ids) await endOf(one)
    const batch = await operator.asks(links.self)
    expect(batch.body).toEqual({ id, jobs: 22, states: { succeeded: 22 }, is_over: true })
    const statuses = await operator.posts(`${JOBS}/status`, { ids: [ids[3], 'job_none', ids[0]] })
    expect(statuses.body.data.map(({ state }: { state: string }) => state)).toEqual(['succeeded', null, 'succeeded'])
    expect((await operator.posts(`${JOBS}/batch`, { jobs }, key)).body).toEqual(taken.body)
    const wrong = [
      { type: 'noop', payload: {}, after: ['#1'] },
      { type: 'noop', payload: {} },
    ]
    expect((await operator.posts(`${JOBS}/batch`, { jobs: wrong })).body.errors[0].pointer).toBe('/jobs/0/after')
  })

  it('[JHN12] are found by state, type, tag, batch and time, page by page', async () => {
    const tag = crypto.randomUUID()
    const later = { type: 'noop', payload: {}, delay: 3600, tags: [tag] }
    const taken = await operator.posts(`${JOBS}/batch`, { jobs: Array.from({ length: 7 }, () => later) })
    const found: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const query = `tag=${tag}&limit=3${cursor && `&cursor=${cursor}`}`
      const { body } = await operator.asks(`${JOBS}?${query}`)
      found.push(...body.data.map(({ id }: { id: string }) => id))
      cursor = body.next_cursor
    }
    expect(found).toEqual([...taken.body.jobs].sort().toReversed())
    const count = async (query: string) => (await operator.asks(`${JOBS}?tag=${tag}&${query}`)).body.data.length
    expect(await count('state=scheduled,waiting')).toBe(7)
    expect(await count('state=running')).toBe(0)
    expect(await count('type=noop,export')).toBe(7)
    expect(await count('type=export')).toBe(0)
    expect(await count(`batch=${taken.body.id}`)).toBe(7)
    expect(await count('until=2026-01-01T00:00:00Z')).toBe(0)
    expect((await operator.asks(`${JOBS}?state=lost`)).body.code).toBe('invalid_request')
    expect((await operator.asks(`${JOBS}?cursor=lost`)).body.code).toBe('cursor_not_valid')
    const { data, states } = (await operator.asks('/api/v1/admin/queues')).body
    expect(data.map(({ lane }: { lane: string }) => lane)).toEqual(['critical', 'default', 'bulk'])
    expect(states.scheduled).toBeGreaterThanOrEqual(7)
  })
})

describe('dead letters', () => {
  it('[JHN13] are looked at, mended and replayed', async () => {
    const dead = await done({ type: 'noop', payload: { is_hopeless: true, echo: 1 } })
    expect(dead.state).toBe('dead')
    const listed = await operator.asks(`${LETTERS}?error=told_to_fail&limit=100`)
    expect(listed.body.data.map(({ id }: { id: string }) => id)).toContain(dead.id)
    const path = `${LETTERS}/${dead.id}/payload`
    const bad = await operator.asks(path, { method: 'PATCH', body: { wait_ms: -1 } })
    expect(bad.body.errors[0].pointer).toBe('/wait_ms')
    const mended = await operator.asks(path, { method: 'PATCH', body: { is_hopeless: null, echo: 2 } })
    expect(mended.body.payload, mended.text).toMatchObject({ is_hopeless: false, echo: 2 })
    const replayed = await operator.posts(`${LETTERS}/${dead.id}/replay`, {})
    expect(replayed.status, replayed.text).toBe(202)
    expect(await endOf(dead.id)).toMatchObject({ state: 'succeeded', replays: 1, result: { echo: 2 } })
    expect((await operator.posts(`${LETTERS}/${dead.id}/replay`, {})).body.code).toBe('job_not_dead')
    const headers = { 'onrush-bookmark': replayed.headers.get('onrush-bookmark')! }
    const audit = await operator.asks('/api/v1/admin/audit', { headers })
    const written = audit.body.data.filter(({ subject }: { subject: string }) => subject === dead.id)
    expect(written.map(({ action }: { action: string }) => action).sort()).toEqual([
      'job.payload_amended',
      'job.replayed',
    ])
  })

  it('[JHN13] are replayed by the dozen: counted first, then at a pace, by a job', async () => {
    const tag = crypto.randomUUID()
    const hopeless = { type: 'noop', payload: { is_hopeless: true }, tags: [tag] }
    const { body } = await operator.posts(`${JOBS}/batch`, { jobs: Array.from({ length: 4 }, () => hopeless) })
    for (const id of body.jobs) await endOf(id)
    const plan = await operator.posts(`${LETTERS}/replay`, { filter: { tag }, dry_run: true })
    expect(plan.body).toMatchObject({ dry_run: true, would_replay: 4 })
    const taken = await operator.posts(`${LETTERS}/replay`, { filter: { tag }, per_second: 100, most: 3 })
    expect(taken.status, taken.text).toBe(202)
    expect(await endOf(taken.body.id)).toMatchObject({ state: 'succeeded', result: { replayed: 3, refused: 0 } })
    const all = await Promise.all(body.jobs.map((id: string) => operator.asks(`${JOBS}/${id}`)))
    expect(all.reduce((sum, job) => sum + job.body.replays, 0)).toBe(3)
  })
})

describe('jobs of others', () => {
  it('[JHN14] are not there for another store, nor for a key without the scopes of what they do', async () => {
    const { body } = await operator.posts(JOBS, { type: 'noop', payload: {}, delay: 3600 })
    const stranger = (await openShop()).operator
    for (const path of [
      `${JOBS}/${body.id}`,
      `${JOBS}/${body.id}/events`,
      `${JOBS}/${body.id}/file`,
      `${LETTERS}/${body.id}/payload`,
    ]) {
      expect((await stranger.asks(path)).body.code, path).toBe('job_not_found')
    }
    expect((await stranger.posts(`${JOBS}/${body.id}/cancel`, {})).body.code).toBe('job_not_found')
    expect((await stranger.asks(JOBS)).body.data).toEqual([])
    const reader = await shop.operatorWith('jobs:read')
    expect((await reader.posts(JOBS, { type: 'noop', payload: {} })).body.required).toBe('jobs:write')
    const writer = await shop.operatorWith('jobs:write')
    expect((await writer.asks('/api/v1/admin/webhooks/secret')).body.required).toBe('keys:write')
    expect((await operator.asks('/api/v1/admin/webhooks/secret')).body.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect((await writer.asks(`${JOBS}/${body.id}`)).body.required).toBe('jobs:read')
    const beyond = { type: 'export', payload: { what: 'orders' } }
    expect((await writer.posts(JOBS, beyond)).body).toMatchObject({ code: 'scope_missing', required: 'orders:read' })
    expect((await writer.posts(JOBS, { type: 'noop', payload: {} })).status).toBe(202)
  })
})
