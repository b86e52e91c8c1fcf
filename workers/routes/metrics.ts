/** `GET /metrics`, for Prometheus. With a key, since figures say how a shop does: `authorization` in its scrape settings. */
import { createRoute, z } from '@hono/zod-openapi'
import { operatorsCounted } from '../middleware/limit/index.ts'
import { may, operatorsOnly } from '../middleware/operator/index.ts'
import { storeOfHost } from '../middleware/visit/stores.ts'
import { metrics as metricsOf } from '../metrics/index.ts'
import { CONTENT_TYPE } from '../metrics/exposition.ts'
import { answer, problems, router } from './endpoint.ts'

export const metrics = router()

answer(
  metrics,
  createRoute({
    method: 'get',
    path: '/metrics',
    tags: ['Health'],
    summary: 'Figures for Prometheus',
    description:
      'Text exposition format 0.0.4, of the store whose host name is asked. docs/operating/metrics-and-alerts.md says what each means.',
    security: [{ operator_key: [] }],
    middleware: [storeOfHost, operatorsOnly, operatorsCounted, may('metrics:read')] as const,
    responses: {
      200: { description: 'The figures.', content: { [CONTENT_TYPE]: { schema: z.string() } } },
      ...problems(401, 403, 503),
    },
  }),
  async (c) =>
    new Response(await metricsOf(c), {
      headers: { 'content-type': CONTENT_TYPE, 'cache-control': 'private, no-store' },
    }),
)
