/** The one place that acks: a batch in, acks and retries out. */
import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { queue } from './index.ts'

let ids = 0
const message = (body: unknown, attempts = 1) => ({ id: `m${++ids}`, timestamp: new Date(), attempts, body })

async function consume(name: string, messages: ReturnType<typeof message>[]) {
  const batch = createMessageBatch(name, messages)
  await queue(batch, env, async () => null)
  return getQueueResult(batch, createExecutionContext())
}

describe('queue messages', () => {
  const settle = { v: 1, kind: 'settle', book: 'store_q/book-1', orderId: 'ord_none' }

  it('[ORD8] sets aside what makes no sense, and spoils nothing that came with it', async () => {
    const broken = [
      null,
      7,
      'text',
      {},
      { ...settle, v: 2 },
      { ...settle, orderId: '' },
      { ...settle, book: 5 },
      { ...settle, kind: 'x' },
    ]
    const messages = [message(settle), ...broken.map((body) => message(body)), message(settle)]
    const result = await consume('onrush-settle', messages)
    expect(result.explicitAcks).toEqual(messages.map(({ id }) => id))
    expect(result.retryMessages).toEqual([])
    const day = new Date().toISOString().slice(0, 10)
    const kept = await env.DOCUMENTS.list({ prefix: `dead-letters/${day}/onrush-settle/` })
    expect(kept.objects.map(({ key }) => key.split('/').at(-1)).sort()).toEqual(
      messages
        .slice(1, -1)
        .map(({ id }) => `${id}.json`)
        .sort(),
    )
  })

  it('[ORD8] writes down what was delivered too often', async () => {
    const dead = message(settle)
    const result = await consume('onrush-dead-letters', [dead])
    expect(result.explicitAcks).toEqual([dead.id])
    const day = new Date().toISOString().slice(0, 10)
    const kept = await env.DOCUMENTS.get(`dead-letters/${day}/onrush-dead-letters/${dead.id}.json`)
    expect(await kept?.json()).toMatchObject({ why: 'delivered too often', message_id: dead.id })
  })

  it('[ORD8] retries what a queue that nobody reads brought, and what could not be done', async () => {
    const stray = await consume('onrush-nobody', [message(settle)])
    expect(stray.retryMessages).toHaveLength(1)
    // A stock object of nobody's has nothing to say; an address that is none cannot be asked.
    const lost = await consume('onrush-record', [message({ v: 1, kind: 'stock', storeId: 'store_q', sku: 'NONE' })])
    expect(lost.explicitAcks).toHaveLength(1)
  })
})
