/** Messages, from unknown to known. A message that is not one is undefined, and spoils none of its neighbours. */
import type { LetterMessage, RecordMessage, SettleMessage } from '../domain/message/queues.ts'

export function parseSettle(body: unknown): SettleMessage | undefined {
  const fields = fieldsOf(body)
  return fields['kind'] === 'settle' && texts(fields, 'book', 'orderId') ? (fields as SettleMessage) : undefined
}

export function parseLetter(body: unknown): LetterMessage | undefined {
  const fields = fieldsOf(body)
  const known = fields['kind'] === 'confirmation' || fields['kind'] === 'refund'
  return known && texts(fields, 'book', 'orderId', 'outboxId') ? (fields as LetterMessage) : undefined
}

export function parseRecord(body: unknown): RecordMessage | undefined {
  const fields = fieldsOf(body)
  const ofBook = fields['kind'] === 'orders' && texts(fields, 'book')
  const ofStock = fields['kind'] === 'stock' && texts(fields, 'storeId', 'sku')
  return ofBook || ofStock ? (fields as RecordMessage) : undefined
}

type Fields = Record<string, unknown>

/** Only version 1 is spoken. A later one, met in the middle of a deploy, is retried by dead letters' own outbox row. */
function fieldsOf(body: unknown): Fields {
  if (typeof body !== 'object' || body === null) return {}
  const fields = body as Fields
  return fields['v'] === 1 ? fields : {}
}

const texts = (fields: Fields, ...names: string[]): boolean =>
  names.every((name) => typeof fields[name] === 'string' && fields[name] !== '')
