/** Our jobs, asked over HTTP as a merchant does. */
import { randomUUID } from 'node:crypto'
import { Agent, request } from 'undici'
import type { Shop } from '../../local/runner/shop.ts'
import { withConsumersAway } from '../settling.ts'
import { LOOK_EVERY_MS, pause, type JobSystem } from './system.ts'

const CONNECTIONS = 32

export function onrushJobs(shop: Shop): JobSystem {
  const dispatcher = new Agent({ connections: CONNECTIONS })
  const ask = async <Body>(path: string, body?: string): Promise<Body> => {
    const response = await request(`${shop.url}/api/v1/admin${path}`, {
      dispatcher,
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${shop.operatorKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': randomUUID() }),
      },
      body: body ?? null,
    })
    const text = await response.body.text()
    if (response.statusCode >= 300)
      throw new Error(`${path} was answered ${response.statusCode}: ${text.slice(0, 300)}`)
    return JSON.parse(text) as Body
  }
  const NOOP = JSON.stringify({ type: 'noop', payload: {} })
  const make = () => ask<{ id: string; links: { self: string } }>('/jobs', NOOP)
  return {
    name: 'Onrush',
    make: async () => void (await make()),
    makeMany: async (count) => void (await ask('/jobs/batch', `{"jobs":[${Array(count).fill(NOOP).join(',')}]}`)),
    startToDone: async () => {
      const startedAt = Date.now()
      const { id } = await make()
      for (;;) {
        const job = await ask<{ ended_at: string | null }>(`/jobs/${id}`)
        if (job.ended_at !== null) return Date.parse(job.ended_at) - startedAt
        await pause(LOOK_EVERY_MS)
      }
    },
    allDone: async (count) => {
      for (;;) {
        const { states } = await ask<{ states: Record<string, number> }>('/queues')
        if ((states['succeeded'] ?? 0) >= count) return
        await pause(LOOK_EVERY_MS)
      }
    },
    withWorkersAway: (work) => withConsumersAway(shop, work),
    stop: () => dispatcher.close(),
  }
}
