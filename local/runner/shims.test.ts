/** Each shim through a real workerd binding: what the product's Worker would see. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nextRun } from './shims/schedule.ts'
import { deliveriesOf, TinyShop } from './testing/tiny-shop.ts'

let shop: TinyShop
beforeAll(async () => {
  shop = await TinyShop.open()
})
afterAll(() => shop.close())

describe('bindings', () => {
  it('[RUN2] hands the Worker its vars as written and its secrets from the environment only', async () => {
    const env = await (await shop.fetch('/env')).json()
    expect(env).toEqual({
      text: 'one "quoted" word, ünï, \\ and\na line',
      list: [1, 2],
      secret: 'not in any file',
    })
    expect(await readFile(join(shop.folder, 'worker/run/front.capnp'), 'utf8')).not.toContain('not in any file')
  })

  it('[RUN3] gives every request a place and an address, which a test may name', async () => {
    const here = await (await shop.fetch('/cf')).json()
    expect(here).toMatchObject({ cf: { country: 'DE' }, ip: '127.0.0.1' })
    const named = { 'onrush-local-cf': '{"country":"PL"}', 'onrush-local-ip': '203.0.113.7' }
    const there = await (await shop.fetch('/cf', { headers: named })).json()
    expect(there).toMatchObject({ cf: { country: 'PL', colo: 'LOC' }, ip: '203.0.113.7' })
    const forged = await (await shop.fetch('/cf', { headers: { 'cf-connecting-ip': '1' } })).json()
    expect(forged).toEqual(here)
  })
})

describe('assets', () => {
  it('[RUN4] answers a path of public/ before the Worker, with its type, ETag and headers', async () => {
    const css = await shop.fetch('/assets/shop.css?v=1')
    expect(await css.text()).toBe('body { color: green }\n')
    expect(css.headers.get('content-type')).toBe('text/css; charset=utf-8')
    expect(css.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    const etag = css.headers.get('etag') ?? ''
    const again = await shop.fetch('/assets/shop.css', { headers: { 'if-none-match': etag } })
    expect([again.status, await again.text()]).toEqual([304, ''])
  })

  it('[RUN4] leaves every other path, and every other method, to the Worker', async () => {
    expect(await (await shop.fetch('/assets/none.css')).text()).toBe('from the Worker')
    expect(await (await shop.fetch('/_headers')).text()).toBe('from the Worker')
    expect(await (await shop.fetch('/assets/shop.css', { method: 'POST' })).text()).toBe('from the Worker')
  })

  it('[RUN4] serves a folder by its index page and redirects to the address with the slash', async () => {
    const bare = await shop.fetch('/help', { redirect: 'manual' })
    expect([bare.status, bare.headers.get('location')]).toEqual([307, '/help/'])
    expect(await (await shop.fetch('/help/')).text()).toBe('<h1>Help</h1>\n')
  })
})

describe('KV', () => {
  it('[RUN5] keeps values with their metadata, lists them by prefix in pages, and forgets the deleted', async () => {
    for (const n of [1, 2, 3]) await shop.on('KV', 'put', `shelf/${n}é %2F?`, `value ${n}`, { metadata: { n } })
    await shop.on('KV', 'put', 'other', 'elsewhere')
    expect(await shop.on('KV', 'getWithMetadata', 'shelf/2é %2F?')).toMatchObject({
      value: 'value 2',
      metadata: { n: 2 },
    })
    const first = await shop.on<{ cursor: string }>('KV', 'list', { prefix: 'shelf/', limit: 2 })
    expect(first).toMatchObject({
      keys: [{ name: 'shelf/1é %2F?', metadata: { n: 1 } }, { name: 'shelf/2é %2F?' }],
      list_complete: false,
    })
    const { cursor } = first
    const rest = await shop.on('KV', 'list', { prefix: 'shelf/', limit: 2, cursor })
    expect(rest).toMatchObject({ keys: [{ name: 'shelf/3é %2F?' }], list_complete: true })
    await shop.on('KV', 'delete', 'other')
    expect(await shop.on('KV', 'get', 'other')).toBeNull()
    expect(await shop.on('KV', 'get', ['shelf/1é %2F?', 'other'])).toEqual({ 'shelf/1é %2F?': 'value 1', other: null })
  })

  it('[RUN5] keeps the platform’s bounds: 60 seconds of life at least, 512 bytes of key at most', async () => {
    await shop.on('KV', 'put', 'short', 'v', { expirationTtl: 60 })
    const listed = await shop.on<{ keys: { expiration: number }[] }>('KV', 'list', { prefix: 'short' })
    expect((listed.keys[0]?.expiration ?? 0) - Date.now() / 1000).toBeCloseTo(60, -1)
    await expect(shop.on('KV', 'put', 'short', 'v', { expirationTtl: 59 })).rejects.toThrow('400')
    await expect(shop.on('KV', 'put', 'k'.repeat(513), 'v')).rejects.toThrow('414')
  })
})

describe('Queues', () => {
  it('[RUN6] delivers what was sent, once, in batches no larger than configured', async () => {
    const names = ['a', 'b', 'c', 'd'].map((letter) => `plain ${letter}`)
    await shop.on(
      'JOBS',
      'sendBatch',
      names.map((name) => ({ body: { name } })),
    )
    const notes = await shop.notes((seen) => names.every((name) => deliveriesOf(seen, name).length > 0))
    expect(names.map((name) => deliveriesOf(notes, name))).toEqual(names.map(() => ['jobs 1']))
    const sizes = notes.map((note) => (typeof note === 'object' && 'messages' in note ? note.messages.length : 0))
    expect(Math.max(...sizes)).toBeLessThanOrEqual(3)
  })

  it('[RUN6] gathers a batch until its time-out', async () => {
    await shop.on('PATIENT', 'send', { name: 'first' })
    await shop.on('PATIENT', 'send', { name: 'second' })
    const notes = await shop.notes((seen) => deliveriesOf(seen, 'second').length > 0)
    const batch = notes.find((note) => typeof note === 'object' && 'queue' in note && note.queue === 'patient')
    expect(batch).toMatchObject({ messages: [{ body: { name: 'first' } }, { body: { name: 'second' } }] })
  })

  it('[RUN6] delivers again what asked for it, after the delay it asked for', async () => {
    const before = performance.now()
    await shop.on('JOBS', 'send', { name: 'again', fate: 'retry', times: 1, delaySeconds: 1 })
    const notes = await shop.notes((seen) => deliveriesOf(seen, 'again').length === 2)
    expect(deliveriesOf(notes, 'again')).toEqual(['jobs 1', 'jobs 2'])
    expect(performance.now() - before).toBeGreaterThan(990)
  })

  it('[RUN6] repeats a batch that threw, except what it had acknowledged', async () => {
    const [kept, thrown] = ['acknowledged', 'thrown']
    await shop.on('JOBS', 'sendBatch', [
      { body: { name: kept, fate: 'ack then throw' } },
      { body: { name: thrown, fate: 'throw' } },
    ])
    const notes = await shop.notes((seen) => deliveriesOf(seen, thrown).length === 2)
    expect([deliveriesOf(notes, kept), deliveriesOf(notes, thrown)]).toEqual([['jobs 1'], ['jobs 1', 'jobs 2']])
  })

  it('[RUN6] keeps its messages while it is told to hold them, and delivers them afterwards', async () => {
    await shop.workerd.control('POST', '/queues/hold')
    await shop.on('JOBS', 'send', { name: 'held' })
    const waiting: Record<string, { messages: number; in_flight: number }> = await shop.workerd.control(
      'GET',
      '/queues',
    )
    expect(waiting.jobs).toEqual({ messages: 1, in_flight: 0 })
    await shop.workerd.control('POST', '/queues/deliver')
    await shop.notes((notes) => deliveriesOf(notes, 'held').length === 1)
  })

  it('[RUN6] gives up after the configured retries and puts the message on the dead-letter queue', async () => {
    await shop.on('JOBS', 'send', { name: 'hopeless', fate: 'retry', times: 9 })
    const notes = await shop.notes((seen) => deliveriesOf(seen, 'hopeless').includes('dead 1'))
    expect(deliveriesOf(notes, 'hopeless').slice(0, 4)).toEqual(['jobs 1', 'jobs 2', 'jobs 3', 'dead 1'])
  })

  it('[RUN6] holds a message back as long as its producer says', async () => {
    const before = performance.now()
    await shop.on('SLOW', 'send', { name: 'later' })
    await shop.on('SLOW', 'send', { name: 'now' }, { delaySeconds: 0 })
    const notes = await shop.notes((seen) => deliveriesOf(seen, 'later').length === 1)
    expect(performance.now() - before).toBeGreaterThan(990)
    const order = notes.flatMap((note) =>
      typeof note === 'object' && 'messages' in note ? note.messages.map(({ body }) => body.name) : [],
    )
    expect(order.indexOf('now')).toBeLessThan(order.indexOf('later'))
  })

  it('[RUN6] refuses a message above 128,000 bytes', async () => {
    await expect(shop.on('JOBS', 'send', { name: 'x'.repeat(128_000) })).rejects.toThrow('15000')
  })
})

describe('the Cache API', () => {
  const page = 'http://shop.example/page'

  it('[RUN7] returns what was put for its lifetime, answers 304, and forgets when told', async () => {
    await shop.on('CACHE', 'put', page, 'hello', { 'cache-control': 's-maxage=60', etag: '"1"', 'x-of': 'test' })
    expect(await shop.on('CACHE', 'match', page)).toMatchObject({
      status: 200,
      body: 'hello',
      headers: { 'x-of': 'test' },
    })
    expect(await shop.on('CACHE', 'match', page, { 'if-none-match': '"1"' })).toMatchObject({ status: 304 })
    expect(await shop.on('CACHE', 'match', page, { range: 'bytes=1-2' })).toMatchObject({ status: 206, body: 'el' })
    expect(await shop.on('CACHE', 'delete', page)).toBe(true)
    expect(await shop.on('CACHE', 'match', page)).toBeNull()
    expect(await shop.on('CACHE', 'delete', page)).toBe(false)
  })

  it.each([
    { 'cache-control': 'no-store' },
    { 'cache-control': 'private, max-age=60' },
    { 'cache-control': 'max-age=0' },
    { 'cache-control': 'max-age=60', 'set-cookie': 'a=b' },
    {},
  ])('[RUN7] never stores a response that says %j', async (headers) => {
    await shop.on('CACHE', 'put', `${page}/private`, 'secret', headers).catch(() => null) // told, as by the platform
    expect(await shop.on('CACHE', 'match', `${page}/private`)).toBeNull()
  })
})

describe('R2', () => {
  it('[RUN8] keeps an object with its metadata and checksums, whole or in part', async () => {
    const put = await shop.on<{ etag: string }>('BUCKET', 'put', 'receipts/1.pdf', 'twelve bytes', {
      httpMetadata: { contentType: 'application/pdf' },
      customMetadata: { order: 'ord_1' },
    })
    expect(put).toMatchObject({ key: 'receipts/1.pdf', size: 12, customMetadata: { order: 'ord_1' } })
    const got = await shop.on('BUCKET', 'get', 'receipts/1.pdf')
    expect(got).toMatchObject({
      body: 'twelve bytes',
      httpMetadata: { contentType: 'application/pdf' },
      customMetadata: { order: 'ord_1' },
      etag: put.etag,
    })
    expect(await shop.on('BUCKET', 'get', 'receipts/1.pdf', { range: { offset: 7, length: 3 } })).toMatchObject({
      body: 'byt',
      range: { offset: 7, length: 3 },
    })
    expect(await shop.on('BUCKET', 'head', 'receipts/1.pdf')).not.toHaveProperty('body')
    expect(await shop.on('BUCKET', 'get', 'receipts/none.pdf')).toBeNull()
  })

  it('[RUN8] writes only if the pre-condition holds, and reads without a body if it does not', async () => {
    const once = { onlyIf: { etagDoesNotMatch: '*' } }
    expect(await shop.on('BUCKET', 'put', 'once', 'first', once)).toMatchObject({ size: 5 })
    expect(await shop.on('BUCKET', 'put', 'once', 'second', once)).toBeNull()
    const { etag } = await shop.on<{ etag: string }>('BUCKET', 'head', 'once')
    expect(await shop.on('BUCKET', 'put', 'once', 'third', { onlyIf: { etagMatches: 'stale' } })).toBeNull()
    expect(await shop.on('BUCKET', 'put', 'once', 'third', { onlyIf: { etagMatches: etag } })).toMatchObject({
      size: 5,
    })
    const unread = await shop.on('BUCKET', 'get', 'once', { onlyIf: { etagMatches: etag } })
    expect(unread).toMatchObject({ key: 'once', size: 5 })
    expect(unread).not.toHaveProperty('body')
  })

  it('[RUN8] refuses bytes that do not match their checksum', async () => {
    const wrong = { sha256: '0'.repeat(64) }
    await expect(shop.on('BUCKET', 'put', 'broken', 'bytes', wrong)).rejects.toThrow('10037')
    expect(await shop.on('BUCKET', 'head', 'broken')).toBeNull()
  })

  it('[RUN8] lists by prefix, folder by folder and in pages, and deletes several at once', async () => {
    for (const key of ['list/a', 'list/b/1', 'list/b/2', 'list/c']) await shop.on('BUCKET', 'put', key, key)
    const folders = await shop.on('BUCKET', 'list', { prefix: 'list/', delimiter: '/' })
    expect(folders).toMatchObject({ delimitedPrefixes: ['list/b/'], objects: [{ key: 'list/a' }, { key: 'list/c' }] })
    const first = await shop.on<{ cursor: string }>('BUCKET', 'list', { prefix: 'list/', limit: 3 })
    expect(first).toMatchObject({ truncated: true, objects: [{}, {}, { key: 'list/b/2' }] })
    const rest = await shop.on('BUCKET', 'list', { prefix: 'list/', limit: 3, cursor: first.cursor })
    expect(rest).toMatchObject({ truncated: false, objects: [{ key: 'list/c' }] })
    await shop.on('BUCKET', 'delete', ['list/a', 'list/c'])
    expect(await shop.on('BUCKET', 'list', { prefix: 'list/' })).toMatchObject({
      objects: [{ key: 'list/b/1' }, { key: 'list/b/2' }],
    })
  })
})

describe('e-mail', () => {
  it('[RUN9] writes a letter down with its text, its page and its attachments, and names it', async () => {
    const sent = await shop.on('MAIL', 'send', {
      from: { email: 'orders@shop.example', name: 'The shop' },
      to: 'ana@example.com',
      subject: 'Your order',
      text: 'Thank you.',
      html: '<p>Thank you.</p>',
      attachments: [
        { filename: 'receipt.pdf', type: 'application/pdf', content: btoa('%PDF'), disposition: 'attachment' },
      ],
    })
    expect(sent).toMatchObject({ messageId: expect.stringContaining('@shop.example>') })
    const files = (await readdir(shop.mailDir)).toSorted()
    const letter = JSON.parse(await readFile(join(shop.mailDir, files.find((f) => f.endsWith('.json')) ?? ''), 'utf8'))
    expect(letter).toMatchObject({ to: 'ana@example.com', subject: 'Your order', text: 'Thank you.' })
    expect(await readFile(join(shop.mailDir, letter.attachments[0].file), 'utf8')).toBe('%PDF')
    expect(files.filter((file) => /\.(txt|html)$/.test(file))).toHaveLength(2)
  })

  it('[RUN9] refuses a letter to nobody, as the platform would', async () => {
    await expect(shop.on('MAIL', 'send', { from: 'a@b.c', to: [], subject: 's', text: 't' })).rejects.toThrow(
      'recipients',
    )
  })
})

describe('the clock', () => {
  it.each([
    ['*/10 * * * *', '2026-11-20T10:00:00Z', '2026-11-20T10:10:00.000Z'],
    ['*/10 * * * *', '2026-11-20T23:59:59Z', '2026-11-21T00:00:00.000Z'],
    ['5,35 8-9 * * *', '2026-11-20T09:35:00Z', '2026-11-21T08:05:00.000Z'],
    ['0 0 1 */3 *', '2026-11-20T10:00:00Z', '2027-01-01T00:00:00.000Z'],
    ['0 12 * * 1', '2026-11-20T10:00:00Z', '2026-11-22T12:00:00.000Z'], // 1 is Sunday, as the platform counts
  ])('[RUN10] is next due, by %s after %s, at %s', (cron, now, next) => {
    expect(new Date(nextRun([cron], Date.parse(now)) ?? 0).toISOString()).toBe(next)
  })

  it('[RUN10] runs a cron trigger when asked, with its expression', async () => {
    expect(await shop.workerd.control('POST', '/cron')).toEqual({ '*/10 * * * *': 'ok' })
    const notes = await shop.notes((seen) => seen.some((note) => typeof note === 'object' && 'cron' in note))
    expect(notes).toContainEqual({ cron: '*/10 * * * *' })
  })
})

