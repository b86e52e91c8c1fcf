/** The cache as a visitor and an origin see it, by the sections of RFC 9111. */
import { beforeEach, describe, expect, it } from 'vitest'
import { writeHttpDate } from '../../domain/http-cache/http-date.ts'
import { NOON, read, Stage } from './testing.ts'

let stage: Stage
beforeEach(() => {
  stage = new Stage()
})

const minute = { 'cache-control': 'max-age=60' }
const tagged = { 'cache-control': 'max-age=60', etag: '"a"' }

describe('storing and reusing (sections 3 and 4)', () => {
  it('[HCA33] asks the origin once, and says how old its answer has become', async () => {
    stage.origin({ fields: { ...minute, 'x-unknown': 'kept', vary: 'accept' } })
    const first = await stage.get()
    expect([first.body, first.headers.get('age'), first.cacheStatus]).toEqual([
      'hello',
      null,
      'onrush-mem; fwd=uri-miss; fwd-status=200; stored',
    ])
    stage.later(10)
    const second = await stage.get()
    expect([second.body, second.headers.get('age'), second.headers.get('x-unknown'), second.cacheStatus]).toEqual([
      'hello',
      '10',
      'kept',
      'onrush-mem; hit; ttl=50',
    ])
    expect(stage.asked).toHaveLength(1)
  })

  it('[HCA33] asks again for another query, another path, and once it is stale', async () => {
    stage.origin({ fields: minute })
    for (const path of ['/a', '/a?b', '/b', '/a']) await stage.get(path)
    expect(stage.asked).toHaveLength(3)
    stage.later(60)
    await stage.get()
    expect(stage.asked).toHaveLength(4)
  })

  it('[HCA33] keeps each line of a cookie apart, and every status as it came', async () => {
    const headers = { 'cache-control': 'max-age=60', 'set-cookie': 'a=1; Expires=Sat, 21 Nov 2026 12:00:00 GMT' }
    stage.origin({ fields: headers, status: 599 })
    await stage.get()
    const { status, headers: answered } = await stage.get()
    expect([status, answered.getSetCookie()]).toEqual([599, [headers['set-cookie']]])
    expect(stage.asked).toHaveLength(1)
  })

  it('[HCA15] adds the Date that the origin did not write to what is passed on as well', async () => {
    stage.origin({ fields: { date: '' } })
    expect((await stage.get()).headers.get('date')).toBe(writeHttpDate(NOON))
  })

  it('[HCA16] keeps answers to differing requests side by side', async () => {
    const by = { ...minute, vary: 'Accept-Language' }
    stage.origin({ body: 'ja', fields: by }, { body: 'yes', fields: by }, { body: 'lost' })
    await stage.get('/a', { 'accept-language': 'de' })
    await stage.get('/a', { 'accept-language': 'en' })
    expect((await stage.get('/a', { 'accept-language': 'de' })).body).toBe('ja')
    expect((await stage.get('/a', { 'accept-language': 'en' })).body).toBe('yes')
    const third = await stage.get('/a', { 'accept-language': 'fr' })
    expect([third.body, third.cacheStatus]).toEqual(['lost', 'onrush-mem; fwd=vary-miss; fwd-status=200'])
  })

  it('[HCA34] answers HEAD from what GET stored, and never stores an answer to HEAD', async () => {
    stage.origin({ fields: minute })
    await stage.ask('HEAD')
    await stage.get()
    expect(stage.asked).toHaveLength(2)
    const head = await stage.ask('HEAD')
    expect([head.body, head.headers.get('content-length'), stage.asked.length]).toEqual(['', '5', 2])
  })

  it('[HCA35] stores nothing that broke off or came short', async () => {
    stage.origin({ fields: { ...minute, 'content-length': '9' } }, { body: 'whole', fields: minute })
    expect((await stage.get()).status).toBe(502)
    expect((await stage.get()).body).toBe('whole')
    let breaks: ReadableStreamDefaultController | undefined
    const body = new ReadableStream({ start: (controller) => void (breaks = controller) })
    stage.origin({ body, fields: minute, isChunked: true }, { body: 'whole', fields: minute })
    const opened = await stage.open('GET', '/b')
    breaks?.enqueue(new TextEncoder().encode('half'))
    breaks?.error(new Error('cut off'))
    await expect(opened.text()).rejects.toThrow('cut off')
    expect((await stage.get('/b')).body).toBe('whole')
  })

  it('[HCA35] has stored a streamed answer by the time the visitor has seen its end', async () => {
    stage.origin({ body: 'in chunks', fields: minute, isChunked: true })
    await stage.get()
    expect((await stage.get()).cacheStatus).toBe('onrush-mem; hit; ttl=60')
  })

  it('[HCA35] goes on storing when the visitor leaves', async () => {
    let origin: ReadableStreamDefaultController | undefined
    const body = new ReadableStream({ start: (controller) => void (origin = controller) })
    stage.origin({ body, fields: minute, isChunked: true })
    const opened = await stage.open('GET')
    await opened.body?.cancel()
    origin?.enqueue(new TextEncoder().encode('all of it'))
    origin?.close()
    await stage.settled()
    expect((await stage.get()).body).toBe('all of it')
    expect(stage.asked).toHaveLength(1)
  })
})

