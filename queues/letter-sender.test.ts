import { PDFDocument } from '@cantoo/pdf-lib'
import { beforeEach, describe, expect, it } from 'vitest'
import type { OrderView } from '../domain/message/order-book.ts'
import { money } from '../domain/basics/money.ts'
import { isId } from '../domain/basics/ids.ts'
import { line } from '../domain/order/testing.ts'
import type { Documents } from '../platform/documents/documents.ts'
import { printable } from '../platform/documents/printable.ts'
import { drawReceipt, receiptOf } from '../platform/documents/receipt.ts'
import type { Letter, Mailer } from '../platform/mail/mailer.ts'
import { moneyInWords } from '../platform/money-in-words.ts'
import { sendLetter } from './letter-sender.ts'
import { confirmationText } from './letter-text.ts'
import { BOOK, TestShop } from './testing.ts'

class MemoryDocuments implements Documents {
  readonly kept = new Map<string, Uint8Array>()
  puts = 0
  async keep(id: string, content: Uint8Array): Promise<void> {
    this.puts += 1
    if (!this.kept.has(id)) this.kept.set(id, content)
  }
  async find(): ReturnType<Documents['find']> {
    return null
  }
}

class Postbox implements Mailer {
  readonly letters: Letter[] = []
  away = false
  async send(letter: Letter): Promise<void> {
    if (this.away) throw new Error('the post is away')
    this.letters.push(letter)
  }
}