describe('a runtime that is killed', () => {
  it('[RUN11] starts again on its port and has lost nothing written: rows, alarms, messages, documents', async () => {
    await shop.on('KV', 'put', 'survivor', 'still here')
    await shop.on('NOTEBOOK', 'wakeIn', 300)
    await shop.on('SLOW', 'send', { name: 'in the air' })
    await shop.on('JOBS', 'send', { name: 'in hand', fate: 'hang' })
    await shop.notes((notes) => deliveriesOf(notes, 'in hand').length === 1)
    const before = shop.workerd.pids
    await shop.workerd.kill()
    expect(before.filter((pid) => shop.workerd.pids.includes(pid))).toEqual([])
    expect(await shop.on('KV', 'get', 'survivor')).toBe('still here')
    expect(await shop.on('BUCKET', 'head', 'receipts/1.pdf')).toMatchObject({ size: 12 })
    const after = await shop.notes(
      (notes) =>
        notes.includes('woke') &&
        deliveriesOf(notes, 'in the air').length > 0 &&
        deliveriesOf(notes, 'in hand').length > 1,
    )
    expect(deliveriesOf(after, 'in hand')).toEqual(['jobs 1', 'jobs 1']) // it never heard of the first one
  })
})

describe('the objects’ process', () => {
  it('[RUN17] is missed by nobody who needs no object, and found again when it is back', async () => {
    await shop.on('NOTEBOOK', 'write', 'before')
    const killed = shop.workerd.killObjects()
    const { url } = await shop.fetch('/cf')
    expect(url).toContain('/cf')
    await killed
    expect(await shop.on('NOTEBOOK', 'read')).toContain('before')
    expect(await shop.on('KV', 'get', 'survivor')).toBe('still here')
  })
})