describe('confirming (section 4.3)', () => {
  it('[HCA36] has a stale answer confirmed, and is fresh again with what the 304 said', async () => {
    stage.origin(
      { fields: { ...tagged, 'x-which': '1' } },
      { status: 304, fields: { etag: '"a"', 'cache-control': 'max-age=30', 'x-which': '2' } },
    )
    await stage.get()
    stage.later(61)
    const confirmed = await stage.get()
    expect([confirmed.status, confirmed.body, confirmed.headers.get('x-which'), confirmed.headers.get('age')]).toEqual([
      200,
      'hello',
      '2',
      null,
    ])
    expect(confirmed.cacheStatus).toBe('onrush-mem; fwd=stale; fwd-status=304; stored')
    expect(stage.asked[1]?.get('if-none-match')).toBe('"a"')
    stage.later(29)
    expect((await stage.get()).cacheStatus).toBe('onrush-mem; hit; ttl=1')
  })

  it('[HCA36] gives the visitor the whole when the 304 answered our question and not theirs', async () => {
    stage.origin({ fields: { ...tagged, 'cache-control': 'no-cache' } }, { status: 304, fields: { etag: '"a"' } })
    await stage.get()
    expect((await stage.get('/a', { 'if-none-match': '"old"' })).status).toBe(200)
    expect((await stage.get('/a', { 'if-none-match': '"a"' })).status).toBe(304)
    expect(stage.asked.map((headers) => headers.get('if-none-match'))).toEqual([null, '"a"', '"a"'])
  })

  it('[HCA36] replaces what has changed', async () => {
    stage.origin({ fields: tagged }, { body: 'new', fields: { ...tagged, etag: '"b"' } })
    await stage.get()
    stage.later(60)
    expect((await stage.get()).body).toBe('new')
    expect((await stage.get()).body).toBe('new')
    expect(stage.asked).toHaveLength(2)
  })

  it('[HCA36] asks for the whole when a 304 names something we do not have', async () => {
    stage.origin({ fields: tagged }, { status: 304, fields: { etag: '"other"' } }, { body: 'whole', fields: tagged })
    await stage.get()
    stage.later(60)
    expect((await stage.get()).body).toBe('whole')
    expect(stage.asked[2]?.get('if-none-match')).toBeNull()
  })

  it('[HCA25] keeps nothing for others once a 304 has said so', async () => {
    const withdrawn = { etag: '"a"', 'cache-control': 'no-store' }
    stage.origin(
      { fields: { ...tagged, 'last-modified': writeHttpDate(NOON - 1e8) } },
      { status: 304, fields: withdrawn },
    )
    await stage.get()
    stage.later(61)
    expect((await stage.get()).body).toBe('hello')
    expect(stage.memory.size).toBe(0)
  })

  it('[HCA36] passes the visitor’s conditions on where nothing is stored', async () => {
    stage.origin({ status: 304, fields: { etag: '"a"' } })
    const { status } = await stage.get('/a', { 'if-none-match': '"a"' })
    expect([status, stage.asked[0]?.get('if-none-match')]).toEqual([304, '"a"'])
    expect(stage.memory.size).toBe(0)
  })

  it('[HCA24] lets the origin choose from what was stored for other requests', async () => {
    const by = { ...tagged, vary: 'accept' }
    stage.origin(
      { body: 'a', fields: by },
      { body: 'b', fields: { ...by, etag: '"b"' } },
      { status: 304, fields: { etag: '"a"', vary: 'accept' } },
    )
    for (const accept of ['x', 'y']) await stage.get('/a', { accept })
    const chosen = await stage.get('/a', { accept: 'z' })
    expect([chosen.status, chosen.body]).toEqual([200, 'a'])
    expect(stage.asked[2]?.get('if-none-match')).toBe('"b", "a"')
    expect((await stage.get('/a', { accept: 'z' })).cacheStatus).toBe('onrush-mem; hit; ttl=60')
    expect((await stage.get('/a', { accept: 'y' })).body).toBe('b')
  })

  it('[HCA26] hears from a HEAD that what is stored has changed', async () => {
    stage.origin({ fields: tagged }, { fields: { ...tagged, etag: '"b"' }, body: '' }, { body: 'new', fields: tagged })
    await stage.get()
    await stage.ask('HEAD', '/a', { 'cache-control': 'no-cache' })
    expect((await stage.get()).body).toBe('new')
  })

  it('[HCA23] leaves If-Match to the origin', async () => {
    stage.origin({ fields: tagged }, { status: 412 })
    await stage.get()
    expect(await stage.get('/a', { 'if-match': '"z"' })).toMatchObject({ status: 412 })
    expect(stage.asked[1]?.get('if-match')).toBe('"z"')
  })
})

