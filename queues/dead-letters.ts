/**
 * Dead letters: messages that made no sense, and those whose consumer failed too often. They are written down where an
 * operator can look, and nothing hangs on them: what they were about is still owed by an outbox row.
 */
import { reasonOf } from './outcome.ts'

export interface DeadLetter {
  queue: string
  messageId: string
  sentAt: number
  why: string
  body: unknown
}

const BODY_LETTERS_MOST = 10_000

/** Written once a message, named by day, queue and message. Never fails: this is the end of the line. */
export async function setAside(letters: readonly DeadLetter[], bucket: Pick<R2Bucket, 'put'>): Promise<void> {
  for (const letter of letters) {
    const { queue, messageId, sentAt, why } = letter
    console.error(JSON.stringify({ level: 'error', kind: 'dead_letter', queue, messageId, why }))
    const day = new Date(sentAt).toISOString().slice(0, 10)
    try {
      await bucket.put(`dead-letters/${day}/${queue}/${messageId}.json`, textOf(letter), {
        httpMetadata: { contentType: 'application/json' },
      })
    } catch (fault) {
      console.error(JSON.stringify({ level: 'error', kind: 'dead_letter_lost', messageId, why: reasonOf(fault) }))
    }
  }
}

function textOf({ queue, messageId, sentAt, why, body }: DeadLetter): string {
  const shown = (JSON.stringify(body) ?? String(body)).slice(0, BODY_LETTERS_MOST)
  return JSON.stringify(
    { queue, message_id: messageId, sent_at: new Date(sentAt).toISOString(), why, body: shown },
    null,
    2,
  )
}
