/** The first thing that happens to a request: who asks, of which store, when, and under which ids. */
import type { MiddlewareHandler } from 'hono'
import { systemClock, systemRandom } from '../../../platform/dice.ts'
import type { AppEnv } from '../../context.ts'
import { requestIdFrom, traceparentFrom } from '../request-id/index.ts'
import { storeIdFor } from './stores.ts'

export const visit: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { headers } = c.req.raw
  const { origin, hostname, pathname } = new URL(c.req.url)
  const isApi = pathname === '/api' || pathname.startsWith('/api/')
  const isHealth = pathname.startsWith('/health')
  c.set('visit', {
    requestId: requestIdFrom(headers, systemClock.now(), systemRandom),
    traceparent: traceparentFrom(headers),
    clock: systemClock,
    random: systemRandom,
    origin,
    storeId: c.env.DEFAULT_STORE,
    // Only the platform's own header is believed; locally there is none and everybody is one address.
    clientIp: headers.get('cf-connecting-ip') ?? 'local',
    isApi: isApi || isHealth,
    setCookies: [],
  })
  // Whether this Worker lives must not depend on knowing its stores.
  if (!isHealth) c.var.visit.storeId = await storeIdFor(c, hostname)
  await next()
}
