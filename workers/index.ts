/** The ways the platform calls us: a request, a batch of messages, the clock; and the classes of the objects. */
import { app } from './app.ts'
import { queue } from '../queues/index.ts'
import { sweep } from './sweep.ts'

export * from '../durable-objects/index.ts'

export default {
  fetch: app.fetch,
  queue,
  scheduled: (_controller, env) => sweep(env),
} satisfies ExportedHandler<Env>
