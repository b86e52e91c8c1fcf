/**
 * The letter sender: the receipt of a paid order into R2, and a mail to its buyer. Nothing an order waits for.
 *
 * Whether a letter is still owed is asked of the book, so a message that comes twice sends one letter. Between sending
 * and noting it a crash may fall: then the letter goes out a second time, rather than never.
 */
import { assert } from '../domain/basics/assert.ts'
import type { OrderBookDesk, OrderView } from '../domain/message/order-book.ts'
import type { LetterMessage } from '../domain/message/queues.ts'
import type { LetterTask } from '../domain/message/settle.ts'
import { documentIdFor, type Documents } from '../platform/documents/documents.ts'
import { drawReceipt, receiptOf, receiptText } from '../platform/documents/receipt.ts'
import type { Letter, Mailer } from '../platform/mail/mailer.ts'
import { abreast } from './abreast.ts'
import { confirmationText, refundText, type LetterText } from './letter-text.ts'
import { again, done, type Outcome } from './outcome.ts'

export interface LetterParts {
  bookNamed(name: string): Pick<OrderBookDesk, 'letter' | 'letterSent'>
  documents: Documents
  mailer: Mailer
  mailFrom: string
  /** The address of an order's page, with the secret that opens it. */
  linkTo(order: OrderView): Promise<string>
}

const LETTERS_ABREAST = 4
const PAUSE_AFTER_FAULT_MS = 30_000

export async function sendLetters(messages: readonly LetterMessage[], parts: LetterParts): Promise<Outcome[]> {
  // One of each: the same message twice in a batch would write two letters side by side.
  const owed = new Map(messages.map((message) => [message.outboxId, message]))
  const ids = [...owed.keys()]
  const outcomes = await abreast(ids, LETTERS_ABREAST, (id) => sendLetter(owed.get(id)!, parts))
  return messages.map(({ outboxId }) => outcomes[ids.indexOf(outboxId)]!)
}

async function sendLetter({ book, outboxId }: LetterMessage, parts: LetterParts): Promise<Outcome> {
  try {
    const owed = await parts.bookNamed(book).letter(outboxId)
    if (!owed) return done
    const { task, order } = owed
    const receipt = task.kind === 'confirmation' ? await keepReceipt(order, parts.documents) : null
    await parts.mailer.send(await write(task, order, receipt, parts))
    await parts.bookNamed(book).letterSent(outboxId, receipt?.id ?? null)
    return done
  } catch (thrown) {
    return again(PAUSE_AFTER_FAULT_MS, thrown)
  }
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
