/**
 * What the payment provider tells us. Only the signature decides who is believed; what it says is a hint that may come
 * late, twice, in any order or never, and the order book decides what it changes. 200 also for what does not concern
 * us: anything else and the provider would say it again for three days.
 */
import { createRoute, z } from '@hono/zod-openapi'
import { bookOf } from '../../domain/basics/ids.ts'
import type { SettleMessage } from '../../domain/message/queues.ts'
import { orderBookName } from '../../domain/sharding/bucket.ts'
import { readWebhook } from '../../platform/stripe/webhook.ts'
import type { Asked } from '../context.ts'
import { orderBook } from '../desks.ts'
import { readBody } from '../middleware/limits/index.ts'
import { privateJson, refused } from '../replies.ts'
import { answer, json, problems, router } from './endpoint.ts'

export const webhooks = router()

/** The provider's events stay far below this. */
const BODY_BYTES_MAX = 256 * 1024

answer(
  webhooks,
  createRoute({
    method: 'post',
    path: '/webhooks/stripe',
    tags: ['Webhooks'],
    summary: 'Hear of payments and refunds',
    description: 'Signed by Stripe (`Stripe-Signature`), at most five minutes from now in either direction.',
    responses: { 200: json(z.object({ received: z.literal(true) }), 'Heard.'), ...problems(400, 413, 503) },
  }),
  async (c) => {
    const read = await readBody(c.req.raw, BODY_BYTES_MAX)
    if (!read.ok) return refused(c, read.refusal)
    const body = new Uint8Array(read.value)
    const signature = c.req.header('stripe-signature') ?? null
    const heard = await readWebhook(body, signature, c.env.STRIPE_WEBHOOK_SECRET, c.var.visit.clock.now())
    if (!heard.ok) return refused(c, heard.refusal)
    const { about } = heard.value
    if (about) await tell(c, storeIn(body) ?? c.var.visit.storeId, about.orderId, about.news)
    return privateJson(c, { received: true })
  },
)

type Telling = Parameters<ReturnType<typeof orderBook>['tell']>[1][number]

/** The book takes it in; what follows from it is the settler's work, not the provider's to wait for. */
async function tell(c: Asked, storeId: string, orderId: string, news: Telling): Promise<void> {
  const book = bookOf('ord', orderId)
  if (book === undefined) return
  const step = await orderBook(c.env, storeId, book).tell(orderId, [news])
  if (step.kind === 'done' || step.kind === 'wait') return
  const message: SettleMessage = { v: 1, kind: 'settle', book: orderBookName(storeId, book), orderId }
  // Lost or not: the book's own alarm finds an order with an open step.
  c.executionCtx.waitUntil(c.env.SETTLE.send(message))
}

/** The provider has one address for us, whatever the number of stores; which of them it is about we told it ourselves. */
function storeIn(body: Uint8Array): string | null {
  const { data } = JSON.parse(new TextDecoder().decode(body)) as {
    data?: { object?: { metadata?: { store_id?: unknown } } }
  }
  const storeId = data?.object?.metadata?.store_id
  return typeof storeId === 'string' && storeId !== '' ? storeId : null
}
