/** A whole purchase behind the door: real objects, real queues, the real SDK, a real database, R2 and the mail binding. */
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { newId } from '../domain/basics/ids.ts'
import type { OrderView } from '../domain/message/order-book.ts'
import { orderBookName } from '../domain/sharding/bucket.ts'
import { anOffer, holdCommand, orderCommand } from '../domain/order/testing.ts'
import { JOB_SHARDS } from '../domain/job/shards.ts'
import { jobsOf, orderBook, stockOf } from '../platform/desks.ts'
import { systemRandom } from '../platform/dice.ts'
import { documentIdFor, R2Documents } from '../platform/documents/documents.ts'
import { receiptOf, receiptText } from '../platform/documents/receipt.ts'

const STORE = 'store_purchase'
const visitorId = newId('vis', Date.now(), systemRandom)
const book = () => orderBook(env, orderBookName(STORE, 2))

async function buy(paymentMethod: string, key: string): Promise<OrderView> {
  for (const sku of ['SKU-A', 'SKU-B']) {
    await stockOf(env, STORE, sku).describe(anOffer(sku, { storeId: STORE }))
    await stockOf(env, STORE, sku).adjust({
      adjustmentId: `initial:${sku}`,
      delta: 10,
      kind: 'initial',
      reason: 'opening',
    })
  }
  const held = await book().hold(holdCommand({ storeId: STORE, visitorId }, key))
  if (!held.decision.ok) throw new Error(held.decision.refusal.code)
  const command = orderCommand(held.decision.value.id, { storeId: STORE, visitorId, paymentMethod }, key)
  const { decision } = await book().order(command)
  if (!decision.ok) throw new Error(decision.refusal.code)
  return decision.value
}

/** Follows the order as its page does. Bounded: queues and the provider are real processes. */
async function follow(order: OrderView, until: (order: OrderView) => boolean): Promise<OrderView> {
  let known = order
  for (let round = 0; round < 20 && !until(known); round++) {
    known = (await book().orderAfter(order.id, known.version, 1_000))!
  }
  return known
}

describe('a purchase behind the door', () => {
  it('[PAY3] ends as a paid order with its units sold, its receipt kept and its letter out', async () => {
    const order = await buy('pm_card_visa', 'k1')
    const paid = await follow(order, ({ receiptDocumentId }) => receiptDocumentId !== null)
    expect(paid).toMatchObject({ status: 'paid', payment: { captured: { amount: 13500, currency: 'EUR' } } })
    expect(await stockOf(env, STORE, 'SKU-A').count()).toMatchObject({ free: 8, held: 0, sold: 2 })
    const receipt = await new R2Documents(env.DOCUMENTS).find(paid.receiptDocumentId!)
    expect(receipt).toMatchObject({ type: 'application/pdf' })
    expect(new TextDecoder().decode(await new Response(await receipt!.open()).arrayBuffer()).slice(0, 5)).toBe('%PDF-')
    expect(paid.receiptDocumentId).toBe(await documentIdFor(receiptText(receiptOf(order))))
    // It is noted with the letter, after the binding has taken that over.
    expect(await book().letter(`confirmation:${order.id}`)).toBeNull()
  })

  it('[PAY4] ends as a failed one with its units free when the card is declined', async () => {
    const order = await buy('pm_card_visa_chargeDeclined', 'k2')
    const failed = await follow(order, ({ status }) => status === 'payment_failed')
    expect(failed).toMatchObject({ status: 'payment_failed', payment: { captured: { amount: 0 } } })
    await vi.waitUntil(async () => (await stockOf(env, STORE, 'SKU-A').count())?.held === 0, {
      timeout: 20_000,
      interval: 20,
    })
    expect(await stockOf(env, STORE, 'SKU-A').count()).toMatchObject({ free: 8, held: 0, sold: 2 })
  })

  it('[LET5] shows its letter among the jobs, by the order’s id', async () => {
    const order = await buy('pm_card_visa', 'k3')
    await follow(order, ({ receiptDocumentId }) => receiptDocumentId !== null)
    const query = {
      ...{ states: null, types: null, tag: order.id, batchId: null, errorCode: null },
      ...{ from: null, until: null, before: null, limit: 10 },
    }
    const shards = Array.from({ length: JOB_SHARDS }, (_, shard) => jobsOf(env, STORE, shard))
    const found = (await Promise.all(shards.map((shard) => shard.list(query)))).flat()
    expect(found).toMatchObject([{ type: 'order_letter', attempts: [{ number: 1 }] }])
  })

  it('[LET1] keeps a document once, as it was first', async () => {
    const documents = new R2Documents(env.DOCUMENTS)
    const id = await documentIdFor('receipt 1 {}')
    expect(id).toBe(await documentIdFor('receipt 1 {}'))
    await documents.keep(id, new TextEncoder().encode('first'), 'text/plain')
    await documents.keep(id, new TextEncoder().encode('second'), 'text/plain')
    expect(await new Response(await (await documents.find(id))!.open()).text()).toBe('first')
    expect(await documents.find('doc_none')).toBeNull()
  })
})
