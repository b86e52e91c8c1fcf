import { beforeAll, describe, expect, it } from 'vitest'
import { app } from '../app.ts'
import { openShop, type TestShop } from '../testing/shop.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- a test walks a document of any shape
type Any = any

let shop: TestShop
let document: Any
beforeAll(async () => {
  shop = await openShop()
  document = (await shop.visitor().asks('/api/v1/openapi.json')).body
})

/** Routes that are not of the API, or are the document itself. */
const APART = /^\/(?!api\/v1\/|health|metrics|ofrep)|^\/api\/v1\/openapi\.json$|^\/health$/

const operations = (): [path: string, method: string, operation: Any][] =>
  Object.entries<Any>(document.paths).flatMap(([path, item]) =>
    Object.entries<Any>(item).map(([method, operation]): [string, string, Any] => [path, method, operation]),
  )

describe('the OpenAPI document', () => {
  it('[HTT13] covers every route of the API, and names none that is not there', () => {
    const routes = app.routes
      .filter(({ method, path }) => method !== 'ALL' && !APART.test(path))
      .map(({ method, path }) => `${method.toLowerCase()} ${path.replaceAll(/:([^/]+)/g, '{$1}')}`)
    const described = operations().map(([path, method]) => `${method} ${path}`)
    expect(described.filter((one) => !one.endsWith(' /health')).sort()).toEqual([...new Set(routes)].sort())
  })

  it('[HTT13] is OpenAPI 3.1 whose every reference leads somewhere', () => {
    expect(document.openapi).toMatch(/^3\.1\./)
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, ref]) => ref!)
    expect(refs.length).toBeGreaterThan(50)
    for (const ref of refs) {
      expect(
        ref.split('/').reduce((at: Any, step) => at?.[step], document),
        ref,
      ).toBeDefined()
    }
  })

  it('[HTT13] says of every route what it does, what it takes and what it may answer', () => {
    for (const [path, method, operation] of operations()) {
      const name = `${method} ${path}`
      expect(operation.summary, name).toBeTruthy()
      expect(operation.tags, name).toHaveLength(1)
      expect(
        document.tags.map((tag: Any) => tag.name),
        name,
      ).toContain(operation.tags[0])
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter)
      const described = (operation.parameters ?? []).filter((one: Any) => one.in === 'path').map((one: Any) => one.name)
      expect(described.sort(), name).toEqual(named.sort())
      expect(
        Object.keys(operation.responses).some((status) => /^2/.test(status)),
        name,
      ).toBe(true)
      const isOperators = path.startsWith('/api/v1/admin/') || path === '/metrics'
      expect(operation.security !== undefined, name).toBe(isOperators)
      const mustName = isOperators ? ['401', '403'] : []
      expect(Object.keys(operation.responses), name).toEqual(expect.arrayContaining(mustName))
    }
  })

  it('[HTT13] knows what is said to an id that nobody can have, of every route that takes one', async () => {
    const withIds = operations().filter(([path]) => path.startsWith('/api/v1/') && path.includes('{'))
    expect(withIds.length).toBeGreaterThan(50)
    for (const [path, method, operation] of withIds) {
      const who = path.startsWith('/api/v1/admin/') ? shop.operator : shop.visitor()
      const { status } = await who.asks(path.replaceAll(/\{\w+\}/g, 'x'.repeat(300)), {
        method: method.toUpperCase(),
        headers: { 'idempotency-key': crypto.randomUUID() },
        ...(method === 'get' ? {} : { body: {} }),
      })
      expect(Object.keys(operation.responses), `${method} ${path}`).toContain(String(status))
    }
  })

  it('[HTT13] [IDM1] asks for a key wherever the API does', async () => {
    for (const [path, method, operation] of operations().filter(([, verb]) => verb === 'post')) {
      const keyed = (operation.parameters ?? []).some((one: Any) => one.name === 'Idempotency-Key')
      const isOperators = path.startsWith('/api/v1/admin/')
      const who = isOperators ? shop.operator : shop.visitor()
      const said = await who.asks(path.replaceAll(/\{\w+\}/g, 'x'), { method: 'POST', body: {} })
      expect(said.body.code === 'idempotency_key_missing', `${method} ${path}: ${said.text}`).toBe(keyed)
    }
  })

  it('[HTT13] is drawn for people, without a script and without anything from elsewhere', async () => {
    const page = await shop.visitor().asks('/docs')
    expect(page.status).toBe(200)
    for (const [path] of operations()) expect(page.text).toContain(path)
    expect(page.text).not.toMatch(/<script|https?:\/\/(?!www\.w3)/)
    const problems = await shop.visitor().asks('/docs/problems')
    expect(problems.text).toContain('id="not_enough_stock"')
    expect(page.headers.get('etag')).toBeTruthy()
    expect(
      (await shop.visitor().asks('/docs', { headers: { 'if-none-match': page.headers.get('etag')! } })).status,
    ).toBe(304)
  })
})