describe('stale answers (section 4.2.4, RFC 5861)', () => {
  it('[HCA19] answers at once within its allowance, and asks behind the visitor’s back, once', async () => {
    const fields = { 'cache-control': 'max-age=10, stale-while-revalidate=60' }
    stage.origin({ body: 'old', fields }, { body: 'new', fields })
    await stage.get()
    stage.later(11)
    const stale = await Promise.all([stage.get(), stage.get(), stage.get()])
    expect(stale.map(({ body }) => body)).toEqual(['old', 'old', 'old'])
    expect(stale[0]?.cacheStatus).toBe('onrush-mem; hit; ttl=-1')
    await stage.settled()
    expect((await stage.get()).body).toBe('new')
    expect(stage.asked).toHaveLength(2)
  })

  it('[HCA22] stands in for an origin that fails, within stale-if-error', async () => {
    stage.origin({ fields: { 'cache-control': 'max-age=10, stale-if-error=60' } }, { status: 503, body: 'down' })
    await stage.get()
    stage.later(70)
    const stale = await stage.get()
    expect([stale.status, stale.body, stale.cacheStatus]).toEqual([
      200,
      'hello',
      'onrush-mem; hit; ttl=-60; detail=stale-if-error',
    ])
    stage.later(1)
    expect((await stage.get()).status).toBe(503)
  })

  it('[HCA22] stands in for an origin that is away, and says so where it may not', async () => {
    stage.origin({ fields: minute }, { isAway: true })
    await stage.get()
    stage.later(100)
    expect((await stage.get()).body).toBe('hello')
    stage.origin({ fields: { 'cache-control': 'max-age=60, must-revalidate' } }, { isAway: true })
    await stage.get('/b')
    stage.later(100)
    const bound = await stage.get('/b')
    expect([bound.status, bound.headers.get('cache-control')]).toEqual([504, 'no-store'])
    expect(bound.headers.get('proxy-status')).toBe('onrush; error=destination_unavailable')
    expect((await stage.get('/c')).status).toBe(502)
  })

  it('[HCA22] lets no part stand in for the whole', async () => {
    const fields = { 'cache-control': 'max-age=1, stale-if-error=60', 'content-range': 'bytes 0-4/10' }
    stage.origin({ status: 206, fields }, { status: 503, body: '' })
    await stage.get('/a', { range: 'bytes=0-4' })
    stage.later(2)
    expect([(await stage.ask('HEAD')).status, (await stage.get()).status]).toEqual([503, 503])
  })

  it('[HCA21] answers only-if-cached with what is stored, or 504', async () => {
    stage.origin({ fields: minute })
    const wish = { 'cache-control': 'only-if-cached' }
    expect((await stage.get('/a', wish)).status).toBe(504)
    await stage.get()
    expect((await stage.get('/a', wish)).status).toBe(200)
    expect(stage.asked).toHaveLength(1)
  })
})

describe('changes (section 4.4)', () => {
  it('[HCA31] forgets all that is stored for an address once something may have changed it', async () => {
    const by = { ...minute, vary: 'accept' }
    stage.origin({ fields: by })
    await stage.get('/a', { accept: 'x' })
    await stage.get('/a', { accept: 'y' })
    await stage.ask('POST')
    await stage.get('/a', { accept: 'x' })
    await stage.get('/a', { accept: 'y' })
    expect(stage.asked).toHaveLength(5)
  })

  it('[HCA8] gives a GET what a POST was answered about the same address', async () => {
    stage.origin({ body: 'before', fields: minute }, { body: 'after', fields: { ...minute, 'content-location': '/a' } })
    await stage.get()
    expect((await stage.ask('POST')).body).toBe('after')
    expect(await stage.get()).toMatchObject({ body: 'after', cacheStatus: 'onrush-mem; hit; ttl=60' })
    await stage.ask('POST')
    expect(stage.asked).toHaveLength(3)
  })

  it('[HCA31] forgets nothing after an error', async () => {
    stage.origin({ fields: minute }, { status: 500 })
    await stage.get()
    await stage.ask('DELETE')
    await stage.get()
    expect(stage.asked).toHaveLength(2)
  })

  it('[HCA31] forgets what Location and Content-Location name, of the same origin only', async () => {
    stage.origin({ fields: minute })
    for (const path of ['/b', '/c', '/d']) await stage.get(path)
    const elsewhere = { location: '/b', 'content-location': 'https://other.example/d' }
    stage.origin({ status: 201, fields: elsewhere }, { fields: minute })
    await stage.ask('POST')
    for (const path of ['/b', '/c', '/d']) await stage.get(path)
    expect(stage.asked).toHaveLength(5)
  })
})