describe('an object', () => {
  it('[RUN15] forgets what it remembered when it is aborted, and nothing it wrote', async () => {
    const lines = await shop.on<unknown[]>('NOTEBOOK', 'read')
    await shop.on('NOTEBOOK', 'write', 'kept')
    await shop.on('NOTEBOOK', 'turnPage')
    expect(await shop.on('NOTEBOOK', 'turnPage')).toBe(2)
    await shop.workerd.control('POST', '/objects/abort?binding=NOTEBOOK&name=only')
    expect(await shop.on('NOTEBOOK', 'turnPage')).toBe(1)
    expect(await shop.on('NOTEBOOK', 'read')).toEqual([...lines, 'kept'])
  })

  it('[RUN15] is listed by its binding and its name once it has lived', async () => {
    await shop.on('NOTEBOOK', 'read')
    expect(await shop.workerd.control('GET', '/objects')).toEqual([
      { binding: 'NOTEBOOK', name: 'only', id: expect.any(String) },
    ])
  })

  it('[RUN15] is out of a visitor’s reach: only the control door aborts', async () => {
    const asked = await shop.fetch('/objects/abort?binding=NOTEBOOK&name=only', { method: 'POST' })
    expect(await asked.text()).toBe('from the Worker')
    await expect(shop.workerd.control('POST', '/objects/abort?binding=NONE&name=only')).rejects.toThrow('500')
  })
})
