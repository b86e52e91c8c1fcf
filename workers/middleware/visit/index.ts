/** The first thing that happens to a request: who asks, when, and under which ids. Asks nobody anything. */
import type { MiddlewareHandler } from 'hono'
import { ORDER_BOOKS_AT_FIRST } from '../../../domain/sharding/bucket.ts'
import { DEFAULT_SETTINGS } from '../../../domain/store/store.ts'
import { systemClock, systemRandom } from '../../../platform/dice.ts'
import type { AppEnv } from '../../context.ts'
import { NOWHERE } from '../../market.ts'
import { publicOrigin } from '../../public-origin.ts'
import { requestIdFrom, traceparentFrom } from '../request-id/index.ts'

export const visit: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { headers } = c.req.raw
  const asked = new URL(c.req.url)
  const { origin, pathname } = asked
  const storeId = c.env.DEFAULT_STORE
  c.set('visit', {
    requestId: requestIdFrom(headers, systemClock.now(), systemRandom),
    traceparent: traceparentFrom(headers),
    clock: systemClock,
    random: systemRandom,
    origin,
    publicOrigin: publicOrigin(asked, { hostnames: [] }, c.env),
    // Until `storeOfHost` has asked; whether this Worker lives must not depend on knowing its stores.
    storeId,
    store: {
      id: storeId,
      name: '',
      currency: '',
      hostnames: [],
      settings: DEFAULT_SETTINGS,
      orderBooks: [ORDER_BOOKS_AT_FIRST],
      markets: [],
      jurisdiction: null,
    },
    whereabouts: NOWHERE,
    // Only the platform's own header is believed; locally there is none and everybody is one address.
    clientIp: headers.get('cf-connecting-ip') ?? 'local',
    isApi: /^\/(api|health|metrics|ofrep)(\/|$)/.test(pathname),
    setCookies: [],
    bookmark: null,
    freshUntil: Infinity,
    cacheStatus: null,
    changedTags: [],
  })
  await next()
}
