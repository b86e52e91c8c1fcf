/**
 * The letter sender: the receipt of a paid order into R2, and a mail to its buyer. Nothing an order waits for.
 *
 * Whether a letter is still owed is asked of the book, so a letter that is asked for twice is sent once. Between sending
 * and noting it a crash may fall: then the letter goes out a second time, rather than never.
 */
import { assert } from '../domain/basics/assert.ts'
import type { OrderBookDesk, OrderView } from '../domain/message/order-book.ts'
import type { LetterTask } from '../domain/message/settle.ts'
import { documentIdFor, type Documents } from '../platform/documents/documents.ts'
import { drawReceipt, receiptOf, receiptText } from '../platform/documents/receipt.ts'
import type { Letter, Mailer } from '../platform/mail/mailer.ts'
import { confirmationText, refundText, type LetterText } from './letter-text.ts'

export interface LetterParts {
  bookNamed(name: string): Pick<OrderBookDesk, 'letter' | 'letterSent'>
  documents: Documents
  mailer: Mailer
  mailFrom: string
  /** The address of an order's page, with the secret that opens it. */
  linkTo(order: OrderView): Promise<string>
}

/** What became of a letter. */
export interface SentLetter {
  /** False: it had been sent, or its order owes none of that name. */
  wasOwed: boolean
  receiptDocumentId: string | null
}

/** Throws when the book, the documents or the post are away; what was done is found by the next try. */
export async function sendLetter(book: string, outboxId: string, parts: LetterParts): Promise<SentLetter> {
  const owed = await parts.bookNamed(book).letter(outboxId)
  if (!owed) return { wasOwed: false, receiptDocumentId: null }
  const { task, order } = owed
  const receipt = task.kind === 'confirmation' ? await keepReceipt(order, parts.documents) : null
  await parts.mailer.send(await write(task, order, receipt, parts))
  await parts.bookNamed(book).letterSent(outboxId, receipt?.id ?? null)
  return { wasOwed: true, receiptDocumentId: receipt?.id ?? null }
}

interface KeptReceipt {
  id: string
  content: Uint8Array
}

async function keepReceipt(order: OrderView, documents: Documents): Promise<KeptReceipt> {
  const receipt = receiptOf(order)
  const id = await documentIdFor(receiptText(receipt))
  const content = await drawReceipt(receipt)
  await documents.keep(id, content, 'application/pdf')
  return { id, content }
}

async function write(
  task: LetterTask,
  order: OrderView,
  receipt: KeptReceipt | null,
  parts: LetterParts,
): Promise<Letter> {
  const { subject, text, html } = wordsOf(task, order, await parts.linkTo(order))
  return {
    to: order.email,
    from: { email: parts.mailFrom, name: order.storeName },
    subject,
    text,
    html,
    attachment: receipt && { filename: `receipt-${order.id}.pdf`, type: 'application/pdf', content: receipt.content },
  }
}

function wordsOf(task: LetterTask, order: OrderView, link: string): LetterText {
  if (task.kind === 'confirmation') return confirmationText(order, link)
  const refund = order.refunds.find(({ id }) => id === task.refundId)
  assert(refund, `${task.outboxId} is about a refund of ${order.id}`)
  return refundText(order, refund, link)
}
