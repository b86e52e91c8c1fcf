/** The ways the platform calls us: a request, a batch of messages, the clock; and the classes of the objects. */
import { app } from './app.ts'
import { throughGateway } from './gateway/index.ts'
import { nowhere } from './middleware/addressed/index.ts'
import { shedding } from './middleware/load/index.ts'
import { answerAtHand } from './middleware/ready/index.ts'
import { queue } from '../queues/index.ts'
import { warmingShop } from './job-door.ts'
import { sweep } from './sweep.ts'

export * from '../durable-objects/index.ts'

export default {
  fetch: (request, env, ctx) =>
    nowhere(request) ??
    throughGateway(request, env, ctx, () =>
      answerAtHand(request, ctx, (forAll) => shedding(request, env, ctx, () => app.fetch(request, env, ctx), forAll)),
    ),
  queue: (batch, env, ctx) =>
    queue(
      batch,
      env,
      warmingShop(env, ctx, (request) => app.fetch(request, env, ctx)),
    ),
  scheduled: (_controller, env) => sweep(env),
} satisfies ExportedHandler<Env>
