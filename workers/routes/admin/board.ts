/** The live board of a drop: what its objects say of themselves this second, as JSON and as server-sent events. */
import { createRoute, z } from '@hono/zod-openapi'
import type { DropWithProducts } from '../../../domain/drop/drop.ts'
import { findDrop } from '../../../platform/postgres/drops.ts'
import { Board, latestOf } from '../../board-wire.ts'
import { boardEvents, boardOf } from '../../board.ts'
import type { Asked } from '../../context.ts'
import { privateJson, refused } from '../../replies.ts'
import { reading } from '../../sessions.ts'
import { answer, json, problems, router } from '../endpoint.ts'
import { needs } from './operating.ts'

export const board = router()
const tags = ['Operating drops and stock']
const params = z.object({ id: z.string().max(200).openapi({ description: 'The drop’s id or slug.' }) })

/** Whoever listens has heard the earlier ones; a few more mend what was missed. */
const SECONDS_TOLD = 15

answer(
  board,
  createRoute({
    method: 'get',
    path: '/drops/{id}/board',
    tags,
    summary: 'See how a drop goes, this second',
    description:
      'Gathered from the drop’s objects at most once a second, however many ask. Those that do not answer in time are named in `silent`.',
    ...needs('catalog:read'),
    request: { params },
    responses: { 200: json(Board, 'The board.'), ...problems(401, 403, 404, 503) },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const found = await find(c, id)
    return found ? privateJson(c, await boardOf(c, found)) : refused(c, { code: 'drop_not_found', drop: id })
  },
)

answer(
  board,
  createRoute({
    method: 'get',
    path: '/drops/{id}/board/events',
    tags,
    summary: 'Watch how a drop goes',
    description:
      'Server-sent events named `board`, one a second; each is the whole board with the last 15 seconds (the first with all). Ends after five minutes: come back, as EventSource does by itself.',
    ...needs('catalog:read'),
    request: { params },
    responses: {
      200: { description: 'The stream.', content: { 'text/event-stream': { schema: z.string() } } },
      ...problems(401, 403, 404, 503),
    },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const found = await find(c, id)
    if (!found) return refused(c, { code: 'drop_not_found', drop: id })
    return boardEvents(c, found, async (said, isFirst) => JSON.stringify(isFirst ? said : latestOf(said, SECONDS_TOLD)))
  },
)

const find = async (c: Asked, id: string): Promise<DropWithProducts | null> =>
  findDrop(await reading(c), c.var.visit.storeId, id)
