/**
 * What our letters say, as plain text and as HTML. Everything that somebody typed (names, titles) is text in both: in
 * HTML it is escaped, and a subject is one line whatever it contains (platform/mail sees to that).
 */
import type { OrderView, RefundView } from '../domain/message/order-book.ts'
import { escaped, letterPage } from '../platform/mail/letter-page.ts'
import { moneyInWords } from '../platform/money-in-words.ts'

export interface LetterText {
  subject: string
  text: string
  html: string
}

/** "Thank you": what was bought, for how much, and where to look. `link` opens the order. */
export function confirmationText(order: OrderView, link: string): LetterText {
  const paragraphs = [
    greeting(order),
    `Thank you for your order. It is paid, and these are yours:`,
    table(order),
    `Your receipt is attached. You can look at your order at any time:`,
  ]
  return letter(`Your order at ${order.storeName}`, paragraphs, link, order)
}

/** The money of a refund is on its way. */
export function refundText(order: OrderView, refund: RefundView, link: string): LetterText {
  const amount = moneyInWords(refund.amount, order.locale)
  const paragraphs = [
    greeting(order),
    `We have refunded ${amount} of your order ${order.id}. Depending on your bank it shows within ten days.`,
    `Your order:`,
  ]
  return letter(`${amount} refunded by ${order.storeName}`, paragraphs, link, order)
}

type Paragraph = string | { rows: [string, string][]; total: [string, string] }

const greeting = ({ name }: OrderView): string => (name === null || name === '' ? 'Hello,' : `Hello ${name},`)

const table = ({ lines, total, locale }: OrderView): Paragraph => ({
  rows: lines.map(({ units, productTitle, variantTitle, lineTotal }) => [
    `${units} × ${variantTitle === '' ? productTitle : `${productTitle}, ${variantTitle}`}`,
    moneyInWords(lineTotal, locale),
  ]),
  total: ['Total', moneyInWords(total, locale)],
})

function letter(subject: string, paragraphs: Paragraph[], link: string, order: OrderView): LetterText {
  const text = [...paragraphs.map(asText), link, order.storeName, `Order ${order.id}`].join('\n\n')
  const look = `<p><a href="${escaped(link)}" style="color:#1a1a1f">Look at your order</a></p>`
  const body = [...paragraphs.map(asHtml), look].join('\n')
  const html = letterPage({ language: 'en', subject, body, foot: [order.storeName, `Order ${order.id}`] })
  return { subject, text: `${text}\n`, html }
}

function asText(paragraph: Paragraph): string {
  if (typeof paragraph === 'string') return paragraph
  return [...paragraph.rows, paragraph.total].map(([what, amount]) => `${what}: ${amount}`).join('\n')
}

function asHtml(paragraph: Paragraph): string {
  if (typeof paragraph === 'string') return `<p>${escaped(paragraph)}</p>`
  const row = ([what, amount]: [string, string], weight: string): string =>
    `<tr style="font-weight:${weight}"><td style="padding:.25rem 0">${escaped(what)}</td>` +
    `<td style="padding:.25rem 0;text-align:right">${escaped(amount)}</td></tr>`
  const rows = paragraph.rows.map((cells) => row(cells, 'normal')).join('\n')
  return `<table style="width:100%;border-collapse:collapse">\n${rows}\n${row(paragraph.total, 'bold')}\n</table>`
}