describe('parts (sections 3.3 and 3.4)', () => {
  const part = (range: string, body: string) => ({
    status: 206,
    body,
    fields: { ...tagged, 'content-range': `bytes ${range}/10` },
  })

  it('[HCA29] answers ranges from a stored whole', async () => {
    stage.origin({ body: '0123456789', fields: tagged })
    await stage.get()
    const answer = await stage.get('/a', { range: 'bytes=2-4' })
    expect([answer.status, answer.body, answer.cacheStatus]).toEqual([206, '234', 'onrush-mem; hit; ttl=60'])
  })

  it('[HCA30] passes a range on, stores the part, and answers from it', async () => {
    stage.origin(part('2-6', '23456'))
    await stage.get('/a', { range: 'bytes=2-6' })
    expect(stage.asked[0]?.get('range')).toBe('bytes=2-6')
    expect((await stage.get('/a', { range: 'bytes=3-4' })).body).toBe('34')
    expect(stage.asked).toHaveLength(1)
  })

  it('[HCA30] makes one of parts that fit, and the whole of all of them', async () => {
    stage.origin(part('0-4', '01234'), part('5-9', '56789'))
    await stage.get('/a', { range: 'bytes=0-4' })
    const second = await stage.get('/a', { range: 'bytes=5-9' })
    expect([second.status, second.body]).toEqual([206, '56789'])
    const whole = await stage.get()
    expect([whole.status, whole.body, whole.headers.get('content-range')]).toEqual([200, '0123456789', null])
    expect(stage.asked).toHaveLength(2)
  })

  it('[HCA30] asks only for the rest of a stored beginning', async () => {
    stage.origin(part('0-4', '01234'), part('5-9', '56789'))
    await stage.get('/a', { range: 'bytes=0-4' })
    const whole = await stage.get()
    expect([whole.status, whole.body, whole.headers.get('content-length')]).toEqual([200, '0123456789', '10'])
    expect([stage.asked[1]?.get('range'), stage.asked[1]?.get('if-range')]).toEqual(['bytes=5-', '"a"'])
    expect((await stage.get()).cacheStatus).toBe('onrush-mem; hit; ttl=60')
  })

  it('[HCA30] trusts a date for a rest where there is no tag', async () => {
    const changed = writeHttpDate(NOON - 5000)
    const by = (range: string, body: string) => ({
      status: 206,
      body,
      fields: { ...minute, 'last-modified': changed, 'content-range': `bytes ${range}/10` },
    })
    stage.origin(by('0-4', '01234'), by('5-9', '56789'))
    await stage.get('/a', { range: 'bytes=0-4' })
    expect((await stage.get()).body).toBe('0123456789')
    expect(stage.asked[1]?.get('if-range')).toBe(changed)
  })

  it('[HCA30] asks for the whole when there is no rest', async () => {
    stage.origin(part('0-4', '01234'), { status: 416, body: '' }, { body: 'short', fields: tagged })
    await stage.get('/a', { range: 'bytes=0-4' })
    expect(await stage.get()).toMatchObject({ status: 200, body: 'short' })
  })

  it('[HCA30] takes the whole when the beginning is of another thing by now', async () => {
    stage.origin(part('0-4', '01234'), { body: 'abcdefghij', fields: { ...tagged, etag: '"b"' } })
    await stage.get('/a', { range: 'bytes=0-4' })
    expect((await stage.get()).body).toBe('abcdefghij')
  })
})

it('[HCA13] counts from the origin’s own Date', async () => {
  stage.origin({ fields: { ...minute, date: writeHttpDate(NOON - 50_000) } })
  await stage.get()
  stage.later(10)
  expect((await read(await stage.open('GET'))).cacheStatus).toContain('fwd=stale')
})
