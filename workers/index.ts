import { app } from './app.ts'
import { queue } from '../queues/index.ts'

export * from '../durable-objects/index.ts'

export default {
  fetch: app.fetch,
  queue,
} satisfies ExportedHandler<Env>
