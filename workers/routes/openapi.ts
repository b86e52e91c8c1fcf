/** The API's own description: OpenAPI 3.1 for machines, and a page made from it for people. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import { matches, tagOf, unchanged } from '../conditional.ts'
import type { AppEnv } from '../context.ts'
import { docsPage } from './docs/page.ts'
import { problemsPage } from './docs/problems-page.ts'
import { DOCS_STYLE } from './docs/style.ts'

/** What the document says before its routes. */
const ABOUT = {
  openapi: '3.1.0',
  info: {
    title: 'Onrush',
    version: '1',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    description: [
      'Sells limited stock to a crowd. JSON in snake_case, instants RFC 3339 in UTC, money in minor units.',
      'POSTs that create or move something need an `Idempotency-Key`: the same key and body is answered with the same',
      'bytes for 24 hours (`Idempotent-Replayed: true`), another body is 422, one still running is 409.',
      'Errors are `application/problem+json` (RFC 9457) with a stable `code`; /docs/problems explains each.',
    ].join(' '),
  },
  servers: [{ url: '/' }],
  tags: [
    { name: 'Catalog' },
    { name: 'Drops' },
    { name: 'Waiting room' },
    { name: 'Buying' },
    { name: 'Documents' },
    { name: 'Experiments' },
    { name: 'Operating the catalog' },
    { name: 'Markets' },
    { name: 'Operating drops and stock' },
    { name: 'Operating orders' },
    { name: 'Jobs' },
    { name: 'Schedules' },
    { name: 'Operating the shop' },
    { name: 'Operating the gateway' },
    { name: 'Webhooks' },
    { name: 'Health' },
  ],
}

export type Document = ReturnType<OpenAPIHono<AppEnv>['getOpenAPI31Document']>

/** The document of everything that is mounted on `app`. */
export function documentOf(app: OpenAPIHono<AppEnv>): Document {
  const registry = app.openAPIRegistry
  if (!registry.definitions.some((one) => one.type === 'component' && one.name === 'operator_key')) {
    registry.registerComponent('securitySchemes', 'operator_key', {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'onr_…',
    })
  }
  return app.getOpenAPI31Document(ABOUT)
}

/** Made when it is first asked for: most isolates are never asked. */
export function describe(app: OpenAPIHono<AppEnv>): void {
  let document: Document | undefined
  const made = (): Document => (document ??= documentOf(app))
  app.get('/api/v1/openapi.json', (c) => shared(c.req.raw.headers, JSON.stringify(made()), 'application/json'))
  app.get('/docs', (c) => shared(c.req.raw.headers, docsPage(made()), 'text/html; charset=utf-8'))
  app.get('/docs/problems', (c) => shared(c.req.raw.headers, problemsPage(), 'text/html; charset=utf-8'))
  app.get('/docs/style.css', (c) => shared(c.req.raw.headers, DOCS_STYLE, 'text/css; charset=utf-8'))
}

/** The same for everybody until the next deploy. */
async function shared(asked: Headers, made: string | Promise<string>, contentType: string): Promise<Response> {
  const body = await made
  const etag = await tagOf(body)
  const headers = new Headers({ 'content-type': contentType, etag, 'cache-control': 'public, max-age=300' })
  return matches(asked.get('if-none-match'), etag) ? unchanged(headers) : new Response(body, { headers })
}
