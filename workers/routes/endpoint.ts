/**
 * How a route is written down: its OpenAPI description, then what answers. Handlers give back plain responses; what they
 * let out is held to its schema in wire.ts, where the views are typed by it.
 */
import { OpenAPIHono, type RouteConfig, type RouteHandler } from '@hono/zod-openapi'
import type { z } from '@hono/zod-openapi'
import type { AppEnv, Asked } from '../context.ts'
import type { FieldError } from '../problems.ts'
import { refused } from '../replies.ts'
import { Problem } from '../schemas.ts'

export const router = (): OpenAPIHono<AppEnv> => new OpenAPIHono<AppEnv>({ defaultHook: refuseMistakes })

type Handler<Route extends RouteConfig> = (
  c: Parameters<RouteHandler<Route, AppEnv>>[0],
) => Response | Promise<Response>

/**
 * Adds a route to the API and to its document. Whoever sends an id, a filter or a body may send one that nobody can mean,
 * and is then told so; the document says that of all such routes, whether they think of it or not.
 */
export function answer<Route extends RouteConfig>(
  app: OpenAPIHono<AppEnv>,
  route: Route,
  handler: Handler<Route>,
): void {
  const { params, query, headers, body: takes } = route.request ?? {}
  const mayBeMistaken = [params, query, headers, takes].some((one) => one !== undefined)
  const responses = mayBeMistaken ? { 400: problem(TITLES[400]), ...route.responses } : route.responses
  app.openapi({ ...route, responses }, handler)
}

/** What a schema found wrong, as one problem that names every field. */
function refuseMistakes(
  result: { target: string } & ({ success: true } | { success: false; error: z.ZodError }),
  c: Asked,
): Response | undefined {
  if (result.success) return undefined
  return refused(c, { code: 'invalid_request', errors: fieldErrors(result.error, result.target) })
}

export const fieldErrors = (error: z.ZodError, target = 'json'): FieldError[] =>
  error.issues.slice(0, 50).map(({ path, message, code, ...issue }) => {
    const extra = code === 'unrecognized_keys' ? (issue as { keys: string[] }).keys.slice(0, 1) : []
    const steps = [...path, ...extra].map((step) => String(step).replaceAll('~', '~0').replaceAll('/', '~1'))
    return { pointer: `${target === 'json' ? '' : target}/${steps.join('/')}`, problem: message }
  })

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: Problem } },
})

/** A 2xx answer in JSON. */
export const json = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { 'application/json': { schema } },
})

export const body = <Schema extends z.ZodType>(schema: Schema) => ({
  body: { required: true, content: { 'application/json': { schema } } },
})

const TITLES = {
  400: 'The request does not say what is needed, or not in a form we take.',
  401: 'No operator key, or one that opens nothing.',
  403: 'The operator key lacks a scope, the request came from another site, or the shop does not serve the country.',
  404: 'There is no such thing, or it is not yours to see.',
  409: 'Not now, or not any more: the code says why.',
  413: 'The body is too large.',
  415: 'The body has a content type that is not understood here.',
  416: 'There are no such bytes; `Content-Range` says how many there are.',
  422: 'The Idempotency-Key was used for another request, or the parts of the request do not fit together.',
  429: 'Too many from here; `Retry-After` says when to ask again, where that helps.',
  451: 'A law forbids to sell to where the request is from, or to where the goods shall go.',
  503: 'Something we depend on does not answer; `Retry-After` says when to ask again.',
} as const

/** The problems a route may answer, for its document; too much at once may be any route’s answer. */
export const problems = (...statuses: (keyof typeof TITLES)[]) =>
  Object.fromEntries([...statuses, 429 as const].map((status) => [status, problem(TITLES[status])]))

/** The header of every POST that creates or moves something, for its document; middleware/idempotency checks it. */
export const KEY_PARAMETER = {
  name: 'Idempotency-Key',
  in: 'header',
  required: true,
  schema: { type: 'string', maxLength: 255 },
  description: 'New for each thing you want done, the same when you repeat it. Remembered for 24 hours.',
} as const
