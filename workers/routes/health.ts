/**
 * Health: alive (depends on nothing), ready (may this shop be sent buyers: never no because of Postgres, since the sale
 * goes on without it), deep (each dependency by itself). Says how each is, never which version or host.
 */
import { createRoute, z } from '@hono/zod-openapi'
import { databaseOf } from '../../platform/postgres/database.ts'
import { rowsOf, sql } from '../../platform/postgres/statements.ts'
import type { Asked } from '../context.ts'
import { answerDesk } from '../desks.ts'
import { answer, json, router } from './endpoint.ts'

export const health = router()
const tags = ['Health']

const Status = z.enum(['pass', 'warn', 'fail'])
const Short = z.object({ status: Status }).openapi('Health')
const Deep = z.object({ status: Status, checks: z.record(z.string(), Short) }).openapi('DeepHealth')

/** Whoever asks more often is told the same: health must not become load. */
const KEPT_MS = 5000
/** A dependency that takes longer than this is not well. */
const PATIENCE_MS = 2000

answer(
  health,
  createRoute({
    method: 'get',
    path: '/health/live',
    tags,
    summary: 'Alive',
    responses: { 200: json(Short, 'Alive.') },
  }),
  () => said({ status: 'pass' }),
)

answer(
  health,
  createRoute({
    method: 'get',
    path: '/health/ready',
    tags,
    summary: 'Ready for buyers',
    responses: { 200: json(Deep, 'Ready.'), 503: json(Deep, 'Not ready.') },
  }),
  async (c) => {
    const { objects, database } = await checksOf(c)
    // Purchases go on while Postgres is away, so its absence is a warning here.
    const status = objects === 'fail' ? 'fail' : database === 'fail' ? 'warn' : 'pass'
    return said(
      {
        status,
        checks: { objects: { status: objects }, database: { status: database === 'fail' ? 'warn' : database } },
      },
      status === 'fail' ? 503 : 200,
    )
  },
)

answer(
  health,
  createRoute({
    method: 'get',
    path: '/health',
    tags,
    summary: 'Each dependency',
    responses: { 200: json(Deep, 'All of them answer.'), 503: json(Deep, 'At least one does not.') },
  }),
  async (c) => {
    const checks = await checksOf(c)
    const isWell = Object.values(checks).every((status) => status === 'pass')
    const shown = Object.fromEntries(Object.entries(checks).map(([name, status]) => [name, { status }]))
    return said({ status: isWell ? 'pass' : 'fail', checks: shown }, isWell ? 200 : 503)
  },
)

type Checks = Record<'database' | 'replica' | 'objects' | 'shelf' | 'documents', 'pass' | 'fail'>
let last: { checks: Checks; until: number } | undefined

async function checksOf(c: Asked): Promise<Checks> {
  const now = c.var.visit.clock.now()
  if (last && now < last.until) return last.checks
  const database = databaseOf(c.env)
  const one = rowsOf<{ one: number }>(sql`select 1 as one`)
  const [primary, replica, objects, shelf, documents] = await Promise.all([
    passes(() => database.read('primary').rows(one)),
    passes(() => database.read().rows(one)),
    passes(() => answerDesk(c.env, 'health', 'health').isAlive()),
    passes(() => c.env.SHELF.get('health')),
    passes(() => c.env.DOCUMENTS.head('health')),
  ])
  const checks: Checks = { database: primary, replica, objects, shelf, documents }
  last = { checks, until: now + KEPT_MS }
  return checks
}

async function passes(ask: () => Promise<unknown>): Promise<'pass' | 'fail'> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const patience = new Promise<'fail'>((resolve) => {
    timer = setTimeout(() => resolve('fail'), PATIENCE_MS)
  })
  try {
    return await Promise.race([ask().then(() => 'pass' as const), patience])
  } catch {
    return 'fail' // which is all that may be said out loud
  } finally {
    clearTimeout(timer)
  }
}

const said = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  })
