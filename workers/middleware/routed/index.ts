/**
 * Before anything is read or asked: is there a route at all? 404 where there is none, 405 with `Allow` where another
 * method would be answered, and the preflight of browsers. Which methods an address has is asked of the router itself,
 * so it cannot drift from the routes.
 */
import type { Hono, MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import type { AppEnv } from '../../context.ts'
import { turnedAway } from '../../doorstep.ts'
import { preflight } from '../cross-site/index.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** Middleware is registered for all methods; a route for its own. */
export const routed =
  (app: () => Hono<AppEnv>): MiddlewareHandler<AppEnv> =>
  async (c, next) => {
    const method = c.req.method === 'HEAD' ? 'GET' : c.req.method
    if (matchedRoutes(c).some((route) => route.method === method)) return next()
    const allowed = methodsAt(app(), c.req.path)
    if (allowed.length === 0) return turnedAway(c, { code: 'not_found', what: c.req.path })
    if (c.req.method === 'OPTIONS') return preflight(allowed)
    return turnedAway(c, { code: 'method_not_allowed', method: c.req.method, allowed })
  }

/** The methods this address answers to; empty when there is nothing here. */
export function methodsAt(app: Hono<AppEnv>, path: string): string[] {
  const found = METHODS.filter((method) => {
    const [handlers] = app.router.match(method, path)
    return handlers.some(([[, route]]) => route.method === method)
  })
  if (found.length === 0) return []
  return [...found, ...(found.includes('GET') ? ['HEAD'] : []), 'OPTIONS']
}
