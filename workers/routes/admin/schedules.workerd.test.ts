import { beforeAll, describe, expect, it, vi } from 'vitest'
import { openShop, type Operator, type TestShop } from '../../testing/shop.ts'

const SCHEDULES = '/api/v1/admin/schedules'

let shop: TestShop
let operator: Operator
beforeAll(async () => {
  shop = await openShop()
  operator = shop.operator
})

const nightly = {
  name: 'nightly report',
  timing: { kind: 'cron', expression: '30 2 * * *', zone: 'Europe/Berlin' },
  job: { type: 'noop', payload: { echo: 'report' } },
}

describe('schedules over HTTP', () => {
  it('[SCD21] tell before they are made what both clock changes of a year will do', async () => {
    const preview = (from: string, timing = {}) =>
      operator.posts(`${SCHEDULES}/preview`, { timing: { ...nightly.timing, ...timing }, from, count: 2 })
    const spring = await preview('2027-03-27T12:00:00Z')
    expect(spring.status, spring.text).toBe(200)
    expect(spring.body).toMatchObject({
      words: 'At 02:30, every day, in Europe/Berlin',
      clock_changes: expect.stringContaining('runs right after it'),
      next: [
        {
          at: '2027-03-28T01:00:00.000Z',
          planned: '2027-03-28T02:30:00',
          local: '2027-03-28T03:00:00+02:00',
          affected: 'moved_after_gap',
        },
        { local: '2027-03-29T02:30:00+02:00', affected: null },
      ],
    })
    const autumn = await preview('2027-10-30T12:00:00Z', { overlap: 'last', gap: 'skip' })
    expect(autumn.body.next).toMatchObject([
      { at: null, planned: '2027-10-31T02:30:00', local: null, affected: 'skipped_first_of_two' },
      { local: '2027-10-31T02:30:00+01:00', affected: 'second_of_two' },
      { local: '2027-11-01T02:30:00+01:00', affected: null },
    ])
  })

  it('[SCD21] are refused by pointer where they make no sense, and when they would never fire', async () => {
    const wrong: [change: object, pointer: string][] = [
      [{ timing: { kind: 'cron', expression: '61 * * * *' } }, '/timing/expression'],
      [{ timing: { kind: 'cron', expression: '@daily', zone: 'Europe/Atlantis' } }, '/timing/zone'],
      [{ timing: { kind: 'interval', every: 0 } }, '/timing/every'],
      [{ timing: { kind: 'once', at: '0001-01-01T00:00:00Z' } }, '/timing/at'],
      [{ starts_at: '2027-01-02T00:00:00Z', ends_at: '2027-01-01T00:00:00Z' }, '/ends_at'],
      [{ job: { type: 'noop', payload: {}, delay: 5 } }, '/job/delay'],
      [{ job: { type: 'write_poem', payload: {} } }, '/job/type'],
      [{ colour: 'green' }, '/colour'],
    ]
    for (const [change, pointer] of wrong) {
      const { status, body } = await operator.posts(SCHEDULES, { ...nightly, ...change })
      expect([status, body.code, body.errors?.[0].pointer], JSON.stringify(body)).toEqual([
        400,
        'invalid_request',
        pointer,
      ])
    }
    const past = { ...nightly, timing: { kind: 'once', at: '2020-01-01T00:00:00Z' } }
    expect((await operator.posts(SCHEDULES, past)).body).toMatchObject({ status: 422, code: 'schedule_never_fires' })
    const ofNothing = { ...nightly, timing: { kind: 'drop', drop: 'no-such-drop', moment: 'opening' } }
    expect((await operator.posts(SCHEDULES, ofNothing)).body).toMatchObject({ status: 404, code: 'drop_not_found' })
  })

  it('[SCD21] are made once, changed by version, paused, resumed, listed and removed', async () => {
    const key = crypto.randomUUID()
    const made = await operator.posts(SCHEDULES, nightly, key)
    expect(made.status, made.text).toBe(201)
    expect((await operator.posts(SCHEDULES, nightly, key)).body.id).toBe(made.body.id)
    const self = made.headers.get('location')!
    expect(self).toBe(made.body.links.self)
    expect(made.body.next).toHaveLength(5)
    const change = (body: object) => operator.asks(self, { method: 'PATCH', body })
    expect((await change({ jitter: 30, version: 1 })).body).toMatchObject({
      version: 2,
      jitter: 30,
      name: nightly.name,
    })
    expect((await change({ jitter: 31, version: 1 })).body).toMatchObject({ code: 'schedule_changed', version: 2 })
    const paused = await operator.posts(`${self}/pause`, undefined)
    expect(paused.body).toMatchObject({ is_paused: true, next_at: null, version: 3 })
    expect((await operator.posts(`${self}/resume`, undefined)).body).toMatchObject({ is_paused: false, version: 4 })
    const another = await operator.posts(SCHEDULES, { ...nightly, name: 'another' })
    const page = await operator.asks(`${SCHEDULES}?limit=1`)
    expect(page.body.data.map((one: { id: string }) => one.id)).toEqual([another.body.id])
    const rest = await operator.asks(`${SCHEDULES}?limit=1&cursor=${page.body.next_cursor}`)
    expect(rest.body).toMatchObject({ data: [{ id: made.body.id }], next_cursor: null })
    expect((await operator.asks(self, { method: 'DELETE' })).status).toBe(204)
    expect((await operator.asks(self)).body).toMatchObject({ status: 404, code: 'schedule_not_found' })
  })

  it('[SCD21] fire when triggered and filled in, and say in their ledger what each firing did', async () => {
    const { body: schedule } = await operator.posts(SCHEDULES, { ...nightly, overlapping: 'allow' })
    const { self, runs } = schedule.links
    const key = crypto.randomUUID()
    const first = await operator.posts(`${self}/trigger`, undefined, key)
    expect(first.status, first.text).toBe(202)
    expect((await operator.posts(`${self}/trigger`, undefined, key)).body).toEqual(first.body)
    const job = await operator.asks(`${first.body.links.job}/events`)
    expect(job.text).toContain('"state":"succeeded"')
    expect(job.text).toContain(`"run":"${first.body.id}"`)
    const range = { from: '2026-03-27T00:00:00Z', until: '2026-03-31T00:00:00Z' }
    const filled = await operator.posts(`${self}/backfill`, range)
    expect(filled.body.data.map((run: { planned_at: string }) => run.planned_at)).toEqual([
      '2026-03-27T01:30:00.000Z',
      '2026-03-28T01:30:00.000Z',
      '2026-03-29T01:00:00.000Z',
      '2026-03-30T00:30:00.000Z',
    ])
    const page = await operator.asks(`${runs}?limit=3`)
    expect(page.body.data.map((run: { outcome: string }) => run.outcome)).toEqual([
      'triggered',
      'backfilled',
      'backfilled',
    ])
    const rest = await operator.asks(`${runs}?limit=3&cursor=${page.body.next_cursor}`)
    expect(rest.body.data).toHaveLength(2)
    expect((await operator.asks(first.body.links.self)).body).toEqual(first.body)
    const all = await operator.asks('/api/v1/admin/runs?limit=100')
    expect(all.body.data).toContainEqual(first.body)
    expect((await operator.asks(`${runs}?cursor=nonsense`)).body.code).toBe('cursor_not_valid')
  })

  it('[SCD18] move when an operator moves their drop', async () => {
    await operator.offers('LAMP', 3)
    const inDays = (days: number) => new Date(Date.UTC(2030, 0, 1 + days)).toISOString()
    const drop = { slug: 'moving', title: 'Moving', opens_at: inDays(10), skus: ['LAMP'] }
    expect((await operator.posts('/api/v1/admin/drops', drop)).status).toBe(201)
    const timing = { kind: 'drop', drop: 'moving', moment: 'opening', offset: -86_400 }
    const made = await operator.posts(SCHEDULES, { ...nightly, timing })
    expect(made.body).toMatchObject({
      next_at: inDays(9),
      words: '1 day before the drop opens',
      next: [{ at: inDays(9) }],
    })
    await operator.asks('/api/v1/admin/drops/moving', { method: 'PATCH', body: { opens_at: inDays(20) } })
    expect((await operator.asks(made.body.links.self)).body.next_at).toBe(inDays(19))
  })

  it('[SCD10] fire by themselves when their instant comes', async () => {
    const anchor = '2026-01-01T00:00:00.500Z'
    const made = await operator.posts(SCHEDULES, { ...nightly, timing: { kind: 'interval', every: 2, anchor } })
    const { self, runs } = made.body.links
    const [first] = await vi.waitFor(async () => {
      const { data } = (await operator.asks(runs)).body
      expect(data).not.toEqual([])
      return data.reverse()
    }, 20_000)
    await operator.asks(self, { method: 'DELETE' })
    expect(first).toMatchObject({ outcome: 'fired', planned_at: expect.stringMatching(/[02468]\.500Z$/) })
    expect((await operator.asks(first.links.job)).body).toMatchObject({ type: 'noop', run: first.id })
  })
})
