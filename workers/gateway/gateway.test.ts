/** The gateway on the real runtime, between a raw client and an origin in Node. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ask, Origin, startGateway, type Gateway } from './testing/start.ts'

const origin = new Origin()
let gateway: Gateway
let paths = 0

beforeAll(async () => {
  gateway = await startGateway({ ORIGIN_URL: await origin.start() })
})
afterAll(async () => {
  await gateway?.stop()
  await origin.stop()
})
beforeEach(() => {
  origin.seen.length = 0
})

const fresh = (): string => `${gateway.url}/test/${(paths += 1)}`

describe('what goes to the origin', () => {
  it('[ORG1] forwards every method, path, query, body and unknown field as it came', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'PURGE']) {
      await ask(`${fresh()}/%C3%A4//b?x=1&y=%20`, {
        method,
        headers: { 'x-mine': 'a, "b"', cookie: 'a=1', 'content-length': '5' },
        body: 'bytes',
      })
      const { method: came, url, headers, body } = origin.seen.at(-1)!
      expect([came, url, headers['x-mine'], headers.cookie, body]).toEqual([
        method,
        `/test/${paths}/%C3%A4//b?x=1&y=%20`,
        'a, "b"',
        'a=1',
        'bytes',
      ])
    }
  })

  it('[ORG2] says itself who asked for what, whatever the visitor claims', async () => {
    const claims = {
      forwarded: 'for=evil',
      'x-forwarded-for': '6.6.6.6',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      'x-real-ip': '6.6.6.6',
      'cf-connecting-ip': '6.6.6.6',
    }
    await ask(fresh(), { headers: claims })
    const { headers } = origin.seen[0]!
    const host = new URL(gateway.url).host
    expect(JSON.stringify(headers)).not.toMatch(/evil|6\.6\.6\.6/)
    expect(headers['forwarded']).toBe(`for=127.0.0.1;host="${host}";proto=http`)
    expect(headers['x-forwarded-host']).toBe(host)
    expect([headers['via'], headers['cdn-loop']]).toEqual(['1.1 onrush', 'onrush'])
  })

  it('[ORG2] passes on nothing that ends at this hop, in either direction', async () => {
    origin.script = (_seen, answer) => {
      answer.writeHead(200, { connection: 'close, x-hop', 'x-hop': '1', 'proxy-authenticate': 'x', 'x-stays': '1' })
      answer.end()
    }
    const { headers } = await ask(fresh(), { headers: { connection: 'x-mine', 'x-mine': '1', te: 'trailers' } })
    expect(Object.keys(origin.seen[0]!.headers)).not.toEqual(expect.arrayContaining(['x-mine']))
    expect(origin.seen[0]!.headers['te']).toBeUndefined()
    expect([headers['x-hop'], headers['proxy-authenticate'], headers['x-stays']]).toEqual([undefined, undefined, '1'])
  })

  it('[ORG3] breaks a loop', async () => {
    const { status, headers } = await ask(fresh(), { headers: { 'cdn-loop': 'other; a=1, onrush' } })
    expect([status, headers['proxy-status']]).toEqual([508, 'onrush; error=proxy_loop_detected'])
    expect(origin.seen).toHaveLength(0)
  })

  it('[ORG4] keeps what Onrush answers itself', async () => {
    for (const path of ['/drops/spring', '/api/v1/products', '/console', '/health', '/metrics', '/checkout']) {
      expect((await ask(`${gateway.url}${path}`)).body.toString()).toBe('Onrush itself')
    }
    expect(origin.seen).toHaveLength(0)
  })
})

describe('what comes back', () => {
  it('[ORG5] passes redirects, unusual statuses and cookies on as they are', async () => {
    origin.script = (_seen, answer) => {
      answer.writeHead(302, { location: '/there', 'set-cookie': ['a=1; Expires=Sat, 21 Nov 2026 12:00:00 GMT', 'b=2'] })
      answer.end()
    }
    const moved = await ask(fresh())
    expect([moved.status, moved.headers.location, moved.headers['set-cookie']?.length]).toEqual([302, '/there', 2])
    origin.script = (_seen, answer) => void answer.writeHead(499, 'Odd').end('odd')
    expect((await ask(fresh())).status).toBe(499)
  })

  it('[ORG5] hands encoded bytes on as they are, from the origin and from the store', async () => {
    const bytes = gzipSync('hello'.repeat(50))
    origin.script = (_seen, answer) => {
      answer.writeHead(200, { 'content-encoding': 'gzip', 'cache-control': 'max-age=60', etag: '"g"' })
      answer.end(bytes)
    }
    const url = fresh()
    for (const _ of [1, 2]) {
      const { body, headers } = await ask(url, { headers: { 'accept-encoding': 'gzip' } })
      expect([body.equals(bytes), headers['content-encoding']]).toEqual([true, 'gzip'])
    }
    expect(origin.seen).toHaveLength(1)
  })

  it('[HCA45] keeps one copy for the queries that the origin calls the same, until it takes its word back', async () => {
    let says = 'params=("utm")'
    origin.script = (_seen, answer) => {
      const cacheable = { 'cache-control': 'max-age=60', 'content-type': 'text/plain' }
      answer.writeHead(200, says === '' ? cacheable : { ...cacheable, 'no-vary-search': says })
      answer.end('a page')
    }
    const page = fresh()
    const asks = async (...queries: string[]): Promise<number> => {
      const before = origin.seen.length
      for (const query of queries) await ask(`${page}${query}`)
      return origin.seen.length - before
    }
    expect(await asks('?utm=1', '?utm=2', '?utm=3', '')).toBe(1)
    expect(await asks('?x=1&utm=1', '?utm=2&x=1')).toBe(1)
    await ask(page, { method: 'POST' })
    says = ''
    // What it had said is no longer so for anything that is stored from now on.
    expect(await asks('?utm=1')).toBe(1)
    expect(await asks('?utm=1', '?utm=2', '?utm=2')).toBe(1)
  })

  it('[ORG5] survives early hints', async () => {
    origin.script = (_seen, answer) => {
      answer.writeEarlyHints({ link: '</style.css>; rel=preload' })
      answer.end('after the hint')
    }
    expect((await ask(fresh())).body.toString()).toBe('after the hint')
  })

  it('[ORG5] streams: what the origin has said is heard before it is done', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    origin.script = async (_seen, answer) => {
      answer.write('first')
      await promise
      answer.end('last')
    }
    const answer = await new Promise<http.IncomingMessage>((heard) => http.get(fresh(), { agent: false }, heard))
    const [first] = (await once(answer, 'data')) as [Buffer]
    expect(first.toString()).toBe('first')
    resolve()
    expect(((await once(answer, 'data')) as [Buffer])[0].toString()).toBe('last')
  })

  it('[ORG5] breaks off where the origin broke off, and keeps nothing of it', async () => {
    origin.script = (_seen, answer) => {
      answer.writeHead(200, { 'cache-control': 'max-age=60', 'content-length': '200000' })
      answer.write('x'.repeat(100_000), () => answer.destroy())
    }
    const url = fresh()
    expect((await ask(url)).isWhole).toBe(false)
    origin.script = (_seen, answer) => void answer.end('whole')
    expect((await ask(url)).body.toString()).toBe('whole')
  })

  it('[ORG5] answers HEAD and 304 with the fields and without a body', async () => {
    origin.script = (_seen, answer) => {
      answer.writeHead(200, { 'cache-control': 'max-age=60', etag: '"a"', 'content-length': '5' })
      answer.end('hello')
    }
    const url = fresh()
    const first = await ask(url)
    expect([first.body.toString(), first.headers['content-length']]).toEqual(['hello', '5'])
    const head = await ask(url, { method: 'HEAD' })
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, '5', 0])
    expect((await ask(url, { headers: { 'if-none-match': '"a"' } })).status).toBe(304)
    expect((await ask(url, { headers: { range: 'bytes=1-2' } })).body.toString()).toBe('el')
    expect(origin.seen).toHaveLength(1)
  })

  it('[ORG6] passes a WebSocket through', async () => {
    origin.server.once('upgrade', (request: http.IncomingMessage, socket) => {
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n' +
          `sec-websocket-accept: ${acceptFor(request.headers['sec-websocket-key'] ?? '')}\r\n\r\n`,
      )
      socket.write(Buffer.from([0x81, 2, 0x68, 0x69])) // one text frame: "hi"
      socket.end()
    })
    const socket = new WebSocket(fresh().replace('http', 'ws'))
    const said = new Promise((resolve) => socket.addEventListener('message', ({ data }) => resolve(data)))
    expect(await said).toBe('hi')
    socket.close()
  })

  it('[ORG7] tells that the origin is away, and nobody keeps that', async () => {
    const away = await startGateway({ ORIGIN_URL: 'http://127.0.0.1:1', ORIGIN_TAKES: 'everything' })
    try {
      const { status, headers } = await ask(`${away.url}/drops/spring`)
      expect([status, headers['cache-control'], headers['proxy-status']]).toEqual([
        502,
        'no-store',
        'onrush; error=destination_unavailable',
      ])
    } finally {
      await away.stop()
    }
  })
})

const acceptFor = (key: string): string =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
