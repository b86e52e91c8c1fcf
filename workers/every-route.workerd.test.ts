/** What holds for every route there is, asked of every route there is: none can be forgotten. */
import { beforeAll, describe, expect, it } from 'vitest'
import { app } from './app.ts'
import { BODY_BYTES_MAX, HEADER_BYTES_MAX, URI_BYTES_MAX } from './middleware/limits/index.ts'
import { openShop, type Said, type Sending, type TestShop } from './testing/shop.ts'

interface Route {
  method: string
  path: string
}

/** Every address, with something in place of its parameters that is there for nobody. */
const routes: Route[] = [
  ...new Map(
    app.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => ({ method, path: path.replaceAll(/:\w+(\{[^}]*\})?/g, 'x').replaceAll('*', 'x') }))
      .map((route) => [`${route.method} ${route.path}`, route]),
  ).values(),
]
const isAdmin = ({ path }: Route): boolean => path.startsWith('/api/v1/admin/')
/** Takes JSON, and is open to other sites where it is not the operators'. */
const isApi = ({ path }: Route): boolean => path.startsWith('/api/v1/') || path.startsWith('/ofrep/')
const changes = ({ method }: Route): boolean => method !== 'GET'

let shop: TestShop
beforeAll(async () => {
  shop = await openShop()
})

const ask = (route: Route, { headers = {}, ...sending }: Sending = {}, query = ''): Promise<Said> => {
  const who = isAdmin(route) ? shop.operator : shop.visitor()
  return who.asks(route.path + query, {
    method: route.method,
    headers: { 'idempotency-key': crypto.randomUUID(), ...headers },
    ...sending,
  })
}

describe('every route', () => {
  it('[SEC7] [SEC14] carries the headers that keep browsers from guessing, and is open to other sites or not', async () => {
    expect(routes.length).toBeGreaterThan(60)
    for (const route of routes) {
      const name = `${route.method} ${route.path}`
      const { status, headers } = await ask(route, changes(route) ? { body: {} } : {})
      expect(status, name).toBeLessThan(500)
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy, name).toContain("default-src 'none'")
      expect(policy, name).toContain("frame-ancestors 'none'")
      expect(policy, name).not.toMatch(/unsafe|\*/)
      expect(headers.get('x-content-type-options'), name).toBe('nosniff')
      expect(headers.get('referrer-policy'), name).toMatch(
        /^(no-referrer|strict-origin-when-cross-origin|same-origin)$/,
      )
      expect(headers.get('strict-transport-security'), name).toContain('max-age=31536000')
      expect(headers.get('x-request-id'), name).toBeTruthy()
      expect(headers.has('access-control-allow-credentials'), name).toBe(false)
      const isOpen = headers.get('access-control-allow-origin') === '*'
      expect(isOpen, name).toBe(isApi(route) && !isAdmin(route) && !isWebhook(route) && !isDocument(route))
      const isPage = headers.get('content-type')?.startsWith('text/html') ?? false
      expect(headers.get('cross-origin-opener-policy'), name).toBe(isPage ? 'same-origin' : null)
      expect(headers.get('permissions-policy')?.includes('camera=()') ?? false, name).toBe(isPage)
    }
  })

  it('[HTT5] refuses an address and header fields that are too large, before anything else', async () => {
    for (const route of routes) {
      const name = `${route.method} ${route.path}`
      expect((await ask(route, {}, `?x=${'y'.repeat(URI_BYTES_MAX)}`)).status, name).toBe(414)
      // An address that nobody has asked for: memory answers before anything is looked at.
      const much = { 'x-much': 'y'.repeat(HEADER_BYTES_MAX) }
      expect((await ask(route, { headers: much }, '?never=before')).status, name).toBe(431)
    }
  })

  it('[HTT5] takes no body that is too large, and no JSON that is too deep, wherever something is changed', async () => {
    const large = 'x'.repeat(BODY_BYTES_MAX + 1)
    const deep = '['.repeat(40) + ']'.repeat(40)
    for (const route of routes.filter((one) => changes(one) && !isLongByDesign(one) && !isFlag(one))) {
      const name = `${route.method} ${route.path}`
      const type = isApi(route) ? 'application/json' : 'application/x-www-form-urlencoded'
      expect((await ask(route, { raw: large, headers: { 'content-type': type } })).status, name).toBe(413)
      if (!isApi(route) || isWebhook(route)) continue
      const told = await ask(route, { raw: deep, headers: { 'content-type': type } })
      expect(told.body.code, name).toBe('json_too_deep')
    }
  })
})

const isWebhook = ({ path }: Route): boolean => path.startsWith('/api/v1/webhooks/')
const isDocument = ({ path }: Route): boolean => path === '/api/v1/openapi.json'
/** Reads no more either, and says so in its own protocol’s form. */
const isFlag = ({ path }: Route): boolean => path.startsWith('/ofrep/')
/** Whole files, and jobs with their payloads, with limits of their own (their tests say which). */
const isLongByDesign = (route: Route): boolean =>
  isWebhook(route) ||
  /^\/api\/v1\/admin\/.*(imports|invitations)/.test(route.path) ||
  /^\/api\/v1\/admin\/(jobs|jobs\/batch|dead-letters\/x\/payload)$/.test(route.path)
