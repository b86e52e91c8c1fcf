/** A Worker that is nothing but the gateway: for tests and benches of what lies between a visitor and an origin. */
import { throughGateway } from '../index.ts'

export default {
  fetch: (request, env, ctx) => throughGateway(request, env, ctx, () => new Response('Onrush itself')),
} satisfies ExportedHandler<Env>