describe('letters', () => {
  let shop: TestShop
  let documents: MemoryDocuments
  let mailer: Postbox

  beforeEach(() => {
    shop = new TestShop({ 'SKU-A': 10, 'SKU-B': 10 })
    documents = new MemoryDocuments()
    mailer = new Postbox()
  })

  const send = (outboxId: string) =>
    sendLetter(BOOK, outboxId, {
      bookNamed: shop.bookNamed,
      documents,
      mailer,
      mailFrom: 'orders@shop.example',
      linkTo: async ({ id }) => `https://shop.example/orders/${id}?secret=s&x=1`,
    })

  /** A paid order, as if a settler had been at work. */
  function paidOrder(): OrderView {
    const { id } = shop.orders()
    for (let i = 0; i < 9; i++) {
      const step = shop.keeper.nextStep(id)
      if (step.kind === 'done') break
      const from = { source: 'answer', providerId: 'pi_1', amount: 13500 } as const
      if (step.kind === 'units') {
        const lines = step.asks.map(({ sku, holdId }) => ({ sku, holdId, refusal: null }))
        shop.keeper.tell(id, [{ kind: 'units', move: step.move, refundId: step.refundId, lines }])
      } else if (step.kind === 'refund') {
        const outcome = { status: 'succeeded', providerId: 're_1' } as const
        shop.keeper.tell(id, [{ kind: 'refund', refundId: step.refundId, outcome, eventId: null }])
      } else {
        const kind = step.kind === 'capture' ? 'captured' : 'authorised'
        shop.keeper.tell(id, [{ kind: 'payment', news: { ...from, kind }, asOf: null, eventId: null }])
      }
    }
    return shop.order(id)
  }
  const textOf = (letter: Letter | undefined): string => `${letter?.subject}\n${letter?.text}\n${letter?.html}`

  it('[LET1] sends a paid order’s confirmation once, with its receipt', async () => {
    const order = paidOrder()
    expect(order.status).toBe('paid')
    const sent = await send(`confirmation:${order.id}`)
    expect(sent).toEqual({ wasOwed: true, receiptDocumentId: shop.order(order.id).receiptDocumentId })
    expect(mailer.letters).toMatchObject([
      {
        to: 'ana@example.com',
        from: { email: 'orders@shop.example', name: 'The Shop' },
        subject: 'Your order at The Shop',
      },
    ])
    expect(textOf(mailer.letters[0])).toContain('€135.00')
    const { receiptDocumentId } = shop.order(order.id)
    expect(isId('doc', receiptDocumentId!)).toBe(true)
    expect([...documents.kept.keys()]).toEqual([receiptDocumentId])
    expect((await PDFDocument.load(documents.kept.get(receiptDocumentId!)!)).getPageCount()).toBe(1)
    expect(mailer.letters[0]!.attachment?.content).toBeInstanceOf(Uint8Array)
  })

  it('[LET2] sends a letter once, however often it is asked for', async () => {
    const order = paidOrder()
    await send(`confirmation:${order.id}`)
    expect(await send(`confirmation:${order.id}`)).toEqual({ wasOwed: false, receiptDocumentId: null })
    expect(await send('confirmation:ord_never')).toMatchObject({ wasOwed: false })
    expect(mailer.letters).toHaveLength(1)
  })

  it('[LET2] tries a letter again that could not be sent, and keeps its receipt once', async () => {
    const order = paidOrder()
    mailer.away = true
    await expect(send(`confirmation:${order.id}`)).rejects.toThrow('the post is away')
    mailer.away = false
    shop.now += 61_000
    expect(shop.keeper.takeDue().map(({ topic }) => topic)).toContain('letter')
    await send(`confirmation:${order.id}`)
    expect([mailer.letters.length, documents.puts, documents.kept.size]).toEqual([1, 2, 1])
  })

  it('[LET1] sends a letter of its own for a refund that has gone through', async () => {
    const order = paidOrder()
    const request = { key: 'r', fingerprint: 'f', requestId: 'q' }
    shop.keeper.refund({ request, orderId: order.id, amount: 4500, reason: null, restock: [] })
    const step = shop.keeper.nextStep(order.id)
    const refundId = step.kind === 'refund' ? step.refundId : ''
    expect(await send(`refund:${refundId}`)).toMatchObject({ wasOwed: false })
    expect(mailer.letters).toEqual([]) // not before it has gone through
    shop.keeper.tell(order.id, [
      { kind: 'refund', refundId, outcome: { status: 'succeeded', providerId: 're_1' }, eventId: null },
    ])
    await send(`refund:${refundId}`)
    expect(mailer.letters).toMatchObject([{ subject: '€45.00 refunded by The Shop', attachment: null }])
  })

  it('[LET3] shows as text whatever a name contains', () => {
    const order = { ...paidOrder(), name: '<img src=x onerror="alert(1)">&\'' }
    const { html, text } = confirmationText(order, 'https://shop.example/?a=1&b=2')
    expect(html).not.toContain('<img')
    expect(html).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;&#39;')
    expect(html).toContain('href="https://shop.example/?a=1&amp;b=2"')
    expect(text).toContain(order.name)
  })

  it.each([
    ['Zoë Müller', 'Zoë Müller'],
    ['Łukasz Đặng', 'Lukasz Dang'],
    ['Дмитрий Щукин', 'Dmitriy Shchukin'],
    ['Ελένη', 'Eleni'],
    ['山田 太郎', '?? ??'],
    ['a\u202fb\nc\u0000d', 'a b c d'],
    ['ﬁne ½', 'fine ½'],
    ['🙂👩‍👩‍👧', '????'],
    ['“€5” – ‘ok’…', '“€5” – ‘ok’…'],
    ['שלום', '????'],
  ])('[LET3] prints %s as %s', (name, print) => {
    expect(printable(name)).toBe(print)
  })

  it('[LET3] draws a receipt for any name and title', async () => {
    const strange = '山田 \u202e\u0007🙂 Ωmega ﷽ ﬃ \ud800 ' + 'x'.repeat(500)
    const order = paidOrder()
    const named = {
      ...order,
      name: strange,
      storeName: strange,
      lines: [{ ...order.lines[0]!, productTitle: strange }],
    }
    const content = await drawReceipt(receiptOf(named))
    expect((await PDFDocument.load(content)).getPageCount()).toBe(1)
  })

  it('[LET4] goes on over as many pages as a basket needs', async () => {
    const lines = Array.from({ length: 50 }, (_, i) => line(`SKU-${i}`))
    const pages = async (count: number): Promise<number> =>
      (
        await PDFDocument.load(await drawReceipt(receiptOf({ ...paidOrder(), lines: lines.slice(0, count) })))
      ).getPageCount()
    expect([await pages(1), await pages(20), await pages(50)]).toEqual([1, 1, 2])
  })

  it.each([
    [4500, 'EUR', 'en', '€45.00'],
    [4500, 'EUR', 'de-DE', '45,00\u00a0€'],
    [4500, 'JPY', 'en', '¥4,500'],
    [4500, 'KWD', 'en', 'KWD\u00a04.500'],
    [1, 'USD', 'no such locale', '$0.01'],
  ])('[LET1] writes %i %s in %s as %s', (amount, currency, locale, words) => {
    expect(moneyInWords(money(amount, currency), locale)).toBe(words)
  })
})
