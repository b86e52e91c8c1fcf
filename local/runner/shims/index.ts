/**
 * The shims' Worker: one entrypoint per kind of binding, one object per store, and by default the runner's own control
 * door, which listens on a port of its own and is never reachable through the shop's.
 */
import type { ShimEnv } from './env.ts'

export { Assets } from './assets.ts'
export { Cache } from './cache.ts'
export { CronClock } from './cron.ts'
export { Kv, NamespaceStore } from './kv.ts'
export { Mail } from './mail.ts'
export { Queue, QueueBroker } from './queue.ts'
export { BucketStore, R2 } from './r2.ts'

export default {
  async fetch(request, env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    const clock = env.CLOCK.getByName('cron')
    if (request.method === 'POST' && pathname === '/start') {
      await clock.start()
      return Response.json({})
    }
    if (request.method === 'POST' && pathname === '/cron') {
      const crons = searchParams.has('cron') ? searchParams.getAll('cron') : env.CRONS
      const outcomes: Record<string, string> = {}
      for (const cron of crons) outcomes[cron] = await clock.run(cron, Date.now())
      return Response.json(outcomes)
    }
    if (request.method === 'GET' && pathname === '/queues') {
      const backlogs = Object.keys(env.CONSUMERS).map(async (queue) => {
        using backlog = await env.BROKERS.getByName(queue).backlog()
        return [queue, { messages: backlog.messages, in_flight: backlog.inFlight }] as const
      })
      return Response.json(Object.fromEntries(await Promise.all(backlogs)))
    }
    if (request.method === 'POST' && (pathname === '/queues/hold' || pathname === '/queues/deliver')) {
      const held = pathname === '/queues/hold'
      await Promise.all(Object.keys(env.CONSUMERS).map((queue) => env.BROKERS.getByName(queue).hold(held)))
      return Response.json({})
    }
    if (request.method === 'GET' && pathname === '/objects') {
      using objects = await env.OBJECTS.lived()
      return Response.json(objects)
    }
    if (request.method === 'POST' && pathname === '/objects/abort') {
      await env.OBJECTS.abort(searchParams.get('binding') ?? '', searchParams.get('name') ?? '')
      return Response.json({})
    }
    return new Response('Not Found', { status: 404 })
  },
} satisfies ExportedHandler<ShimEnv>
