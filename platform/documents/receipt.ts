/**
 * The receipt of an order, as a PDF: who sold what to whom, for how much. One page, or as many as the basket needs; the
 * head of the table comes again on each.
 *
 * What it says (`receiptText`) is what it is addressed by, so it holds nothing that changes while the order lives.
 */
import { PDFDocument, rgb, StandardFonts, type PDFFont, type PDFPage } from '@cantoo/pdf-lib'
import type { OrderView } from '../../domain/message/order-book.ts'
import { moneyInWords } from '../money-in-words.ts'
import { printable } from './printable.ts'

export interface Receipt {
  storeName: string
  orderId: string
  orderedAt: number
  locale: string
  buyer: string[]
  lines: { title: string; units: number; unitPrice: string; total: string }[]
  total: string
}

/** Everything a receipt says about an order. */
export function receiptOf(order: OrderView): Receipt {
  const { locale, shippingAddress: address } = order
  const place = address && [address.line1, address.line2, `${address.postalCode} ${address.city}`, address.country]
  return {
    storeName: order.storeName,
    orderId: order.id,
    orderedAt: order.createdAt,
    locale,
    buyer: [order.name, ...(place ?? []), order.email].filter((line): line is string => line !== null && line !== ''),
    lines: order.lines.map(({ productTitle, variantTitle, units, unitPrice, lineTotal }) => ({
      title: variantTitle === '' ? productTitle : `${productTitle}, ${variantTitle}`,
      units,
      unitPrice: moneyInWords(unitPrice, locale),
      total: moneyInWords(lineTotal, locale),
    })),
    total: moneyInWords(order.total, locale),
  }
}

/** What addresses the receipt. The number in front grows when the drawing changes in a way that matters. */
export const receiptText = (receipt: Receipt): string => `receipt 1 ${JSON.stringify(receipt)}`

const A4 = { width: 595.28, height: 841.89 }
const MARGIN = 56
const ROW = 20
const SMALL = 9
const BODY = 10.5
const INK = rgb(0.1, 0.1, 0.12)
const GREY = rgb(0.45, 0.45, 0.5)
const COLUMNS = { title: MARGIN, units: 345, unitPrice: 440, total: A4.width - MARGIN }
const TITLE_WIDTH = COLUMNS.units - COLUMNS.title - 40

interface Sheet {
  document: PDFDocument
  page: PDFPage
  plain: PDFFont
  bold: PDFFont
  y: number
}

/** The PDF. Deterministic but for the names a PDF gives its fonts. */
export async function drawReceipt(receipt: Receipt): Promise<Uint8Array> {
  const document = await PDFDocument.create()
  document.setTitle(printable(`Receipt ${receipt.orderId}`))
  document.setProducer('Onrush')
  document.setCreator(printable(receipt.storeName))
  document.setCreationDate(new Date(receipt.orderedAt))
  document.setModificationDate(new Date(receipt.orderedAt))
  const sheet: Sheet = {
    document,
    page: document.addPage([A4.width, A4.height]),
    plain: await document.embedFont(StandardFonts.Helvetica),
    bold: await document.embedFont(StandardFonts.HelveticaBold),
    y: A4.height - MARGIN,
  }
  drawHead(sheet, receipt)
  drawTableHead(sheet)
  for (const line of receipt.lines) drawLine(sheet, line)
  drawTotal(sheet, receipt.total)
  return document.save()
}

function drawHead(sheet: Sheet, { storeName, orderId, orderedAt, buyer }: Receipt): void {
  sheet.y -= 12
  write(sheet, storeName, { size: 18, font: sheet.bold, width: A4.width - 2 * MARGIN })
  sheet.y -= 26
  write(sheet, `Receipt for order ${orderId}`, { size: BODY })
  sheet.y -= 15
  write(sheet, new Date(orderedAt).toISOString().slice(0, 10), { size: BODY, color: GREY })
  sheet.y -= 28
  for (const line of buyer) {
    write(sheet, line, { size: BODY, width: A4.width - 2 * MARGIN })
    sheet.y -= 15
  }
  sheet.y -= 20
}

function drawTableHead(sheet: Sheet): void {
  const style = { size: SMALL, color: GREY }
  write(sheet, 'Item', style)
  write(sheet, 'Units', { ...style, rightAt: COLUMNS.units })
  write(sheet, 'Price', { ...style, rightAt: COLUMNS.unitPrice })
  write(sheet, 'Total', { ...style, rightAt: COLUMNS.total })
  rule(sheet)
}

function drawLine(sheet: Sheet, { title, units, unitPrice, total }: Receipt['lines'][number]): void {
  makeRoom(sheet, ROW)
  write(sheet, title, { size: BODY, width: TITLE_WIDTH })
  write(sheet, String(units), { size: BODY, rightAt: COLUMNS.units })
  write(sheet, unitPrice, { size: BODY, rightAt: COLUMNS.unitPrice })
  write(sheet, total, { size: BODY, rightAt: COLUMNS.total })
  sheet.y -= ROW
}

function drawTotal(sheet: Sheet, total: string): void {
  makeRoom(sheet, 2 * ROW)
  sheet.y += ROW - 8
  rule(sheet)
  write(sheet, 'Total paid', { size: BODY, font: sheet.bold })
  write(sheet, total, { size: BODY, font: sheet.bold, rightAt: COLUMNS.total })
}

/** A new page, with the head of the table, when so much does not fit on this one. */
function makeRoom(sheet: Sheet, height: number): void {
  if (sheet.y - height > MARGIN) return
  sheet.page = sheet.document.addPage([A4.width, A4.height])
  sheet.y = A4.height - MARGIN - 12
  drawTableHead(sheet)
}

function rule(sheet: Sheet): void {
  const y = sheet.y - 7
  sheet.page.drawLine({ start: { x: MARGIN, y }, end: { x: A4.width - MARGIN, y }, thickness: 0.5, color: GREY })
  sheet.y -= 24
}

interface Style {
  size: number
  font?: PDFFont
  color?: ReturnType<typeof rgb>
  /** Cut with an ellipsis beyond this. */
  width?: number
  /** The right edge; otherwise the text starts at the left margin. */
  rightAt?: number
}

function write(sheet: Sheet, text: string, { size, font = sheet.plain, color = INK, width, rightAt }: Style): void {
  const shown = width === undefined ? printable(text) : cut(printable(text), width, size, font)
  const x = rightAt === undefined ? MARGIN : rightAt - font.widthOfTextAtSize(shown, size)
  sheet.page.drawText(shown, { x, y: sheet.y, size, font, color })
}

function cut(text: string, width: number, size: number, font: PDFFont): string {
  if (font.widthOfTextAtSize(text, size) <= width) return text
  let kept = text.slice(0, 200)
  while (kept !== '' && font.widthOfTextAtSize(`${kept}…`, size) > width) kept = kept.slice(0, -1)
  return `${kept.trimEnd()}…`
}
