/**
 * The Worker the shims are tried with: it does to its bindings what a test asks for, and writes down in a Durable Object
 * what its queue and its clock were given. Plain JavaScript, because it runs as it lies here.
 */
import { DurableObject } from 'cloudflare:workers'

export class Notebook extends DurableObject {
  #bookmark = 0

  constructor(state, env) {
    super(state, env)
    state.storage.sql.exec('CREATE TABLE IF NOT EXISTS lines (n INTEGER PRIMARY KEY, line TEXT)')
  }

  /** Known to its memory only. */
  turnPage() {
    return ++this.#bookmark
  }

  write(line) {
    this.ctx.storage.sql.exec('INSERT INTO lines (line) VALUES (?)', JSON.stringify(line))
  }

  read() {
    const rows = this.ctx.storage.sql.exec('SELECT line FROM lines ORDER BY n').toArray()
    return rows.map(({ line }) => JSON.parse(line))
  }

  async wakeIn(ms) {
    await this.ctx.storage.setAlarm(Date.now() + ms)
  }

  alarm() {
    this.write('woke')
  }
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url)
    if (pathname === '/cf') {
      return Response.json({ cf: request.cf, ip: request.headers.get('cf-connecting-ip') })
    }
    if (pathname === '/env') return Response.json({ text: env.TEXT, list: env.LIST, secret: env.SECRET })
    if (pathname !== '/do') return new Response('from the Worker')
    const { on, verb, args } = await request.json()
    try {
      const target = on === 'NOTEBOOK' ? env.NOTEBOOK.getByName('only') : on === 'CACHE' ? cache : env[on]
      return Response.json({ said: await plain(await target[verb](...args)) })
    } catch (cause) {
      return Response.json({ threw: String(cause) })
    }
  },

  async queue(batch, env) {
    const notebook = env.NOTEBOOK.getByName('only')
    await notebook.write({
      queue: batch.queue,
      messages: batch.messages.map(({ id, body, attempts }) => ({ id, body, attempts })),
    })
    for (const message of batch.messages) {
      if (message.body.fate === 'retry' && message.attempts <= message.body.times) {
        message.retry({ delaySeconds: message.body.delaySeconds ?? 0 })
      }
      if (message.body.fate === 'ack then throw') message.ack()
      if (message.body.fate === 'hang' && message.attempts === 1) await scheduler.wait(60_000)
    }
    if (batch.messages.some(({ body, attempts }) => body.fate?.endsWith('throw') && attempts === 1)) {
      throw new Error('as the test asked')
    }
  },

  async scheduled(event, env) {
    await env.NOTEBOOK.getByName('only').write({ cron: event.cron })
  },
}

const cache = {
  put: (url, body, headers, status = 200) => caches.default.put(url, new Response(body, { status, headers })),
  async match(url, headers = {}) {
    const found = await caches.default.match(new Request(url, { headers }))
    if (found === undefined) return null
    return { status: found.status, body: await found.text(), headers: Object.fromEntries(found.headers) }
  },
  delete: (url) => caches.default.delete(url),
}

/** R2 objects, streams and Maps as JSON. */
async function plain(value) {
  if (value instanceof Map) return Object.fromEntries(value)
  if (value === undefined || value === null || typeof value !== 'object') return value ?? null
  if (Array.isArray(value.objects)) return { ...value, objects: await Promise.all(value.objects.map(plain)) }
  if (!('httpEtag' in value)) return value
  const { key, size, etag, httpEtag, httpMetadata, customMetadata, range, checksums } = value
  const body = 'body' in value ? await value.text() : undefined
  return { key, size, etag, httpEtag, httpMetadata, customMetadata, range, checksums: checksums.toJSON(), body }
}
