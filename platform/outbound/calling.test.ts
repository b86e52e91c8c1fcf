import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { ANSWER_BYTES_READ, call, retryAfterOf, type Call, type CallEnd, type CallParts } from './calling.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`
}

const AT_HOME: CallParts = { isAtHome: true, ownHosts: [], fetch: (request) => fetch(request), now: Date.now }
const calls = (url: string, more: Partial<Call> = {}, parts = AT_HOME): Promise<CallEnd> =>
  call(
    { url, method: 'POST', headers: {}, body: '{}', timeoutMs: 20_000, signal: new AbortController().signal, ...more },
    parts,
  )

describe('a call to a merchant’s server', () => {
  it('[JHN5] follows no redirect, wherever it leads', async () => {
    let visits = 0
    const inside = await serve((_, response) => {
      visits += 1
      response.end('secret')
    })
    const url = await serve((_, response) => response.writeHead(302, { location: inside }).end())
    expect(await calls(url)).toMatchObject({ kind: 'answered', status: 302 })
    expect(visits).toBe(0)
  })

  it('[JHN5] is not made where the address is not one we call', async () => {
    const never = { ...AT_HOME, isAtHome: false, fetch: () => Promise.reject(new Error('was called')) }
    expect(await calls('https://[::ffff:169.254.169.254]/', {}, never)).toMatchObject({ kind: 'not_called' })
  })

  it('[JHN5] reads no more of an answer than it must, however much there is', async () => {
    const url = await serve((_, response) => {
      const more = (): void => {
        while (response.write('x'.repeat(10_000)));
        response.once('drain', more)
      }
      more()
    })
    const end = await calls(url)
    expect(end).toMatchObject({ kind: 'answered', isCut: true })
    expect(end.kind === 'answered' && end.text.length).toBe(ANSWER_BYTES_READ)
  })

  it('[JHN5] ends when its time is over, when it is told to, and when nobody is there', async () => {
    const url = await serve(() => undefined)
    expect(await calls(url, { timeoutMs: 30 })).toEqual({ kind: 'no_answer', why: 'No answer within 30 ms.' })
    expect(await calls(url, { signal: AbortSignal.abort() })).toMatchObject({ kind: 'no_answer' })
    expect(await calls('http://127.0.0.1:1/')).toMatchObject({ kind: 'no_answer' })
  })

  it('[JHN6] understands Retry-After in seconds and as an instant, and believes nobody who says a year', () => {
    const now = Date.parse('2026-11-20T10:00:00Z')
    expect(retryAfterOf('120', now)).toBe(120_000)
    expect(retryAfterOf('Fri, 20 Nov 2026 10:00:30 GMT', now)).toBe(30_000)
    expect(retryAfterOf('Fri, 20 Nov 2026 09:00:00 GMT', now)).toBe(0)
    expect(retryAfterOf('31536000', now)).toBe(24 * 3_600_000)
    expect(retryAfterOf('soon', now)).toBeNull()
    expect(retryAfterOf(null, now)).toBeNull()
  })
})
